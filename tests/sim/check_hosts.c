/*
 * A cluster in a deterministic simulator: many hosts' requests, played turn by turn
 * in an order drawn from a seed, over a store that loses answers and refuses
 * commits.  A failing seed is printed and can be played again alone:
 *
 *	SIM_SEED=17 check_sim_hosts
 */
#include "ipam/errand.h"
#include "tests/ipam/fixture_cluster.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOSTS 4
#define ACTORS 12
#define STEPS 400
#define SEEDS 150

enum phase { IDLE, ADDING, HELD, DELETING };

struct actor {
	char container[16];
	char node[16];
	enum phase phase;
	struct errand errand;
	struct datastore *ds;
	struct ipam_assign_request add;
	struct ipam_assign_answer answer;
	struct ipam_release_request del;
	struct release_request part;
	struct release_answer released;
};

static struct cluster c;
static struct actor actors[ACTORS];
static uint64_t random_state;
static unsigned n_adds, n_exhausted;
static uint64_t playing; /* the seed, to be named when a check fails */

static unsigned draw(unsigned below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned)((random_state >> 11) % below);
}

static void begin(struct actor *a)
{
	if (a->phase == IDLE) {
		static const char *const families[] = { "46", "46", "4", "6" };

		a->add = cluster_request(&c, a->node, a->container, families[draw(4)]);
		if (draw(8) == 0 && a->add.wanted[V4]) {
			a->add.wanted[V6] = false;
			a->add.exact[V4] = (struct addr){ FAMILY_4, 0x0a000000 + draw(32) };
		}
		errand_init(&a->errand, a->ds, &verb_assign, &a->add, &a->answer);
		a->phase = ADDING;
	} else {
		a->del = (struct ipam_release_request){ .owner = { "net", a->container, "eth0",
								   a->node, "default", NULL },
							.now_ns = c.now_ns++ };
		a->part = (struct release_request){ .of = &a->del };
		errand_init(&a->errand, a->ds, &verb_release, &a->part, &a->released);
		a->phase = DELETING;
	}
}

static void settle(struct actor *a, enum errand_turn turn, const struct err *e)
{
	errand_done(&a->errand);
	if (a->phase == DELETING) {
		ck_assert_msg(turn == ERRAND_DONE, "seed %lu: DEL failed: %s",
			      (unsigned long)playing, e->text);
		a->phase = IDLE;
		return;
	}
	n_adds++;
	if (turn == ERRAND_DONE) {
		a->phase = HELD;
		return;
	}
	/* Pools run out, an exact address is taken or a strict neighbour's; nothing else fails. */
	ck_assert_msg(e->kind == ERR_EXHAUSTED || e->kind == ERR_EXISTS || e->kind == ERR_CONFLICT,
		      "seed %lu: ADD failed: %s", (unsigned long)playing, e->text);
	n_exhausted++;
	a->phase = IDLE;
}

static void take_turn(struct actor *a)
{
	enum errand_turn turn;
	struct err e = {0};

	if (a->phase == IDLE || a->phase == HELD)
		begin(a);
	turn = errand_take_turn(&a->errand, &e);
	if (turn != ERRAND_GOES_ON)
		settle(a, turn, &e);
}

static bool is_idle(const struct actor *a)
{
	return a->phase == IDLE || a->phase == HELD;
}

/* What every actor was told is what the store holds, and nothing else is held. */
static void assert_all_told_the_truth(void)
{
	unsigned told = 0;

	for (unsigned i = 0; i < ACTORS; i++) {
		struct actor *a = &actors[i];

		if (a->phase != HELD)
			continue;
		for (int f = 0; f < N_FAMILIES; f++) {
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
	cluster_assert_sound(&c);
}

static void run_to_rest(void)
{
	for (unsigned i = 0; i < ACTORS; i++)
		while (!is_idle(&actors[i]))
			take_turn(&actors[i]);
}

static void make_world(uint64_t seed)
{
	random_state = seed * 0x9e3779b97f4a7c15ULL + 1;
	cluster_init(&c);
	cluster_pool(&c, "p4", "10.0.0.0/27", ",\"blockSize\":30");
	cluster_pool(&c, "p6", "fd00::/64", ",\"blockSize\":125");
	if (draw(3) == 0)
		cluster_config(&c, "{\"auto_allocate_blocks\":true,\"ipCooldownSeconds\":1}");
	else if (draw(3) == 0)
		cluster_config(&c, "{\"auto_allocate_blocks\":true,\"strict_affinity\":true}");
	for (unsigned i = 0; i < HOSTS; i++) {
		char node[16];

		snprintf(node, sizeof(node), "node-%u", i);
		cluster_node(&c, node, "{}");
	}
	memset(actors, 0, sizeof(actors));
	for (unsigned i = 0; i < ACTORS; i++) {
		snprintf(actors[i].container, sizeof(actors[i].container), "c%u", i);
		snprintf(actors[i].node, sizeof(actors[i].node), "node-%u", i % HOSTS);
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
		if (draw(10) == 0)
			fake_lose_answer(c.store, 1 + draw(3));
		if (draw(40) == 0)
			c.now_ns += (int64_t)draw(90) * CLUSTER_SECOND;
		take_turn(&actors[draw(ACTORS)]);
	}
	run_to_rest();
	assert_all_told_the_truth();
	end_world();
}

START_TEST(no_order_of_turns_gives_an_address_twice_or_loses_one)
{
	const char *only = getenv("SIM_SEED");

	if (only) {
		play(strtoull(only, NULL, 10));
		return;
	}
	for (playing = 1; playing <= SEEDS; playing++)
		play(playing);
	ck_assert_uint_gt(n_adds, 1000);
	ck_assert_uint_gt(n_exhausted, 10);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("hosts");
	TCase *t = tcase_create("hosts");
	SRunner *runner = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 100);
	tcase_add_test(t, no_order_of_turns_gives_an_address_twice_or_loses_one);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
