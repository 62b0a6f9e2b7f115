/* SPDX-License-Identifier: Apache-2.0 */
#include "base/node_name.h"

#include "base/io.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX 4096	/* bytes */

static bool is_set(const char *text)
{
	return text && *text;
}

/* 1: it has a name; 0: it has none; -1. */
static int add_file(const char *path, struct buf *out, struct err *e)
{
	struct buf text __cleanup(buf_done) = BUF(FILE_MAX);
	struct stat st;

	if (stat(path, &st) == 0 && io_special(st.st_mode))
		return err_set(e, ERR_IO, "node name: file %s %s", path, io_special(st.st_mode));
	if (io_read_file(path, &text, e) < 0) {
		err_reset(e);
		return 0;
	}
	buf_add(out, text.data, text.len);
	return text.len > 0;
}

static void add_host_name(struct buf *out)
{
	char name[FILE_MAX] = "";
	char *start = name, *end;

	gethostname(name, sizeof(name) - 1);
	while (isspace((unsigned char)*start))
		start++;
	for (end = start + strlen(start); end > start && isspace((unsigned char)end[-1]); end--)
		;
	for (; start < end; start++)
		buf_putc(out, (char)tolower((unsigned char)*start));
}

int node_name_find(const struct node_name_keys *keys, struct buf *out,
		   char ret_source[NODE_NAME_SOURCE_TEXT], struct err *e)
{
	int has_file = 0;

	const char *file = is_set(keys->nodename_file) ? keys->nodename_file : NODE_NAME_FILE;

	if (is_set(keys->nodename)) {
		snprintf(ret_source, NODE_NAME_SOURCE_TEXT, "key \"nodename\"");
		buf_puts(out, keys->nodename);
	} else if ((has_file = add_file(file, out, e)) < 0) {
		return -1;
	} else if (has_file) {
		snprintf(ret_source, NODE_NAME_SOURCE_TEXT, "file %s, which is not trimmed", file);
	} else if (is_set(keys->hostname)) {
		snprintf(ret_source, NODE_NAME_SOURCE_TEXT, "key \"hostname\"");
		buf_puts(out, keys->hostname);
	} else {
		snprintf(ret_source, NODE_NAME_SOURCE_TEXT, "this machine's host name");
		add_host_name(out);
	}
	return 0;
}
