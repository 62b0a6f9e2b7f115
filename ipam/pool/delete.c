/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/pool/delete.h"
#include "base/json.h"
#include "ipam/request/draft.h"
#include "ipam/assign/gateway.h"
#include "ipam/record/pool.h"

#include <stdio.h>
#include <string.h>

#define ROUNDS_MAX 1000
/* Races that one great transaction may lose before the pool is disabled first. */
#define TRIES_AT_ONCE 3

struct deletion {
	const char *name;
	bool force;
	char key[KEY_TEXT], gateway_key[KEY_TEXT];
	int64_t now_ns;
	unsigned lost;		/* races */
	bool disabled_by_us, paused;
	struct pool pool;
	struct ipam_config config;
	struct changes changes;
	unsigned n_blocks;	/* written in this transaction */
	size_t n_bytes;
	unsigned in_use;	/* addresses, as this turn has read */
	bool full;		/* this transaction can take no more */
	struct pool_delete_answer answer;	/* of earlier transactions */
	struct pool_delete_answer pending;	/* once this one is committed */
};

/* Blocks and affinities inside the pool are worth their values. */
static bool lies_in_pool(const struct record *record, void *arg)
{
	const char *name = strrchr(record->key, '/');
	struct cidr c;

	return name && cidr_parse_key(name + 1, &c) == 0 &&
		cidr_holds_cidr(*(const struct cidr *)arg, c);
}

static int read_pool(struct datastore *ds, struct view *view, struct deletion *d, struct err *e)
{
	struct wants wants __cleanup(wants_done) = {0};
	const struct record *record;
	struct err why = { 0 };

	wants_add(&wants, d->key, RANGE_KEY);
	wants_add(&wants, d->gateway_key, RANGE_KEY);
	wants_add(&wants, KEY_CONFIG, RANGE_KEY);
	if (datastore_read(ds, view, &wants, e) < 0)
		return -1;
	record = view_get(view, d->key);
	if (!record)
		return err_set(e, ERR_NOT_FOUND, "pool \"%s\" does not exist", d->name);
	pool_done(&d->pool);
	d->answer.unreadable = pool_read(record, &d->pool, &why) < 0;
	if (d->answer.unreadable)
		return d->force ? 0 : err_set(e, why.kind, "%.400s; --force deletes it all the "
					      "same", why.text);
	d->answer.cidr = d->pool.cidr;
	return ipam_config_read(view_get(view, KEY_CONFIG), &d->config, e);
}

static int read_blocks(struct datastore *ds, struct view *view, struct deletion *d, struct err *e)
{
	struct wants wants __cleanup(wants_done) = {0};

	wants_add_filtered(&wants, key_of_blocks(d->pool.cidr.base.family), lies_in_pool,
			   &d->answer.cidr);
	wants_add_filtered(&wants, KEY_HOST_AFFINITIES, lies_in_pool, &d->answer.cidr);
	return datastore_read(ds, view, &wants, e);
}

static int put(struct deletion *d, const char *key, struct buf *value, struct err *e)
{
	if (value->failed)
		return err_set(e, ERR_INTERNAL, "out of memory or a record of more than %zu bytes",
			       value->limit);
	changes_put(&d->changes, key, value->data, value->len);
	d->n_bytes += value->len;
	return 0;
}

static int put_disabled(struct deletion *d, struct err *e)
{
	struct buf text __cleanup(buf_done) = BUF(DRAFT_VALUE_MAX);

	json_set(json_field(d->pool.resource, "spec"), "disabled", json_new_bool(true));
	json_print(d->pool.resource, &text);
	return put(d, d->key, &text, e);
}

static int put_pending_deletion(struct deletion *d, const struct record *affinity, struct err *e)
{
	struct buf text __cleanup(buf_done) = BUF(DRAFT_VALUE_MAX);

	affinity_print(affinity, AFFINITY_PENDING_DELETION, &text);
	return put(d, affinity->key, &text, e);
}

static int put_disowned(struct deletion *d, const struct record *record, struct block *b,
			struct err *e)
{
	struct buf text __cleanup(buf_done) = BUF(DRAFT_VALUE_MAX);

