/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/affinity/affinities.h"
#include "ipam/record/keys.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>

#define BLOCK KEY_BLOCKS_4 "10.0.0.0-30"
#define AFFINITY KEY_HOST_AFFINITIES "node-a/ipv4/block/10.0.0.0-30"
#define BLOCK_OF(owner, allocations, unallocated, attributes) \
	"{\"cidr\":\"10.0.0.0/30\",\"affinity\":" owner ",\"allocations\":[" allocations "]," \
	"\"unallocated\":[" unallocated "],\"attributes\":" attributes ",\"sequenceNumber\":7," \
	"\"sequenceNumberForAllocation\":{},\"deleted\":false,\"newField\":1}"
#define EMPTY(owner) BLOCK_OF(owner, "null,null,null,null", "0,1,2,3", "[]")
#define USED(owner) BLOCK_OF(owner, "0,null,null,null", "1,2,3", "[{\"handle_id\":\"h\"}]")

static struct view view;
static struct plan p = { .view = &view };
static struct affinity_release_request request;
static struct affinity_release_answer answer;
static struct err e;

static void know(const char *key, const char *value)
{
	struct range range = { .key = key, .kind = RANGE_KEY };

	view_cover(&view, &range, 5);
	if (value)
		view_put(&view, key, value, strlen(value), 5);
}

static void setup(void)
{
	err_reset(&e);
	view_init(&view);
	request = (struct affinity_release_request){ .owner = "host:node-a" };
	ck_assert_int_eq(cidr_parse("10.0.0.0/30", &request.block), 0);
	know(KEY_CONFIG, NULL);
}

static void teardown(void)
{
	plan_done(&p);
	view_done(&view);
}

static enum affinity_outcome plan(const char *block, const char *affinity)
{
	know(BLOCK, block);
	know(AFFINITY, affinity);
	ck_assert_msg(plan_affinity_release(&p, &request, &answer, &e) == 0, "%s", e.text);
	ck_assert_int_eq(p.kind, p.changes.n ? PLAN_COMMIT : PLAN_DONE);
	return answer.outcome;
}

static bool is_deleted(const char *key)
{
	const struct change *c = changes_last(&p.changes, key);

	return c && !c->value;
}

START_TEST(an_empty_block_is_deleted_between_the_affinitys_last_states)
{
	ck_assert_int_eq(plan(EMPTY("\"host:node-a\""), "{\"state\":\"confirmed\"}"),
			 AFFINITY_BLOCK_DELETED);
	ck_assert_uint_eq(p.changes.n, 3);
	ck_assert_str_eq(p.changes.list[0].value,
			 "{\"state\":\"pendingDeletion\",\"deleted\":false}");
	ck_assert_str_eq(p.changes.list[1].key, BLOCK);
	ck_assert(is_deleted(BLOCK));
	ck_assert(is_deleted(AFFINITY));
}
END_TEST

START_TEST(a_block_in_use_is_kept_unless_it_is_forced)
{
	ck_assert_int_eq(plan(USED("\"host:node-a\""), "{}"), AFFINITY_IN_USE);
	ck_assert_uint_eq(p.changes.n, 0);
	ck_assert_uint_eq(answer.held, 1);
	request.force = true;
	ck_assert_int_eq(plan(USED("\"host:node-a\""), "{}"), AFFINITY_BLOCK_DISOWNED);
	ck_assert_ptr_nonnull(strstr(changes_last(&p.changes, BLOCK)->value, "\"affinity\":null"));
	ck_assert_ptr_nonnull(strstr(changes_last(&p.changes, BLOCK)->value, "\"newField\":1"));
	ck_assert_ptr_nonnull(strstr(changes_last(&p.changes, BLOCK)->value,
				     "\"sequenceNumber\":8"));
	ck_assert(is_deleted(AFFINITY));
}
END_TEST

START_TEST(an_affinity_without_its_block_goes_alone)
{
	ck_assert_int_eq(plan(NULL, "{}"), AFFINITY_ALONE);
	ck_assert(is_deleted(AFFINITY));
	ck_assert_uint_eq(p.changes.n, 1);
	ck_assert_str_eq(p.changes.bases[0].key, BLOCK);
}
END_TEST

START_TEST(a_block_of_another_is_not_touched)
{
	ck_assert_int_eq(plan(EMPTY("\"host:node-b\""), "{}"), AFFINITY_ALONE);
	ck_assert_ptr_null(changes_last(&p.changes, BLOCK));
}
END_TEST

START_TEST(a_block_that_lost_its_affinity_is_released_all_the_same)
{
	ck_assert_int_eq(plan(EMPTY("\"host:node-a\""), NULL), AFFINITY_BLOCK_DELETED);
	ck_assert(is_deleted(BLOCK));
}
END_TEST

START_TEST(where_nothing_is_nothing_is_written)
{
	ck_assert_int_eq(plan(NULL, NULL), AFFINITY_NOTHING);
	ck_assert_int_eq(plan(EMPTY("null"), NULL), AFFINITY_NOTHING);
	ck_assert_uint_eq(p.changes.n, 0);
}
END_TEST

START_TEST(a_block_that_does_not_parse_is_an_error)
{
	know(BLOCK, "{");
	know(AFFINITY, "{}");
	ck_assert_int_eq(plan_affinity_release(&p, &request, &answer, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CORRUPT);
	ck_assert_uint_eq(p.changes.n, 0);
}
END_TEST

START_TEST(an_affinitys_key_tells_owner_and_block)
{
	static const char *const others[] = {
		KEY_HOST_AFFINITIES, KEY_HOST_AFFINITIES "n",
		KEY_HOST_AFFINITIES "/ipv4/block/1.0.0.0-8",
		KEY_HOST_AFFINITIES "n/ipv4/block/x", KEY_HOST_AFFINITIES "n/ipv4/1.0.0.0-8",
		KEY_HOST_AFFINITIES "n/ipv6/block/1.0.0.0-8", BLOCK, "",
	};
	char owner[KEY_TEXT], text[CIDR_TEXT];
	struct cidr block;

	ck_assert_int_eq(key_read_affinity(AFFINITY, owner, &block), 0);
	cidr_print(block, text);
	ck_assert_str_eq(owner, "host:node-a");
	ck_assert_str_eq(text, "10.0.0.0/30");
	ck_assert_int_eq(key_read_affinity(KEY_VIRTUAL_AFFINITIES "lb/ipv6/block/fd00::-122",
					   owner, &block), 0);
	ck_assert_str_eq(owner, "virtual:lb");
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		ck_assert_int_eq(key_read_affinity(others[i], owner, &block), -1);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("ipam.affinity_release");
	TCase *t = tcase_create("release");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, an_empty_block_is_deleted_between_the_affinitys_last_states);
	tcase_add_test(t, a_block_in_use_is_kept_unless_it_is_forced);
	tcase_add_test(t, an_affinity_without_its_block_goes_alone);
	tcase_add_test(t, a_block_of_another_is_not_touched);
	tcase_add_test(t, a_block_that_lost_its_affinity_is_released_all_the_same);
	tcase_add_test(t, where_nothing_is_nothing_is_written);
	tcase_add_test(t, a_block_that_does_not_parse_is_an_error);
	tcase_add_test(t, an_affinitys_key_tells_owner_and_block);
	suite_add_tcase(s, t);
	return s;
}
