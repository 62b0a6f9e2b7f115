/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/store.h"
#include "base/io.h"
#include "base/json.h"

#include <string.h>

static bool is_ours(const struct cJSON *plugin)
{
	const char *type = json_string(json_field(json_field(plugin, "ipam"), "type"));

	return type && strcmp(type, "calico-ipam") == 0;
}

const struct cJSON *store_plugin_of(const struct cJSON *conf)
{
	const struct cJSON *plugins = json_field(conf, "plugins");

	if (is_ours(conf))
		return conf;
	for (const struct cJSON *i = json_first(plugins); i; i = json_next(i))
		if (is_ours(i))
			return i;
	return NULL;
}

int store_read_config(const char *path, struct cJSON **ret_conf, const struct cJSON **ret_plugin,
		      struct err *e)
{
	struct cJSON *conf __cleanup(json_freep) = NULL;
	struct buf text __cleanup(buf_done) = BUF(STORE_CONFIG_MAX);

	if (io_read_file(path, &text, e) < 0)
		return -1;
	conf = json_parse(text.data, text.len, e);
	if (!conf)
		return err_wrap(e, "%s", path);
	*ret_plugin = store_plugin_of(conf);
	if (!*ret_plugin)
		return err_set(e, ERR_CONFIG, "%s: no plugin in it has ipam.type \"calico-ipam\"",
			       path);
	*ret_conf = conf;
	conf = NULL;
	return 0;
}

static int take_config(struct settings *s, const char *path, struct err *e)
{
	struct cJSON *conf __cleanup(json_freep) = NULL;
	const struct cJSON *plugin;

	if (store_read_config(path, &conf, &plugin, e) < 0)
		return -1;
	if (settings_from_config(s, plugin, e) < 0)
		return err_wrap(e, "%s", path);
	return 0;
}

int store_open(struct store *s, const struct call *call, enum datastore_purpose purpose,
	       struct err *e)
{
	settings_init(&s->settings);
	s->ds = NULL;
	if ((call->config && take_config(&s->settings, call->config, e) < 0) ||
	    settings_from_environment(&s->settings, e) < 0)
		return -1;
	return datastore_open(&s->ds, &s->settings, purpose, deadline_in_ms(STORE_TIMEOUT_MS), e);
}

enum datastore_purpose store_purpose(bool dry_run)
{
	return dry_run ? OPEN_TO_LOOK : OPEN_TO_CREATE;
}

void store_close(struct store *s)
{
	datastore_close(s->ds);
	settings_done(&s->settings);
}

void store_go_on(struct store *s)
{
	datastore_set_deadline(s->ds, deadline_in_ms(STORE_TIMEOUT_MS));
}
