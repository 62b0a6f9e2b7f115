/* SPDX-License-Identifier: Apache-2.0 */
/* What every process has: the namespaces of its threads, its open files, its mounts. */
#include "ctl/reclaim/processes.h"

#include "base/io.h"
#include "base/list.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define PROC "/proc"
#define NAME_TEXT 80 /* of a file in /proc, NUL included */
#define NEEDED ((UINT64_C(1) << 19) | (UINT64_C(1) << 21)) /* CAP_SYS_PTRACE, CAP_SYS_ADMIN */

typedef int see_number(struct live *l, const char *path, struct err *e);

/* A process that has ended meanwhile. */
static bool has_ended(int error)
{
	return error == ENOENT || error == ESRCH || error == EINVAL;
}

static int cannot_see(const char *path, int error, struct err *e)
{
	return err_set(e, error == EACCES || error == EPERM ? ERR_DENIED : ERR_IO,
		       "%s: %s: nothing is judged by what cannot be seen whole; root's rights "
		       "over all processes are needed", path, strerror(error));
}

/* Each entry of a folder in /proc whose name is a number. */
static int each_number(struct live *l, const char *folder, see_number *see, struct err *e)
{
	DIR *dir __cleanup(close_folder) = opendir(folder);
	const struct dirent *entry;
	char path[NAME_TEXT];

	if (!dir)
		return has_ended(errno) ? 0 : cannot_see(folder, errno, e);
	while ((entry = readdir(dir))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "%s/%.20s", folder, entry->d_name);
		if (see(l, path, e) < 0)
			return -1;
	}
	return 0;
}

/*
 * Without asking whoever keeps the file, who may be a server that is gone.  0: it is there;
 * 1: it is not any more.
 */
static int look_at(const char *path, struct statx *ret, struct err *e)
{
	if (statx(AT_FDCWD, path, AT_STATX_DONT_SYNC, STATX_INO, ret) == 0)
		return 0;
	return has_ended(errno) ? 1 : cannot_see(path, errno, e);
}

static dev_t device_of(const struct statx *st)
{
	return makedev(st->stx_dev_major, st->stx_dev_minor);
}

static int see_file(struct live *l, const char *path, struct err *e)
{
	struct statx st;

	/* A file whose server does not answer is no namespace. */
	if (statx(AT_FDCWD, path, AT_STATX_DONT_SYNC, STATX_INO, &st) < 0)
		return errno == EACCES || errno == EPERM ? cannot_see(path, errno, e) : 0;
	return device_of(&st) == l->device && !live_has_inode(l, st.stx_ino)
		       ? live_add_path(l, path, e)
		       : 0;
}

/* The path of a mount as mountinfo has it, in which blanks and the like are octal. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *c = text; *c; c++) {
		unsigned n;

		if (*c == '\\' && sscanf(c + 1, "%3o", &n) == 1) {
			*to++ = (char)n;
			c += 3;
		} else {
			*to++ = *c;
		}
	}
	*to = '\0';
}

static int see_mount(struct live *l, const char *thread, char *line, struct err *e)
{
	char *kind = strstr(line, " - nsfs "), *at = NULL;
	char path[PATH_MAX];
	uint64_t inode;

	if (!kind || sscanf(line, "%*u %*u %*s net:[%" SCNu64 "]", &inode) != 1 ||
	    live_has_inode(l, inode))
		return 0;
	for (int i = 0; i < 5; i++)
		at = strtok_r(i ? NULL : line, " ", &kind);
	if (!at)
		return 0;
	unescape(at);
	snprintf(path, sizeof(path), "%s/root%s", thread, at);
	if (live_add_path(l, path, e) < 0)
		return -1;
	/* Gone since, or covered by another mount. */
	if (!live_has_inode(l, inode))
		snprintf(l->missed, sizeof(l->missed), "%s", path);
	return 0;
}

