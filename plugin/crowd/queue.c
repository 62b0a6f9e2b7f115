/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/crowd/queue.h"

#include "base/io.h"
#include "base/json.h"
#include "base/list.h"
#include "base/log.h"
#include "plugin/crowd/message.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TAKEN ".taken" /* behind the name of one that somebody has taken */

int queue_init(struct queue *q, const struct settings *settings, const char *node,
	       const char *lock_file)
{
	return crowd_folder_init(&q->folder, "queue", settings, node, lock_file);
}

void queue_done(struct queue *q)
{
	crowd_folder_done(&q->folder);
}

/* Joining */

int queue_join(const struct queue *q, const struct crowd_member *m, struct waiting *ret,
	       struct err *e)
{
	struct buf text __cleanup(buf_done) = BUF(MESSAGE_MAX);
	struct waiting w = NOBODY_WAITS;

	message_print_request(m, q->folder.crowd, &text);
	if (text.failed)
		return err_set(e, ERR_LIMIT,
			       "the request has more than %d bytes, or bytes that are no text",
			       MESSAGE_MAX);
	snprintf(w.name, sizeof(w.name), "%016" PRIx64 "-%d", (uint64_t)clock_now_ns(),
		 getpid());
	if (crowd_folder_make(&q->folder, e) < 0 ||
	    crowd_folder_lay(&q->folder, w.name, &text, &w.fd, e) < 0)
		return -1;
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
	char path[PATH_MAX];
	bool left;

	if (w->fd < 0)
		return true;
	left = crowd_folder_path(&q->folder, w->name, "", path) == 0 && unlink(path) == 0;
	/* Whoever has taken it gave it that name. */
	if (!left && crowd_folder_path(&q->folder, w->name, TAKEN, path) == 0)
		unlink(path);
	close(w->fd);
	w->fd = -1;
	return left;
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

static void remove_entry(const struct queue *q, const char *name)
{
	char path[PATH_MAX];

	if (crowd_folder_path(&q->folder, name, "", path) == 0)
		unlink(path);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void list_names(const struct queue *q, struct names *ret)
{
	DIR *folder __cleanup(close_folder) = crowd_folder_open(&q->folder);
	const struct dirent *entry;

	while (folder && (entry = readdir(folder))) {
		if (entry->d_name[0] == '.')
			crowd_folder_drop_begun(&q->folder, entry->d_name);
		else
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

/* False: it is a dead process's, or was answered, or is none. */
static bool read_entry(const struct queue *q, const char *name, struct taken *t)
{
	struct buf text __cleanup(buf_done) = BUF(2 * MESSAGE_MAX);
	struct err ignored = {0};
	bool held;

	if (crowd_folder_read(&q->folder, name, &text, &t->fd, &held, &ignored) < 0)
		return false;
	if (!held) {
		remove_entry(q, name);
		return false;
	}
	if (message_read_request(text.data, text.len, q->folder.crowd, &t->tree, t->member,
				 &t->request_len, &ignored) < 0 ||
	    (t->again && text.len > t->request_len))
		return false;
	t->asked_ns = t->member->verb == CROWD_ADD ? t->member->add.now_ns : t->member->del.now_ns;
	return true;
}

/* False: it left meanwhile, or cannot be read. */
static bool take(const struct queue *q, const char *name, struct crowd_member *member,
		 struct taken *ret)
{
	int len = (int)strcspn(name, ".");
	struct taken t = { .fd = -1, .member = member, .again = name[len] != '\0' };
	char path[PATH_MAX], taken[PATH_MAX];

	snprintf(t.name, sizeof(t.name), "%.*s", len, name);
	if (crowd_folder_path(&q->folder, name, "", path) < 0 ||
	    crowd_folder_path(&q->folder, t.name, TAKEN, taken) < 0)
		return false;
	if (!read_entry(q, name, &t) || rename(path, taken) < 0) {
		taken_done(&t);
		return false;
	}
	*ret = t;
	return true;
}

bool queue_is_waited_in(const struct queue *q)
{
	DIR *folder __cleanup(close_folder) = opendir(q->folder.path);
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
	list_names(q, &names);
	for (size_t i = 0; i < names.n && ret->n < QUEUE_TAKEN_MAX; i++)
		if (take(q, names.list[i], &members[ret->n], &ret->list[ret->n]))
			ret->n++;
}

void queue_tell_taken_before(struct err *e)
{
	err_wrap(e, "another process had taken this request to carry it out and did not answer, so "
		    "it may have gone through");
	e->may_stand = true;
}

/* Whoever finds no answer, or half of one, asks the store itself. */
static void answer(const struct taken *t)
{
	struct buf text __cleanup(buf_done) = BUF(MESSAGE_MAX);
	const char *why = NULL;

	if (t->member->failed && t->again)
		queue_tell_taken_before(&t->member->error);
	message_print_answer(t->member, t->asked_ns, &text);
	if (text.failed)
		why = "it is too large, or out of memory";
	else if (pwrite(t->fd, text.data, text.len, (off_t)t->request_len) < 0)
		why = strerror(errno);
	if (why)
		log_warning("Cannot answer a request that waits", LOG_TEXT("entry", t->name),
			    LOG_TEXT("error", why));
}

static bool may_be_ours_alone(enum err_kind kind, bool in_time)
{
	if (kind == ERR_UNAVAILABLE || kind == ERR_UNKNOWN_OUTCOME)
		return !in_time;
	return kind == ERR_DEADLINE || kind == ERR_DENIED || kind == ERR_IO ||
	       kind == ERR_INTERNAL;
}

static void give_back(const struct queue *q, const struct taken *t)
{
	char path[PATH_MAX], taken[PATH_MAX];

	if (!t->again && !t->member->error.may_stand &&
	    crowd_folder_path(&q->folder, t->name, "", path) == 0 &&
	    crowd_folder_path(&q->folder, t->name, TAKEN, taken) == 0)
		rename(taken, path);
}

void queue_answer(const struct queue *q, const struct taken_list *taken, bool in_time)
{
	for (unsigned i = 0; i < taken->n; i++) {
		const struct crowd_member *m = taken->list[i].member;

		if (!m->failed || !may_be_ours_alone(m->error.kind, in_time))
			answer(&taken->list[i]);
		else
			give_back(q, &taken->list[i]);
	}
}

void queue_give_back(const struct queue *q, const struct taken_list *taken)
{
	for (unsigned i = 0; i < taken->n; i++)
		give_back(q, &taken->list[i]);
}

void queue_done_taken(struct taken_list *taken)
{
	for (unsigned i = 0; i < taken->n; i++)
		taken_done(&taken->list[i]);
	taken->n = 0;
}
