/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/crowd/queue.h"

#include "base/fnv.h"
#include "base/io.h"
#include "base/json.h"
#include "base/list.h"
#include "base/log.h"
#include "plugin/crowd/message.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define TAKEN ".taken" /* behind the name of one that somebody has taken */
/* A process waits no longer; what is older was left by the killed. */
#define LONGEST_WAIT_NS (660LL * 1000000000LL)

static bool is_secret(enum setting which)
{
	return which == SET_ETCD_PASSWORD || which == SET_K8S_API_TOKEN ||
	       which == SET_KUBECONFIG_INLINE;
}

int queue_init(struct queue *q, const struct settings *settings, const char *node,
	       const char *lock_file)
{
	struct buf text __cleanup(buf_done) = BUF(N_SETTINGS * SETTINGS_VALUE_MAX);
	int len;

	buf_printf(&text, "%s\n%s\n", node, lock_file);
	for (int i = 0; i < N_SETTINGS; i++)
		if (!is_secret((enum setting)i))
			buf_printf(&text, "%s\n", settings_get(settings, (enum setting)i));
	len = snprintf(q->folder, sizeof(q->folder), "%s/queue-%016" PRIx64,
		       settings_run_path(settings), fnv1a(text.data, text.len));
	q->crowd = text.failed || len >= (int)sizeof(q->folder) ? NULL : strdup(text.data);
	return q->crowd ? 0 : -1;
}

void queue_done(struct queue *q)
{
	free(q->crowd);
	q->crowd = NULL;
}

static int path_of(const struct queue *q, const char *name, const char *mark, char ret[PATH_MAX])
{
	return snprintf(ret, PATH_MAX, "%s/%s%s", q->folder, name, mark) < PATH_MAX ? 0 : -1;
}

/* Nobody else can have put anything there. */
static bool is_ours(const struct queue *q)
{
	struct stat st;

	return lstat(q->folder, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
	       (st.st_mode & 077) == 0;
}

static int make_folder(const struct queue *q, struct err *e)
{
	if (mkdir(q->folder, 0700) == 0 || errno == EEXIST)
		return 0;
	if (errno != ENOENT)
		return err_set(e, ERR_IO, "cannot make %s: %s", q->folder, strerror(errno));
	return io_make_folders(q->folder, 0700, e);
}

/* Joining */

static int create_entry(const struct queue *q, struct waiting *w, struct err *e)
{
	char path[PATH_MAX];
	const char *why;

	snprintf(w->name, sizeof(w->name), "%016" PRIx64 "-%d", (uint64_t)clock_now_ns(),
		 getpid());
	if (path_of(q, w->name, "", path) < 0)
		return err_set(e, ERR_LIMIT, "%s: path longer than %d bytes", q->folder, PATH_MAX);
	why = io_open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600, &w->fd);
	return why ? err_set(e, ERR_IO, "cannot make %s: %s", path, why) : 0;
}

int queue_join(const struct queue *q, const struct crowd_member *m, struct waiting *ret,
	       struct err *e)
{
	struct buf text __cleanup(buf_done) = BUF(MESSAGE_MAX);
	struct waiting w = NOBODY_WAITS;

	message_print_request(m, q->crowd, &text);
	if (text.failed)
		return err_set(e, ERR_LIMIT,
			       "the request has more than %d bytes, or bytes that are no text",
			       MESSAGE_MAX);
	if (make_folder(q, e) < 0)
		return -1;
	if (!is_ours(q))
		return err_set(e, ERR_IO, "%s is not a folder of this user's alone", q->folder);
	if (create_entry(q, &w, e) < 0)
		return -1;
	if (flock(w.fd, LOCK_EX | LOCK_NB) < 0 ||
	    io_write_fd(w.fd, text.data, text.len, q->folder, e) < 0) {
		queue_leave(q, &w);
		return err_set(e, ERR_IO, "cannot write into %s", q->folder);
	}
	w.request_len = text.len;
	*ret = w;
	return 0;
}

bool queue_find_answer(const struct waiting *w, struct crowd_member *m)
{
	struct buf text __cleanup(buf_done) = BUF(MESSAGE_MAX);
	struct err ignored = {0};

	return w->fd >= 0 && lseek(w->fd, (off_t)w->request_len, SEEK_SET) >= 0 &&
	       io_read_fd(w->fd, &text, "", &ignored) == 0 &&
	       message_read_answer(text.data, text.len, m, &ignored) == 0;
}

bool queue_leave(const struct queue *q, struct waiting *w)
{
	bool taken = false;
	char path[PATH_MAX];

	if (w->fd < 0)
		return true;
	if (path_of(q, w->name, "", path) == 0 && unlink(path) < 0)
		taken = path_of(q, w->name, TAKEN, path) == 0 && unlink(path) == 0;
	close(w->fd);
	w->fd = -1;
	return !taken;
}

