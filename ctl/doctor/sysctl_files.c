/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/doctor/sysctl_files.h"

#include "base/io.h"
#include "ctl/doctor/doctor.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILES_MAX 64
#define FILE_MAX (1 << 18)	/* bytes */
#define NAME_TEXT 256		/* bytes of a setting's name, NUL included */

/* A file of one hides those of its name in the others behind it. */
static const char *const folders[] = { "/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d",
				       "/usr/lib/sysctl.d" };

struct files {
	char paths[FILES_MAX][DOCTOR_PATH];
	size_t n;
};

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool is_hidden(const struct files *f, const char *name)
{
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(name_of(f->paths[i]), name) == 0)
			return true;
	return false;
}

static void add(struct files *f, const char *folder, const char *name, const char *behind)
{
	size_t len = strlen(name);

	if (len > 5 && strcmp(name + len - 5, ".conf") == 0 && strcmp(name, behind) > 0 &&
	    f->n < FILES_MAX && !is_hidden(f, name))
		snprintf(f->paths[f->n++], DOCTOR_PATH, "%s/%.255s", folder, name);
}

static void add_folder(struct files *f, const char *folder, const char *behind)
{
	struct dirent **list = NULL;
	int n = scandir(folder, &list, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		add(f, folder, list[i]->d_name, behind);
		free(list[i]);
	}
	free(list);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(name_of(a), name_of(b));
}

static void find(struct files *f, const char *behind)
{
	for (size_t i = 0; i < ARRAY_LEN(folders); i++)
		add_folder(f, folders[i], behind);
	qsort(f->paths, f->n, sizeof(f->paths[0]), by_name);
	/* systemd reads it only where one of those is a link to it. */
	if (f->n < FILES_MAX && access("/run/systemd/system", F_OK) < 0)
		strcpy(f->paths[f->n++], "/etc/sysctl.conf");
}

/* With slashes: where the first separator is a dot, dots and slashes stand for each other. */
static void normalize(const char *name, size_t len, char out[NAME_TEXT])
{
	size_t n = len < NAME_TEXT - 1 ? len : NAME_TEXT - 1;
	bool dots;

	memcpy(out, name, n);
	out[n] = '\0';
	dots = out[strcspn(out, "./")] == '.';
	for (char *c = out; dots && *c; c++)
		*c = *c == '.' ? '/' : *c == '/' ? '.' : *c;
	/* The kernel's other name for it. */
	if (strcmp(out, "net/ipv4/conf/all/forwarding") == 0)
		strcpy(out, "net/ipv4/ip_forward");
}

/* "- net/ipv4/ip_forward=1 " sets it; a comment, or a name alone, sets nothing. */
static bool read_line(const char *line, char name[NAME_TEXT], long *ret)
{
	size_t len = strcspn(line, "=\n"), blank;
	char *end;

	if (line[len] != '=')
		return false;
	*ret = strtol(line + len + 1, &end, 10);
	if (end == line + len + 1)
		return false;
	blank = strspn(line, " \t-");
	if (blank >= len || line[blank] == '#' || line[blank] == ';')
		return false;
	while (len > blank && (line[len - 1] == ' ' || line[len - 1] == '\t'))
		len--;
	normalize(line + blank, len - blank, name);
	return true;
}

static const char *behind(const char *line)
{
	line += strcspn(line, "\n");
	return line + (*line == '\n');
}

/* What the file gives the setting at last; false: nothing. */
static bool look_up(const char *path, const char *name, long *ret)
{
	struct buf text __cleanup(buf_done) = BUF(FILE_MAX);
	struct err ignored = {0};
	char other[NAME_TEXT];
	bool found = false;
	long value;

	if (io_read_file(path, &text, &ignored) < 0)
		return false;
	for (const char *line = text.data; *line; line = behind(line))
		if (read_line(line, other, &value) && strcmp(other, name) == 0) {
			*ret = value;
			found = true;
		}
	return found;
}

static void tell_setting(const struct files *f, const char *line, struct buf *out)
{
	const char *by = NULL;
	char name[NAME_TEXT];
	long want, is = 0;

	if (!read_line(line, name, &want))
		return;
	for (size_t i = 0; i < f->n; i++)
		if (look_up(f->paths[i], name, &is))
			by = f->paths[i];
	if (by && is != want)
		buf_printf(out, "%.*s = %ld in %s\n", (int)strcspn(line, " ="), line, is, by);
}

void sysctl_files_overriding(const char *file, const char *settings, struct buf *out)
{
	struct files f = { .n = 0 };

	find(&f, name_of(file));
	for (const char *line = settings; *line; line = behind(line))
		tell_setting(&f, line, out);
}
