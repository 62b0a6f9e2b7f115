/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mirror before a real API server (docs/DESIGN.md 4): it saves rounds, and whatever has
 * become of it, the answer is the one without it.  One server is for all.
 */
#include "ipam/record/keys.h"
#include "tests/contract/fixture_kubernetes.h"
#include "tests/fake/settings_of.h"
#include "tests/mirror/fixture_requests.h"
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
#define FAR(cidr) RESOURCE("IPReservation", "far", "\"reservedCIDRs\":[\"" cidr "\"]")
#define AHEAD 80 /* more than the server writes when it comes back */
#define CONTAINERS 6
#define STEPS 60

static char folder[] = "/tmp/check_mirror_kubernetes.XXXXXX";

/* With $F the folder of the mirrors, and $F.old of those that were saved. */
static void shell(const char *words)
{
	ck_assert_int_eq(setenv("F", folder, 1), 0);
	ck_assert_int_eq(system(words), 0);
}

static struct datastore *open_store(const char *node, bool mirror_off)
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

static void begin_all(void)
{
	store = open_store;
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
	assert_notices(KEY_RESERVATIONS "r", RESERVED, ERR_EXHAUSTED);
}
END_TEST

START_TEST(a_pool_that_was_disabled_meanwhile_is_noticed)
{
	assert_notices(KEY_POOLS "p4", POOL4(",\"disabled\":true"), ERR_POOL);
}
END_TEST

START_TEST(a_mirror_from_before_a_restore_gives_no_address_twice)
{
	struct ipam_assign_request r;
	char name[16];

	assert_ok(add("node-a", "c1"));
	kubernetes_keep();
	assert_ok(add("node-a", "lost1"));
	assert_ok(add("node-a", "lost2"));
	kubernetes_come_back();
	/* Another node writes until the revisions that the mirror knows are in use again. */
	for (int i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "b%d", i);
		assert_ok(add("node-b", name));
	}
	for (int i = 2; i < 4; i++) {
		snprintf(name, sizeof(name), "c%d", i);
		r = request_of("node-a", name, "46");
		assert_ok(assign_as_without_mirror(&r));
	}
}
END_TEST

/* One revision of the store. */
static void write_elsewhere(void)
{
	static const char *const values[] = { FAR("192.0.2.0/25"), FAR("192.0.2.128/25") };
	static unsigned n;

	put(KEY_RESERVATIONS "far", values[n++ % 2]);
}

/* A restored store gives this revision to the node's block, in which c3 has the address. */
static bool give_away_at(uint64_t revision, struct addr address)
{
	struct ipam_assign_request r = request_of("node-a", "c3", "4");

	r.exact[FAMILY_4] = address;
	/* The handle is the one before. */
	do
		write_elsewhere();
	while (revision_of(KEY_RESERVATIONS "far") + 2 < revision);
	assert_ok(assign_without_mirror(&r));
	return revision_of(KEY_BLOCKS_4) == revision;
}

/* The server writes too, and may hit the revision first: then the store is restored anew. */
START_TEST(a_block_that_has_the_mirrors_revision_again_is_known_by_its_value)
{
	struct ipam_assign_request r = request_of("node-a", "c4", "4");
	uint64_t revision;
	int left = 5;

	assert_ok(add_of("node-a", "c1", "4"));
	kubernetes_keep();
	for (int i = 0; i < AHEAD; i++)
		write_elsewhere();
	assert_ok(add_of("node-a", "c2", "4"));
	r.exact[FAMILY_4] = answer.address[FAMILY_4].addr;
	assert_ok(del("node-a", "c2"));
	revision = revision_of(KEY_BLOCKS_4);
	do {
		ck_assert_int_gt(left--, 0);
		kubernetes_come_back();
	} while (!give_away_at(revision, r.exact[FAMILY_4]));
	ck_assert_int_eq(assign_as_without_mirror(&r), -1);
	ck_assert_int_eq(e.kind, ERR_EXISTS);
}
END_TEST

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
	struct ipam_assign_request r;
	unsigned which = draw(CONTAINERS);
	const char *node = which % 2 ? "node-b" : "node-a";
	char container[8];

	snprintf(container, sizeof(container), "c%u", which);
	if (!draw(3))
		disturb();
	if (draw(2)) {
		r = request_of(node, container, "46");
		assign_as_without_mirror(&r);
	} else {
		assert_ok(del(node, container));
	}
}

START_TEST(in_any_history_the_answer_is_the_one_without_a_mirror)
{
	char container[8];

	draw_from(88172645463325252ULL);
	for (int i = 0; i < STEPS; i++)
		play();
	for (unsigned i = 0; i < CONTAINERS; i++) {
		snprintf(container, sizeof(container), "c%u", i);
		assert_ok(del(i % 2 ? "node-b" : "node-a", container));
	}
	ck_assert_uint_eq(count_of(KEY_HANDLES), 0);
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
	tcase_add_test(t, a_mirror_from_before_a_restore_gives_no_address_twice);
	tcase_add_test(t, a_block_that_has_the_mirrors_revision_again_is_known_by_its_value);
	tcase_add_test(t, in_any_history_the_answer_is_the_one_without_a_mirror);
	return s;
}
