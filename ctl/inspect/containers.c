/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/inspect/containers.h"

#include "base/io.h"
#include "base/json.h"
#include "base/list.h"
#include "base/machine/machine.h"
#include "base/machine/place.h"
#include "ctl/cli/node_name.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HOSTS_NAMESPACE "/proc/1/ns/net"
#define NAME_TEXT 1024	/* of a file of the cache, NUL included */

void containers_done(struct containers *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->list[i].name);
		free(c->list[i].netns);
	}
	free(c->list);
	c->list = NULL;
	c->n = c->cap = 0;
}

static const char *sandbox_of(const struct cJSON *result, const char *ifname)
{
	const struct cJSON *list = json_field(result, "interfaces");

	for (const struct cJSON *i = json_first(list); i; i = json_next(i)) {
		const char *name = json_string(json_field(i, "name")),
			   *sandbox = json_string(json_field(i, "sandbox"));

		if (name && sandbox && *sandbox && strcmp(name, ifname) == 0)
			return sandbox;
	}
	return NULL;
}

/* NULL: not told.  An entry without kind is of libcni before 0.8: the result alone. */
static const char *namespace_of(const struct cJSON *entry, const char *file_name)
{
	const char *netns = json_string(json_field(entry, "netns")),
		   *ifname = json_string(json_field(entry, "ifName")),
		   *dash = strrchr(file_name, '-');

	if (netns && *netns)
		return netns;
	if (!ifname)
		ifname = dash ? dash + 1 : "";
	return sandbox_of(json_field(entry, "kind") ? json_field(entry, "result") : entry, ifname);
}

/* Of the host itself, which is no container's: its process is gone, the number taken. */
static bool is_hosts(const char *path)
{
	struct stat this, hosts;

	return stat(path, &this) == 0 && stat(HOSTS_NAMESPACE, &hosts) == 0 &&
	       this.st_dev == hosts.st_dev && this.st_ino == hosts.st_ino;
}

static void judge(const struct containers *c, struct container_entry *entry, const char *path)
{
	const char *name = path ? strrchr(path, '/') : NULL, *netns_folder = c->place.netns_folder;
	char in_folder[4096];

	if (!name || (netns_folder ? strncmp(path, "/proc/", 6) == 0 : c->elsewhere))
		return;
	if (netns_folder) {
		snprintf(in_folder, sizeof(in_folder), "%s%s", netns_folder, name);
		path = in_folder;
	}
	entry->judged = true;
	entry->gone = (access(path, F_OK) < 0 && errno == ENOENT) || is_hosts(path);
}

/* A file that cannot be read tells nothing but that it is there.  -1: out of memory. */
static int read_entry(const struct containers *c, struct container_entry *entry)
{
	struct cJSON *root __cleanup(json_freep) = NULL;
	struct buf text __cleanup(buf_done) = BUF(CONTAINERS_FILE_MAX);
	struct err ignored = { 0 };
	const char *netns;
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", c->place.cache, entry->name);
	if (io_read_file(path, &text, &ignored) < 0)
		return 0;
	root = json_parse(text.data, text.len, &ignored);
	netns = namespace_of(root, entry->name);
	judge(c, entry, netns);
	entry->netns = netns ? strdup(netns) : NULL;
	return netns && !entry->netns ? -1 : 0;
}

static int add(struct containers *c, const char *name, struct err *e)
{
	struct container_entry entry = { .name = strdup(name) };

	if (!entry.name || read_entry(c, &entry) < 0 ||
	    list_room(&c->list, c->n, &c->cap) < 0) {
		free(entry.name);
		free(entry.netns);
		return err_set(e, ERR_INTERNAL, "out of memory");
	}
	c->list[c->n++] = entry;
	c->unjudged += !entry.judged;
	return 0;
}

static int compare(const void *left, const void *right)
{
	const struct container_entry *a = left, *b = right;

	return strcmp(a->name, b->name);
}