	block_disown(b);
	block_touch(b);
	block_print(b, &text);
	return put(d, record->key, &text, e);
}

/* A block larger than all that goes alone. */
static bool has_room(const struct deletion *d, size_t bytes)
{
	return d->n_blocks < POOL_DELETE_BLOCKS &&
	       (!d->n_blocks || d->n_bytes + bytes <= POOL_DELETE_BYTES);
}

static unsigned count_in_use(const struct block *b)
{
	unsigned n = 0;

	for (unsigned i = 0; i < b->size; i++) {
		const struct cJSON *a = block_attribute(b, i);

		n += a && !attribute_is_released(a) &&
		     !attribute_has_handle(a, BLOCK_WINDOWS_HANDLE);
	}
	return n;
}

/* Lists what becomes of one block: nothing, if no host owns it. */
static int release_block(struct deletion *d, const struct view *view, const struct record *record,
			 struct err *e)
{
	struct block b __cleanup(block_done) = { 0 };
	const struct record *affinity = NULL;
	char key[KEY_TEXT];
	bool empty;

	if (block_read(record, &b, e) < 0)
		return -1;
	block_collect(&b, d->config.cooldown_s, d->now_ns);
	d->pending.allocated += b.size - b.n_unallocated;
	d->in_use += count_in_use(&b);
	if (!b.affinity || strncmp(b.affinity, "host:", 5) != 0)
		return 0;
	empty = block_is_empty(&b);
	if (!has_room(d, empty ? 0 : record->value_len)) {
		d->full = true;
		return 0;
	}
	d->n_blocks++;
	if (key_of_affinity(b.affinity, b.cidr, key, e) < 0)
		return -1;
	affinity = view_get(view, key);
	if (affinity && put_pending_deletion(d, affinity, e) < 0)
		return -1;
	if (empty)
		changes_delete(&d->changes, record->key);
	else if (put_disowned(d, record, &b, e) < 0)
		return -1;
	*(empty ? &d->pending.deleted_blocks : &d->pending.disowned_blocks) += 1;
	if (affinity)
		changes_delete(&d->changes, key);
	return 0;
}

static int release_blocks(struct deletion *d, const struct view *view, struct err *e)
{
	const char *prefix = key_of_blocks(d->pool.cidr.base.family);
	const struct record *record;

	for (size_t i = view_first(view, prefix); (record = view_at(view, i, prefix)); i++)
		if (record->value && lies_in_pool(record, &d->answer.cidr) &&
		    release_block(d, view, record, e) < 0)
			return -1;
	return 0;
}

/* Affinities left without a block of theirs by a crash (docs/DATA-MODEL.md 11). */
static void drop_orphans(struct deletion *d, const struct view *view)
{
	const struct record *record;
	size_t i = view_first(view, KEY_HOST_AFFINITIES);

	for (; (record = view_at(view, i, KEY_HOST_AFFINITIES)) && !d->full; i++) {
		if (!lies_in_pool(record, &d->answer.cidr) ||
		    changes_last(&d->changes, record->key))
			continue;
		d->full = ++d->n_blocks > POOL_DELETE_BLOCKS;
		if (!d->full)
			changes_delete(&d->changes, record->key);
	}
}

static void delete_own(struct deletion *d, const struct view *view)
{
	changes_delete(&d->changes, d->key);
	if (view_get(view, d->gateway_key))
		changes_delete(&d->changes, d->gateway_key);
}

static int refuse_in_use(const struct deletion *d, struct err *e)
{
	bool one = d->in_use == 1;
	char cidr[CIDR_TEXT];

	cidr_print(d->pool.cidr, cidr);
	return err_set(e, ERR_CONFLICT,
		       "%u address%s of %s %s in use%s; disable the pool and delete "
		       "it when its containers are gone, or use --force: what is assigned stays so "
		       "until then", d->in_use, one ? "" : "es", cidr, one ? "is" : "are",
		       d->disabled_by_us ? " (the pool is disabled now)" : "");
}

