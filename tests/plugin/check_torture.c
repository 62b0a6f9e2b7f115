/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Spoilt requests: whatever comes in, the answer is nothing or one JSON object of the
 * specification, and the sanitizers stay silent.  The random ones are the same on
 * each run: a fixed seed.
 */
#include "base/json.h"
#include "fixture_call.h"
#include "tests/suite.h"

#include <check.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 3000
#define BYTES_MAX 2048

static const char *const commands[] = { "ADD", "DEL", "CHECK", "STATUS", "GC", "VERSION" };

static const char valid[] =
	"\"cniVersion\":\"1.1.0\",\"name\":\"net1\",\"type\":\"bridge\",\"isGateway\":true,"
	"\"nodename\":\"node-a\","
	"\"log_level\":\"error\",\"windows_use_single_network\":false,\"timeout_ms\":9000,"
	"\"args\":{\"cni\":{\"ips\":[\"10.0.0.9/24\",\"fd00::9\"]}},\"runtimeConfig\":{\"ips\":[]},"
	"\"ipam\":{\"type\":\"calico-ipam\",\"assign_ipv4\":\"true\",\"assign_ipv6\":true,"
	"\"ipv4_pools\":[\"10.0.0.0/24\"],\"ipv6_pools\":[\"fd00::/120\"],\"prefix\":\"pool\","
	"\"gateway\":[\"10.0.0.1\",\"fd00::1\"],\"routes\":[{\"dst\":\"0.0.0.0/0\","
	"\"gw\":\"10.0.0.1\"},"
	"{\"dst\":\"::/0\",\"mtu\":1400}]},\"prevResult\":{\"cniVersion\":\"1.1.0\","
	"\"ips\":[{\"address\":"
	"\"10.0.0.9/24\",\"gateway\":\"10.0.0.1\"},{\"address\":\"fd00::9/120\"}],\"dns\":{}}}";

static uint64_t seed = 0x9e3779b97f4a7c15;

static unsigned random_below(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 33) % n;
}

static void expect_error_object(const struct cJSON *tree)
{
	struct err e = {0};
	const char *msg = NULL;
	int64_t code = 0;

	ck_assert_int_eq(json_get_i64(tree, "code", &code, &e), 0);
	ck_assert_int_eq(json_get_string(tree, "msg", &msg, &e), 0);
	ck_assert(code > 0 && msg && *msg);
}

/* The head keeps the lock file in the folder, whatever becomes of the rest. */
static void try(const char *command, const char *rest, size_t len)
{
	struct cJSON *tree __cleanup(json_freep) = NULL;
	struct err e = {0};
	char text[BYTES_MAX + 128];
	int head = snprintf(text, sizeof(text), "{\"ipam_lock_file\":\"%s/lock\",", call_folder),
			status;

	memcpy(text + head, rest, len);
	status = call_bytes(command, "c1", text, (size_t)head + len);
	ck_assert(status == 0 || status == 1);
	if (call_out.len) {
		tree = json_parse(call_out.data, call_out.len, &e);
		ck_assert_msg(json_type(tree) == JSON_OBJECT, "%.*s\n->\n%s", (int)len, rest,
			      call_out.data);
		ck_assert_ptr_nonnull(json_string(json_field(tree, "cniVersion")));
	}
	ck_assert(call_out.len || (status == 0 && strcmp(command, "ADD") != 0));
	if (status == 1)
		expect_error_object(tree);
}

START_TEST(the_request_itself_is_served)
{
	setenv("CNI_ARGS", "IP=10.0.0.9", 1);
	for (size_t i = 0; i < ARRAY_LEN(commands) - 2; i++) {
		try(commands[i], valid, sizeof(valid) - 1);
		ck_assert_msg(!strstr(call_out.data, "\"code\"") || i == 2, "%s: %s", commands[i],
			      call_out.data);
	}
}
END_TEST

START_TEST(a_request_cut_anywhere_is_refused)
{
	for (size_t len = 0; len < sizeof(valid) - 1; len++) {
		try("ADD", valid, len);
		call_expect_error(6, "stdin");
	}
}
END_TEST

static size_t mutate(char *text, size_t len)
{
	static const char *const pieces[] = {
		"null", "true", "-1", "1e999", "18446744073709551616", "\"\"", "[]", "{}",
				"\\u0000", "\\ud800", "\xff",
		"\"\xc3\"", "/129", "::ffff:10.0.0.1", "0.0.0.0/0", "[[[[", "{\"a\":", "\"", ",",
		"10.0.0.300", };
	const char *piece = pieces[random_below(ARRAY_LEN(pieces))];
	size_t at = random_below((unsigned)len), n = strlen(piece);

	switch (random_below(5)) {
	case 0:
		text[at] = (char)random_below(256);
		return len;
	case 1:
		text[at] ^= (char)(1 << random_below(8));
		return len;
	case 2:
		n = random_below((unsigned)(len - at) > 40 ? 40 : (unsigned)(len - at) + 1);
		memmove(text + at, text + at + n, len - at - n);
		return len - n;
	case 3:
		memcpy(text + at, piece, n < len - at ? n : len - at);
		return len;
	default:
		memmove(text + at + n, text + at, len - at);
		memcpy(text + at, piece, n);
		return len + n;
	}
}

START_TEST(a_request_spoilt_at_random_gets_an_answer)
{
	char text[BYTES_MAX];

	for (int i = 0; i < ROUNDS; i++) {
		size_t len = sizeof(valid) - 1;

		memcpy(text, valid, len);
		for (unsigned n = 1 + random_below(3); n; n--)
			len = mutate(text, len);
		try(commands[random_below(ARRAY_LEN(commands))], text, len);
	}
}
END_TEST

START_TEST(arguments_spoilt_at_random_get_an_answer)
{
	static const char args[] = "IgnoreUnknown=1;K8S_POD_NAMESPACE=prod;K8S_POD_NAME=web-0;"
				   "IP=10.0.0.9,fd00::9";
	char text[BYTES_MAX];

	for (int i = 0; i < ROUNDS; i++) {
		size_t len = sizeof(args) - 1;

		memcpy(text, args, len);
		for (unsigned n = 1 + random_below(3); n; n--)
			len = mutate(text, len);
		text[len] = '\0';
		setenv("CNI_ARGS", text, 1);
		try(commands[random_below(4)], valid, sizeof(valid) - 1);
	}
}
END_TEST

START_TEST(deep_nesting_is_refused)
{
	char text[BYTES_MAX];

	memset(text, '[', sizeof(text));
	memcpy(text, "\"ipam\":", 7);
	try("ADD", text, sizeof(text));
	call_expect_error(6, "JSON");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("plugin.torture");
	TCase *t = tcase_create("torture");

	signal(SIGPIPE, SIG_IGN);
	tcase_set_timeout(t, 100);
	tcase_add_checked_fixture(t, call_setup, call_teardown);
	tcase_add_test(t, the_request_itself_is_served);
	tcase_add_test(t, a_request_cut_anywhere_is_refused);
	tcase_add_test(t, a_request_spoilt_at_random_gets_an_answer);
	tcase_add_test(t, arguments_spoilt_at_random_get_an_answer);
	tcase_add_test(t, deep_nesting_is_refused);
	suite_add_tcase(s, t);
	return s;
}
