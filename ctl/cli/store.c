/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/store.h"
#include "base/io.h"
#include "base/json.h"

#include <string.h>

#define ROUNDS_MAX 100

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

int store_open(struct store *s, const struct call *call, bool read_only, struct err *e)
{
	enum datastore_purpose purpose = read_only ? OPEN_TO_LOOK : OPEN_TO_CREATE;

	settings_init(&s->settings);
	s->ds = NULL;
	s->uncertain = false;
	if ((call->config && take_config(&s->settings, call->config, e) < 0) ||
	    settings_from_environment(&s->settings, e) < 0)
		return -1;
	return datastore_open(&s->ds, &s->settings, purpose, deadline_in_ms(STORE_TIMEOUT_MS), e);
}

void store_close(struct store *s)
{
	datastore_close(s->ds);
	settings_done(&s->settings);
}

static bool holds(const struct record *record, const char *uid)
{
	return record && record->value && strstr(record->value, uid);
}

/* 1 created, 0 once more. */
static int try_create(struct store *s, struct view *view, const char *key, const char *prefix,
		      store_build *build, const void *arg, struct err *e)
{
	struct changes changes __cleanup(changes_done) = {0};
	struct buf text __cleanup(buf_done) = BUF(STORE_RECORD_MAX);
	enum commit_outcome outcome;

	if (build(view, arg, &text, e) < 0)
		return -1;
	changes_put(&changes, key, text.data, text.len);
	if (prefix)
		changes_guard_prefix(&changes, prefix);
	if (datastore_commit(s->ds, view, &changes, &outcome, e) == 0)
		return outcome == COMMIT_DONE;
	if (e->kind != ERR_UNKNOWN_OUTCOME)
		return -1;
	err_reset(e);
	return 0;
}

int store_create(struct store *s, const char *key, struct wants *wants, const char *prefix,
		 const char *uid, store_build *build, const void *arg, struct err *e)
{
	struct view view __cleanup(view_done) = {0};
	int done;

	wants_add(wants, key, RANGE_KEY);
	for (unsigned i = 0; i < ROUNDS_MAX; i++) {
		view_reset(&view);
		if (datastore_read(s->ds, &view, wants, e) < 0)
			return -1;
		if (holds(view_get(&view, key), uid))
			return 0;
		done = try_create(s, &view, key, prefix, build, arg, e);
		if (done)
			return done < 0 ? -1 : 0;
	}
	return err_set(e, ERR_CONFLICT, "others changed the same records %d times in a row; try "
		       "again", ROUNDS_MAX);
}

/* 1 settled, 0 once more. */
static int try_change(struct store *s, struct view *view, store_plan *plan, void *arg,
		      struct err *e)
{
	struct changes changes __cleanup(changes_done) = {0};
	enum commit_outcome outcome;

	if (plan(view, arg, &changes, e) < 0)
		return -1;
	if (!changes.n && !changes.failed)
		return 1;
	if (datastore_commit(s->ds, view, &changes, &outcome, e) == 0)
		return outcome == COMMIT_DONE;
	if (e->kind != ERR_UNKNOWN_OUTCOME)
		return -1;
	s->uncertain = true;
	err_reset(e);
	return 0;
}

int store_change(struct store *s, const struct wants *wants, store_plan *plan, void *arg,
		 struct err *e)
{
	struct view view __cleanup(view_done) = {0};
	int done = 0;

	for (unsigned i = 0; !done && i < ROUNDS_MAX; i++) {
		view_reset(&view);
		if (datastore_read(s->ds, &view, wants, e) < 0)
			return -1;
		done = try_change(s, &view, plan, arg, e);
	}
	if (!done)
		return err_set(e, ERR_CONFLICT, "others changed the same records %d times in a "
			       "row; try again", ROUNDS_MAX);
	return done < 0 ? -1 : 0;
}

void store_go_on(struct store *s)
{
	datastore_set_deadline(s->ds, deadline_in_ms(STORE_TIMEOUT_MS));
}