static int see_mounts(struct live *l, const char *thread, struct err *e)
{
	char name[NAME_TEXT], *line __cleanup(free_text) = NULL;
	FILE *file;
	size_t room = 0;
	int fd, rc = 0;

	snprintf(name, sizeof(name), "%s/mountinfo", thread);
	if (io_open(name, O_RDONLY, 0, &fd))
		return has_ended(errno) ? 0 : cannot_see(name, errno, e);
	file = fdopen(fd, "r");
	if (!file) {
		close(fd);
		return err_set(e, ERR_INTERNAL, "out of memory");
	}
	while (rc == 0 && getline(&line, &room, file) > 0)
		rc = see_mount(l, thread, line, e);
	fclose(file);
	return rc;
}

static bool is_known(const struct live *l, const struct live_mounts *m)
{
	for (size_t i = 0; i < l->n_mounts; i++)
		if (l->mounts[i].space == m->space && l->mounts[i].root == m->root &&
		    l->mounts[i].root_device == m->root_device)
			return true;
	return false;
}

/* Each mount namespace is looked through once for each root within it. */
static int see_mount_space(struct live *l, const char *thread, struct err *e)
{
	char space_path[NAME_TEXT], root_path[NAME_TEXT];
	struct statx space, root;
	struct live_mounts m;
	int rc;

	snprintf(space_path, sizeof(space_path), "%s/ns/mnt", thread);
	snprintf(root_path, sizeof(root_path), "%s/root", thread);
	rc = look_at(space_path, &space, e);
	if (rc == 0)
		rc = look_at(root_path, &root, e);
	if (rc)
		return rc < 0 ? -1 : 0;
	m = (struct live_mounts){ space.stx_ino, root.stx_ino, device_of(&root) };
	if (is_known(l, &m))
		return 0;
	if (list_room(&l->mounts, l->n_mounts, &l->cap_mounts) < 0)
		return err_set(e, ERR_INTERNAL, "out of memory");
	l->mounts[l->n_mounts++] = m;
	return see_mounts(l, thread, e);
}

static int see_thread(struct live *l, const char *thread, struct err *e)
{
	char path[NAME_TEXT];
	struct statx st;
	int rc;

	snprintf(path, sizeof(path), "%s/ns/net", thread);
	rc = look_at(path, &st, e);
	if (rc)
		return rc < 0 ? -1 : 0;
	if (!live_has_inode(l, st.stx_ino) && live_add_path(l, path, e) < 0)
		return -1;
	return see_mount_space(l, thread, e);
}

static int see_process(struct live *l, const char *process, struct err *e)
{
	char folder[NAME_TEXT];

	snprintf(folder, sizeof(folder), "%s/task", process);
	if (each_number(l, folder, see_thread, e) < 0)
		return -1;
	snprintf(folder, sizeof(folder), "%s/fd", process);
	return each_number(l, folder, see_file, e);
}

/* Processes that are hidden (hidepid) are not hidden from who may trace them. */
static int check_rights(struct err *e)
{
	struct buf status __cleanup(buf_done) = BUF(1 << 16);
	uint64_t rights = 0;
	const char *line;

	if (io_read_file(PROC "/self/status", &status, e) < 0)
		return -1;
	line = strstr(status.data, "\nCapEff:");
	if (line && sscanf(line, "\nCapEff: %" SCNx64, &rights) == 1 &&
	    (rights & NEEDED) == NEEDED)
		return 0;
	return err_set(e, ERR_DENIED, "to see every network namespace of this machine takes "
		       "root's rights (CAP_SYS_PTRACE, CAP_SYS_ADMIN)");
}

static int check_proc(struct err *e)
{
	char own[NAME_TEXT] = "", told[NAME_TEXT];

	snprintf(told, sizeof(told), "%d", getpid());
	if (readlink(PROC "/self", own, sizeof(own) - 1) < 0)
		return err_set(e, ERR_IO, PROC "/self: %s", strerror(errno));
	if (strcmp(own, told) == 0)
		return check_rights(e);
	return err_set(e, ERR_IO, PROC " shows the processes of another PID namespace: mount one "
		       "of this, or run it in that");
}

int processes_add(struct live *to, struct err *e)
{
	return check_proc(e) < 0 ? -1 : each_number(to, PROC, see_process, e);
}
