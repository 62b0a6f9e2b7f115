/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "plugin/input.h"
#include "plugin/netconf.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct netconf conf;
static struct err e;

static void setup(void)
{
	err_reset(&e);
	netconf_init(&conf);
}

static void teardown(void)
{
	netconf_done(&conf);
}

static int take(const char *text)
{
	return netconf_parse(&conf, text, strlen(text), &e) < 0 ? -1 : netconf_read(&conf, &e);
}

START_TEST(a_minimal_configuration_has_defaults)
{
	ck_assert_msg(take("{\"name\":\"net1\",\"ipam\":{\"type\":\"calico-ipam\"}}") == 0, "%s",
		      e.text);
	ck_assert_int_eq(conf.version, CNI_0_1_0);
	ck_assert_str_eq(conf.ipam_lock_file, "/var/run/calico/ipam.lock");
	ck_assert_str_eq(conf.nodename_file, "/var/lib/calico/nodename");
	ck_assert_int_eq(conf.timeout_ms, 90000);
	ck_assert(!conf.single_block && !netconf_is_calico(&conf));
}
END_TEST

START_TEST(keys_are_found_in_any_case_and_the_last_one_wins)
{
	ck_assert_msg(take("{\"NAME\":\"a\",\"name\":\"b\",\"CNIVERSION\":\"1.0.0\","
			   "\"Type\":\"calico\","
			   "\"IPAM_lock_file\":\"/x\",\"ipam\":{\"TIMEOUT_ms\":100}}") == 0, "%s",
			   e.text);
	ck_assert_str_eq(conf.name, "b");
	ck_assert_int_eq(conf.version, CNI_1_0_0);
	ck_assert_str_eq(conf.ipam_lock_file, "/x");
	ck_assert_int_eq(conf.timeout_ms, 100);
	ck_assert(netconf_is_calico(&conf));
}
END_TEST

START_TEST(unknown_keys_and_those_without_effect_are_passed_over)
{
	ck_assert_msg(take("{\"name\":\"n\",\"mtu\":1500,\"etcd_authority\":\"x\","
			   "\"etcd_scheme\":\"http\","
			   "\"nodename_file_optional\":true,\"args\":7,\"runtimeConfig\":[],"
			   "\"prevResult\":null,"
			   "\"policy\":{\"type\":\"k8s\"},\"datastore_type\":\"etcdv3\","
			   "\"plugins\":[],"
			   "\"ipam\":{\"subnet\":\"usePodCidr\"}}") == 0, "%s", e.text);
}
END_TEST

static const char *const versions[] = { "0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0",
					"1.1.0" };

START_TEST(each_version_of_the_specification_is_known)
{
	char text[64];

	snprintf(text, sizeof(text), "{\"name\":\"n\",\"cniVersion\":\"%s\"}", versions[_i]);
	ck_assert_int_eq(take(text), 0);
	ck_assert_int_eq(conf.version, _i);
	ck_assert_int_eq(netconf_answer_version(&conf), _i);
}
END_TEST

static const char *const other_versions[] = { "1.2.0", "0.3", "v1.0.0", "1.0.0 ", "9" };

START_TEST(any_other_version_is_unknown_and_answered_in_the_newest)
{
	char text[64];

	snprintf(text, sizeof(text), "{\"name\":\"n\",\"cniVersion\":\"%s\"}", other_versions[_i]);
	ck_assert_int_eq(take(text), 0);
	ck_assert_int_eq(conf.version, CNI_UNKNOWN);
	ck_assert_int_eq(netconf_answer_version(&conf), CNI_1_1_0);
}
END_TEST

