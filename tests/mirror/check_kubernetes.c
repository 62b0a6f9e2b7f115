/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mirror before a real API server (docs/DESIGN.md 4): it saves rounds, and whatever has
 * become of it, the answer is the one without it.  One server is for all.
 */
#include "ipam/ipam.h"
#include "ipam/record/keys.h"
#include "ipam/request/loop.h"
#include "tests/contract/fixture_kubernetes.h"
#include "tests/fake/settings_of.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RESOURCE(kind, name, spec)                                                                 \
	"{\"kind\":\"" kind "\",\"apiVersion\":\"projectcalico.org/v3\","                          \
	"\"metadata\":{\"name\":\"" name "\"},\"spec\":{" spec "}}"
#define POOL4(more)                                                                                \
	RESOURCE("IPPool", "p4", "\"cidr\":\"10.0.0.0/28\",\"blockSize\":29" more)
#define POOL6 RESOURCE("IPPool", "p6", "\"cidr\":\"fd00::/124\",\"blockSize\":125")
#define RESERVED                                                                                   \
	RESOURCE("IPReservation", "r", "\"reservedCIDRs\":[\"10.0.0.0/28\",\"fd00::/124\"]")
#define CONTAINERS 6
#define STEPS 60

static char folder[] = "/tmp/check_mirror_kubernetes.XXXXXX";
static int64_t now_ns;
static struct err e;
static struct ipam_assign_answer answer;
static unsigned long requests; /* of the last request */
static uint64_t random_state;

#define assert_ok(call) ck_assert_msg((call) == 0, "%s", e.text)

/* With $F the folder of the mirrors, and $F.old of those that were saved. */
static void shell(const char *words)
{
	ck_assert_int_eq(setenv("F", folder, 1), 0);
	ck_assert_int_eq(system(words), 0);
}

static struct datastore *store(const char *node, bool mirror_off)
{
	struct settings settings __cleanup(settings_done) =
		SETTINGS("datastore_type", "kubernetes", "kubeconfig", kubernetes_kubeconfig(),
			 "run_path", folder, "mirror", mirror_off ? "off" : "on");
	struct datastore *ds;

	ck_assert_msg(datastore_open(&ds, &settings, OPEN_TO_CREATE, deadline_in_ms(60000),
				     &e) == 0, "%s", e.text);
	datastore_use_mirror(ds, &settings, node);
	return ds;
}

/* value NULL: deletes the key. */
static void put(const char *key, const char *value)
{
	struct datastore *ds __cleanup(datastore_closep) = store("node-x", true);
	struct view view __cleanup(view_done) = {0};
	struct wants wants __cleanup(wants_done) = {0};
	struct changes changes __cleanup(changes_done) = {0};
	enum commit_outcome outcome;

	wants_add(&wants, key, RANGE_KEY);
	ck_assert_msg(datastore_read(ds, &view, &wants, &e) == 0, "%s", e.text);
	if (value)
		changes_put(&changes, key, value, strlen(value));
	else
		changes_delete(&changes, key);
	ck_assert_msg(datastore_commit(ds, &view, &changes, &outcome, &e) == 0, "%s", e.text);
	ck_assert_int_eq(outcome, COMMIT_DONE);
}

static struct ipam_owner owner(const char *node, const char *container)
{
	return (struct ipam_owner){ "net", container, "eth0", node, "default", NULL, NULL,
				    NULL, NULL };
}

static int add(const char *node, const char *container)
{
	struct datastore *ds __cleanup(datastore_closep) = store(node, false);
	struct ipam_assign_request r = { .owner = owner(node, container), .now_ns = now_ns++,
					 .wanted = { [FAMILY_4] = true, [FAMILY_6] = true } };
	int rc;

	err_reset(&e);
	rc = ipam_add(ds, &r, &answer, &e);
	requests = datastore_requests(ds);
	return rc;
}

static int del(const char *node, const char *container)
{
	struct datastore *ds __cleanup(datastore_closep) = store(node, false);
	struct ipam_release_request r = { .owner = owner(node, container),
					  .old_handle = container, .now_ns = now_ns++ };
	struct ipam_release_answer ignored;
	int rc;

	err_reset(&e);
	rc = ipam_release(ds, &r, &ignored, &e);
	requests = datastore_requests(ds);
	return rc;
}

/* What the store alone would answer. */
static int rehearse(const char *node, const char *container, struct ipam_assign_answer *ret,
		    struct err *ret_e)
{
	struct datastore *ds __cleanup(datastore_closep) = store(node, true);
	struct ipam_assign_request r = { .owner = owner(node, container), .now_ns = now_ns,
					 .wanted = { [FAMILY_4] = true, [FAMILY_6] = true } };
	struct loop loop __cleanup(loop_done) = {0};

	loop_init(&loop, ds);
	loop.plan.rehearsal = true;
	while (loop_goes_on(&loop))
		loop_turn(&loop, plan_assign(&loop.plan, &r, ret, &loop.error));
	return loop_result(&loop, ret_e);
}

