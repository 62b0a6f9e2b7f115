/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/local/folder.h"

#include "base/io.h"
#include "datastore/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int name_file(char out[PATH_MAX], const char *folder, const char *name, struct err *e)
{
	if (snprintf(out, PATH_MAX, "%s%s", folder, name) < PATH_MAX)
		return 0;
	return err_set(e, ERR_LIMIT, "local_path %.64s…: longer than %d bytes", folder, PATH_MAX);
}

int folder_init(struct folder *f, const char *path, struct err *e)
{
	if (!path || !*path)
		path = SETTINGS_LOCAL_PATH;
	if (name_file(f->path, path, "", e) < 0 || name_file(f->data, path, "/data.mdb", e) < 0 ||
	    name_file(f->readers, path, "/lock.mdb", e) < 0 ||
	    name_file(f->lock, path, "/lock", e) < 0 ||
	    name_file(f->fresh, path, "/new.mdb", e) < 0 ||
	    name_file(f->unsynced, path, "/unsynced", e) < 0)
		return -1;
	return 0;
}

/* LMDB would wait for the other end of a FIFO, or take a device for a file. */
static int refuse_special(const struct folder *f, const char *path, struct err *e)
{
	struct stat st;

	if (stat(path, &st) < 0 || !io_special(st.st_mode))
		return 0;
	return err_set(e, ERR_IO, "local store %s: %s %s; move it away", f->path, path,
		       io_special(st.st_mode));
}

int folder_has_store(const struct folder *f, bool *ret_has, struct err *e)
{
	struct stat st;

	if (stat(f->data, &st) < 0) {
		if (errno == ENOENT) {
			*ret_has = false;
			return 0;
		}
		return err_set(e, ERR_IO, "local store %s: cannot look at %s: %s", f->path, f->data,
			       strerror(errno));
	}
	if (refuse_special(f, f->data, e) < 0 || refuse_special(f, f->readers, e) < 0)
		return -1;
	if (!S_ISREG(st.st_mode) || st.st_size == 0)
		return err_set(e, ERR_IO,
			       "local store %s: %s is %s; move it away, or put back a copy of it",
			       f->path, f->data, S_ISREG(st.st_mode) ? "empty" : "not a file");
	*ret_has = true;
	return 0;
}

static int sync_folder(const char *path, struct err *e)
{
	int fd __cleanup(close_fd) = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fsync(fd) < 0)
		return err_set(e, ERR_IO, "cannot write folder %s to the disk: %s", path,
			       strerror(errno));
	return 0;
}

/* Whichever folder above had to be made, its parent's entry for it must last. */
static int sync_parents(const char *path, struct err *e)
{
	char part[PATH_MAX];

	strcpy(part, path);
	for (char *slash; (slash = strrchr(part, '/')) && slash != part;) {
		*slash = '\0';
		/* A folder that we may not open is not one that we have made. */
		if (access(part, R_OK) == 0 && sync_folder(part, e) < 0)
			return -1;
	}
	return 0;
}

int folder_could_be_made(const struct folder *f, struct err *e)
{
	char part[PATH_MAX], *slash;
	struct stat st;

	strcpy(part, f->path);
	while (stat(part, &st) < 0 && errno == ENOENT && (slash = strrchr(part, '/')))
		slash[slash == part] = '\0';
	if (faccessat(AT_FDCWD, part, W_OK | X_OK, AT_EACCESS) < 0)
		return err_set(e, ERR_IO, "local store %s: cannot be made in %s: %s", f->path, part,
			       strerror(errno));
	if (stat(part, &st) == 0 && !S_ISDIR(st.st_mode))
		return err_set(e, ERR_IO, "local store %s: %s is not a folder", f->path, part);
	return 0;
}

int folder_make(const struct folder *f, struct err *e)
{
	struct stat st;

	if (stat(f->path, &st) == 0) {
		if (S_ISDIR(st.st_mode))
			return 0;
		return err_set(e, ERR_IO, "local store %s: not a folder", f->path);
	}
	if (io_make_folders(f->path, 0700, e) < 0)
		return err_wrap(e, "local store %s", f->path);
	return 0;
}

bool folder_is_settled(const struct folder *f)
{
	return access(f->unsynced, F_OK) < 0;
}

int folder_settle(const struct folder *f, struct err *e)
{
	if (sync_folder(f->path, e) < 0 || sync_parents(f->path, e) < 0)
		return -1;
	unlink(f->unsynced);
	return 0;
}

/* The mark need not last: a power cut that takes it has the name, or takes that, too. */
int folder_adopt(const struct folder *f, struct err *e)
{
	int fd __cleanup(close_fd) = open(f->unsynced, O_WRONLY | O_CREAT | O_NOFOLLOW |
						       O_NONBLOCK | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_set(e, ERR_IO, "cannot create %s: %s", f->unsynced, strerror(errno));
	if (rename(f->fresh, f->data) < 0)
		return err_set(e, ERR_IO, "cannot rename %s to %s: %s", f->fresh, f->data,
			       strerror(errno));
	return folder_settle(f, e);
}
