/* SPDX-License-Identifier: Apache-2.0 */
#include "base/machine/place.h"

#include "base/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_TEXT 64 /* bytes of a note's name, NUL included */

static int name_here(const char *boot, char ret[NAME_TEXT], struct err *e)
{
	struct stat pid, mount;

	if (stat("/proc/self/ns/pid", &pid) < 0 || stat("/proc/self/ns/mnt", &mount) < 0)
		return err_set(e, ERR_IO, "/proc/self/ns: %s", strerror(errno));
	snprintf(ret, NAME_TEXT, "%.16s-%ju-%ju", boot, (uintmax_t)pid.st_ino,
		 (uintmax_t)mount.st_ino);
	return 0;
}

static int name_folder(const char *run_path, char ret[PATH_MAX], struct err *e)
{
	if (snprintf(ret, PATH_MAX, "%s/places", run_path) < PATH_MAX - NAME_TEXT)
		return 0;
	return err_set(e, ERR_LIMIT, "run_path is too long");
}

/* Nobody else can have put anything there. */
static bool is_ours(const struct stat *st)
{
	return S_ISDIR(st->st_mode) && st->st_uid == geteuid() && (st->st_mode & 022) == 0;
}

static int make_note(const char *folder, const char *path, struct err *e)
{
	int fd __cleanup(close_fd) = -1;
	struct stat st;
	const char *why;

	if (io_make_folders(folder, 0700, e) < 0)
		return -1;
	if (lstat(folder, &st) < 0 || !is_ours(&st))
		return err_set(e, ERR_IO, "%s is not a folder of this user's alone", folder);
	why = io_open(path, O_WRONLY | O_CREAT | O_NOFOLLOW, 0600, &fd);
	return why ? err_set(e, ERR_IO, "cannot make %s: %s", path, why) : 0;
}

int place_note(const char *run_path, const char *boot, struct err *e)
{
	char folder[PATH_MAX], name[NAME_TEXT], path[PATH_MAX + NAME_TEXT];
	struct stat st;

	if (name_here(boot, name, e) < 0 || name_folder(run_path, folder, e) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (lstat(path, &st) == 0 && S_ISREG(st.st_mode))
		return 0;
	return make_note(folder, path, e);
}

static bool is_of_boot(const char *name, const char *boot)
{
	size_t len = strlen(boot);

	return strncmp(name, boot, len) == 0 && name[len] == '-';
}

static int look(DIR *dir, const char *folder, const char *boot, enum place *ret, struct err *e)
{
	const struct dirent *entry;
	char here[NAME_TEXT];
	struct stat st;

	if (fstat(dirfd(dir), &st) < 0 || !is_ours(&st))
		return err_set(e, ERR_IO, "%s is not a folder of this user's alone", folder);
	if (name_here(boot, here, e) < 0)
		return -1;
	*ret = PLACE_NOT_NOTED;
	while ((entry = readdir(dir))) {
		if (!is_of_boot(entry->d_name, boot))
			continue;
		if (strcmp(entry->d_name, here) != 0) {
			*ret = PLACE_ELSEWHERE;
			return 0;
		}
		*ret = PLACE_HERE;
	}
	return 0;
}

int place_find(const char *run_path, const char *boot, enum place *ret, struct err *e)
{
	DIR *dir __cleanup(close_folder) = NULL;
	char folder[PATH_MAX];
	int fd;

	if (name_folder(run_path, folder, e) < 0)
		return -1;
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		*ret = PLACE_NOT_NOTED;
		return 0;
	}
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		err_set(e, ERR_IO, "%s: %s", folder, strerror(errno));
		close_fd(&fd);
		return -1;
	}
	return look(dir, folder, boot, ret, e);
}
