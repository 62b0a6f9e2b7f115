/* SPDX-License-Identifier: Apache-2.0 */
#include "base/new_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_TRIES 8
#define ENTRIES_MAX 4096	/* of a folder, looked at for what the killed have left */

/* What is no file is not made one: a name below /dev would be lost to everybody. */
static int refuse_special(const char *path, struct err *e)
{
	struct stat st;

	if (stat(path, &st) < 0 || S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))
		return 0;
	return err_set(e, ERR_IO, "cannot replace %s: it is no regular file", path);
}

/* Bytes of the folder's part of a path, its last slash included. */
static size_t folder_len(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash + 1 - path) : 0;
}

static int make_name(struct new_file *f, const char *path, struct err *e)
{
	uint64_t number;
	int n;

	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) != sizeof(number))
		return err_set(e, ERR_IO, "cannot write %s: no random number: %s", path,
			       strerror(errno));
	n = snprintf(f->name, sizeof(f->name), "%.*s" NEW_FILE_MARK "%016" PRIx64,
		     (int)folder_len(path), path, number);
	if (n < (int)sizeof(f->name))
		return 0;
	f->name[0] = '\0';
	return err_set(e, ERR_LIMIT, "%s: path longer than %d bytes", path, PATH_MAX);
}

/* Whoever holds the lock is alive and writes, or is about to remove it. */
static void remove_if_left(int folder, const char *name)
{
	int fd __cleanup(close_fd) = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
						 O_CLOEXEC);
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
	    flock(fd, LOCK_EX | LOCK_NB) == 0)
		unlinkat(folder, name, 0);
}

static void remove_left(const char *path)
{
	size_t len = folder_len(path);
	struct dirent *entry;
	char folder[PATH_MAX];
	DIR *dir;

	snprintf(folder, sizeof(folder), "%.*s", len ? (int)len : 1, len ? path : ".");
	dir = opendir(folder);
	for (int i = 0; i < ENTRIES_MAX && dir && (entry = readdir(dir)); i++)
		if (strncmp(entry->d_name, NEW_FILE_MARK, strlen(NEW_FILE_MARK)) == 0)
			remove_if_left(dirfd(dir), entry->d_name);
	if (dir)
		closedir(dir);
}

/* Between its birth and its lock it looks like one that was left.  Not every disk has locks. */
static bool was_taken_for_left(int fd)
{
	struct stat st;

	if (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		return true;
	return fstat(fd, &st) == 0 && st.st_nlink == 0;
}

static int create(struct new_file *f, const char *path, mode_t mode, struct err *e)
{
	if (make_name(f, path, e) < 0)
		return -1;
	f->fd = open(f->name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (f->fd >= 0)
		return 0;
	f->name[0] = '\0';
	return err_set(e, ERR_IO, "cannot create a file to become %s: %s", path, strerror(errno));
}

int new_file_begin(struct new_file *f, const char *path, mode_t mode, struct err *e)
{
	if (refuse_special(path, e) < 0)
		return -1;
	remove_left(path);
	for (int i = 0; i < NAME_TRIES; i++) {
		if (create(f, path, mode, e) < 0)
			return -1;
		if (!was_taken_for_left(f->fd))
			return 0;
		new_file_done(f);
	}
	return err_set(e, ERR_IO, "cannot create a file to become %s: it is removed as often as "
		       "it is made", path);
}

int new_file_open_stream(struct new_file *f, const char *path, struct err *e)
{
	f->stream = fdopen(f->fd, "w+");
	if (!f->stream)
		return err_set(e, ERR_IO, "cannot write %s: %s", path, strerror(errno));
	return 0;
}

int new_file_sync(struct new_file *f, const char *path, struct err *e)
{
	if ((f->stream && fflush(f->stream) != 0) || fsync(f->fd) < 0)
		return err_set(e, ERR_IO, "cannot write %s: %s", path, strerror(errno));
	return 0;
}

int new_file_publish(struct new_file *f, const char *path, struct err *e)
{
	if (rename(f->name, path) < 0)
		return err_set(e, ERR_IO, "cannot replace %s: %s", path, strerror(errno));
	f->name[0] = '\0';
	return 0;
}

void new_file_done(struct new_file *f)
{
	if (f->name[0])
		unlink(f->name);
	if (f->stream)
		fclose(f->stream);
	else
		close_fd(&f->fd);
	f->fd = -1;
	f->stream = NULL;
	f->name[0] = '\0';
}
