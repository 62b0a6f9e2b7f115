/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cni/conflist.h"
#include "base/json.h"

#include <string.h>

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

int conflist_parse(const char *text, size_t len, const char *path, struct cJSON **ret_conf,
		   const struct cJSON **ret_plugin, struct err *e)
{
	struct cJSON *conf = json_parse(text, len, e);

	if (!conf)
		return err_wrap(e, "%s", path);
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