/* Taking */

struct names {
	char (*list)[QUEUE_NAME_MAX]; /* owned */
	size_t n, cap;
};

static void free_names(struct names *names)
{
	free(names->list);
}

static void add_name(struct names *names, const char *name)
{
	size_t len = strlen(name);

	if (len < QUEUE_NAME_MAX && list_room(&names->list, names->n, &names->cap) == 0)
		memcpy(names->list[names->n++], name, len + 1);
}

/* By its name, which says when it came. */
static bool is_left_over(const char *name)
{
	uint64_t came_ns;

	return sscanf(name, "%16" SCNx64 "-", &came_ns) != 1 ||
	       (int64_t)came_ns < clock_now_ns() - LONGEST_WAIT_NS;
}

static void remove_entry(const struct queue *q, const char *name)
{
	char path[PATH_MAX];

	if (path_of(q, name, "", path) == 0)
		unlink(path);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void list_names(const struct queue *q, struct names *ret)
{
	DIR *folder __cleanup(close_folder) = opendir(q->folder);
	const struct dirent *entry;

	while (folder && (entry = readdir(folder))) {
		if (entry->d_name[0] == '.')
			continue;
		if (is_left_over(entry->d_name))
			remove_entry(q, entry->d_name);
		else if (!strchr(entry->d_name, '.'))
			add_name(ret, entry->d_name);
	}
	if (ret->n)
		qsort(ret->list, ret->n, sizeof(*ret->list), compare_names);
}

static void taken_done(struct taken *t)
{
	close_fd(&t->fd);
	json_freep(&t->tree);
}

/* False: it is a dead process's, or not whole yet, or none. */
static bool read_entry(const struct queue *q, const char *path, struct taken *t)
{
	struct buf text __cleanup(buf_done) = BUF(2 * MESSAGE_MAX);
	struct err ignored = {0};
	struct stat st;

	if (io_open(path, O_RDWR | O_NOFOLLOW, 0, &t->fd) || fstat(t->fd, &st) < 0 ||
	    st.st_uid != geteuid() || io_read_fd(t->fd, &text, path, &ignored) < 0)
		return false;
	if (flock(t->fd, LOCK_EX | LOCK_NB) == 0) {
		unlink(path);
		return false;
	}
	return message_read_request(text.data, text.len, q->crowd, &t->tree, t->member,
				    &t->request_len, &ignored) == 0;
}

/* False: it left meanwhile, or cannot be read. */
static bool take(const struct queue *q, const char *name, struct crowd_member *member,
		 struct taken *ret)
{
	struct taken t = { .fd = -1, .member = member };
	char path[PATH_MAX], taken[PATH_MAX];

	if (path_of(q, name, "", path) < 0 || path_of(q, name, TAKEN, taken) < 0)
		return false;
	snprintf(t.name, sizeof(t.name), "%s", name);
	if (!read_entry(q, path, &t) || rename(path, taken) < 0) {
		taken_done(&t);
		return false;
	}
	*ret = t;
	return true;
}

bool queue_is_waited_in(const struct queue *q)
{
	DIR *folder __cleanup(close_folder) = opendir(q->folder);
	const struct dirent *entry;

	while (folder && (entry = readdir(folder)))
		if (entry->d_name[0] != '.')
			return true;
	return false;
}

void queue_take(const struct queue *q, struct crowd_member *members, struct taken_list *ret)
{
	struct names names __cleanup(free_names) = {0};

	ret->n = 0;
	if (!is_ours(q))
		return;
	list_names(q, &names);
	for (size_t i = 0; i < names.n && ret->n < QUEUE_TAKEN_MAX; i++)
		if (take(q, names.list[i], &members[ret->n], &ret->list[ret->n]))
			ret->n++;
}

/* Whoever finds no answer, or half of one, asks the store itself. */
static void answer(const struct taken *t)
{
	struct buf text __cleanup(buf_done) = BUF(MESSAGE_MAX);

	message_print_answer(t->member, &text);
	if (!text.failed && pwrite(t->fd, text.data, text.len, (off_t)t->request_len) < 0)
		log_warning("Cannot answer a request that waits", LOG_TEXT("entry", t->name),
			    LOG_TEXT("error", strerror(errno)));
}

void queue_answer(const struct taken_list *taken)
{
	for (unsigned i = 0; i < taken->n; i++) {
		const struct crowd_member *m = taken->list[i].member;

		if (!m->failed || m->error.kind != ERR_DEADLINE)
			answer(&taken->list[i]);
	}
}

void queue_done_taken(struct taken_list *taken)
{
	for (unsigned i = 0; i < taken->n; i++)
		taken_done(&taken->list[i]);
	taken->n = 0;
}
