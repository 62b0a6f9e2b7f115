/* SPDX-License-Identifier: Apache-2.0 */
/* The folders of host_files.h: the queue's and the notes', and they are root's. */
#include "tests/sim/queue/host_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* What base/ and plugin/ ask the kernel for (replaced.ld). */
int __wrap_mkdir(const char *path, mode_t mode);
int __wrap_lstat(const char *path, struct stat *ret);
DIR *__wrap_opendir(const char *path);
struct dirent *__wrap_readdir(DIR *folder);
int __wrap_closedir(DIR *folder);

int __real_mkdir(const char *path, mode_t mode);
int __real_lstat(const char *path, struct stat *ret);
DIR *__real_opendir(const char *path);
struct dirent *__real_readdir(DIR *folder);
int __real_closedir(DIR *folder);

int __wrap_mkdir(const char *path, mode_t mode)
{
	if (!world.current)
		return __real_mkdir(path, mode);
	if (!world.current->dead)
		return 0;
	errno = EIO;
	return -1;
}

int __wrap_lstat(const char *path, struct stat *ret)
{
	if (!world.current)
		return __real_lstat(path, ret);
	*ret = (struct stat){ .st_mode = S_IFDIR | 0700, .st_uid = geteuid() };
	return 0;
}

/* Others come in while one is read; but nobody reads two at once. */
static struct folder {
	char path[128];
	unsigned next;
	struct dirent entry;
} folders[ACTORS];

static struct folder *folder_of(DIR *of)
{
	struct folder *f = (struct folder *)of;

	return f >= folders && f < folders + ACTORS ? f : NULL;
}

DIR *__wrap_opendir(const char *path)
{
	struct folder *f;

	if (!world.current)
		return __real_opendir(path);
	f = &folders[world.current->number];
	snprintf(f->path, sizeof(f->path), "%s/", path);
	f->next = 0;
	return (DIR *)f;
}

struct dirent *__wrap_readdir(DIR *of)
{
	struct folder *in = folder_of(of);
	const char *name;

	if (!in)
		return __real_readdir(of);
	name = host_files_next(in->path, &in->next);
	if (!name)
		return NULL;
	snprintf(in->entry.d_name, sizeof(in->entry.d_name), "%s", name);
	return &in->entry;
}

int __wrap_closedir(DIR *of)
{
	return folder_of(of) ? 0 : __real_closedir(of);
}
