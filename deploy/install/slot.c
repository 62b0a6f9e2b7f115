/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/install/slot.h"

#include "base/io.h"
#include "deploy/install/copy.h"
#include "deploy/install/whose.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXECUTABLE "calico-ipam"
#define TRIES 8		/* against somebody who makes and removes the name meanwhile */
#define LOCK_MS 20000

int slot_init(struct slot *s, const char *folder, struct err *e)
{
	s->folder = folder;
	snprintf(s->name, sizeof(s->name), "%s/" EXECUTABLE, folder);
	snprintf(s->kept, sizeof(s->kept), "%s/" EXECUTABLE ".replaced", folder);
	if (snprintf(s->next, sizeof(s->next), "%s/" EXECUTABLE ".next", folder) <
	    (int)sizeof(s->next) - (int)sizeof(".replaced"))
		return 0;
	return err_set(e, ERR_LIMIT, "%s: path longer than %d bytes", folder, PATH_MAX);
}

static int give_name(const char *from, const char *to, unsigned flags)
{
	return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags);
}

static int cannot_give(const struct slot *s, struct err *e)
{
	if (errno == EINVAL)
		return err_set(e, ERR_IO, "the file system of %s cannot exchange two files in one "
			       "step (RENAME_EXCHANGE); nothing was changed", s->folder);
	return err_set(e, ERR_IO, "cannot give %s to another file: %s", s->name, strerror(errno));
}

static int remove_file(const char *path, struct err *e)
{
	if (unlink(path) == 0 || errno == ENOENT)
		return 0;
	return err_set(e, ERR_IO, "cannot remove %s: %s", path, strerror(errno));
}

/* Its installer gives it rights after the name, and may have had no time for it. */
static int make_executable(const char *path, struct err *e)
{
	struct stat st;

	if (lstat(path, &st) < 0 || !S_ISREG(st.st_mode) || (st.st_mode & 0111) == 0111)
		return 0;
	if (chmod(path, (st.st_mode & 07777) | 0755) == 0)
		return 0;
	return err_set(e, ERR_IO, "cannot make %s executable: %s", path, strerror(errno));
}

/* What stands there is ours and needed no more, or another's that lost the name just now. */
static int settle_next(const struct slot *s, struct err *e)
{
	enum whose next;

	if (whose(s->next, EXECUTABLE, &next, e) < 0)
		return -1;
	if (next == WHOSE_OURS)
		return remove_file(s->next, e);
	if (next == WHOSE_OTHERS && rename(s->next, s->kept) < 0)
		return err_set(e, ERR_IO, "cannot keep %s as %s: %s", s->next, s->kept,
			       strerror(errno));
	return 0;
}

static int settle(const struct slot *s, struct err *e)
{
	enum whose kept;

	if (settle_next(s, e) < 0 || whose(s->kept, EXECUTABLE, &kept, e) < 0)
		return -1;
	if (kept == WHOSE_OURS)
		return remove_file(s->kept, e);
	return make_executable(s->kept, e);
}

/* Gives the name to `file`, and what had it goes to where that was.  Returns what that is. */
static int exchange(const struct slot *s, const char *file, enum whose *ret, struct err *e)
{
	for (int i = 0; i < TRIES; i++) {
		if (give_name(file, s->name, RENAME_EXCHANGE) == 0)
			return whose(file, EXECUTABLE, ret, e);
		if (errno != ENOENT)
			return cannot_give(s, e);
		if (give_name(file, s->name, RENAME_NOREPLACE) == 0) {
			*ret = WHOSE_NOBODYS;
			return 0;
		}
		if (errno != EEXIST)
			return cannot_give(s, e);
	}
	return err_set(e, ERR_IO, "%s is made and removed all the time", s->name);
}

static int lock(const struct slot *s, int *ret_fd, struct err *e)
{
	return io_lock_existing(s->folder, deadline_in_ms(LOCK_MS), ret_fd, e);
}

static int sync_folder(const struct slot *s, int fd, struct err *e)
{
	if (fsync(fd) == 0 || errno == EINVAL)
		return 0;
	return err_set(e, ERR_IO, "cannot write folder %s: %s", s->folder, strerror(errno));
}

int slot_put(const struct slot *s, const char *from, enum slot_change *ret, struct err *e)
{
	int fd __cleanup(close_fd) = -1;
	struct err ignored = { 0 };
	enum whose before;

	if (lock(s, &fd, e) < 0 || settle(s, e) < 0)
		return -1;
	if (copy_is(s->name, from)) {
		*ret = SLOT_AS_IT_WAS;
		return 0;
	}
	if (whose(s->name, EXECUTABLE, &before, e) < 0 || copy_make(from, s->next, e) < 0)
		return -1;
	if (exchange(s, s->next, &before, e) < 0) {
		settle_next(s, &ignored);
		return -1;
	}
	if (settle(s, e) < 0 || sync_folder(s, fd, e) < 0)
		return -1;
	*ret = before == WHOSE_OTHERS ? SLOT_THEIRS_KEPT : SLOT_OURS_NOW;
	return 0;
}

/* Another's may have got the name at the last moment: it is newer than what was kept. */
static int exchange_back(const struct slot *s, struct err *e)
{
	enum whose before;

	if (exchange(s, s->kept, &before, e) < 0)
		return -1;
	if (before == WHOSE_OTHERS && exchange(s, s->kept, &before, e) < 0)
		return -1;
	return remove_file(s->kept, e);
}

int slot_give_back(const struct slot *s, enum slot_change *ret, struct err *e)
{
	int fd __cleanup(close_fd) = -1;
	enum whose name, kept;
	int rc;

	if (lock(s, &fd, e) < 0 || settle(s, e) < 0 ||
	    whose(s->name, EXECUTABLE, &name, e) < 0 || whose(s->kept, EXECUTABLE, &kept, e) < 0)
		return -1;
	*ret = SLOT_NONE_KEPT;
	if (name != WHOSE_OTHERS && kept == WHOSE_NOBODYS)
		return 0;
	rc = name == WHOSE_OTHERS ? remove_file(s->kept, e) : exchange_back(s, e);
	if (rc < 0 || sync_folder(s, fd, e) < 0)
		return -1;
	*ret = name == WHOSE_OTHERS ? SLOT_AS_IT_WAS : SLOT_THEIRS_NOW;
	return 0;
}
