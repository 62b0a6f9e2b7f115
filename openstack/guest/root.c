/* SPDX-License-Identifier: Apache-2.0 */
#include "openstack/guest/root.h"

#include "base/io.h"
#include "base/list.h"
#include "base/new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define FD_PATH_MAX 32	/* bytes of /proc/self/fd/N */

static int open_in(const struct root *r, const char *path, int flags)
{
	const struct open_how how = {
		.flags = (uint64_t)(flags | O_CLOEXEC),
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};

	return (int)syscall(SYS_openat2, r->fd, path, &how, sizeof(how));
}

int root_open(struct root *r, const char *path, struct err *e)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int probe __cleanup(close_fd) = -1;

	if (fd < 0)
		return err_set(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
			       "cannot open the root folder %s: %s", path, strerror(errno));
	r->fd = fd;
	probe = open_in(r, "/", O_PATH);
	if (probe >= 0)
		return 0;
	return err_set(e, errno == ENOSYS ? ERR_UNSUPPORTED : ERR_IO,
		       "cannot look into the root folder %s: openat2: %s%s", path, strerror(errno),
		       errno == ENOSYS ? " (Linux 5.6 has it)" : "");
}

void root_done(struct root *r)
{
	close_fd(&r->fd);
	r->fd = -1;
}

bool root_has(const struct root *r, const char *path)
{
	int fd __cleanup(close_fd) = open_in(r, path, O_PATH | O_NOFOLLOW);

	return fd >= 0;
}

static void fd_path(int fd, char out[FD_PATH_MAX])
{
	snprintf(out, FD_PATH_MAX, "/proc/self/fd/%d", fd);
}

/* What systemd and others take for an empty file: so one masks a file of the distribution. */
static bool is_null(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3);
}

int root_read(const struct root *r, const char *path, struct buf *out, struct err *e)
{
	int found __cleanup(close_fd) = open_in(r, path, O_PATH);
	int fd __cleanup(close_fd) = -1;
	char by_fd[FD_PATH_MAX];
	const char *why;

	if (found < 0)
		return err_set(e, errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND : ERR_IO,
			       "cannot open %s: %s", path, strerror(errno));
	if (is_null(found))
		return 0;
	fd_path(found, by_fd);
	why = io_open(by_fd, O_RDONLY, 0, &fd);
	if (why)
		return err_set(e, ERR_IO, "cannot open %s: %s", path, why);
	return io_read_fd(fd, out, path, e);
}

static bool ends_in(const char *name, const char *suffix)
{
	size_t len = strlen(name), end = strlen(suffix);

	return len >= end && strcmp(name + len - end, suffix) == 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int add_name(struct root_names *names, const char *name)
{
	char *copy = strdup(name);

	if (!copy || list_room(&names->list, names->n, &names->cap) < 0) {
		free(copy);
		return -1;
	}
	names->list[names->n++] = copy;
	return 0;
}

static int read_names(DIR *dir, const char *folder, const char *suffix, struct root_names *names,
		      struct err *e)
{
	const struct dirent *entry;

	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || !ends_in(entry->d_name, suffix))
			continue;
		if (names->n >= ROOT_NAMES_MAX)
			return err_set(e, ERR_LIMIT, "%s has more than %d files", folder,
				       ROOT_NAMES_MAX);
		if (add_name(names, entry->d_name) < 0)
			return err_set(e, ERR_INTERNAL, "out of memory");
	}
	return 0;
}

int root_list(const struct root *r, const char *folder, const char *suffix,
	      struct root_names *ret, struct err *e)
{
	struct root_names names __cleanup(root_names_done) = { 0 };
	int fd = open_in(r, folder, O_RDONLY | O_DIRECTORY);
	DIR *dir __cleanup(close_folder) = fd < 0 ? NULL : fdopendir(fd);

	if (fd < 0 && errno != ENOENT && errno != ENOTDIR)
		return err_set(e, ERR_IO, "cannot list %s: %s", folder, strerror(errno));
	if (fd >= 0 && !dir) {
		close(fd);
		return err_set(e, ERR_IO, "cannot list %s", folder);
	}
	if (dir && read_names(dir, folder, suffix, &names, e) < 0)
		return -1;
	if (names.n)
		qsort(names.list, names.n, sizeof(*names.list), compare);
	*ret = names;
	names = (struct root_names){ 0 };
	return 0;
}

