/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the configuration of kubelet's runtime says of CNI: CRI-O's where it is configured, since
 * containerd's is there for others too; else containerd's.  Not all of TOML.
 */
#include "ctl/doctor/doctor.h"

#include "base/io.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONTAINERD_CONFIG "/etc/containerd/config.toml"
#define CRIO_CONFIG "/etc/crio/crio.conf"
#define CRIO_FOLDER CRIO_CONFIG ".d"
#define CONFIG_MAX (1 << 20)	/* bytes of one */

/* The words in quotes, "/a:/b" of ["/a/", '/b']. */
static void take_words(const char *value, size_t len, char out[DOCTOR_PATH])
{
	const char *end = value + len;
	size_t n = 0;

	out[0] = '\0';
	while (value < end && (value += strcspn(value, "\"'")) < end) {
		size_t part = strcspn(++value, "\"'"), kept = part;

		while (kept > 1 && value[kept - 1] == '/')
			kept--;
		n += (size_t)snprintf(out + n, DOCTOR_PATH - n, "%s%.*s", n ? ":" : "", (int)kept,
				      value);
		if (n >= DOCTOR_PATH)
			out[0] = '\0';
		if (n >= DOCTOR_PATH || part >= (size_t)(end - value))
			return;
		value += part + 1;
	}
}

/* What stands behind "key =", or NULL where the line does not set it. */
static const char *value_of(const char *line, const char *key)
{
	size_t len = strlen(key);

	if (strncmp(line, key, len) != 0)
		return NULL;
	line += len + strspn(line + len, " \t");
	return *line == '=' ? line + 1 + strspn(line + 1, " \t") : NULL;
}

/* Of the table whose heading ends so; a list may go over several lines. */
static bool find(const char *text, const char *table, const char *key, char out[DOCTOR_PATH])
{
	bool in_table = false, found = false;
	const char *value;

	for (const char *line = text; *line; line += strcspn(line, "\n")) {
		line += strspn(line, " \t\r\n");
		if (*line == '[')
			in_table = memmem(line, strcspn(line, "\n"), table, strlen(table)) != NULL;
		value = in_table ? value_of(line, key) : NULL;
		if (!value)
			continue;
		take_words(value, strcspn(value, *value == '[' ? "]" : "\n"), out);
		line = value + strcspn(value, *value == '[' ? "]" : "\n");
		found |= *out != '\0';
	}
	return found;
}

/* Whether the file is there; what it sets goes before what was read of others. */
static bool read_file(struct doctor *d, const char *path, const char *table,
		      const char *const keys[2])
{
	struct buf text __cleanup(buf_done) = BUF(CONFIG_MAX);
	struct runtime *r = &d->runtime;
	char full[DOCTOR_PATH], value[DOCTOR_PATH];
	struct err ignored = {0};

	doctor_path(d, path, full);
	if (io_read_file(full, &text, &ignored) < 0)
		return false;
	for (int i = 0; i < 2; i++)
		if (keys[i] && find(text.data, table, keys[i], value)) {
			snprintf(r->folders, sizeof(r->folders), "%s", value);
			snprintf(r->folders_by, sizeof(r->folders_by), "%s in %.500s", keys[i],
				 path);
		}
	if (find(text.data, table, "cni_default_network", value)) {
		snprintf(r->network, sizeof(r->network), "%.255s", value);
		snprintf(r->network_by, sizeof(r->network_by), "%.500s", path);
	}
	return true;
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* What stands in the folder, in order, goes before the file. */
static bool read_crio(struct doctor *d)
{
	static const char *const keys[] = { "plugin_dirs", NULL };
	bool there = read_file(d, CRIO_CONFIG, "[crio.network]", keys);
	char path[DOCTOR_PATH], full[DOCTOR_PATH];
	struct dirent **list = NULL;
	int n;

	doctor_path(d, CRIO_FOLDER, full);
	n = scandir(full, &list, is_visible, alphasort);
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), CRIO_FOLDER "/%.255s", list[i]->d_name);
		there |= read_file(d, path, "[crio.network]", keys);
		free(list[i]);
	}
	free(list);
	return there;
}

void doctor_runtime(struct doctor *d)
{
	static const char *const keys[] = { "bin_dir", "bin_dirs" };

	d->runtime.is_crio = read_crio(d);
	if (!d->runtime.is_crio)
		read_file(d, CONTAINERD_CONFIG, ".cni]", keys);
}