static void add_as_without_mirror(const char *node, const char *container)
{
	struct ipam_assign_answer want = {0};
	struct err want_e = {0};
	int want_rc = rehearse(node, container, &want, &want_e), rc = add(node, container);

	ck_assert_msg(rc == want_rc, "with the mirror %d (%s), without %d (%s)", rc, e.text,
		      want_rc, want_e.text);
	ck_assert_int_eq(e.kind, want_e.kind);
	for (enum family f = FAMILY_4; rc == 0 && f < N_FAMILIES; f++)
		ck_assert(addr_equal(answer.address[f].addr, want.address[f].addr));
}

static void begin_all(void)
{
	kubernetes_start();
}

static void end_all(void)
{
	kubernetes_stop();
}

static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	now_ns = clock_now_ns();
	put(KEY_POOLS "p4", POOL4(""));
	put(KEY_POOLS "p6", POOL6);
	kubernetes_make_node("node-a");
	kubernetes_make_node("node-b");
}

static void teardown(void)
{
	shell("rm -rf $F $F.old");
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	kubernetes_empty();
}

START_TEST(a_warm_add_and_a_warm_del_are_nine_requests_each)
{
	assert_ok(add("node-a", "c1"));
	assert_ok(add("node-a", "c2"));
	ck_assert_uint_eq(requests, 9);
	assert_ok(del("node-a", "c1"));
	ck_assert_uint_eq(requests, 9);
}
END_TEST

START_TEST(a_del_that_empties_its_blocks_asks_for_pools_and_node_too)
{
	assert_ok(add("node-a", "c1"));
	assert_ok(del("node-a", "c1"));
	ck_assert_uint_eq(requests, 11);
}
END_TEST

START_TEST(what_was_reserved_meanwhile_is_noticed)
{
	assert_ok(add("node-a", "c1"));
	put(KEY_RESERVATIONS "r", RESERVED);
	ck_assert_int_eq(add("node-a", "c2"), -1);
	ck_assert_int_eq(e.kind, ERR_EXHAUSTED);
}
END_TEST

START_TEST(a_pool_that_was_disabled_meanwhile_is_noticed)
{
	assert_ok(add("node-a", "c1"));
	put(KEY_POOLS "p4", POOL4(",\"disabled\":true"));
	ck_assert_int_eq(add("node-a", "c2"), -1);
	ck_assert_int_eq(e.kind, ERR_POOL);
}
END_TEST

static unsigned draw(unsigned below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned)(random_state % below);
}

/* What makes a mirror stale, old or strange. */
static void disturb(void)
{
	switch (draw(7)) {
	case 0:
		shell("rm -rf $F.old && cp -a $F $F.old");
		break;
	case 1:
		shell("! test -d $F.old || { rm -rf $F && cp -a $F.old $F; }");
		break;
	case 2:
		shell("rm -f $F/mirror-*");
		break;
	case 3:
		put(KEY_POOLS "p4", POOL4(",\"disabled\":true"));
		break;
	case 4:
		put(KEY_POOLS "p4", POOL4(""));
		break;
	case 5:
		put(KEY_RESERVATIONS "r", RESERVED);
		break;
	default:
		put(KEY_RESERVATIONS "r", NULL);
	}
}

static void play(void)
{
	char container[8];
	unsigned which = draw(CONTAINERS);
	const char *node = which % 2 ? "node-b" : "node-a";

	snprintf(container, sizeof(container), "c%u", which);
	if (!draw(3))
		disturb();
	if (draw(2))
		add_as_without_mirror(node, container);
	else
		assert_ok(del(node, container));
}

static size_t count_handles(void)
{
	struct datastore *ds __cleanup(datastore_closep) = store("node-x", true);
	struct view view __cleanup(view_done) = {0};
	struct wants wants __cleanup(wants_done) = {0};

	wants_add(&wants, KEY_HANDLES, RANGE_PREFIX);
	ck_assert_msg(datastore_read(ds, &view, &wants, &e) == 0, "%s", e.text);
	return view.n_records;
}

START_TEST(in_any_history_the_answer_is_the_one_without_a_mirror)
{
	const char *seed = getenv("MIRROR_SEED");
	char container[8];

	random_state = seed ? strtoull(seed, NULL, 10) : 88172645463325252ULL;
	for (int i = 0; i < STEPS; i++)
		play();
	for (unsigned i = 0; i < CONTAINERS; i++) {
		snprintf(container, sizeof(container), "c%u", i);
		assert_ok(del(i % 2 ? "node-b" : "node-a", container));
	}
	ck_assert_uint_eq(count_handles(), 0);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("mirror before Kubernetes");
	TCase *t = tcase_create("kubernetes");

	if (!kubernetes_is_built())
		return s;
	suite_add_tcase(s, t);
	tcase_set_timeout(t, 200);
	tcase_add_unchecked_fixture(t, begin_all, end_all);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_warm_add_and_a_warm_del_are_nine_requests_each);
	tcase_add_test(t, a_del_that_empties_its_blocks_asks_for_pools_and_node_too);
	tcase_add_test(t, what_was_reserved_meanwhile_is_noticed);
	tcase_add_test(t, a_pool_that_was_disabled_meanwhile_is_noticed);
	tcase_add_test(t, in_any_history_the_answer_is_the_one_without_a_mirror);
	return s;
}
