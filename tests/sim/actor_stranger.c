/* SPDX-License-Identifier: Apache-2.0 */
/* Records of any shape: whatever somebody else has written or deleted. */
#include "tests/sim/actors.h"

#include "ipam/record/block.h"
#include "ipam/record/handle.h"
#include "ipam/record/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const shapes[] = {
	"", "{}", "[]", "null", "0", "\"text\"", "{\"spec\":null}", "{\"spec\":{}}",
	"{\"spec\":{\"cidr\":\"10.0.0.0/27\"}}", "{\"spec\":{\"reservedCIDRs\":{}}}",
	"{\"spec\":{\"reservedCIDRs\":[1,null,\"10.0.0.0/30\"]}}", "{\"block\":null}",
	"{\"block\":{\"10.0.0.0/29\":1,\"10.0.0.0/29\":-3,\"x\":1}}", "{\"state\":\"pending\"}",
	"{\"state\":7}", "{\"cidr\":\"10.0.0.0/29\",\"allocations\":[],\"unallocated\":[9]}",
	("{\"cidr\":\"10.0.0.0/29\",\"affinity\":\"host:n0\",\"allocations\":[null,null,0,null,"
	 "null,null,null,null],\"unallocated\":[0,0,1,2,3,4,5,6,7],\"attributes\":[{}]}"),
	"{\"strict_affinity\":\"yes\"}", "{\"metadata\":{\"labels\":[]}}", "{\"a\":",
};

static const char *const keys[] = {
	KEY_CONFIG, KEY_POOLS "p4", KEY_POOLS "zz", KEY_RESERVATIONS "r0",
	KEY_RESERVATIONS "calico-ipam-gateway-p4", KEY_NODES "n0", KEY_HANDLES "net.c0",
	KEY_HANDLES "net.c1", KEY_BLOCKS_4 "10.0.0.0-29", KEY_BLOCKS_4 "10.0.0.4-30",
	KEY_BLOCKS_4 "x", KEY_HOST_AFFINITIES "n0/ipv4/block/10.0.0.0-29",
	KEY_HOST_AFFINITIES "n1/ipv4/block/10.0.0.8-29", KEY_HOST_AFFINITIES "n1/ipv4/block/x",
};

#define TOUCHED_MAX 64

/* What strangers have written in this game, and what stands on it. */
static struct {
	struct cidr blocks[TOUCHED_MAX]; /* theirs, or of affinities */
	unsigned n_blocks;
	bool handles[LEDGER_HANDLES]; /* theirs, and who had something in one of these blocks */
	bool pools; /* or more than there is room for */
	bool settings;
	char key[KEY_TEXT], *value; /* of the last that cannot be read; value owned, NULL: none */
} touched;

void stranger_forget(void)
{
	free(touched.value);
	memset(&touched, 0, sizeof(touched));
}

static bool can_be_read(const char *key, const char *value)
{
	struct record record = { .key = key, .value = value, .value_len = strlen(value),
				 .revision = 1 };
	struct block b __cleanup(block_done) = {0};
	struct handle h __cleanup(handle_done) = {0};
	struct err e = {0};

	return key_is_under(key, KEY_HANDLES) ? handle_read(&record, &h, &e) == 0
					      : block_read(&record, &b, &e) == 0;
}

static bool is_touched(struct cidr block)
{
	for (unsigned i = 0; i < touched.n_blocks; i++)
		if (cidr_overlaps(touched.blocks[i], block))
			return true;
	return false;
}

void stranger_spreads(void)
{
	const struct ledger *l = &world.ledger;

	for (unsigned i = 0; i < l->n_blocks && touched.n_blocks; i++)
		for (unsigned k = 0; k < l->blocks[i].size && is_touched(l->blocks[i].cidr); k++)
			if (l->blocks[i].slots[k].handle >= 0)
				touched.handles[l->blocks[i].slots[k].handle] = true;
	for (unsigned i = 0; i < l->n_handles && touched.n_blocks; i++)
		for (unsigned k = 0; k < l->handles[i].n; k++)
			touched.handles[i] |=
				is_touched(l->blocks[l->handles[i].entries[k].block].cidr);
}

