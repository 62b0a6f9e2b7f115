/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each allocation of a planner failing in turn: the request fails and nothing is written,
 * or it succeeds as if there had been memory.  Calls of malloc() and its kin, and
 * of what makes trees, are wrapped (tests/CMakeLists.txt); they fail only within a planner.
 */
#include "ipam/audit/audit.h"
#include "ipam/record/keys.h"
#include "ipam/request/loop.h"
#include "tests/ipam/fixture_crowd.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRIES_MAX 3000

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
struct cJSON *__real_cJSON_ParseWithLengthOpts(const char *text, size_t len, const char **end,
					       int terminated);
struct cJSON *__real_cJSON_CreateObject(void);
struct cJSON *__real_cJSON_CreateArray(void);
struct cJSON *__real_cJSON_CreateString(const char *text);
struct cJSON *__real_cJSON_Duplicate(const struct cJSON *item, int deep);
bool __real_loop_goes_on(const struct loop *loop);
void __real_loop_turn(struct loop *loop, int planned);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);
struct cJSON *__wrap_cJSON_ParseWithLengthOpts(const char *text, size_t len, const char **end,
					       int terminated);
struct cJSON *__wrap_cJSON_CreateObject(void);
struct cJSON *__wrap_cJSON_CreateArray(void);
struct cJSON *__wrap_cJSON_CreateString(const char *text);
struct cJSON *__wrap_cJSON_Duplicate(const struct cJSON *item, int deep);
bool __wrap_loop_goes_on(const struct loop *loop);
void __wrap_loop_turn(struct loop *loop, int planned);

static bool planning;
static unsigned count, failing;	/* the allocation that fails, from 1 on; 0: none */

static bool fails(void)
{
	return planning && ++count == failing;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return fails() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text)
{
	return fails() ? NULL : __real_strdup(text);
}

struct cJSON *__wrap_cJSON_ParseWithLengthOpts(const char *text, size_t len, const char **end,
					       int terminated)
{
	return fails() ? NULL : __real_cJSON_ParseWithLengthOpts(text, len, end, terminated);
}

struct cJSON *__wrap_cJSON_CreateObject(void)
{
	return fails() ? NULL : __real_cJSON_CreateObject();
}

struct cJSON *__wrap_cJSON_CreateArray(void)
{
	return fails() ? NULL : __real_cJSON_CreateArray();
}

struct cJSON *__wrap_cJSON_CreateString(const char *text)
{
	return fails() ? NULL : __real_cJSON_CreateString(text);
}

struct cJSON *__wrap_cJSON_Duplicate(const struct cJSON *item, int deep)
{
	return fails() ? NULL : __real_cJSON_Duplicate(item, deep);
}

/* Between the two a verb plans. */
bool __wrap_loop_goes_on(const struct loop *loop)
{
	bool goes_on = __real_loop_goes_on(loop);

	planning = goes_on;
	return goes_on;
}

void __wrap_loop_turn(struct loop *loop, int planned)
{
	planning = false;
	__real_loop_turn(loop, planned);
}

static struct cluster c;

static void setup(void)
{
	cluster_init(&c);
	cluster_pool(&c, "four", "10.0.0.0/26", "");
	cluster_pool(&c, "six", "fd00::/122", "");
	cluster_node(&c, "node-a", "{}");
	ck_assert_int_eq(cluster_add(&c, "node-a", "other", "46"), 0);
}

static void teardown(void)
{
	cluster_done(&c);
}

/* All records, so that two stores can be compared. */
static void print_store(struct buf *out)
{
	const char *key;

	buf_reset(out);
	for (size_t i = 0; (key = fake_key(c.store, KEY_ROOT, i)); i++)
		buf_printf(out, "%s %s\n", key, fake_get(c.store, key));
}

static int add(void)
{
	struct ipam_assign_request request = cluster_request(&c, "node-a", "c1", "46");

	request.prefix = IPAM_PREFIX_POOL;
	request.gateway.wanted = request.gateway.first = true;
	return cluster_assign(&c, &request);
}

static int del(void)
{
	return cluster_del(&c, "node-a", "c1");
}

/* Handles, blocks and affinities agree, and within a block there is nothing wrong. */
static void check_sound(void)
{
	struct audit_options options = { .now_ns = c.now_ns };
	struct audit audit __cleanup(audit_done) = { 0 };
	struct err e = { 0 };

	cluster_assert_sound(&c);
	ck_assert_int_eq(audit_read(c.ds, &options, &audit, &e), 0);
	ck_assert_msg(!audit.n, "%s: %s", audit.n ? audit.list[0].key : "",
		      audit.n ? audit.list[0].text : "");
}

