/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cni/ask.h"
#include "base/cni/conflist.h"
#include "base/json.h"
#include "tests/suite.h"

#include <stdlib.h>
#include <string.h>

START_TEST(a_question_is_on_its_standard_input_whole)
{
	struct buf out __cleanup(buf_done) = BUF(1 << 20);
	static char text[300001];

	memset(text, 'x', sizeof(text) - 1);
	ck_assert_int_eq(ask(&(struct question){ .path = "/bin/cat", .input = text }, &out), 0);
	ck_assert_uint_eq(out.len, 300000);
	buf_reset(&out);
	ck_assert_int_eq(ask(&(struct question){ .path = "/bin/cat" }, &out), 0);
	ck_assert_uint_eq(out.len, 0);
}
END_TEST

START_TEST(who_is_asked_alone_has_nothing_of_our_environment)
{
	struct buf out __cleanup(buf_done) = BUF(1 << 20);
	struct question q = { .path = "/usr/bin/env", .verb = "STATUS", .cni_path = "/bin",
			      .alone = true };

	setenv("CNI_COMMAND", "ADD", 1);
	setenv("OURS", "1", 1);
	ck_assert_int_eq(ask(&q, &out), 0);
	ck_assert_str_eq(out.data, "CNI_COMMAND=STATUS\nCNI_PATH=/bin\n");
	q.alone = false;
	ck_assert_int_eq(ask(&q, &out), 0);
	ck_assert_ptr_nonnull(strstr(out.data, "OURS=1\n"));
	ck_assert_ptr_null(strstr(out.data, "CNI_COMMAND=ADD\n"));
}
END_TEST

START_TEST(who_fails_dies_or_is_not_there_is_told_apart)
{
	struct buf out __cleanup(buf_done) = BUF(1 << 20);

	ck_assert_int_eq(ask(&(struct question){ .path = "/bin/false" }, &out), 1);
	ck_assert_int_eq(ask(&(struct question){ .path = "/nowhere" }, &out), -1);
	ck_assert_int_eq(ask(&(struct question){ .path = "/bin/sh", .input = "kill -9 $$" }, &out),
			 -1);
	ck_assert_int_eq(ask(&(struct question){ .path = "/bin/sh", .input = "echo x; exit 7" },
			     &out), 7);
	ck_assert_str_eq(out.data, "x\n");
}
END_TEST

START_TEST(a_status_is_asked_in_a_version_that_has_it_and_writes_no_log)
{
	static const char text[] =
		"{\"name\":\"net\",\"cniVersion\":\"0.3.1\",\"plugins\":[{\"type\":\"portmap\"},"
		"{\"type\":\"bridge\",\"log_file_path\":\"/var/log/x\",\"mtu\":1500,"
		"\"ipam\":{\"type\":\"calico-ipam\"}}]}";
	struct cJSON *conf __cleanup(json_freep) = NULL;
	struct cJSON *request __cleanup(json_freep) = NULL;
	struct buf out __cleanup(buf_done) = BUF(4096);
	const struct cJSON *plugin;
	struct err e = { 0 };

	ck_assert_int_eq(conflist_parse(text, strlen(text), "x", &conf, &plugin, &e), 0);
	request = conflist_status_request(plugin, "net");
	json_print(request, &out);
	ck_assert_str_eq(out.data, "{\"type\":\"bridge\",\"log_file_path\":null,\"mtu\":1500,"
			 "\"ipam\":{\"type\":\"calico-ipam\"},\"cniVersion\":\"1.1.0\","
			 "\"name\":\"net\"}");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("ask");
	TCase *t = tcase_create("ask");

	tcase_add_test(t, a_question_is_on_its_standard_input_whole);
	tcase_add_test(t, who_is_asked_alone_has_nothing_of_our_environment);
	tcase_add_test(t, who_fails_dies_or_is_not_there_is_told_apart);
	tcase_add_test(t, a_status_is_asked_in_a_version_that_has_it_and_writes_no_log);
	suite_add_tcase(s, t);
	return s;
}
