/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/openstack/fixture_root.h"

#include "base/io.h"

#include <check.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char root_folder[256];
static struct buf *description;

void root_begin(void)
{
	snprintf(root_folder, sizeof(root_folder), "/tmp/guest-root.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root_folder));
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

void root_end(void)
{
	nftw(root_folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void path_of(const char *path, char out[PATH_MAX])
{
	struct err e = { 0 };

	snprintf(out, PATH_MAX, "%s%s", root_folder, path);
	ck_assert_msg(io_make_parent(out, 0755, &e) == 0, "%s", e.text);
}

void root_put(const char *path, const char *text)
{
	char at[PATH_MAX];
	FILE *file;

	path_of(path, at);
	file = fopen(at, "we");
	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

void root_link(const char *path, const char *target)
{
	char at[PATH_MAX];

	path_of(path, at);
	ck_assert_int_eq(symlink(target, at), 0);
}

void root_unput(const char *path)
{
	char at[PATH_MAX];

	path_of(path, at);
	ck_assert_int_eq(unlink(at), 0);
}

static int describe_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	struct buf text __cleanup(buf_done) = BUF(1 << 20);
	char target[256] = "";
	struct err e = { 0 };

	(void)at;
	if (type == FTW_F)
		ck_assert_msg(io_read_file(path, &text, &e) == 0, "%s", e.text);
	else if (type == FTW_SL)
		buf_add(&text, target, (size_t)readlink(path, target, sizeof(target)));
	for (char *c = text.data; (c = strchr(c, '\n'));)
		*c = '|';
	buf_printf(description, "%s %o %s\n", path, st->st_mode, text.data);
	return 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void root_describe(struct buf *out)
{
	struct buf all __cleanup(buf_done) = BUF(1 << 22);
	char *lines[1000], *rest = NULL;
	size_t n = 0;

	description = &all;
	nftw(root_folder, describe_one, 16, FTW_PHYS);
	for (char *l = strtok_r(all.data, "\n", &rest); l; l = strtok_r(NULL, "\n", &rest)) {
		ck_assert_uint_lt(n, ARRAY_LEN(lines));
		lines[n++] = l;
	}
	qsort(lines, n, sizeof(*lines), compare);
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%s\n", lines[i]);
	ck_assert(!out->failed && !all.failed);
}