/*
 * The request with each allocation failing, until none is left to fail.  One that succeeds
 * is undone, so that the next begins from the same.
 */
static void check_request(int (*request)(void), int (*undo)(void), unsigned held_after)
{
	struct buf before __cleanup(buf_done) = BUF(1 << 20);
	struct buf after __cleanup(buf_done) = BUF(1 << 20);
	unsigned refused = 0;

	for (unsigned n = 1; n < TRIES_MAX; n++) {
		print_store(&before);
		err_reset(&c.e);
		count = 0;
		failing = n;
		if (request() == 0) {
			failing = 0;
			check_sound();
			ck_assert_uint_eq(cluster_allocated(&c), held_after);
			if (count < n)
				break;
			ck_assert_int_eq(undo(), 0);
			continue;
		}
		failing = 0;
		refused++;
		print_store(&after);
		ck_assert_str_eq(before.data, after.data);
	}
	ck_assert_uint_lt(count, TRIES_MAX);
	ck_assert_uint_gt(refused, 20);
}

START_TEST(an_add_that_runs_out_of_memory_writes_nothing)
{
	check_request(add, del, 4);
}
END_TEST

START_TEST(a_del_that_runs_out_of_memory_writes_nothing)
{
	ck_assert_msg(add() == 0, "%s", c.e.text);
	check_request(del, add, 2);
}
END_TEST

static struct crowd crowd;

static void join_crowd(void)
{
	struct ipam_assign_request *r;

	crowd_begin(&crowd, &c);
	for (unsigned i = 0; i < 3; i++) {
		r = crowd_add(&crowd, i ? i > 1 ? "c2" : "c1" : "c0", "46");
		r->owner.node = "node-a";
		r->prefix = IPAM_PREFIX_POOL;
		r->gateway.wanted = r->gateway.first = i == 2;
	}
	crowd_add_exact(&crowd, "exact", "10.0.0.40")->owner.node = "node-a";
	crowd_del(&crowd, "other")->owner.node = "node-a";
}

static bool holds(const struct crowd_member *m)
{
	char key[100];

	snprintf(key, sizeof(key), KEY_HANDLES "net.%s",
		 m->verb == CROWD_ADD ? m->add.owner.container : m->del.owner.container);
	return fake_get(c.store, key) != NULL;
}

/* Whoever is told that it failed has written nothing, the others have. */
static unsigned check_members(void)
{
	unsigned failed = 0;

	for (unsigned i = 0; i < crowd.n; i++) {
		const struct crowd_member *m = &crowd.list[i];

		ck_assert(holds(m) == ((m->verb == CROWD_ADD) != m->failed));
		if (m->failed)
			ck_assert_str_ne(m->error.text, "");
		failed += m->failed;
	}
	check_sound();
	return failed;
}

/* From before its first plan on. */
static void check_crowd(void)
{
	struct fake_store *before = fake_copy(c.store);
	unsigned refused = 0;

	for (failing = 1; failing < TRIES_MAX; failing++) {
		unsigned n = failing;

		join_crowd();
		count = 0;
		planning = true;
		crowd_go(&crowd);
		planning = false;
		failing = 0;
		refused += check_members() > 0;
		fake_restore(c.store, before);
		failing = n;
		if (count < n)
			break;
	}
	failing = 0;
	fake_free(before);
	ck_assert_uint_lt(count, TRIES_MAX);
	ck_assert_uint_gt(refused, 20);
}

START_TEST(a_crowd_that_runs_out_of_memory_tells_nobody_of_what_is_not_so)
{
	check_crowd();
}
END_TEST

START_TEST(nor_does_it_without_transactions)
{
	cluster_in_turns(&c);
	check_crowd();
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("ipam.lost_memory");
	TCase *t = tcase_create("lost_memory");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, an_add_that_runs_out_of_memory_writes_nothing);
	tcase_add_test(t, a_del_that_runs_out_of_memory_writes_nothing);
	tcase_add_test(t, a_crowd_that_runs_out_of_memory_tells_nobody_of_what_is_not_so);
	tcase_add_test(t, nor_does_it_without_transactions);
	suite_add_tcase(s, t);
	return s;
}