void root_names_done(struct root_names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->list[i]);
	free(names->list);
	*names = (struct root_names){ 0 };
}

/* The path's folder, into room of PATH_MAX, and the name in it. */
static const char *split(const char *path, char *folder)
{
	const char *slash = strrchr(path, '/');

	snprintf(folder, PATH_MAX, "%.*s", slash == path ? 1 : (int)(slash - path), path);
	return slash + 1;
}

static int open_parent(const struct root *r, const char *path, const char **ret_name)
{
	char folder[PATH_MAX];

	*ret_name = split(path, folder);
	return open_in(r, folder, O_PATH | O_DIRECTORY);
}

static int make_folder(const struct root *r, const char *path, unsigned *made, struct err *e)
{
	const char *name;
	int parent __cleanup(close_fd) = open_parent(r, path, &name);

	if (parent >= 0 && mkdirat(parent, name, 0755) == 0)
		++*made;
	else if (parent < 0 || errno != EEXIST)
		return err_set(e, ERR_IO, "cannot make folder %s: %s", path, strerror(errno));
	return 0;
}

int root_make_parent(const struct root *r, const char *path, unsigned *ret_made, struct err *e)
{
	char above[PATH_MAX];

	*ret_made = 0;
	split(path, above);
	for (char *slash = strchr(above + 1, '/');; slash = strchr(slash + 1, '/')) {
		if (slash)
			*slash = '\0';
		if (make_folder(r, above, ret_made, e) < 0)
			return -1;
		if (!slash)
			break;
		*slash = '/';
	}
	return 0;
}

int root_write(const struct root *r, const char *path, const struct buf *text, mode_t mode,
	       struct err *e)
{
	const char *name;
	int parent __cleanup(close_fd) = open_parent(r, path, &name);
	/* After the folder, by which its end finds what it has begun. */
	struct new_file f __cleanup(new_file_done) = NO_NEW_FILE;
	char by_fd[FD_PATH_MAX + NAME_MAX];

	if (parent < 0)
		return err_set(e, ERR_IO, "cannot write %s: %s", path, strerror(errno));
	snprintf(by_fd, sizeof(by_fd), "/proc/self/fd/%d/%s", parent, name);
	if (new_file_begin(&f, by_fd, mode, e) < 0 ||
	    io_write_fd(f.fd, text->data, text->len, path, e) < 0)
		return err_wrap(e, "%s", path);
	if (fchmod(f.fd, mode) < 0)
		return err_set(e, ERR_IO, "cannot write %s: %s", path, strerror(errno));
	if (new_file_sync(&f, path, e) < 0)
		return -1;
	return new_file_publish(&f, by_fd, e) < 0 ? err_wrap(e, "%s", path) : 0;
}

int root_remove_parents(const struct root *r, const char *path, unsigned n, struct err *e)
{
	char at[PATH_MAX], above[PATH_MAX];

	snprintf(at, sizeof(at), "%s", path);
	while (n && strchr(at + 1, '/')) {
		const char *name;
		int parent __cleanup(close_fd) = -1;

		split(at, above);
		memcpy(at, above, sizeof(at));
		parent = open_parent(r, at, &name);
		if (parent >= 0 && unlinkat(parent, name, AT_REMOVEDIR) == 0)
			n--;
		else if (errno == ENOTEMPTY || errno == EEXIST)
			return 0;
		else if (errno != ENOENT)
			return err_set(e, ERR_IO, "cannot remove %s: %s", at, strerror(errno));
	}
	return 0;
}

int root_remove(const struct root *r, const char *path, unsigned folders, struct err *e)
{
	const char *name;
	int parent __cleanup(close_fd) = open_parent(r, path, &name);

	if (parent < 0 || unlinkat(parent, name, 0) < 0)
		return err_set(e, ERR_IO, "cannot remove %s: %s", path, strerror(errno));
	return root_remove_parents(r, path, folders, e);
}
