/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/datastore.h"
#include "datastore/backend.h"
#include "datastore/lost.h"
#include "datastore/mirror.h"
#include "datastore/nonce.h"

#include <stdlib.h>
#include <string.h>

struct datastore {
	const struct backend *backend;
	void *state;
	struct mirror *mirror; /* NULL: none */
	struct nonce *nonce; /* the mirror's; NULL: none, or nothing was recalled yet */
	struct deadline deadline;
	struct lost lost;
};

static struct datastore_sums sums;

static const struct backend *const backends[] = {
	[DATASTORE_LOCAL] = &local_backend,
	[DATASTORE_ETCD] = &etcd_backend,
	[DATASTORE_KUBERNETES] = &kubernetes_backend,
};

int datastore_wrap(struct datastore **ret_ds, const struct backend *backend, void *state,
		   struct err *e)
{
	struct datastore *ds = calloc(1, sizeof(*ds));

	if (!ds)
		return err_set(e, ERR_INTERNAL, "out of memory");
	ds->backend = backend;
	ds->state = state;
	ds->deadline = deadline_in_ms(INT64_MAX);
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
	(*ret_ds)->deadline = deadline;
	return 0;
}

int datastore_prepare(const struct settings *settings, struct deadline deadline, struct err *e)
{
	enum datastore_type type;

	if (settings_decide(settings, &type, e) < 0)
		return -1;
	return backends[type]->prepare ? backends[type]->prepare(settings, deadline, e) : 0;
}

void datastore_close(struct datastore *ds)
{
	if (!ds)
		return;
	sums.requests += datastore_requests(ds);
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
	ds->deadline = deadline;
}

bool datastore_is_late(const struct datastore *ds)
{
	return deadline_left_ms(ds->deadline) == 0;
}

const struct datastore_traits *datastore_traits(const struct datastore *ds)
{
	return ds->backend->traits(ds->state);
}

