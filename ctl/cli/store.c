/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/store.h"
#include "base/io.h"
#include "base/json.h"
#include "ipam/request/loop.h"

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

static bool knows(struct plan *p, const struct wants *wants)
{
	for (size_t i = 0; i < wants->n; i++) {
		const struct range *range = &wants->list[i];

		if (range->kind == RANGE_KEY)
			plan_knows(p, range->key);
		else
			plan_knows_prefix(p, range->key, range->kind);
	}
	return !plan_needs(p);
}

static bool holds(const struct record *record, const char *uid)
{
	return record && record->value && strstr(record->value, uid);
}

struct creation {
	const char *key, *prefix, *uid;
	const struct wants *wants;
	store_build *build;
	const void *arg;
};

static int plan_creation(struct plan *p, const struct creation *c, struct err *e)
{
	struct buf text __cleanup(buf_done) = BUF(STORE_RECORD_MAX);

	if (!knows(p, c->wants))
		return 0;
	if (!holds(view_look_at(p->view, c->key), c->uid)) {
		if (c->build(p->view, c->arg, &text, e) < 0)
			return -1;
		changes_put(&p->changes, c->key, text.data, text.len);
		if (c->prefix)
			changes_guard_prefix(&p->changes, c->prefix);
	}
	plan_conclude(p);
	return 0;
}

int store_create(struct store *s, const char *key, struct wants *wants, const char *prefix,
		 const char *uid, store_build *build, const void *arg, struct err *e)
{
	const struct creation creation = { key, prefix, uid, wants, build, arg };
	struct loop loop __cleanup(loop_done) = {0};

	wants_add(wants, key, RANGE_KEY);
	loop_init(&loop, s->ds);
	while (loop_goes_on(&loop))
		loop_turn(&loop, plan_creation(&loop.plan, &creation, &loop.error));
	return loop_result(&loop, e);
}

static int plan_change(struct plan *p, const struct wants *wants, store_plan *plan, void *arg,
		       struct err *e)
{
	if (!knows(p, wants))
		return 0;
	if (plan(p->view, arg, &p->changes, e) < 0)
		return -1;
	plan_conclude(p);
	return 0;
}

int store_change(struct store *s, const struct wants *wants, store_plan *plan, void *arg,
		 struct err *e)
{
	struct loop loop __cleanup(loop_done) = {0};

	loop_init(&loop, s->ds);
	while (loop_goes_on(&loop))
		loop_turn(&loop, plan_change(&loop.plan, wants, plan, arg, &loop.error));
	return loop_result(&loop, e);
}

void store_go_on(struct store *s)
{
	datastore_set_deadline(s->ds, deadline_in_ms(STORE_TIMEOUT_MS));
}
