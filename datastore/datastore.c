/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/datastore.h"
#include "datastore/backend.h"
#include "datastore/mirror.h"

#include <stdlib.h>
#include <string.h>

struct datastore {
	const struct backend *backend;
	void *state;
	struct mirror *mirror; /* NULL: none */
};

static const struct backend *const backends[] = {
	[DATASTORE_LOCAL] = &local_backend,
	[DATASTORE_ETCD] = &etcd_backend,
	[DATASTORE_KUBERNETES] = &kubernetes_backend,
};

int datastore_wrap(struct datastore **ret_ds, const struct backend *backend, void *state,
		   struct err *e)
{
	struct datastore *ds = malloc(sizeof(*ds));

	if (!ds)
		return err_set(e, ERR_INTERNAL, "out of memory");
	ds->backend = backend;
	ds->state = state;
	ds->mirror = NULL;
	*ret_ds = ds;
	return 0;
}

int datastore_open(struct datastore **ret_ds, const struct settings *settings,
		   enum datastore_purpose purpose, struct deadline deadline, struct err *e)
{
	const struct backend *backend;
	enum datastore_type type;
	void *state;

	if (settings_decide(settings, &type, e) < 0)
		return -1;
	backend = backends[type];
	if (backend->open(&state, settings, purpose, deadline, e) < 0)
		return -1;
	if (datastore_wrap(ret_ds, backend, state, e) < 0) {
		backend->close(state);
		return -1;
	}
	return 0;
}

void datastore_close(struct datastore *ds)
{
	if (!ds)
		return;
	ds->backend->close(ds->state);
	mirror_close(ds->mirror);
	free(ds);
}

void datastore_closep(struct datastore **ds)
{
	datastore_close(*ds);
}

void datastore_set_deadline(struct datastore *ds, struct deadline deadline)
{
	ds->backend->set_deadline(ds->state, deadline);
}

const struct datastore_traits *datastore_traits(const struct datastore *ds)
{
	return ds->backend->traits(ds->state);
}

int datastore_read(struct datastore *ds, struct view *view, const struct wants *wants,
		   struct err *e)
{
	if (wants->failed)
		return err_set(e, ERR_LIMIT,
			       "a read needs more than %d ranges or a key of more than %d bytes",
			       VIEW_RANGES_MAX, VIEW_KEY_MAX);
	if (!wants->n)
		return 0;
	view->readings++;
	if (ds->backend->read(ds->state, view, wants, e) < 0)
		return -1;
	if (view->failed)
		return err_set(e, ERR_INTERNAL, "out of memory while reading from the %s",
			       datastore_traits(ds)->place);
	return 0;
}

static int check_known(const struct view *view, const struct changes *changes, struct err *e)
{
	for (size_t i = 0; i < changes->n; i++) {
		const char *key = changes->list[i].key;

		if (!*key || strlen(key) > VIEW_KEY_MAX)
			return err_set(e, ERR_LIMIT,
				       "key \"%.64s\" is empty or longer than %d bytes", key,
				       VIEW_KEY_MAX);
		if (!view_knows_existence(view, key))
			return err_set(e, ERR_INTERNAL, "commit writes key %s, which was not read",
				       key);
	}
	for (size_t i = 0; i < changes->n_bases; i++) {
		const struct basis *b = &changes->bases[i];

		if (b->prefix ? !view_knows_prefix(view, b->key, RANGE_PREFIX_KEYS)
			      : !view_knows_existence(view, b->key))
			return err_set(e, ERR_INTERNAL, "commit guards %s, which was not read",
				       b->key);
	}
	return 0;
}

/* Of a commit before. */
static void forget_outcome(struct changes *changes)
{
	for (size_t i = 0; i < changes->n; i++) {
		changes->list[i].revision = 0;
		changes->list[i].stands = false;
	}
}

int datastore_commit(struct datastore *ds, struct view *view, struct changes *changes,
		     enum commit_outcome *ret_outcome, struct err *e)
{
	struct guards guards __cleanup(guards_done) = {0};

