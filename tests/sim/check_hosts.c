/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cluster in a deterministic simulator: many hosts' requests, played turn by turn
 * in an order drawn from a seed, over a store that loses answers and refuses
 * commits.  The same games are played on a store without transactions: there others
 * take their turns between two writes of a commit too, and hosts die between them.  A
 * failing seed is printed and can be played again alone:
 *
 *	SIM_SEED=17 check_sim_hosts
 *	SIM_SEED=1000 SIM_SEEDS=5000 CK_FORK=no check_sim_hosts		so many, from there on
 */
#include "ipam/release/release.h"
#include "ipam/request/loop.h"
#include "ipam/record/keys.h"
#include "tests/ipam/fixture_cluster.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOSTS 4
#define ACTORS 12
#define STEPS 400
#define SEEDS 100
#define COMMIT_KEYS 128 /* that etcd takes */
#define NESTED_MAX 3 /* commits that others come in between of */

enum phase { IDLE, ADDING, HELD, DELETING, FREEING };

struct actor {
	char container[16]; /* two actors are interfaces of one */
	char ifname[16];
	char node[16];
	enum phase phase;
	bool in_commit; /* others take their turns between its writes */
	struct loop loop;
	struct datastore *ds;
	struct ipam_assign_request add;
	struct ipam_assign_answer answer;
	struct ipam_release_request del;
	struct release_request part;
	struct release_answer released;
	char handle[32];
	struct ipam_release_address freed[N_FAMILIES];
	struct release_meant meant[N_FAMILIES];
	struct release_addresses_request freeing;
	struct release_addresses_answer all_freed;
};

static struct cluster c;
static struct actor actors[ACTORS];
static uint64_t random_state;
static unsigned n_adds, n_exhausted, n_freed, n_partly, n_died;
static bool transactions; /* of the store */
static unsigned nested;
static bool resting; /* nobody begins anything */
static uint64_t playing; /* the seed, to be named when a check fails */

static unsigned draw(unsigned below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned)((random_state >> 11) % below);
}

static void begin_add(struct actor *a)
{
	static const char *const families[] = { "46", "46", "4", "6" };

	a->add = cluster_request(&c, a->node, a->container, families[draw(4)]);
	a->add.owner.ifname = a->ifname;
	if (draw(8) == 0 && a->add.wanted[FAMILY_4]) {
		a->add.wanted[FAMILY_6] = false;
		a->add.exact[FAMILY_4] = (struct addr){ FAMILY_4, 0x0a000000 + draw(32) };
	}
	loop_init(&a->loop, a->ds);
	a->phase = ADDING;
}

static void begin_del(struct actor *a)
{
	a->del = (struct ipam_release_request){ .owner = { "net", a->container, a->ifname,
							   a->node, "default", NULL },
						.now_ns = c.now_ns++ };
	a->part = (struct release_request){ .of = &a->del };
	loop_init(&a->loop, a->ds);
	a->phase = DELETING;
}

/* As GC does, with the handle, or as a person by address alone. */
static void begin_free(struct actor *a)
{
	unsigned n = 0;

	for (enum family f = FAMILY_4; f < N_FAMILIES; f++)
		if (a->answer.has[f])
			a->freed[n++] = (struct ipam_release_address){
				.addr = a->answer.address[f].addr,
				.handle = draw(2) ? a->handle : NULL,
			};
	memset(a->meant, 0, sizeof(a->meant));
	a->freeing = (struct release_addresses_request){ a->freed, n, c.now_ns++, a->meant };
	loop_init(&a->loop, a->ds);
	a->phase = FREEING;
}

static void begin(struct actor *a)
{
	if (a->phase == IDLE)
		begin_add(a);
	else if (draw(3) == 0)
		begin_free(a);
	else
		begin_del(a);
}

static void assert_freed(const struct actor *a, const struct err *e)
{
	ck_assert_msg(a->loop.state == LOOP_DONE, "seed %lu: release failed: %s",
		      (unsigned long)playing, e->text);
	/* Nobody else releases what an actor holds. */
	for (unsigned i = 0; i < a->freeing.n; i++)
		ck_assert_msg(a->freed[i].result == IPAM_RELEASED, "seed %lu: result %d",
			      (unsigned long)playing, (int)a->freed[i].result);
	n_freed++;
}