static int plan(struct deletion *d, const struct view *view, struct err *e)
{
	bool at_once = d->lost < TRIES_AT_ONCE && !d->pool.disabled;

	if (d->answer.unreadable) {
		delete_own(d, view);
		return 0;
	}
	if (!d->pool.disabled && put_disabled(d, e) < 0)
		return -1;
	if (!d->pool.disabled && !at_once)
		return 0;
	if (release_blocks(d, view, e) < 0)
		return -1;
	if (d->in_use && !d->force)
		return refuse_in_use(d, e);
	drop_orphans(d, view);
	if (d->full)
		return 0;
	delete_own(d, view);
	/* A block that comes into being meanwhile would be left behind with its affinity. */
	if (at_once) {
		changes_guard_prefix(&d->changes, key_of_blocks(d->pool.cidr.base.family));
		changes_guard_prefix(&d->changes, KEY_HOST_AFFINITIES);
	}
	return 0;
}

/* After this transaction: 1 the pool is gone, 0 there is more to do. */
static int settle(struct datastore *ds, struct view *view, struct deletion *d, struct err *e)
{
	const struct change *last = changes_last(&d->changes, d->key);
	bool gone = last && !last->value;
	enum commit_outcome outcome;

	if (datastore_commit(ds, view, &d->changes, &outcome, e) < 0) {
		if (e->kind != ERR_UNKNOWN_OUTCOME)
			return -1;
		err_reset(e);
		outcome = COMMIT_STALE;
	}
	if (outcome == COMMIT_STALE) {
		d->lost++;
		return 0;
	}
	d->answer.deleted_blocks += d->pending.deleted_blocks;
	d->answer.disowned_blocks += d->pending.disowned_blocks;
	d->answer.allocated = d->pending.allocated;
	d->disabled_by_us |= last && last->value;
	return gone;
}

static int turn(struct datastore *ds, struct deletion *d, struct err *e)
{
	struct view view __cleanup(view_done) = {0};
	int done;

	if (read_pool(ds, &view, d, e) < 0)
		return -1;
	if (d->disabled_by_us && !d->paused) {
		deadline_sleep_ms(deadline_in_ms(POOL_DELETE_PAUSE_MS), POOL_DELETE_PAUSE_MS);
		d->paused = true;
	}
	if (!d->answer.unreadable && read_blocks(ds, &view, d, e) < 0)
		return -1;
	changes_init(&d->changes);
	d->n_blocks = 0;
	d->n_bytes = 0;
	d->in_use = 0;
	d->full = false;
	d->pending = (struct pool_delete_answer){ 0 };
	done = plan(d, &view, e) < 0 ? -1 : settle(ds, &view, d, e);
	changes_done(&d->changes);
	return done;
}

static int name_keys(struct deletion *d, struct err *e)
{
	char gateway[sizeof(GATEWAY_RESERVATION) + KEY_TEXT];

	if (key_of_pool(d->name, d->key, e) < 0)
		return -1;
	snprintf(gateway, sizeof(gateway), GATEWAY_RESERVATION "%s", d->name);
	return key_of_reservation(gateway, d->gateway_key, e);
}

int ipam_delete_pool(struct datastore *ds, const char *name, bool force, int64_t now_ns,
		     struct pool_delete_answer *ret_answer, struct err *e)
{
	struct deletion d = { .name = name, .force = force, .now_ns = now_ns };
	int done = 0;

	if (name_keys(&d, e) < 0)
		return -1;
	for (unsigned i = 0; !done && i < ROUNDS_MAX; i++) {
		done = turn(ds, &d, e);
		/* Our own deletion, its answer lost, or somebody else's: it is gone. */
		if (done < 0 && e->kind == ERR_NOT_FOUND && i > 0) {
			err_reset(e);
			done = 1;
		}
	}
	pool_done(&d.pool);
	if (done < 0)
		return -1;
	if (!done)
		return err_set(e, ERR_CONFLICT, "others kept changing the blocks of pool \"%s\"; "
			       "try again", name);
	*ret_answer = d.answer;
	return 0;
}
