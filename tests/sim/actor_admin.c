/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/actors.h"

#include "ipam/affinity/affinities.h"
#include "ipam/record/block.h"
#include "ipam/record/keys.h"
#include "ipam/cluster/config.h"
#include "ipam/node/nodes.h"
#include "ipam/pool/delete.h"
#include "ipam/pool/pools.h"
#include "ipam/pool/split.h"
#include "ipam/reservation/reservations.h"

#include <stdio.h>
#include <string.h>

static const char *const selectors[] = { "all()", "zone == 'even'", "!all()" };

/* Every verb ends, and tells why if it fails. */
static void judge(struct actor *a, int rc, const struct err *e)
{
	if (rc < 0)
		world_may_fail(a, e);
}

static void create_pool(struct actor *a)
{
	static const char *const names[] = { "p4", "q4", "p6" };
	static const char *const cidrs[] = { "10.0.0.0/27", "10.1.0.0/28", "fd00::/64" };
	unsigned which = draw(a, 3);
	struct pool_create_request r = { .now_ns = host_now(a->host) };
	struct err e = {0};

	r.spec.name = names[which];
	r.spec.cidr = cidrs[which];
	r.spec.block_len = (which == 2 ? world.rules.block_len_6 : world.rules.block_len_4);
	if (!world.rules.gateways && draw(a, 3) == 0)
		r.spec.block_len = (which == 2 ? 125 : 29) + draw(a, 4);
	r.spec.node_selector = selectors[draw(a, 4) ? 0 : 1];
	world_uid(r.uid);
	judge(a, ipam_create_pool(a->ds, &r, &e), &e);
}

/* One that is there, else one that was. */
static const struct ledger_pool *choose_pool(struct actor *a)
{
	unsigned first = draw(a, world.ledger.n_pools);

	for (unsigned i = 0; i < world.ledger.n_pools; i++) {
		const struct ledger_pool *p =
			&world.ledger.pools[(first + i) % world.ledger.n_pools];

		if (p->there)
			return p;
	}
	return &world.ledger.pools[first];
}

static void update_pool(struct actor *a)
{
	struct pool_update_request r = { .name = choose_pool(a)->name };
	struct pool_update_answer answer;
	struct err e = {0};

	if (draw(a, 2))
		r.change.disabled = draw(a, 3) ? POOL_SWITCH_OFF : POOL_SWITCH_ON;
	else
		r.change.node_selector = selectors[draw(a, 3)];
	judge(a, ipam_update_pool(a->ds, &r, &answer, &e), &e);
}

/* Whose gateway it kept has none from now on. */
static void forget_gateways(void)
{
	for (unsigned i = 0; i < CONTAINERS; i++)
		memset(world.actors[i].gateway, 0, sizeof(world.actors[i].gateway));
}

static void delete_pool(struct actor *a)
{
	bool force = draw(a, 3) == 0;
	struct pool_delete_answer answer;
	struct err e = {0};

	if (force)
		forget_gateways();
	a->spares_used = !force;
	judge(a, ipam_delete_pool(a->ds, choose_pool(a)->name, force, host_now(a->host), &answer,
				  &e), &e);
}

static void split_pool(struct actor *a)
{
	const struct ledger_pool *p = choose_pool(a);
	struct pool_split_request r = { .name = p->name, .into = p->cidr.len + 1,
					.now_ns = host_now(a->host) };
	struct pool_split_answer answer;
	struct err e = {0};

	/* Names of parts of parts are many. */
	if (strlen(p->name) > 4)
		return;
	for (unsigned i = 0; i < 8; i++)
		world_uid(r.uids[i]);
	judge(a, ipam_split_pool(a->ds, &r, &answer, &e), &e);
}

static void relabel_node(struct actor *a)
{
	struct node_label_request r = { .name = world.hosts[draw(a, HOSTS)].name };
	struct label zone = { "zone", draw(a, 2) ? "even" : NULL };
	struct node_label_answer answer;
	struct err e = {0};

	r.labels = (struct labels){ .list = &zone, .n = 1 };
	judge(a, ipam_label_node(a->ds, &r, &answer, &e), &e);
}

static void delete_node(struct actor *a)
{
	struct node_delete_request r = { .name = world.hosts[draw(a, HOSTS)].name };
	struct node_delete_answer answer;
	struct err e = {0};

	a->spares_used = true;
	judge(a, ipam_delete_node(a->ds, &r, &answer, &e), &e);
}

/* One that was deleted, if there is any. */
static void create_node(struct actor *a)
{
	struct node_create_request r = { .now_ns = host_now(a->host) };
	struct err e = {0};

	for (unsigned i = 0; i < HOSTS; i++)
		if (!r.spec.name || !world.ledger.has_node[i])
			r.spec.name = world.hosts[i].name;
	world_uid(r.uid);
	judge(a, ipam_create_node(a->ds, &r, &e), &e);
}

static void reserve(struct actor *a)
{
	struct cidr cidr = { .base = { FAMILY_4, 0x0a000000 + draw(a, 32) } };
	struct reservation_create_request r = { .spec = { .cidrs = &cidr, .n_cidrs = 1 },
						.now_ns = host_now(a->host) };
	char name[8];
	struct err e = {0};

	cidr.len = 28 + draw(a, 5);
	cidr = cidr_masked(cidr);
	snprintf(name, sizeof(name), "r%u", draw(a, 3));
	r.spec.name = name;
	world_uid(r.uid);
	judge(a, ipam_create_reservation(a->ds, &r, &e), &e);
}