static void settle(struct actor *a, const struct err *e)
{
	loop_done(&a->loop);
	if (a->phase == DELETING) {
		ck_assert_msg(a->loop.state == LOOP_DONE, "seed %lu: DEL failed: %s",
			      (unsigned long)playing, e->text);
		a->phase = IDLE;
		return;
	}
	if (a->phase == FREEING) {
		assert_freed(a, e);
		a->phase = IDLE;
		return;
	}
	n_adds++;
	if (a->loop.state == LOOP_DONE) {
		a->phase = HELD;
		return;
	}
	/* Pools run out, an exact address is taken or a strict neighbour's; nothing else fails. */
	ck_assert_msg(e->kind == ERR_EXHAUSTED || e->kind == ERR_EXISTS ||
			      e->kind == ERR_CONFLICT || e->kind == ERR_POOL,
		      "seed %lu: ADD failed: %s", (unsigned long)playing, e->text);
	n_exhausted++;
	a->phase = IDLE;
	/* As runtimes do: without transactions a part may stand. */
	if (!transactions)
		begin_del(a);
}

static bool is_idle(const struct actor *a)
{
	return a->phase == IDLE || a->phase == HELD;
}

static int plan(struct actor *a)
{
	struct plan *p = &a->loop.plan;
	struct err *e = &a->loop.error;

	if (a->phase == ADDING)
		return plan_assign(p, &a->add, &a->answer, e);
	if (a->phase == DELETING)
		return plan_release(p, &a->part, &a->released, e);
	return plan_release_addresses(p, &a->freeing, &a->all_freed, e);
}

static void take_turn(struct actor *a)
{
	if (is_idle(a))
		begin(a);
	a->in_commit = true;
	loop_turn(&a->loop, plan(a));
	a->in_commit = false;
	n_partly += a->loop.plan.partly;
	if (!loop_goes_on(&a->loop))
		settle(a, &a->loop.error);
}

/* The host dies in its commit, if it comes to one; its runtime deletes what it has begun. */
static void die_in_turn(struct actor *a)
{
	fake_break_off(c.store, 1, draw(6));
	take_turn(a);
	if (is_idle(a))
		return;
	loop_done(&a->loop);
	begin_del(a);
	n_died++;
}

static void come_between(struct fake_store *store __unused_arg, size_t change __unused_arg,
			 void *arg __unused_arg)
{
	struct actor *a = &actors[draw(ACTORS)];

	if (nested == NESTED_MAX || a->in_commit || (resting && is_idle(a)) || draw(3))
		return;
	nested++;
	take_turn(a);
	nested--;
}

/* What every actor was told is what the store holds, and nothing else is held. */
static void assert_all_told_the_truth(void)
{
	unsigned told = 0;

	for (unsigned i = 0; i < ACTORS; i++) {
		struct actor *a = &actors[i];

		if (a->phase != HELD)
			continue;
		for (enum family f = FAMILY_4; f < N_FAMILIES; f++) {
			struct err e = {0};

			if (!a->answer.has[f])
				continue;
			told++;
			ck_assert_msg(ipam_verify(c.ds, &a->add.owner, &a->answer.address[f].addr,
						  1, &e) == 0,
				      "seed %lu: %s", (unsigned long)playing, e.text);
		}
	}
	ck_assert_msg(cluster_allocated(&c) == told, "seed %lu: %u held, %u told",
		      (unsigned long)playing, cluster_allocated(&c), told);
	if (transactions)
		cluster_assert_sound(&c);
	else
		cluster_assert_mendable(&c);
}

static void run_to_rest(void)
{
	resting = true;
	for (unsigned i = 0; i < ACTORS; i++)
		while (!is_idle(&actors[i]))
			take_turn(&actors[i]);
}

static void assert_nothing_is_left(void)
{
	for (unsigned i = 0; i < ACTORS; i++)
		if (actors[i].phase == HELD)
			begin_del(&actors[i]);
	run_to_rest();
	ck_assert_msg(cluster_allocated(&c) == 0, "seed %lu: %u held", (unsigned long)playing,
		      cluster_allocated(&c));
	ck_assert_msg(!fake_count(c.store, KEY_HANDLES), "seed %lu: %s is left",
		      (unsigned long)playing, fake_key(c.store, KEY_HANDLES, 0));
}


/* A second IPv4 pool, for some hosts, for all or for none. */
static void turn_pool(void)
{
	static const char *const selectors[] = { "all()", "zone == 'even'", "!all()" };
	char spec[100];

	snprintf(spec, sizeof(spec), ",\"blockSize\":31,\"nodeSelector\":\"%s\"%s",
		 selectors[draw(3)], draw(4) == 0 ? ",\"disabled\":true" : "");
	cluster_pool(&c, "q4", "10.1.0.0/28", spec);
}

