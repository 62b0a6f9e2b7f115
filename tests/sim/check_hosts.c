/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cluster in a deterministic simulator (world.h): containers, an administrator, GC,
 * check --mend and Calico's own plugin take turns in an order drawn from a seed, over a
 * store that loses answers and under processes that die; on a store without transactions
 * others come in between two writes of a commit too.  A game that is lost is played again
 * with fewer and fewer events, and what is left is told in words:
 *
 *	SIM_SEED=17 check_sim_hosts
 *	SIM_SEED=1000 SIM_SEEDS=5000 CK_FORK=no check_sim_hosts		so many, from there on
 */
#include "tests/sim/game.h"
#include "tests/sim/world.h"
#include "tests/suite.h"

#include <check.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEEDS 300
#define GAME_S 200 /* far more than any takes, on any machine */

static uint64_t playing;
static struct sigaction before[NSIG]; /* the sanitizers' own */

/* A game that crashes or does not end cannot be played again shorter, but has a number. */
static void tell_seed(int signal)
{
	char text[64];
	int n = snprintf(text, sizeof(text), "signal %d in seed %" PRIu64 "\n", signal, playing);

	if (write(STDERR_FILENO, text, (size_t)n) < n)
		_exit(2);
	sigaction(signal, &before[signal], NULL);
	raise(signal);
}

static void watch_over_games(void)
{
	static const int signals[] = { SIGALRM, SIGABRT, SIGFPE, SIGSEGV };
	struct sigaction action = { .sa_handler = tell_seed, .sa_flags = SA_NODEFER };

	for (unsigned i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		if (!before[signals[i]].sa_handler)
			sigaction(signals[i], &action, &before[signals[i]]);
}

static void tell_lost(struct game *game, struct event *events, const char *rule)
{
	unsigned all = game->n;

	fprintf(stderr, "seed %" PRIu64 " %s transactions: %s: %s\n", game->seed,
		game->transactions ? "with" : "without", rule, world.why);
	game->n = game_shrink(game, events, rule);
	fprintf(stderr, "the same of %u of its %u events:\n", game->n, all);
	game_play(game, true);
}

static void play(uint64_t seed, bool transactions)
{
	static struct event events[EVENTS];
	struct game game = { seed, transactions, events, EVENTS };
	const char *rule;

	playing = seed;
	alarm(GAME_S);
	script_draw(events, seed);
	rule = game_play(&game, false);
	if (!rule)
		return;
	if (!getenv("SIM_UNTOLD"))
		tell_lost(&game, events, rule);
	ck_abort_msg("seed %" PRIu64 ": %s: %s", seed, rule, world.why);
}

static void play_all(bool transactions)
{
	const char *first = getenv("SIM_SEED"), *n = getenv("SIM_SEEDS");
	uint64_t seed = first ? strtoull(first, NULL, 10) : 1,
		 count = n ? strtoull(n, NULL, 10) : first ? 1 : SEEDS;

	memset(&sightings, 0, sizeof(sightings));
	watch_over_games();
	for (uint64_t end = seed + count; seed < end; seed++)
		play(seed, transactions);
	alarm(0);
	if (getenv("SIM_SIGHTINGS"))
		fprintf(stderr, "%lu steps, ADD %lu, refused %lu, DEL %lu, died %lu, landed %lu, "
			"restored %lu, strangers %lu, crowds %lu, answered %lu, given back %lu, "
			"withdrawn %lu, DEL behind ADD %lu, booted %lu, reclaimed %lu, "
			"changed since %lu, of other machines %lu\n", sightings.steps,
			sightings.acknowledged, sightings.refused, sightings.deleted,
			sightings.died, sightings.landed, sightings.restored,
			sightings.strangers, sightings.crowds, sightings.answered,
			sightings.given_back, sightings.withdrawn, sightings.behind,
			sightings.booted, sightings.reclaimed, sightings.changed_since,
			sightings.other_machines);
	if (first || n)
		return;
	ck_assert_uint_gt(sightings.acknowledged, 1000);
	ck_assert_uint_gt(sightings.refused, 100);
	ck_assert_uint_gt(sightings.deleted, 1000);
	ck_assert_uint_gt(sightings.died, 100);
	ck_assert_uint_gt(sightings.landed, 10);
	ck_assert(!transactions || sightings.restored > 10);
	ck_assert_uint_gt(sightings.strangers, 10);
	ck_assert_uint_gt(sightings.crowds, 300);
	ck_assert_uint_gt(sightings.answered, 100);
	ck_assert_uint_gt(sightings.given_back, 10);
	ck_assert_uint_gt(sightings.withdrawn, 10);
	ck_assert_uint_gt(sightings.behind, 100);
	ck_assert_uint_gt(sightings.booted, 10);
	ck_assert_uint_gt(sightings.reclaimed, 30);
	ck_assert_uint_gt(sightings.changed_since, 0);
	ck_assert_uint_gt(sightings.other_machines, 10);
}

START_TEST(no_order_of_turns_gives_an_address_twice_or_loses_one)
{
	play_all(true);
}
END_TEST

START_TEST(without_transactions_no_order_of_writes_does_so_either)
{
	play_all(false);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("hosts");
	TCase *t = tcase_create("hosts");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 0);
	tcase_add_test(t, no_order_of_turns_gives_an_address_twice_or_loses_one);
	tcase_add_test(t, without_transactions_no_order_of_writes_does_so_either);
	return s;
}