static const struct { const char *text; enum err_kind kind; const char *word; } bad[] = {
	{ "", ERR_DECODE, "stdin" },
	{ "{", ERR_DECODE, "byte" },
	{ "{\"name\":\"n\"} x", ERR_DECODE, "after the end" },
	{ "[]", ERR_DECODE, "a list" },
	{ "null", ERR_DECODE, "null" },
	{ "{\"name\":\"a\\u0000b\"}", ERR_DECODE, "NUL" },
	{ "{\"name\":7}", ERR_DECODE, "name" },
	{ "{\"name\":\"n\",\"cniVersion\":1}", ERR_DECODE, "cniVersion" },
	{ "{}", ERR_CONFIG, "missing network name" },
	{ "{\"name\":\"\"}", ERR_CONFIG, "missing network name" },
	{ "{\"name\":\"-a\"}", ERR_CONFIG, "-a" },
	{ "{\"name\":\"a/b\"}", ERR_CONFIG, "a/b" },
	{ "{\"name\":\"a b\"}", ERR_CONFIG, "a b" },
	{ "{\"name\":\"n\",\"type\":true}", ERR_DECODE, "type" },
	{ "{\"name\":\"n\",\"ipam\":\"calico-ipam\"}", ERR_DECODE, "ipam" },
	{ "{\"name\":\"n\",\"nodename\":[]}", ERR_DECODE, "nodename" },
	{ "{\"name\":\"n\",\"hostname\":1}", ERR_DECODE, "hostname" },
	{ "{\"name\":\"n\",\"ipam_lock_file\":1}", ERR_DECODE, "ipam_lock_file" },
	{ "{\"name\":\"n\",\"ipam_lock_file\":\"ipam.lock\"}", ERR_CONFIG,
	  "\"ipam_lock_file\" must be an absolute path, not \"ipam.lock\"" },
	{ "{\"name\":\"n\",\"nodename_file\":\"nodename\"}", ERR_CONFIG,
	  "\"nodename_file\" must be an absolute path, not \"nodename\"" },
	{ "{\"name\":\"n\",\"log_file_path\":\"log/cni.log\"}", ERR_CONFIG,
	  "\"log_file_path\" must be an absolute path, not \"log/cni.log\"" },
	{ "{\"name\":\"n\",\"log_level\":1}", ERR_DECODE, "log_level" },
	{ "{\"name\":\"n\",\"log_file_max_size\":\"1\"}", ERR_DECODE, "log_file_max_size" },
	{ "{\"name\":\"n\",\"log_file_max_age\":1.5}", ERR_DECODE, "log_file_max_age" },
	{ "{\"name\":\"n\",\"windows_use_single_network\":\"true\"}", ERR_DECODE,
	  "windows_use_single_network" },
	{ "{\"name\":\"n\",\"timeout_ms\":\"1000\"}", ERR_DECODE, "timeout_ms" },
	{ "{\"name\":\"n\",\"plugins\":[{\"type\":\"bridge\",\"ipam\":{}}]}", ERR_CONFIG,
	  "\"plugins\": this is a whole conflist" },
	{ "{\"name\":\"n\",\"timeout_ms\":99}", ERR_CONFIG, "timeout_ms" },
	{ "{\"name\":\"n\",\"ipam\":{\"timeout_ms\":600001}}", ERR_CONFIG, "timeout_ms" },
	{ "{\"name\":\"n\",\"etcd_endpoints\":[\"http://127.0.0.1:2379\"]}", ERR_DECODE,
	  "etcd_endpoints" },
	{ "{\"name\":\"n\",\"etcd_endpoint\":\"http://127.0.0.1:2379\"}", ERR_CONFIG,
	  "etcd_endpoint" }, };

START_TEST(bad_input_is_refused_and_the_key_is_named)
{
	ck_assert_int_eq(take(bad[_i].text), -1);
	ck_assert_msg(e.kind == bad[_i].kind, "%s: %s", bad[_i].text, e.text);
	ck_assert_msg(strstr(e.text, bad[_i].word) != NULL, "%s: %s", bad[_i].text, e.text);
}
END_TEST

START_TEST(a_name_too_long_for_a_key_is_refused)
{
	char text[400] = "{\"name\":\"";

	memset(text + 9, 'n', 256);
	strcat(text, "\"}");
	ck_assert_int_eq(take(text), -1);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	ck_assert_ptr_nonnull(strstr(e.text, "255 bytes"));
}
END_TEST

static void write_and_close(int fd, size_t n)
{
	char *bytes = calloc(1, n);

	if (fork() == 0)
		_exit(write(fd, bytes, n) != (ssize_t)n);
	free(bytes);
	close(fd);
}

START_TEST(input_is_bounded_in_bytes)
{
	struct buf out __cleanup(buf_done) = BUF(100000);
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	write_and_close(ends[1], 100000);
	ck_assert_int_eq(input_read(ends[0], deadline_in_ms(10000), &out, &e), 0);
	ck_assert_uint_eq(out.len, 100000);
	close(ends[0]);
	buf_reset(&out);
	ck_assert_int_eq(pipe(ends), 0);
	write_and_close(ends[1], 100001);
	ck_assert_int_eq(input_read(ends[0], deadline_in_ms(10000), &out, &e), -1);
	ck_assert_int_eq(e.kind, ERR_LIMIT);
	ck_assert_ptr_nonnull(strstr(e.text, "100000 bytes"));
	close(ends[0]);
}
END_TEST

START_TEST(input_that_does_not_end_is_given_up_at_the_deadline)
{
	struct buf out __cleanup(buf_done) = BUF(100);
	struct deadline late = deadline_in_ms(5000);
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(write(ends[1], "{", 1), 1);
	ck_assert_int_eq(input_read(ends[0], deadline_in_ms(50), &out, &e), -1);
	ck_assert_int_eq(e.kind, ERR_DEADLINE);
	ck_assert(!deadline_passed(late));
	close(ends[0]);
	close(ends[1]);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("plugin.netconf");
	TCase *t = tcase_create("netconf");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_minimal_configuration_has_defaults);
	tcase_add_test(t, keys_are_found_in_any_case_and_the_last_one_wins);
	tcase_add_test(t, unknown_keys_and_those_without_effect_are_passed_over);
	tcase_add_loop_test(t, each_version_of_the_specification_is_known, 0, ARRAY_LEN(versions));
	tcase_add_loop_test(t, any_other_version_is_unknown_and_answered_in_the_newest, 0,
			    ARRAY_LEN(other_versions));
	tcase_add_loop_test(t, bad_input_is_refused_and_the_key_is_named, 0, ARRAY_LEN(bad));
	tcase_add_test(t, a_name_too_long_for_a_key_is_refused);
	tcase_add_test(t, input_is_bounded_in_bytes);
	tcase_add_test(t, input_that_does_not_end_is_given_up_at_the_deadline);
	suite_add_tcase(s, t);
	return s;
}
