/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calico's own plugin, as docs/DATA-MODEL.md 9 and 11 have it: each record by itself, by
 * compare and swap, with time for others in between; and it may die there.
 */
#include "tests/sim/actors.h"

#include "ipam/record/block.h"
#include "ipam/record/handle.h"
#include "ipam/record/keys.h"
#include "tests/sim/queue/host_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRIES 8 /* Calico's are a hundred */
#define VALUE_MAX (1 << 16)

struct calico {
	struct actor *a;
	const struct ledger_pool *pool; /* as it was when it was chosen */
	struct cidr block;
	char handle[LEDGER_NAME], owner[32];
};

/* A record as Calico has read it. */
struct got {
	char key[KEY_TEXT];
	char *value; /* owned; NULL: it is not there */
	uint64_t revision;
};

static void got_done(struct got *g)
{
	free(g->value);
}

static struct record record_of(const struct got *g)
{
	return (struct record){ .key = g->key, .value = g->value,
				.value_len = g->value ? strlen(g->value) : 0,
				.revision = g->revision };
}

/* False: it has died. */
static bool get(struct got *g)
{
	const char *value;

	if (!actor_stop(STOP_READ))
		return false;
	free(g->value);
	value = fake_get(world.store, g->key);
	g->value = value ? strdup(value) : NULL;
	g->revision = fake_revision_of(world.store, g->key);
	return true;
}

enum put { PUT_DONE, PUT_CONFLICT, PUT_DEAD };

/* By compare and swap; value NULL deletes. */
static enum put put(struct got *g, const char *value)
{
	if (!actor_stop(STOP_WRITE))
		return PUT_DEAD;
	if (fake_revision_of(world.store, g->key) != g->revision)
		return PUT_CONFLICT;
	if (value)
		fake_put(world.store, g->key, value);
	else if (g->revision)
		fake_delete(world.store, g->key);
	g->revision = fake_revision_of(world.store, g->key);
	free(g->value);
	g->value = value ? strdup(value) : NULL;
	return PUT_DONE;
}

static enum put put_affinity(struct got *g, enum affinity_state state)
{
	struct record record = record_of(g);
	struct buf text __cleanup(buf_done) = BUF(VALUE_MAX);

	affinity_print(g->value ? &record : NULL, state, &text);
	return put(g, text.data);
}

static enum put put_block(struct got *g, const struct block *b)
{
	struct buf text __cleanup(buf_done) = BUF(VALUE_MAX);

	block_print(b, &text);
	return put(g, text.data);
}

/* -1: it cannot be read. */
static int parse_block(const struct got *g, struct block *ret)
{
	struct record record = record_of(g);
	struct err e = {0};

	if (block_read(&record, ret, &e) < 0)
		return -1;
	block_collect(ret, world.rules.cooldown_s, host_now(world.current->host));
	return 0;
}

/* The handle counts n more in the block, or n fewer. */
static enum put count(struct calico *c, int n)
{
	struct got g __cleanup(got_done) = {0};
	struct err e = {0};
	enum put done = PUT_CONFLICT;

	if (key_of_handle(c->handle, g.key, &e) < 0)
		return PUT_DEAD;
	for (unsigned i = 0; i < TRIES && done == PUT_CONFLICT; i++) {
		struct handle h __cleanup(handle_done) = {0};
		struct buf text __cleanup(buf_done) = BUF(VALUE_MAX);
		struct record record;
		int64_t sum;

		if (!get(&g))
			return PUT_DEAD;
		record = record_of(&g);
		if (handle_read(g.value ? &record : NULL, &h, &e) < 0)
			return PUT_CONFLICT;
		sum = handle_count(&h, c->block) + n;
		if (sum < 0)
			return PUT_CONFLICT;
		handle_set(&h, c->block, sum);
		handle_print(&h, &text);
		done = put(&g, handle_is_empty(&h) ? NULL : text.data);
	}
	return done;
}

/* 9.3: pending, the block made or rewritten, confirmed.  PUT_CONFLICT: not this one. */
static enum put confirm(struct calico *c, struct got *affinity, struct got *block)
{
	struct block b __cleanup(block_done) = {0};
	enum put done = put_affinity(affinity, AFFINITY_PENDING);
	struct err e = {0};

