/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/request/draft.h"

#include "ipam/request/block_cache.h"

#include <stdlib.h>
#include <string.h>

void draft_init(struct draft *d, struct plan *plan, int64_t now_ns)
{
	memset(d, 0, sizeof(*d));
	d->plan = plan;
	d->now_ns = now_ns;
}

static void keep(const struct draft *d, struct draft_block *b, const char *text, size_t len)
{
	if (d->plan->others_follow)
		block_cache_keep(d->plan->blocks, b->key, text, len, &b->block);
}

static void keep_written(const struct draft *d, struct draft_block *b)
{
	const struct change *put = b->written ? changes_last(&d->plan->changes, b->key) : NULL;

	if (put && put->value)
		keep(d, b, put->value, put->value_len);
}

void draft_done(struct draft *d)
{
	for (unsigned i = 0; i < d->n_blocks; i++) {
		keep_written(d, d->blocks[i]);
		block_done(&d->blocks[i]->block);
		free(d->blocks[i]);
	}
	d->n_blocks = 0;
}

bool draft_needs(const struct draft *d)
{
	return plan_needs(d->plan);
}

bool draft_know(struct draft *d, const char *key)
{
	return plan_knows(d->plan, key);
}

bool draft_know_prefix(struct draft *d, const char *prefix, enum range_kind kind)
{
	return plan_knows_prefix(d->plan, prefix, kind);
}

int draft_read_config(struct draft *d, struct err *e)
{
	if (ipam_config_read(view_look_at(d->plan->view, KEY_CONFIG), &d->config, e) < 0)
		return -1;
	changes_guard_key(&d->plan->changes, KEY_CONFIG);
	return 0;
}

int draft_read_config_if_sound(struct draft *d, struct err *e)
{
	if (draft_read_config(d, e) == 0)
		return 0;
	if (e->kind != ERR_CORRUPT)
		return -1;
	err_reset(e);
	changes_guard_key(&d->plan->changes, KEY_CONFIG);
	return ipam_config_read(NULL, &d->config, e);
}

static struct draft_block *find_block(const struct draft *d, const char *key)
{
	for (unsigned i = 0; i < d->n_blocks; i++)
		if (strcmp(d->blocks[i]->key, key) == 0)
			return d->blocks[i];
	return NULL;
}

static int add_block(struct draft *d, const char *key, struct draft_block **ret_block,
		     struct err *e)
{
	struct draft_block *b;

	if (d->n_blocks == DRAFT_BLOCKS_MAX)
		return err_set(e, ERR_LIMIT, "one request would look into more than %d blocks",
			       DRAFT_BLOCKS_MAX);
	b = calloc(1, sizeof(*b));
	if (!b)
		return err_set(e, ERR_INTERNAL, "out of memory");
	memcpy(b->key, key, strlen(key) + 1);
	d->blocks[d->n_blocks++] = b;
	*ret_block = b;
	return 0;
}

int draft_open_block(struct draft *d, struct cidr cidr, enum draft_found *ret_found,
		     struct draft_block **ret_block, struct err *e)
{
	const struct record *record;
	struct draft_block *b;
	char key[KEY_TEXT];

	key_of_block(cidr, key);
	b = find_block(d, key);
	if (b) {
		*ret_found = b->gone ? DRAFT_ABSENT : DRAFT_PRESENT;
		*ret_block = b;
		return 0;
	}
	if (!draft_know(d, key)) {
		*ret_found = DRAFT_NEED;
		return 0;
	}
	record = view_look_at(d->plan->view, key);
	if (!record) {
		*ret_found = DRAFT_ABSENT;
		return 0;
	}
	if (add_block(d, key, &b, e) < 0)
		return -1;
	if (block_cache_take(d->plan->blocks, record, &b->block, e) < 0) {
		free(d->blocks[--d->n_blocks]);
		return -1;
	}
	b->collected = block_collect(&b->block, d->config.cooldown_s, d->now_ns);
	*ret_found = DRAFT_PRESENT;
	*ret_block = b;
	return 0;
}

static void keep_as_read(const struct draft *d, struct draft_block *b)
{
	const struct record *r = b->collected ? NULL : view_peek(d->plan->view, b->key);

	if (r)
		keep(d, b, r->value, r->value_len);
}

void draft_close_block(struct draft *d, struct draft_block *b)
{
	if (!b || !d->n_blocks || d->blocks[d->n_blocks - 1] != b || b->changed || b->fresh ||
	    b->gone)
		return;
	keep_as_read(d, b);
	block_done(&b->block);
	free(b);
	d->n_blocks--;
}