static void touch(const char *key)
{
	struct ledger_change c = ledger_locate(&world.ledger, key);
	bool is_of_block = c.kind == LEDGER_BLOCK || c.kind == LEDGER_AFFINITY;

	touched.pools |= c.kind == LEDGER_POOL || (is_of_block && touched.n_blocks == TOUCHED_MAX);
	touched.settings |= c.kind == LEDGER_CONFIG;
	if (c.kind == LEDGER_HANDLE)
		touched.handles[c.at] = true;
	if (is_of_block && touched.n_blocks < TOUCHED_MAX)
		touched.blocks[touched.n_blocks++] = world.ledger.blocks[c.at].cidr;
	stranger_spreads();
}

static bool is_of_block_or_handle(const char *key)
{
	struct cidr block;

	return key_is_under(key, KEY_HANDLES) || key_cidr(key, KEY_BLOCKS_4, &block) == 0 ||
	       key_cidr(key, KEY_BLOCKS_6, &block) == 0;
}

static void keep_unreadable(const char *key)
{
	const char *value = fake_get(world.store, key);

	if (!value || !is_of_block_or_handle(key) || can_be_read(key, value))
		return;
	free(touched.value);
	touched.value = strdup(value);
	snprintf(touched.key, sizeof(touched.key), "%s", key);
}

bool stranger_touched_pools(void)
{
	return touched.pools;
}

bool stranger_touched_block(struct cidr block)
{
	return touched.pools || is_touched(block);
}

bool stranger_touched(struct addr a)
{
	return stranger_touched_block((struct cidr){ a, family_bits(a.family) });
}

bool stranger_touched_handle(unsigned handle)
{
	return touched.pools || (handle < LEDGER_HANDLES && touched.handles[handle]);
}

bool stranger_excuses(const struct actor *a)
{
	return a->met_stranger || stranger_touched_handle(a->handle);
}

bool stranger_touched_settings(void)
{
	return touched.pools || touched.settings;
}

void stranger_look(void)
{
	const char *now = touched.value ? fake_get(world.store, touched.key) : NULL;

	if (!touched.value || (now && strcmp(now, touched.value) == 0))
		return;
	if (world.author && world.author->kind == ACTOR_CONTAINER)
		world_lose("what cannot be read stays as it is", "%s wrote %s", world.author->name,
			   touched.key);
	free(touched.value);
	touched.value = NULL;
}

static const char *choose_key(uint64_t *random)
{
	size_t n = fake_count(world.store, "");

	if (n && draw_below(random, 3))
		return fake_key(world.store, "", draw_below(random, n));
	return keys[draw_below(random, ARRAY_LEN(keys))];
}

/* As it is, with one byte of it changed or its end missing. */
static void spoil(const char *key, uint64_t *random)
{
	const char *value = fake_get(world.store, key);
	char *copy = value ? strdup(value) : NULL;
	size_t len = copy ? strlen(copy) : 0;

	if (len && draw_below(random, 2))
		copy[draw_below(random, len)] = "0\"{}[]:,x-"[draw_below(random, 10)];
	else if (len)
		copy[draw_below(random, len)] = '\0';
	if (copy)
		fake_put(world.store, key, copy);
	free(copy);
}

void stranger_comes(uint64_t seed)
{
	uint64_t random = seed * 0x9e3779b97f4a7c15ULL + 1;
	char key[KEY_TEXT];
	unsigned what = draw_below(&random, 8);

	snprintf(key, sizeof(key), "%s", choose_key(&random));
	world.strangers_came = true;
	sightings.strangers++;
	touch(key); /* who has something there now */
	for (unsigned i = 0; i < ACTORS; i++)
		world.actors[i].met_stranger |= world.actors[i].running ||
						world.actors[i].leader || world.actors[i].taken_by;
	if (what == 0)
		fake_delete(world.store, key);
	else if (what < 4)
		spoil(key, &random);
	else
		fake_put(world.store, key, shapes[draw_below(&random, ARRAY_LEN(shapes))]);
	keep_unreadable(key);
	world.n_changes = 0; /* which is nobody's fault */
	world.author = NULL;
	stranger_look();
	world_tell("     a stranger %s %s\n", what == 0 ? "deletes" : "writes", key);
}