	if (done != PUT_DONE)
		return done;
	if (!block->value) {
		if (block_new(c->block, c->owner, host_now(c->a->host), &b, &e) < 0)
			return PUT_CONFLICT;
	} else {
		if (parse_block(block, &b) < 0)
			return PUT_CONFLICT;
		block_touch(&b);
	}
	done = put_block(block, &b);
	return done == PUT_DONE ? put_affinity(affinity, AFFINITY_CONFIRMED) : done;
}

static bool is_confirmed(const struct got *affinity)
{
	enum affinity_state state = AFFINITY_PENDING;
	struct record record = record_of(affinity);
	struct err e = {0};

	return affinity->value && affinity_read(&record, &state, &e) == 0 &&
	       state == AFFINITY_CONFIRMED;
}

/* The block becomes the host's, or is it already. */
static enum put claim(struct calico *c, struct got *block)
{
	struct got affinity __cleanup(got_done) = {0};
	struct block b __cleanup(block_done) = {0};
	struct err e = {0};

	if (key_of_affinity(c->owner, c->block, affinity.key, &e) < 0 || !get(&affinity) ||
	    !get(block))
		return PUT_DEAD;
	if (!block->value)
		return confirm(c, &affinity, block);
	if (parse_block(block, &b) < 0)
		return PUT_CONFLICT;
	if (block_is_owned_by(&b, c->owner))
		return is_confirmed(&affinity) ? PUT_DONE : confirm(c, &affinity, block);
	if (affinity.value && put(&affinity, NULL) == PUT_DEAD)
		return PUT_DEAD;
	return PUT_CONFLICT;
}

static int take_first(struct calico *c, struct block *b)
{
	struct secondary secondary = {0};
	char now[CLOCK_GO_LEN];
	struct err e = {0};

	clock_go_string(host_now(c->a->host), now);
	secondary.list[secondary.n++] = (struct secondary_text){ "namespace", "default" };
	secondary.list[secondary.n++] = (struct secondary_text){ "node", c->a->host->name };
	secondary.list[secondary.n++] = (struct secondary_text){ "timestamp", now };
	for (unsigned i = 0; i < b->n_unallocated; i++)
		if (block_is_free(b, block_listed(b, i)) &&
		    block_assign(b, block_listed(b, i), c->handle, &secondary, &e) == 0) {
			block_touch(b);
			return 0;
		}
	return -1;
}

/* 9.6: the handle first, then the block; a lost race takes the handle back. */
static enum put assign_from(struct calico *c, struct got *block)
{
	enum put done = PUT_CONFLICT;

	for (unsigned i = 0; i < TRIES && done == PUT_CONFLICT; i++) {
		struct block b __cleanup(block_done) = {0};

		if (i && !get(block))
			return PUT_DEAD;
		if (!block->value || parse_block(block, &b) < 0 || take_first(c, &b) < 0)
			return PUT_CONFLICT;
		if (world.ledger.strict && !block_is_owned_by(&b, c->owner))
			return PUT_CONFLICT;
		done = count(c, 1);
		if (done != PUT_DONE)
			return done;
		done = put_block(block, &b);
		if (done == PUT_CONFLICT && count(c, -1) == PUT_DEAD)
			return PUT_DEAD;
	}
	return done;
}

static const struct ledger_pool *choose_pool(const struct actor *a)
{
	for (unsigned i = 0; i < world.ledger.n_pools; i++) {
		const struct ledger_pool *p = &world.ledger.pools[i];

		if (p->there && !p->unreadable && p->enabled && p->cidr.base.family == FAMILY_4 &&
		    ledger_selects(&world.ledger, p, ledger_host(&world.ledger, a->host->name)))
			return p;
	}
	return NULL;
}

/* The blocks of the pool, from one on that is drawn; first those that can be claimed. */
static enum put assign_any(struct calico *c)
{
	unsigned n = 1u << (c->pool->block_len - c->pool->cidr.len), first = draw(c->a, n);
	struct cidr pool = c->pool->cidr;
	unsigned len = c->pool->block_len;

	for (unsigned i = 0; i < 2 * n; i++) {
		struct got block __cleanup(got_done) = {0};
		enum put done = PUT_DONE;

		c->block = (struct cidr){ cidr_nth(pool, (u128)((first + i) % n) << (32 - len)),
					  len };
		key_of_block(c->block, block.key);
		if (i < n)
			done = claim(c, &block);
		else if (!get(&block))
			return PUT_DEAD;
		if (done == PUT_DONE)
			done = assign_from(c, &block);
		if (done != PUT_CONFLICT)
			return done;
	}
	return PUT_CONFLICT;
}

