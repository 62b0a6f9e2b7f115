/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/crowd/folder.h"

#include "base/clock.h"
#include "base/fnv.h"
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is older is no process's that still makes it; of one that was stopped it is made anew. */
#define BEGUN_S 120
#define LAY_TRIES 3

static bool is_secret(enum setting which)
{
	return which == SET_ETCD_PASSWORD || which == SET_K8S_API_TOKEN ||
	       which == SET_KUBECONFIG_INLINE;
}

/*
 * A user within an endpoint, which may have a password: whoever opens the store refuses it, and
 * until then it is not written down.
 */
static bool has_user(const struct settings *settings)
{
	return strchr(settings_get(settings, SET_ETCD_ENDPOINTS), '@') ||
	       strchr(settings_get(settings, SET_K8S_API_ENDPOINT), '@');
}

static void add_line(struct buf *out, const char *text)
{
	buf_puts(out, text);
	buf_putc(out, '\n');
}

/* Where no kubeconfig is named, these say which API server it is (datastore/kubernetes/access). */
static void add_surroundings(struct buf *out, const struct settings *settings)
{
	static const char *const names[] = { "HOME", "KUBERNETES_SERVICE_HOST",
					     "KUBERNETES_SERVICE_PORT" };
	enum datastore_type type;
	struct err ignored = {0};

	if (settings_decide(settings, &type, &ignored) < 0 || type != DATASTORE_KUBERNETES ||
	    *settings_get(settings, SET_KUBECONFIG))
		return;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		add_line(out, getenv(names[i]) ? getenv(names[i]) : "");
}

int crowd_folder_init(struct crowd_folder *f, const char *kind, const struct settings *settings,
		      const char *node, const char *lock_file)
{
	struct buf text __cleanup(buf_done) = BUF(N_SETTINGS * SETTINGS_VALUE_MAX);
	int len;

	add_line(&text, node);
	add_line(&text, lock_file);
	for (int i = 0; i < N_SETTINGS; i++)
		if (!is_secret((enum setting)i))
			add_line(&text, settings_get(settings, (enum setting)i));
	add_surroundings(&text, settings);
	len = snprintf(f->path, sizeof(f->path), "%s/%s-%016" PRIx64, settings_run_path(settings),
		       kind, fnv1a(text.data, text.len));
	f->crowd = NULL;
	if (!text.failed && len < (int)sizeof(f->path) && !has_user(settings))
		f->crowd = strdup(text.data);
	return f->crowd ? 0 : -1;
}

void crowd_folder_done(struct crowd_folder *f)
{
	free(f->crowd);
	f->crowd = NULL;
}

/* Nobody else can have put anything there. */
bool crowd_folder_is_ours(const struct crowd_folder *f)
{
	struct stat st;

	return lstat(f->path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
	       (st.st_mode & 077) == 0;
}

int crowd_folder_make(const struct crowd_folder *f, struct err *e)
{
	if (crowd_folder_is_ours(f))
		return 0;
	if (mkdir(f->path, 0700) < 0 && errno != EEXIST) {
		if (errno != ENOENT)
			return err_set(e, ERR_IO, "cannot make %s: %s", f->path, strerror(errno));
		if (io_make_folders(f->path, 0700, e) < 0)
			return -1;
	}
	if (!crowd_folder_is_ours(f))
		return err_set(e, ERR_IO, "%s is not a folder of this user's alone", f->path);
	return 0;
}

DIR *crowd_folder_open(const struct crowd_folder *f)
{
	return crowd_folder_is_ours(f) ? opendir(f->path) : NULL;
}

int crowd_folder_path(const struct crowd_folder *f, const char *name, const char *mark,
		      char ret[PATH_MAX])
{
	return snprintf(ret, PATH_MAX, "%s/%s%s", f->path, name, mark) < PATH_MAX ? 0 : -1;
}

/* Of a name that nobody else makes.  1: it was taken for left, before it had its lock. */
static int lay(const char *begun, const char *path, const struct buf *text, int *ret_fd,
	       struct err *e)
{
	int fd __cleanup(close_fd) = -1;
	const char *why = io_open(begun, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600, &fd);

	if (why)
		return err_set(e, ERR_IO, "cannot make %s: %s", path, why);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 ||
	    io_write_fd(fd, text->data, text->len, path, e) < 0 || rename(begun, path) < 0) {
		int code = errno;

		unlink(begun);
		if (code == ENOENT || code == EWOULDBLOCK)
			return 1;
		return err_set(e, ERR_IO, "cannot write %s: %s", path, strerror(code));
	}
	*ret_fd = fd;
	fd = -1;
	return 0;
}

int crowd_folder_lay(const struct crowd_folder *f, const char *name, const struct buf *text,
		     int *ret_fd, struct err *e)
{
	char begun[PATH_MAX], path[PATH_MAX];
	int rc = 1;

	if (crowd_folder_path(f, ".", name, begun) < 0 || crowd_folder_path(f, name, "", path) < 0)
		return err_set(e, ERR_LIMIT, "%s: path longer than %d bytes", f->path, PATH_MAX);
	for (int i = 0; i < LAY_TRIES && rc > 0; i++)
		rc = lay(begun, path, text, ret_fd, e);
	if (rc > 0)
		err_set(e, ERR_IO, "cannot make %s: it is removed as often as it is made", path);
	return rc ? -1 : 0;
}

/* It was removed, or is a link or what nobody can read, which no process of ours makes. */
static bool is_none(int code)
{
	return code == ENOENT || code == ELOOP || code == ENXIO || code == EISDIR;
}

int crowd_folder_read(const struct crowd_folder *f, const char *name, struct buf *out,
		      int *ret_fd, bool *ret_held, struct err *e)
{
	int fd __cleanup(close_fd) = -1;
	char path[PATH_MAX];
	const char *why;
	struct stat st;
	bool held;

	if (crowd_folder_path(f, name, "", path) < 0)
		return err_set(e, ERR_LIMIT, "%s: path longer than %d bytes", f->path, PATH_MAX);
	why = io_open(path, O_RDWR | O_NOFOLLOW, 0, &fd);
	if (why)
		return err_set(e, is_none(errno) ? ERR_NOT_FOUND : ERR_IO, "cannot open %s: %s",
			       path, why);
	/* The lock first: whoever lets go of it may have removed the entry, or said more. */
	held = flock(fd, LOCK_EX | LOCK_NB) < 0;
	if ((held && errno != EWOULDBLOCK) || fstat(fd, &st) < 0)
		return err_set(e, ERR_IO, "cannot lock %s: %s", path, strerror(errno));
	if (st.st_nlink != 1 || st.st_uid != geteuid())
		return err_set(e, ERR_NOT_FOUND, "%s is no entry of this user's", path);
	if (io_read_fd(fd, out, path, e) < 0)
		return -1;
	*ret_held = held;
	*ret_fd = fd;
	fd = -1;
	return 0;
}

/* Before its lock is asked for: whoever has just made it is about to take it. */
void crowd_folder_drop_begun(const struct crowd_folder *f, const char *name)
{
	int64_t since_s = clock_now_ns() / 1000000000 - BEGUN_S;
	int fd __cleanup(close_fd) = -1;
	char path[PATH_MAX];
	struct stat st;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
	    crowd_folder_path(f, name, "", path) < 0 || io_open(path, O_RDWR | O_NOFOLLOW, 0, &fd))
		return;
	if (fstat(fd, &st) == 0 && st.st_mtim.tv_sec < since_s &&
	    flock(fd, LOCK_EX | LOCK_NB) == 0)
		unlink(path);
}