	if (!changes->failed)
		guards_make(&guards, view, changes, datastore_traits(ds)->in_order);
	if (changes->failed || guards.failed)
		return err_set(e, ERR_INTERNAL, "out of memory while planning");
	if (check_known(view, changes, e) < 0)
		return -1;
	forget_outcome(changes);
	view->readings++;
	if (ds->backend->commit(ds->state, view, changes, &guards, ret_outcome, e) < 0)
		return -1;
	if (*ret_outcome == COMMIT_DONE)
		changes_apply(changes, view);
	if (view->failed)
		return err_set(e, ERR_INTERNAL, "out of memory while reading from the %s",
			       datastore_traits(ds)->place);
	return 0;
}

static int scan(struct datastore *ds, const char *prefix, record_visitor *visit, void *arg,
		enum scan_outcome *ret_outcome, struct err *e)
{
	if (strlen(prefix) > VIEW_KEY_MAX)
		return err_set(e, ERR_LIMIT, "prefix \"%.64s\" is longer than %d bytes", prefix,
			       VIEW_KEY_MAX);
	return ds->backend->scan(ds->state, prefix, visit, arg, ret_outcome, e);
}

int datastore_scan(struct datastore *ds, const char *prefix, record_visitor *visit, void *arg,
		   struct err *e)
{
	return scan(ds, prefix, visit, arg, NULL, e);
}

int datastore_scan_moment(struct datastore *ds, const char *prefix, record_visitor *visit,
			  void *arg, enum scan_outcome *ret_outcome, struct err *e)
{
	return scan(ds, prefix, visit, arg, ret_outcome, e);
}

int datastore_history(struct datastore *ds, const char *key, record_visitor *visit, void *arg,
		      enum history_end *ret_end, struct err *e)
{
	if (!ds->backend->history)
		return err_set(e, ERR_UNSUPPORTED, "the %s keeps no history",
			       datastore_traits(ds)->place);
	if (!*key || strlen(key) > VIEW_KEY_MAX)
		return err_set(e, ERR_LIMIT, "key \"%.64s\" is empty or longer than %d bytes", key,
			       VIEW_KEY_MAX);
	return ds->backend->history(ds->state, key, visit, arg, ret_end, e);
}

const struct watch_source *datastore_watch_source(struct datastore *ds, void **ret_state)
{
	*ret_state = ds->state;
	return ds->backend->watch;
}

void datastore_use_mirror(struct datastore *ds, const struct settings *settings, const char *node)
{
	const struct datastore_traits *traits = datastore_traits(ds);

	if (!ds->mirror && traits->mirrored)
		ds->mirror = mirror_open(settings, traits->place, node);
}

void datastore_recall(struct datastore *ds, struct view *view)
{
	if (ds->mirror)
		mirror_load(ds->mirror, view);
}

void datastore_remember(struct datastore *ds, const struct view *view, const struct wants *keep)
{
	if (ds->mirror)
		mirror_save(ds->mirror, view, keep);
}

unsigned long datastore_requests(const struct datastore *ds)
{
	return ds->backend->requests(ds->state);
}

enum datastore_keeping datastore_keeps(const struct datastore *ds, const char *key)
{
	return ds->backend->keeps ? ds->backend->keeps(key) : DATASTORE_KEEPS;
}

void datastore_uid(const struct datastore *ds, const char *key, char out[DATASTORE_UID])
{
	out[0] = '\0';
	if (ds->backend->uid)
		ds->backend->uid(ds->state, key, out);
}

int datastore_tell_fitness(struct datastore *ds, const struct fitness_teller *teller,
			   struct err *e)
{
	if (!ds->backend->tell_fitness)
		return 0;
	return ds->backend->tell_fitness(ds->state, teller, e);
}

int64_t datastore_server_time_s(const struct datastore *ds)
{
	return ds->backend->server_time_s ? ds->backend->server_time_s(ds->state) : 0;
}
