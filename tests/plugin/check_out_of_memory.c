/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each allocation of a request failing in turn, alone or with all that follow: stdout has
 * what it always has, or one error of the specification.  Calls of malloc() and its kin
 * are wrapped (tests/CMakeLists.txt) while a command runs, and cJSON is given the wrapped ones.
 */
#include "base/json.h"
#include "fixture_call.h"
#include "plugin/commands.h"
#include "tests/suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define ALLOCATIONS_MAX 20000	/* of one request */

struct hooks {
	void *(*allocate)(size_t size);
	void (*release)(void *p);
};

void cJSON_InitHooks(struct hooks *hooks);
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
int __real_command_run(struct deadline started, int stdin_fd, struct buf *out);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);
int __wrap_command_run(struct deadline started, int stdin_fd, struct buf *out);

static bool wanted, counting;
static bool all_that_follow;	/* fail too */
static unsigned count, failing;	/* the allocation that fails, from 1 on */

static bool fails(void)
{
	if (!counting)
		return false;
	count++;
	return all_that_follow ? count >= failing : count == failing;
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

int __wrap_command_run(struct deadline started, int stdin_fd, struct buf *out)
{
	int status;

	counting = wanted;
	status = __real_command_run(started, stdin_fd, out);
	counting = false;
	return status;
}

static void setup(void)
{
	struct hooks hooks = { __wrap_malloc, free };

	cJSON_InitHooks(&hooks);
	call_setup();
}

static void teardown(void)
{
	call_teardown();
	cJSON_InitHooks(NULL);
}

#define KEYS "\"type\":\"bridge\",\"log_level\":\"error\","
#define POOL "\"ipam\":{\"type\":\"calico-ipam\",\"ipv4_pools\":[\"10.0.0.0/24\"]}"

static const struct { const char *command, *keys; bool answers; } verbs[] = {
	{ "ADD", KEYS POOL, true },
	{ "DEL", KEYS POOL, false },
	{ "CHECK", KEYS POOL ",\"prevResult\":{\"ips\":[{\"address\":\"10.0.0.99/24\"}]}", false },
	{ "STATUS", KEYS POOL, false },
	{ "GC", KEYS POOL ",\"cni.dev/valid-attachments\":[]", false },
	{ "VERSION", KEYS POOL, true },
};

static void expect_an_error(const struct cJSON *tree)
{
	struct err e = {0};
	const char *msg = "";
	int64_t code = 0;

	ck_assert_int_eq(json_get_i64(tree, "code", &code, &e), 0);
	ck_assert_int_eq(json_get_string(tree, "msg", &msg, &e), 0);
	ck_assert(code > 0 && *msg);
}

static void expect_an_answer(const char *command, int status, bool answers)
{
	struct err e = {0};
	struct cJSON *tree __cleanup(json_freep) = NULL;

	if (status == 0 && !answers) {
		ck_assert_uint_eq(call_out.len, 0);
		return;
	}
	tree = json_parse(call_out.data, call_out.len, &e);
	ck_assert_msg(!call_out.failed && json_type(tree) == JSON_OBJECT, "%s, allocation %u: "
		      "status %d and \"%s\"", command, failing, status, call_out.data);
	ck_assert_ptr_nonnull(json_string(json_field(tree, "cniVersion")));
	if (status == 0)
		ck_assert_msg(!json_field(tree, "code"), "%s", call_out.data);
	else
		expect_an_error(tree);
}

/* Returns whether there was such an allocation. */
static bool fail_at(size_t verb, unsigned n)
{
	int status;

	json_lost();	/* what the call before has lost; a process has but one */
	failing = n;
	count = 0;
	wanted = true;
	status = call(verbs[verb].command, "c1", verbs[verb].keys);
	wanted = false;
	expect_an_answer(verbs[verb].command, status, verbs[verb].answers);
	return count >= n;
}

START_TEST(whichever_allocation_fails_stdout_has_one_answer)
{
	unsigned n = 1;

	all_that_follow = _i % 2;
	json_lost();
	ck_assert_int_eq(call("ADD", "other", verbs[0].keys), 0);
	while (fail_at((size_t)_i / 2, n))
		ck_assert_uint_lt(n++, ALLOCATIONS_MAX);
	ck_assert_uint_gt(n, 5);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("plugin.out_of_memory");
	TCase *t = tcase_create("out of memory");

	tcase_set_timeout(t, 100);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, whichever_allocation_fails_stdout_has_one_answer, 0,
			    2 * ARRAY_LEN(verbs));
	suite_add_tcase(s, t);
	return s;
}