/* An affinity as a crash leaves one: of no block, or of another's, or of another size. */
static void leave_affinity(void)
{
	static const char *const states[] = { "pending", "confirmed", "pendingDeletion" };
	struct cidr block = { .base = { FAMILY_4, 0x0a000000 + draw(32) } };
	char owner[32], key[KEY_TEXT], value[64];
	struct err e = {0};

	block.len = 28 + draw(5);
	snprintf(owner, sizeof(owner), "host:node-%u", draw(HOSTS));
	ck_assert_int_eq(key_of_affinity(owner, block, key, &e), 0);
	if (fake_get(c.store, key))
		return;
	snprintf(value, sizeof(value), "{\"state\":\"%s\"}", states[draw(3)]);
	fake_put(c.store, key, value);
}

static void disturb(void)
{
	if (draw(10) == 0)
		fake_lose_answer(c.store, 1 + draw(3));
	if (draw(40) == 0)
		c.now_ns += (int64_t)draw(90) * CLUSTER_SECOND;
	if (draw(40) == 0)
		turn_pool();
	if (draw(60) == 0)
		leave_affinity();
}

static void make_pool(const char *name, const char *cidr, unsigned largest)
{
	char spec[40];

	snprintf(spec, sizeof(spec), ",\"blockSize\":%u", largest + draw(4));
	cluster_pool(&c, name, cidr, spec);
}

static void make_world(uint64_t seed)
{
	random_state = seed * 0x9e3779b97f4a7c15ULL + 1;
	cluster_init(&c);
	if (!transactions)
		cluster_in_turns(&c);
	fake_before_write(c.store, come_between, NULL);
	fake_limit_commits(c.store, COMMIT_KEYS);
	make_pool("p4", "10.0.0.0/27", 29);
	make_pool("p6", draw(4) ? "fd00::/64" : "fd00::/125", 125);
	if (draw(3) == 0)
		cluster_config(&c, "{\"auto_allocate_blocks\":true,\"ipCooldownSeconds\":1}");
	else if (draw(3) == 0)
		cluster_config(&c, "{\"auto_allocate_blocks\":true,\"strict_affinity\":true}");
	for (unsigned i = 0; i < HOSTS; i++) {
		char node[16];

		snprintf(node, sizeof(node), "node-%u", i);
		cluster_node(&c, node, i % 2 ? "{}" : "{\"zone\":\"even\"}");
	}
	memset(actors, 0, sizeof(actors));
	resting = false;
	for (unsigned i = 0; i < ACTORS; i++) {
		snprintf(actors[i].container, sizeof(actors[i].container), "c%u", i / 2);
		snprintf(actors[i].ifname, sizeof(actors[i].ifname), "eth%u", i % 2);
		snprintf(actors[i].handle, sizeof(actors[i].handle), "net.c%u", i / 2);
		snprintf(actors[i].node, sizeof(actors[i].node), "node-%u", i / 2 % HOSTS);
		actors[i].ds = fake_open(c.store);
	}
}

static void end_world(void)
{
	for (unsigned i = 0; i < ACTORS; i++)
		datastore_close(actors[i].ds);
	cluster_done(&c);
}

static void play(uint64_t seed)
{
	make_world(seed);
	for (unsigned step = 0; step < STEPS; step++) {
		struct actor *a = &actors[draw(ACTORS)];

		disturb();
		if (!transactions && draw(12) == 0)
			die_in_turn(a);
		else
			take_turn(a);
	}
	run_to_rest();
	assert_all_told_the_truth();
	assert_nothing_is_left();
	end_world();
}

static void play_all(void)
{
	const char *first = getenv("SIM_SEED"), *n = getenv("SIM_SEEDS");
	uint64_t end;

	if (first) {
		playing = strtoull(first, NULL, 10);
		for (end = playing + (n ? strtoull(n, NULL, 10) : 1); playing < end; playing++)
			play(playing);
		return;
	}
	n_adds = n_exhausted = n_freed = n_partly = n_died = 0;
	for (playing = 1; playing <= SEEDS; playing++)
		play(playing);
	ck_assert_uint_gt(n_adds, 1000);
	ck_assert_uint_gt(n_exhausted, 10);
	ck_assert_uint_gt(n_freed, 200);
}

START_TEST(no_order_of_turns_gives_an_address_twice_or_loses_one)
{
	transactions = true;
	play_all();
}
END_TEST

START_TEST(without_transactions_no_order_of_writes_does_so_either)
{
	transactions = false;
	play_all();
	if (getenv("SIM_SEED"))
		return;
	ck_assert_uint_gt(n_partly, 100);
	ck_assert_uint_gt(n_died, 100);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("hosts");
	TCase *t = tcase_create("hosts");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 100);
	tcase_add_test(t, no_order_of_turns_gives_an_address_twice_or_loses_one);
	tcase_add_test(t, without_transactions_no_order_of_writes_does_so_either);
	return s;
}
