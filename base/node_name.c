/* SPDX-License-Identifier: Apache-2.0 */
#include "base/node_name.h"

#include "base/io.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX 4096	/* bytes */

static bool is_set(const char *text)
{
	return text && *text;
}

static bool add_file(const char *path, struct buf *out)
{
	struct buf text __cleanup(buf_done) = BUF(FILE_MAX);
	struct err ignored = {0};

	if (io_read_file(path, &text, &ignored) < 0 || !text.len)
		return false;
	buf_add(out, text.data, text.len);
	return true;
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

void node_name_find(const struct node_name_keys *keys, struct buf *out,
		    char ret_source[NODE_NAME_SOURCE_TEXT])
{
	const char *file = is_set(keys->nodename_file) ? keys->nodename_file : NODE_NAME_FILE;

	if (is_set(keys->nodename)) {
		snprintf(ret_source, NODE_NAME_SOURCE_TEXT, "key \"nodename\"");
		buf_puts(out, keys->nodename);
	} else if (add_file(file, out)) {
		snprintf(ret_source, NODE_NAME_SOURCE_TEXT, "file %s, which is not trimmed", file);
	} else if (is_set(keys->hostname)) {
		snprintf(ret_source, NODE_NAME_SOURCE_TEXT, "key \"hostname\"");
		buf_puts(out, keys->hostname);
	} else {
		snprintf(ret_source, NODE_NAME_SOURCE_TEXT, "this machine's host name");
		add_host_name(out);
	}
}
