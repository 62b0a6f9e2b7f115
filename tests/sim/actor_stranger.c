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

/* What strangers have written in this game. */
static struct {
	struct cidr blocks[TOUCHED_MAX]; /* theirs, or of affinities */
	unsigned n_blocks;
	bool pools; /* or more than there is room for */
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

static void note_touched(const char *key)
{
	const char *value = fake_get(world.store, key);
	struct cidr block;

	if (key_cidr(key, KEY_BLOCKS_4, &block) < 0 && key_cidr(key, KEY_BLOCKS_6, &block) < 0) {
		touched.pools |= key_is_under(key, KEY_POOLS);
		if (!key_is_under(key, KEY_HANDLES))
			return;
	} else if (touched.n_blocks < TOUCHED_MAX) {
		touched.blocks[touched.n_blocks++] = block;
	} else {
		touched.pools = true;
	}
	if (!value || can_be_read(key, value))
		return;
	free(touched.value);
	touched.value = strdup(value);
	snprintf(touched.key, sizeof(touched.key), "%s", key);
}

bool stranger_touched(struct addr a)
{
	for (unsigned i = 0; i < touched.n_blocks; i++)
		if (cidr_holds(touched.blocks[i], a))
			return true;
	return touched.pools;
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
	if (what == 0)
		fake_delete(world.store, key);
	else if (what < 4)
		spoil(key, &random);
	else
		fake_put(world.store, key, shapes[draw_below(&random, ARRAY_LEN(shapes))]);
	note_touched(key);
	world.author = NULL;
	stranger_look();
	world_tell("     a stranger %s %s\n", what == 0 ? "deletes" : "writes", key);
}