static void unreserve(struct actor *a)
{
	struct reservation_delete_request r = {0};
	char name[8];
	struct err e = {0};

	snprintf(name, sizeof(name), "r%u", draw(a, 3));
	r.name = name;
	judge(a, ipam_delete_reservation(a->ds, &r, &e), &e);
}

static void set_strictness(struct actor *a)
{
	struct config_setting setting = { .value = draw(a, 2) ? "true" : "false" };
	struct config_set_request r = { .settings = &setting, .n = 1 };
	struct config_set_answer answer;
	struct err e = {0};

	if (world.rules.max_blocks)
		return;
	strcpy(setting.field, "strict_affinity");
	judge(a, ipam_set_config(a->ds, &r, &answer, &e), &e);
}

static void release_affinity_of(struct actor *a, const struct ledger_block *b, unsigned host,
				bool force)
{
	char owner[32];
	struct affinity_release_request r = { .block = b->cidr, .owner = owner, .force = force,
					      .now_ns = host_now(a->host) };
	struct affinity_release_answer answer;
	struct err e = {0};

	snprintf(owner, sizeof(owner), "host:%s", world.hosts[host].name);
	judge(a, ipam_release_affinity(a->ds, &r, &answer, &e), &e);
}

static void release_affinity(struct actor *a)
{
	unsigned first = draw(a, LEDGER_BLOCKS);
	bool force = draw(a, 2);

	a->spares_used = !force;
	for (unsigned i = 0; i < world.ledger.n_blocks; i++) {
		const struct ledger_block *b =
			&world.ledger.blocks[(first + i) % world.ledger.n_blocks];

		for (unsigned h = 0; h < HOSTS; h++) {
			if (!b->has_affinity[h] && b->owner != (int)h)
				continue;
			release_affinity_of(a, b, h, force);
			return;
		}
	}
}

/* Of an address that is held: its allocation's number, as a report notes it. */
static bool note_sequence(struct ipam_release_address *one)
{
	struct ledger_block *b = ledger_block_of(&world.ledger, one->addr);
	struct block stored __cleanup(block_done) = {0};
	struct record record = { .revision = 1 };
	struct err e = {0};
	char key[KEY_TEXT];

	key_of_block(b->cidr, key);
	record.key = key;
	record.value = fake_get(world.store, key);
	if (!record.value)
		return false;
	record.value_len = strlen(record.value);
	if (block_read(&record, &stored, &e) < 0)
		return false;
	one->has_sequence = true;
	one->sequence = block_sequence_of(&stored, block_ordinal(&stored, one->addr));
	return true;
}

/* One that nobody holds any more, or another, by a report of before. */
static void release_by_report(struct actor *a)
{
	const struct actor *was = &world.actors[draw(a, CONTAINERS)];
	struct ipam_release_address one = { .addr = was->addr[FAMILY_4] }, now;
	const struct slot *s;
	unsigned done;
	struct err e = {0};

	s = was->has[FAMILY_4] ? ledger_slot_of(&world.ledger, one.addr) : NULL;
	if (!s || s->state != SLOT_HELD || stranger_touched(one.addr) || !note_sequence(&one))
		return;
	now = one;
	for (unsigned i = 0; i < 12 && now.sequence == one.sequence; i++) {
		if (!actor_stop(STOP_PAUSE) || !ledger_slot_of(&world.ledger, one.addr) ||
		    !note_sequence(&now))
			return;
	}
	if (now.sequence != one.sequence)
		judge(a, ipam_release_addresses(a->ds, &one, 1, NULL, &done, &e), &e);
}

void admin_begin(struct actor *a, uint64_t seed)
{
	static const struct {
		void (*run)(struct actor *a);
		const char *verb;
	} verbs[] = {
		{ create_pool, "pool create" },	    { create_pool, "pool create" },
		{ update_pool, "pool update" },	    { update_pool, "pool update" },
		{ delete_pool, "pool delete" },	    { split_pool, "pool split" },
		{ create_pool, "pool create" },	    { delete_pool, "pool delete" },
		{ relabel_node, "node label" },
		{ relabel_node, "node label" },	    { reserve, "reservation create" },
		{ unreserve, "reservation delete" }, { set_strictness, "config set" },
		{ release_affinity, "affinity release" },
		{ release_by_report, "release" },   { release_by_report, "release" },
		{ delete_node, "node delete" },	    { create_node, "node create" },
		{ relabel_node, "node label" },	    { set_strictness, "config set" },
	};
	unsigned which = (unsigned)(seed >> 40) % ARRAY_LEN(verbs);

	actor_begin(a, seed, verbs[which].run, verbs[which].verb);
}

static void clear(struct actor *a)
{
	struct pool_delete_answer answer;

	for (unsigned i = 0; i < world.ledger.n_blocks; i++)
		for (unsigned h = 0; h < HOSTS; h++)
			if (world.ledger.blocks[i].has_affinity[h] ||
			    world.ledger.blocks[i].owner == (int)h)
				release_affinity_of(a, &world.ledger.blocks[i], h, true);
	for (unsigned i = 0; i < world.ledger.n_pools; i++) {
		struct err e = {0};

		if (world.ledger.pools[i].there &&
		    ipam_delete_pool(a->ds, world.ledger.pools[i].name, false, host_now(a->host),
				     &answer, &e) < 0 && !world.strangers_came)
			world_lose("what nobody uses can be deleted", "pool %s: %s",
				   world.ledger.pools[i].name, e.text);
	}
}

void admin_begin_to_clear(struct actor *a)
{
	actor_begin(a, 1, clear, "clearing");
}