static int read_folder(struct containers *c, DIR *dir, struct err *e)
{
	const struct dirent *entry;

	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.' && add(c, entry->d_name, e) < 0)
			return -1;
	if (c->n)
		qsort(c->list, c->n, sizeof(*c->list), compare);
	return 0;
}

static bool is_elsewhere(const char *run_path)
{
	enum place place = PLACE_NOT_NOTED;
	struct machine machine;
	struct err ignored = { 0 };

	machine_read(&(struct machine_files){ 0 }, &machine);
	return *machine.boot && place_find(run_path, machine.boot, &place, &ignored) == 0 &&
	       place == PLACE_ELSEWHERE;
}

int containers_read(struct containers *c, const struct containers_place *place, struct err *e)
{
	const char *cache = place->cache ? place->cache : CONTAINERS_CACHE;
	DIR *dir;
	int rc;

	*c = (struct containers){ .place = *place };
	c->place.cache = cache;
	c->elsewhere = place->run_path && is_elsewhere(place->run_path);
	if (place->node)
		snprintf(c->node, sizeof(c->node), "%s", place->node);
	else
		node_name(place->plugin, c->node);
	dir = opendir(cache);
	if (!dir && !place->wanted)
		return 0;
	if (!dir && errno == ENOENT)
		return err_set(e, ERR_NOT_FOUND, "there is no CNI cache at %s: the containers of "
			       "this node are not known", cache);
	if (!dir)
		return err_set(e, ERR_IO, "%s: %s", cache, strerror(errno));
	rc = read_folder(c, dir, e);
	closedir(dir);
	c->known = rc == 0;
	return rc;
}

/* "<network>-<container>-<ifname>", or without ifname what all such names begin with. */
static bool cache_name(const struct attribute *attribute, char out[NAME_TEXT])
{
	const char *handle = attribute_handle(attribute),
		   *network = attribute_secondary(attribute, "network"),
		   *ifname = attribute_secondary(attribute, "ifname"), *dot;
	size_t len = handle ? strcspn(handle, "\r") : 0;

	if (!len)
		return false;
	dot = network ? handle + strlen(network) : memrchr(handle, '.', len);
	if (!dot || (network && (strncmp(handle, network, strlen(network)) || *dot != '.')))
		return false;
	return snprintf(out, NAME_TEXT, "%.*s-%.*s-%s", (int)(dot - handle), handle,
			(int)(handle + len - dot - 1), dot + 1, ifname ? ifname : "") < NAME_TEXT;
}

static int compare_name(const void *name, const void *element)
{
	const struct container_entry *entry = element;

	return strcmp(name, entry->name);
}

static bool is_still_gone(const struct containers *c, const struct container_entry *entry)
{
	struct container_entry now = { .name = entry->name };
	bool gone = read_entry(c, &now) == 0 && now.gone;

	free(now.netns);
	return gone;
}

struct audit_evidence containers_tell(const struct attribute *attribute, const void *containers)
{
	const struct containers *c = containers;
	const char *node = attribute_secondary(attribute, "node");
	bool whole = attribute_secondary(attribute, "ifname") != NULL, named = false;
	char name[NAME_TEXT];

	if (!c->known || !node || strcmp(node, c->node) != 0 || !cache_name(attribute, name))
		return (struct audit_evidence){ LIFE_UNKNOWN, NULL };
	for (size_t i = list_place(c->list, c->n, name, compare_name); i < c->n; i++) {
		const char *found = c->list[i].name;

		if (whole ? strcmp(found, name) != 0 : strncmp(found, name, strlen(name)) != 0)
			break;
		if (!c->list[i].gone || !is_still_gone(c, &c->list[i]))
			return (struct audit_evidence){ LIFE_ALIVE, NULL };
		named = true;
	}
	if (!named)
		return (struct audit_evidence){ LIFE_UNTOLD, NULL };
	return (struct audit_evidence){ LIFE_GONE, "the network namespace of its container is "
					"gone" };
}