void draft_fence_block(struct draft *d, struct draft_block *b)
{
	b->changed |= !d->plan->transactions && !b->gone;
}

bool draft_block_stays_gone(struct draft *d, struct cidr cidr, const char *handle_key)
{
	char key[KEY_TEXT];

	key_of_block(cidr, key);
	return plan_knows_since(d->plan, key, handle_key);
}

int draft_put(struct draft *d, const char *key, struct buf *value, struct err *e)
{
	if (value->full)
		return err_set(e, ERR_LIMIT, "the record for key %s is larger than %d bytes", key,
			       DRAFT_VALUE_MAX);
	if (value->failed)
		return err_set(e, ERR_INTERNAL, "out of memory");
	changes_put(&d->plan->changes, key, value->data, value->len);
	return 0;
}

int draft_put_affinity(struct draft *d, const char *key, enum affinity_state state, struct err *e)
{
	struct buf text __cleanup(buf_done) = BUF(DRAFT_VALUE_MAX);

	affinity_print(view_look_at(d->plan->view, key), state, &text);
	return draft_put(d, key, &text, e);
}

static int put_block(struct draft *d, const struct draft_block *b, struct err *e)
{
	struct buf text __cleanup(buf_done) = BUF(DRAFT_VALUE_MAX);

	block_print(&b->block, &text);
	return draft_put(d, b->key, &text, e);
}

int draft_claim_block(struct draft *d, struct cidr cidr, const char *owner,
		      struct draft_block **ret_block, struct err *e)
{
	char affinity[KEY_TEXT], key[KEY_TEXT];
	struct draft_block *b;

	key_of_block(cidr, key);
	if (key_of_affinity(owner, cidr, affinity, e) < 0)
		return -1;
	b = find_block(d, key);
	if (!b && add_block(d, key, &b, e) < 0)
		return -1;
	block_done(&b->block);
	if (block_new(cidr, owner, d->now_ns, &b->block, e) < 0)
		return -1;
	b->gone = false;
	b->fresh = true;
	if (draft_put_affinity(d, affinity, AFFINITY_PENDING, e) < 0 || put_block(d, b, e) < 0 ||
	    draft_put_affinity(d, affinity, AFFINITY_CONFIRMED, e) < 0)
		return -1;
	*ret_block = b;
	return 0;
}

int draft_confirm_block(struct draft *d, struct draft_block *b, const char *owner, struct err *e)
{
	char affinity[KEY_TEXT];

	if (key_of_affinity(owner, b->block.cidr, affinity, e) < 0 ||
	    draft_put_affinity(d, affinity, AFFINITY_PENDING, e) < 0)
		return -1;
	block_touch(&b->block);
	if (put_block(d, b, e) < 0)
		return -1;
	return draft_put_affinity(d, affinity, AFFINITY_CONFIRMED, e);
}

int draft_release_affinity(struct draft *d, struct draft_block *b, const char *owner, struct err *e)
{
	char affinity[KEY_TEXT];
	bool known;

	if (key_of_affinity(owner, b->block.cidr, affinity, e) < 0)
		return -1;
	known = view_look_at(d->plan->view, affinity) != NULL;
	if (known && draft_put_affinity(d, affinity, AFFINITY_PENDING_DELETION, e) < 0)
		return -1;
	if (block_is_empty(&b->block)) {
		changes_delete(&d->plan->changes, b->key);
		b->gone = true;
		b->changed = false;
	} else {
		block_disown(&b->block);
		block_touch(&b->block);
		b->changed = false;
		if (put_block(d, b, e) < 0)
			return -1;
	}
	if (known)
		changes_delete(&d->plan->changes, affinity);
	else
		changes_guard_key(&d->plan->changes, affinity);
	return 0;
}

int draft_write_handle(struct draft *d, const char *key, const struct handle *h, struct err *e)
{
	struct buf text __cleanup(buf_done) = BUF(DRAFT_VALUE_MAX);

	if (h->failed)
		return err_set(e, ERR_INTERNAL, "out of memory");
	if (handle_is_empty(h)) {
		changes_delete(&d->plan->changes, key);
		return 0;
	}
	handle_print(h, &text);
	return draft_put(d, key, &text, e);
}

int draft_write_blocks(struct draft *d, struct err *e)
{
	unsigned n = 0;

	for (unsigned i = 0; i < d->n_blocks; i++) {
		struct draft_block *b = d->blocks[i];

		if (!b->changed || b->gone)
			continue;
		block_touch(&b->block);
		if (put_block(d, b, e) < 0)
			return -1;
		b->written = true;
		if (n++)
			changes_beside(&d->plan->changes);
	}
	return 0;
}