static struct calico calico_of(struct actor *a)
{
	struct calico c = { .a = a };

	snprintf(c.handle, sizeof(c.handle), "net.%s", a->container);
	snprintf(c.owner, sizeof(c.owner), "host:%s", a->host->name);
	return c;
}

/* As long as nobody else on the host does anything by its turn, two of these may meet. */
static int take_host_lock(void)
{
	return world.rules.queues ? host_files_lock() : -1;
}

static void add(struct actor *a)
{
	struct calico c = calico_of(a);
	int lock __cleanup(close_fd) __unused_arg = take_host_lock();

	c.pool = choose_pool(a);
	a->phase = BROKEN;
	if (c.pool && assign_any(&c) == PUT_DONE && !a->dead)
		a->phase = LIVES;
}

/* 11: of each block of the handle what it holds, then the handle says less. */
static enum put release_in(struct calico *c)
{
	struct got g __cleanup(got_done) = {0};
	enum put done = PUT_CONFLICT;
	unsigned n = 0;

	key_of_block(c->block, g.key);
	for (unsigned i = 0; i < TRIES && done == PUT_CONFLICT; i++) {
		struct block b __cleanup(block_done) = {0};
		unsigned attribute = 0;
		struct err e = {0};

		if (!get(&g))
			return PUT_DEAD;
		n = 0;
		if (!g.value || parse_block(&g, &b) < 0)
			return PUT_DONE;
		for (unsigned k = 0; k < b.size; k++) {
			if (!attribute_has_handle(block_attribute(&b, k), c->handle) ||
			    attribute_is_released(block_attribute(&b, k)))
				continue;
			if (!n++ && block_begin_release(&b, host_now(c->a->host), &attribute,
							&e) < 0)
				return PUT_DONE;
			block_release(&b, k, attribute);
		}
		if (!n)
			return PUT_DONE;
		block_collect(&b, world.rules.cooldown_s, host_now(c->a->host));
		block_touch(&b);
		done = !b.affinity && block_is_empty(&b) ? put(&g, NULL) : put_block(&g, &b);
	}
	return done == PUT_DONE ? count(c, -(int)n) : done;
}

static void del(struct actor *a)
{
	struct calico c = calico_of(a);
	int lock __cleanup(close_fd) __unused_arg = take_host_lock();
	struct got g __cleanup(got_done) = {0};
	struct handle h __cleanup(handle_done) = {0};
	struct record record;
	struct err e = {0};

	if (key_of_handle(c.handle, g.key, &e) < 0 || !get(&g))
		return;
	record = record_of(&g);
	if (handle_read(g.value ? &record : NULL, &h, &e) < 0)
		return;
	for (size_t i = 0; i < h.n; i++) {
		if (!h.list[i].names_block)
			continue;
		c.block = h.list[i].block;
		if (release_in(&c) == PUT_DEAD)
			return;
	}
	a->phase = NOBODY;
}

/* A container of another name: what the last one left is for GC to find. */
static void become_another(struct actor *a)
{
	snprintf(a->container, sizeof(a->container), "%060u%04u", a->number,
		 ++a->generation);
	a->phase = NOBODY;
}

void calico_begin_del(struct actor *a)
{
	a->phase = BROKEN;
	actor_begin(a, 1, del, "Calico's DEL");
}

void calico_begin(struct actor *a, uint64_t seed)
{
	world.calico_came = true;
	if (a->phase == BROKEN)
		become_another(a);
	if (a->phase == LIVES)
		calico_begin_del(a);
	else
		actor_begin(a, seed, add, "Calico's ADD");
}

bool calico_leave_affinity(uint64_t seed)
{
	struct cidr block = { .base = { FAMILY_4, 0x0a000000 + seed % 32 } };
	char owner[32], key[KEY_TEXT];
	struct err e = {0};

	block.len = 28 + (unsigned)(seed / 32 % 5);
	snprintf(owner, sizeof(owner), "host:%s", world.hosts[seed / 256 % HOSTS].name);
	if (key_of_affinity(owner, cidr_masked(block), key, &e) < 0 || fake_get(world.store, key))
		return false;
	fake_put(world.store, key, "{\"state\":\"pending\",\"deleted\":false}");
	world.author = NULL;
	return true;
}