static int read_ranges(struct datastore *ds, struct view *view, const struct wants *wants,
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

static bool lacks_right(const struct datastore *ds)
{
	return ds->backend->lacks_right && ds->backend->lacks_right(ds->state);
}

static void list_without(struct wants *to, const struct wants *from, const char *key)
{
	for (size_t i = 0; i < from->n; i++)
		if (from->list[i].kind != RANGE_KEY || strcmp(from->list[i].key, key) != 0)
			wants_add_range(to, &from->list[i]);
	to->failed |= from->failed;
}

static int read_without_nonce(struct datastore *ds, struct view *view, const struct wants *wants,
			      struct err *e)
{
	struct wants rest __cleanup(wants_done) = {0};

	nonce_leave(ds->nonce, view);
	list_without(&rest, wants, ds->nonce->key);
	return read_ranges(ds, view, &rest, e);
}

static int read_with_nonce(struct datastore *ds, struct view *view, const struct wants *wants,
			   struct err *e)
{
	struct wants all __cleanup(wants_done) = {0};
	int rc;

	wants_add_all(&all, wants);
	if (nonce_goes_along(wants))
		wants_add(&all, ds->nonce->key, RANGE_KEY);
	nonce_expect(ds->nonce, view);
	rc = read_ranges(ds, view, &all, e);
	if (rc == 0)
		nonce_note_reading(ds->nonce, view, all.list, all.n);
	if (rc == 0 || !lacks_right(ds))
		return rc;
	err_reset(e);
	rc = read_without_nonce(ds, view, wants, e);
	ds->nonce->refused = rc == 0;
	return rc;
}

int datastore_read(struct datastore *ds, struct view *view, const struct wants *wants,
		   struct err *e)
{
	int rc;

	lost_pause(&ds->lost, ds->deadline);
	rc = nonce_is_used(ds->nonce) ? read_with_nonce(ds, view, wants, e)
				      : read_ranges(ds, view, wants, e);
	if (rc < 0)
		lost_tell(&ds->lost, e);
	return rc;
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

/* With COMMIT_DONE the view shows the changes, and what the nonce that they have proves. */
static int commit_once(struct datastore *ds, struct view *view, struct changes *changes,
		       struct nonce *n, enum commit_outcome *ret_outcome, struct err *e)
{
	struct guards guards __cleanup(guards_done) = {0};

	guards_make(&guards, view, changes, datastore_traits(ds)->in_order, n ? n->key : NULL);
	if (changes->failed || guards.failed)
		return err_set(e, ERR_INTERNAL, "out of memory while planning");
	view->readings++;
	if (ds->backend->commit(ds->state, view, changes, &guards, ret_outcome, e) < 0)
		return -1;
	if (*ret_outcome == COMMIT_STALE && n)
		nonce_note_reading(n, view, view->ranges, view->n_ranges);
	if (*ret_outcome != COMMIT_DONE)
		return 0;
	if (n)
		nonce_note_compared(view, &guards, changes);
	changes_apply(changes, view);
	if (n)
		nonce_note_written(n, view, changes);
	return 0;
}

/* With none to be had, what it would prove goes by value. */
static int commit_without_nonce(struct datastore *ds, struct view *view, struct changes *changes,
				enum commit_outcome *ret_outcome, struct err *e)
{
	if (ds->nonce)
		nonce_leave(ds->nonce, view);
	return commit_once(ds, view, changes, NULL, ret_outcome, e);
}

/* It may be refused, or one operation too much. */
static int commit_with_nonce(struct datastore *ds, struct view *view, struct changes *changes,
			     enum commit_outcome *ret_outcome, struct err *e)
{
	bool refused;
	int rc;

	nonce_expect(ds->nonce, view);
	if (nonce_put(ds->nonce, changes) < 0)
		return commit_without_nonce(ds, view, changes, ret_outcome, e);
	rc = commit_once(ds, view, changes, ds->nonce, ret_outcome, e);
	changes_drop_last(changes);
	refused = rc < 0 && lacks_right(ds);
	if (rc == 0 || (!refused && e->kind != ERR_LIMIT))
		return rc;
	err_reset(e);
	rc = commit_without_nonce(ds, view, changes, ret_outcome, e);
	ds->nonce->refused = refused && rc == 0;
	return rc;
}

int datastore_commit(struct datastore *ds, struct view *view, struct changes *changes,
		     enum commit_outcome *ret_outcome, struct err *e)
{
	int rc;

	if (changes->failed)
		return err_set(e, ERR_INTERNAL, "out of memory while planning");
	if (check_known(view, changes, e) < 0)
		return -1;
	forget_outcome(changes);
	rc = changes->n && nonce_may_be_put(ds->nonce, view)
		? commit_with_nonce(ds, view, changes, ret_outcome, e)
		: commit_without_nonce(ds, view, changes, ret_outcome, e);
	if (rc == 0 && view->failed)
		rc = err_set(e, ERR_INTERNAL, "out of memory while reading from the %s",
			     datastore_traits(ds)->place);
	if (rc == 0 && *ret_outcome == COMMIT_DONE)
		lost_end(&ds->lost);
	if (rc < 0) {
		lost_note(&ds->lost, e);
		lost_tell(&ds->lost, e);
		e->may_stand |= changes_any_stand(changes);
	}
	sums.conflicts += rc == 0 && *ret_outcome != COMMIT_DONE;
	return rc;
}

#define FORGETS_MAX 5	/* tries: a mirror in use puts its key again and again */
#define FORGOTTEN_MAX 100	/* keys that one commit removes */

/* *ret_left: so many may be left.  A commit that was stale has removed none. */
static int forget_keys(struct datastore *ds, const char *prefix, size_t *ret_left, struct err *e)
{
	enum commit_outcome outcome = COMMIT_STALE;
	struct view view __cleanup(view_done) = {0};
	struct wants wants __cleanup(wants_done) = {0};
	struct changes changes __cleanup(changes_done) = {0};
	size_t n, most;

	wants_add(&wants, prefix, RANGE_PREFIX_KEYS);
	if (read_ranges(ds, &view, &wants, e) < 0)
		return -1;
	n = view.n_records;
	most = n < FORGOTTEN_MAX ? n : FORGOTTEN_MAX;
	for (size_t i = 0; i < most; i++)
		changes_delete(&changes, view.records[i].key);
	if (n && datastore_commit(ds, &view, &changes, &outcome, e) < 0)
		return -1;
	*ret_left = outcome == COMMIT_DONE ? n - most : n;
	return 0;
}

int datastore_forget_node(struct datastore *ds, const char *node, struct err *e)
{
	const struct datastore_traits *traits = datastore_traits(ds);
	char prefix[VIEW_KEY_MAX + 1];
	size_t before = SIZE_MAX, left = SIZE_MAX;

	if (!nonce_is_used_in(traits) || nonce_prefix(node, prefix) < 0)
		return 0;
	/* As long as they become fewer each time. */
	for (int tries = 0; left && tries < FORGETS_MAX; tries += left >= before) {
		before = left;
		if (forget_keys(ds, prefix, &left, e) == 0)
			continue;
		if (lacks_right(ds))
			left = 0;
		else if (e->kind != ERR_UNKNOWN_OUTCOME)
			return -1;
		err_reset(e);
	}
	return 0;
}

static int check_prefix(const char *prefix, struct err *e)
{
	return strlen(prefix) <= VIEW_KEY_MAX ? 0 :
		err_set(e, ERR_LIMIT, "prefix \"%.64s\" is longer than %d bytes", prefix,
			VIEW_KEY_MAX);
}

static int scan(struct datastore *ds, const char *prefix, record_visitor *visit, void *arg,
		enum scan_outcome *ret_outcome, struct err *e)
{
	if (check_prefix(prefix, e) < 0)
		return -1;
	return ds->backend->scan(ds->state, prefix, visit, arg, ret_outcome, e);
}

int datastore_scan(struct datastore *ds, const char *prefix, record_visitor *visit, void *arg,
		   struct err *e)
{
	return scan(ds, prefix, visit, arg, NULL, e);
}

int datastore_scan_of_node(struct datastore *ds, const char *prefix, const char *node,
			   record_visitor *visit, void *arg, struct err *e)
{
	if (!ds->backend->scan_of_node)
		return datastore_scan(ds, prefix, visit, arg, e);
	if (check_prefix(prefix, e) < 0)
		return -1;
	return ds->backend->scan_of_node(ds->state, prefix, node, visit, arg, e);
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
		ds->mirror = mirror_open(settings, traits, node);
}

void datastore_recall(struct datastore *ds, struct view *view)
{
	if (!ds->mirror)
		return;
	mirror_load(ds->mirror, view);
	ds->nonce = mirror_nonce(ds->mirror);
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

const struct datastore_sums *datastore_sums(void)
{
	return &sums;
}

bool datastore_is_own(const char *key)
{
	return nonce_is_key(key);
}

enum datastore_keeping datastore_keeps(const struct datastore *ds, const char *key)
{
	if (datastore_is_own(key))
		return DATASTORE_KEEPS_NOT;
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

int datastore_check_writable(struct datastore *ds, struct err *e)
{
	return ds->backend->check_writable ? ds->backend->check_writable(ds->state, e) : 0;
}

int64_t datastore_server_time_s(struct datastore *ds)
{
	return ds->backend->server_time_s ? ds->backend->server_time_s(ds->state) : 0;
}
