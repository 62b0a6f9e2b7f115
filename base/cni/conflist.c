/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cni/conflist.h"
#include "base/io.h"
#include "base/json.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_ours(const struct cJSON *plugin)
{
	const char *type = json_string(json_field(json_field(plugin, "ipam"), "type"));

	return type && strcmp(type, "calico-ipam") == 0;
}

const struct cJSON *conflist_plugin(const struct cJSON *conf)
{
	const struct cJSON *plugins = json_field(conf, "plugins");

	if (is_ours(conf))
		return conf;
	for (const struct cJSON *i = json_first(plugins); i; i = json_next(i))
		if (is_ours(i))
			return i;
	return NULL;
}

/* A boolean, or its name in any case, as libcni reads it. */
static bool is_set(const struct cJSON *conf, const char *name)
{
	const char *text = json_string(json_entry(conf, name));

	return json_true(json_entry(conf, name)) || (text && strcasecmp(text, "true") == 0);
}

/* Of a network's name no part leads elsewhere. */
static bool is_folder_name(const char *name)
{
	return *name && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static bool can_have_folder(const struct cJSON *conf, const char *path, char ret[PATH_MAX])
{
	const char *name = json_field_text(conf, "name"), *slash = strrchr(path, '/');
	int len = slash ? (int)(slash - path) + 1 : 0;

	return json_type(json_field(conf, "type")) == JSON_ABSENT && is_folder_name(name) &&
	       snprintf(ret, PATH_MAX, "%.*s%s", len, path, name) < PATH_MAX;
}

static int is_plugin(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && strcmp(dot, ".conf") == 0;
}

static int add_plugin(struct cJSON *plugins, const char *folder, const char *name, struct err *e)
{
	struct buf text __cleanup(buf_done) = BUF(CONFLIST_MAX);
	char path[PATH_MAX];
	struct cJSON *plugin;

	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path))
		return err_set(e, ERR_LIMIT, "%.200s…/%s: a path is longer than %zu bytes",
			       folder, name, sizeof(path) - 1);
	if (io_read_file(path, &text, e) < 0)
		return -1;
	plugin = json_parse(text.data, text.len, e);
	if (!plugin)
		return err_wrap(e, "%s", path);
	json_append(plugins, plugin);
	return 0;
}

static int add_plugins(struct cJSON *conf, const char *folder, struct dirent **list, int n,
		       struct err *e)
{
	struct cJSON *plugins;

	if (n && json_type(json_entry(conf, "plugins")) == JSON_ABSENT)
		json_set(conf, "plugins", json_new_array());
	plugins = json_entry(conf, "plugins");
	for (int i = 0; i < n; i++)
		if (json_type(plugins) == JSON_ARRAY &&
		    add_plugin(plugins, folder, list[i]->d_name, e) < 0)
			return -1;
	return 0;
}

int conflist_join(struct cJSON *conf, const char *path, struct conflist_joined *ret, struct err *e)
{
	struct conflist_joined joined = { 0 };
	struct dirent **list = NULL;
	int n = 0, rc = 0;

	if (can_have_folder(conf, path, joined.folder))
		n = scandir(joined.folder, &list, is_plugin, alphasort);
	if (n < 0 && errno != ENOENT && errno != ENOTDIR)
		rc = err_set(e, ERR_IO, "cannot read %s: %s", joined.folder, strerror(errno));
	joined.left_out = is_set(conf, "loadOnlyInlinedPlugins");
	joined.n = n < 0 ? 0 : (unsigned)n;
	if (!joined.left_out && rc == 0)
		rc = add_plugins(conf, joined.folder, list, n, e);
	for (int i = 0; i < n; i++)
		free(list[i]);
	free(list);
	if (ret && rc == 0)
		*ret = joined;
	return rc;
}

int conflist_parse(const char *text, size_t len, const char *path, struct cJSON **ret_conf,
		   const struct cJSON **ret_plugin, struct err *e)
{
	struct cJSON *conf = json_parse(text, len, e);

	if (!conf)
		return err_wrap(e, "%s", path);
	if (conflist_join(conf, path, NULL, e) < 0) {
		json_free(conf);
		return -1;
	}
	*ret_plugin = conflist_plugin(conf);
	*ret_conf = conf;
	return 0;
}

static void want_no_log(struct cJSON *request)
{
	const char *path = json_string(json_field(request, "log_file_path"));

	if (path && *path == '/')
		json_set(request, "log_file_path", json_new_null());
}

struct cJSON *conflist_status_request(const struct cJSON *plugin, const char *network)
{
	struct cJSON *request = json_copy(plugin);

	json_set(request, "cniVersion", json_new_string(CONFLIST_STATUS_VERSION));
	json_set(request, "name", json_new_string(network));
	want_no_log(request);
	return request;
}

static int is_configuration(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && (strcmp(dot, ".conflist") == 0 || strcmp(dot, ".conf") == 0 ||
		       strcmp(dot, ".json") == 0);
}

int conflist_names(const char *folder, struct dirent ***ret)
{
	return scandir(folder, ret, is_configuration, alphasort);
}
