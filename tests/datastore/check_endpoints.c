/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"
#include "datastore/etcd/endpoints.h"
#include "datastore/etcd/srv.h"
#include "datastore/http/tls_names.h"
#include "tests/fake/settings_of.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct endpoints p;
static struct err e;
static char run_path[64], hint[96];

static void begin(void)
{
	e = (struct err){0};
	p = (struct endpoints){0};
	strcpy(run_path, "/tmp/calico-ipam-run.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(run_path));
	ck_assert_int_eq(rmdir(run_path), 0);
	snprintf(hint, sizeof(hint), "%s/endpoint", run_path);
}

static void end(void)
{
	endpoints_done(&p);
	unlink(hint);
	rmdir(run_path);
}

static int open_list(const char *list)
{
	struct settings settings __cleanup(settings_done) =
		SETTINGS("etcd_endpoints", list, "run_path", run_path);

	endpoints_done(&p);
	return endpoints_init(&p, &settings, deadline_in_ms(20000), &e);
}

START_TEST(the_first_scheme_decides_for_all)
{
	ck_assert_int_eq(open_list("http://10.0.0.1:2379,https://b:1/,c.example:65535"), 0);
	ck_assert(!p.tls);
	ck_assert_uint_eq(p.n, 3);
	ck_assert_str_eq(p.url[0], "http://10.0.0.1:2379");
	ck_assert_str_eq(p.url[1], "http://b:1");
	ck_assert_str_eq(p.url[2], "http://c.example:65535");
	ck_assert_int_eq(open_list("https://[fd00::1]:2379,http://b:1"), 0);
	ck_assert(p.tls);
	ck_assert_str_eq(p.url[0], "https://[fd00::1]:2379");
	ck_assert_str_eq(p.url[1], "https://b:1");
}
END_TEST

START_TEST(no_scheme_is_tls)
{
	ck_assert_int_eq(open_list("a:2379,http://b:2379"), 0);
	ck_assert(p.tls);
	ck_assert_str_eq(p.url[0], "https://a:2379");
	ck_assert_str_eq(p.url[1], "https://b:2379");
}
END_TEST

static const struct {
	const char *list, *named;
} bad[] = {
	{ "ftp://a:1", "ftp://a:1" },
	{ "unix:///run/etcd.sock", "scheme" },
	{ "http://a", "port" },
	{ "http://a:", "port" },
	{ "http://a:0", "port" },
	{ "http://a:65536", "port" },
	{ "http://a:2379x", "port" },
	{ "http://:2379", "host" },
	{ "http://fd00::1:2379", "brackets" },
	{ "http://a b:1", "http://a b:1" },
	{ ",", "names no endpoint" },
	{ " , ,", "names no endpoint" },
	{ "http://a:1,,ftp://b:1", "entry 3, \"ftp://b:1\": the scheme is neither" },
	{ "http://a:1 http://b:1", "a comma separates endpoints" },
	{ "http://a:1;http://b:1", "a comma separates endpoints" },
	{ "http:///v3", "the port is missing" },
	{ "[http://a:1]", "scheme" },
	{ "http://a:1/,http://b/:1", "entry 2" },
};

static const struct {
	const char *list, *url[2];
} lax[] = {
	{ "http://a:1/", { "http://a:1" } },
	{ "http://a:1//", { "http://a:1" } },
	{ "http://a:1/v3", { "http://a:1" } },
	{ "http://a:1?x=1", { "http://a:1" } },
	{ "http://a:1#x", { "http://a:1" } },
	{ " http://a:1", { "http://a:1" } },
	{ "http://a:1 ", { "http://a:1" } },
	{ "http://a:1\n", { "http://a:1" } },
	{ "http://a:1,", { "http://a:1" } },
	{ ",http://a:1", { "http://a:1" } },
	{ "http://a:1,,http://b:2", { "http://a:1", "http://b:2" } },
	{ "http://a:1, http://b:2/v3 ,", { "http://a:1", "http://b:2" } },
	{ "HTTP://a:1,Https://b:2", { "http://a:1", "http://b:2" } },
	{ "HTTPS://a:1", { "https://a:1" } },
};

/* As Calico accepts it. */
START_TEST(blanks_empty_entries_paths_and_the_case_of_the_scheme_are_of_no_account)
{
	size_t n = lax[_i].url[1] ? 2 : 1;

	ck_assert_msg(open_list(lax[_i].list) == 0, "%s", e.text);
	ck_assert_uint_eq(p.n, n);
	for (size_t i = 0; i < n; i++)
		ck_assert_str_eq(p.url[i], lax[_i].url[i]);
}
END_TEST

START_TEST(an_entry_that_is_no_endpoint_is_named)
{
	ck_assert_int_eq(open_list(bad[_i].list), -1);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	ck_assert_ptr_nonnull(strstr(e.text, "etcd_endpoints"));
	ck_assert_msg(strstr(e.text, bad[_i].named), "%s", e.text);
}
END_TEST

START_TEST(a_password_in_an_endpoint_is_refused_and_not_repeated)
{
	ck_assert_int_eq(open_list("http://joe:secret@a:1"), -1);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	ck_assert_ptr_null(strstr(e.text, "secret"));
	ck_assert_ptr_nonnull(strstr(e.text, "entry 1"));
}
END_TEST

START_TEST(too_many_endpoints_are_refused)
{
	char list[2000] = "http://a:1";

	for (int i = 1; i < DATASTORE_ENDPOINTS_MAX; i++)
		strcat(list, ",http://a:1");
	ck_assert_int_eq(open_list(list), 0);
	strcat(list, ",http://a:1");
	ck_assert_int_eq(open_list(list), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "32"));
}
END_TEST

START_TEST(one_of_list_and_domain_is_wanted)
{
	struct settings both __cleanup(settings_done) =
		SETTINGS("etcd_endpoints", "http://a:1", "etcd_discovery_srv", "example.test");
	struct settings none __cleanup(settings_done) = SETTINGS("etcd_endpoints", "");
	struct deadline soon = deadline_in_ms(20000);

	ck_assert_int_eq(endpoints_init(&p, &both, soon, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	ck_assert_ptr_nonnull(strstr(e.text, "etcd_discovery_srv"));
	ck_assert_int_eq(endpoints_init(&p, &none, soon, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	ck_assert_ptr_nonnull(strstr(e.text, "etcd_endpoints"));
}
END_TEST

START_TEST(the_last_good_endpoint_is_tried_first_next_time)
{
	struct stat st;

	ck_assert_int_eq(open_list("http://a:1,http://b:1,http://c:1"), 0);
	ck_assert_uint_eq(p.first, 0);
	endpoints_good(&p, 2, false);
	ck_assert_uint_eq(p.first, 2);
	ck_assert_int_eq(stat(run_path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0700);
	ck_assert_int_eq(open_list("http://a:1,http://b:1,http://c:1"), 0);
	ck_assert_uint_eq(p.first, 2);
	ck_assert_int_eq(open_list("http://c:1,http://b:1,http://a:1"), 0);
	ck_assert_uint_eq(p.first, 0);
}
END_TEST

START_TEST(the_hint_is_written_only_when_it_changes)
{
	ck_assert_int_eq(open_list("http://a:1,http://b:1"), 0);
	endpoints_good(&p, 0, false);
	ck_assert_int_eq(unlink(hint), 0);
	endpoints_good(&p, 0, false);
	ck_assert_int_ne(access(hint, F_OK), 0);
	endpoints_pass(&p, 0);
	ck_assert_uint_eq(p.first, 1);
	endpoints_good(&p, 1, false);
	ck_assert_int_eq(access(hint, F_OK), 0);
	ck_assert_int_eq(open_list("http://a:1,http://b:1"), 0);
	ck_assert_int_eq(unlink(hint), 0);
	endpoints_good(&p, 1, false);
	ck_assert_int_ne(access(hint, F_OK), 0);
}
END_TEST

static const char *const bad_hints[] = {
	"", "\n", "http://a:1,http://b:1", "http://a:1,http://b:1\n",
	"http://a:1,http://b:1\nhttp://x:1\n",
	"http://a:1,http://b:1\nhttp://b:1", "http://a:1,http://b:1\nhttp://b:1\nmore",
	"http://a:1\nhttp://b:1\n",
};

START_TEST(a_hint_that_does_not_match_is_ignored)
{
	ck_assert_int_eq(mkdir(run_path, 0700), 0);
	ck_assert_int_eq(io_replace_file(hint, bad_hints[_i], strlen(bad_hints[_i]), 0600, &e), 0);
	ck_assert_int_eq(open_list("http://a:1,http://b:1"), 0);
	ck_assert_uint_eq(p.first, 0);
}
END_TEST

START_TEST(a_hint_that_cannot_be_read_or_written_is_no_error)
{
	ck_assert_int_eq(mkdir(run_path, 0700), 0);
	ck_assert_int_eq(mkdir(hint, 0700), 0);
	ck_assert_int_eq(open_list("http://a:1,http://b:1"), 0);
	endpoints_good(&p, 1, false);
	ck_assert_uint_eq(p.first, 1);
	ck_assert_int_eq(rmdir(hint), 0);
}
END_TEST

/* A DNS answer with one question and two SRV records, names compressed as servers do. */
static const unsigned char dns_answer[] = {
	0x12, 0x34, 0x81, 0x80, 0, 1, 0, 3, 0, 0, 0, 0,
	12, '_', 'e', 't', 'c', 'd', '-', 'c', 'l', 'i', 'e', 'n', 't', 4, '_', 't', 'c', 'p',
	4, 't', 'e', 's', 't', 0, 0, 33, 0, 1,
	0xc0, 12, 0, 33, 0, 1, 0, 0, 0, 60, 0, 10, 0, 20, 0, 5, 0x09, 0x4b, 1, 'b', 0xc0, 30,
	0xc0, 12, 0, 33, 0, 1, 0, 0, 0, 60, 0, 10, 0, 10, 0, 1, 0x09, 0x4b, 1, 'a', 0xc0, 30,
	0xc0, 12, 0, 33, 0, 1, 0, 0, 0, 60, 0, 10, 0, 10, 0, 9, 0x09, 0x4c, 1, 'c', 0xc0, 30,
};

START_TEST(srv_records_come_by_priority_then_heaviest_first)
{
	struct buf list __cleanup(buf_done) = BUF(SRV_LIST_MAX);

	ck_assert_int_eq(srv_parse(dns_answer, sizeof(dns_answer), false, &list, &e), 0);
	ck_assert_str_eq(list.data, "http://c.test:2380,http://a.test:2379,http://b.test:2379");
}
END_TEST

START_TEST(servers_found_under_ssl_decide_for_all)
{
	struct buf list __cleanup(buf_done) = BUF(SRV_LIST_MAX);

	ck_assert_int_eq(srv_parse(dns_answer, sizeof(dns_answer), true, &list, &e), 0);
	ck_assert_int_eq(srv_parse(dns_answer, sizeof(dns_answer), false, &list, &e), 0);
	ck_assert_int_eq(open_list(list.data), 0);
	ck_assert_uint_eq(p.n, 6);
	ck_assert(p.tls);
	ck_assert_str_eq(p.url[5], "https://b.test:2379");
}
END_TEST

START_TEST(servers_beyond_those_an_endpoints_list_can_have_are_passed_over)
{
	struct buf list __cleanup(buf_done) = BUF(SRV_LIST_MAX);

	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(srv_parse(dns_answer, sizeof(dns_answer), true, &list, &e), 0);
	ck_assert_int_eq(open_list(list.data), 0);
	ck_assert_uint_eq(p.n, DATASTORE_ENDPOINTS_MAX);
}
END_TEST

START_TEST(a_cut_dns_answer_is_refused)
{
	struct buf list __cleanup(buf_done) = BUF(SRV_LIST_MAX);
	unsigned char *copy;

	for (size_t len = 0; len < sizeof(dns_answer); len++) {
		copy = malloc(len + 1);
		memcpy(copy, dns_answer, len);
		ck_assert_int_eq(srv_parse(copy, len, true, &list, &e), -1);
		ck_assert_int_eq(e.kind, ERR_UNAVAILABLE);
		ck_assert_uint_eq(list.len, 0);
		free(copy);
	}
}
END_TEST

START_TEST(a_service_that_says_it_is_not_there_adds_no_server)
{
	static const unsigned char none[] = {
		0, 1, 0x81, 0x80, 0, 0, 0, 1, 0, 0, 0, 0,
		1, 'x', 0, 0, 33, 0, 1, 0, 0, 0, 60, 0, 7, 0, 0, 0, 0, 0, 0, 0,
	};
	struct buf list __cleanup(buf_done) = BUF(SRV_LIST_MAX);

	ck_assert_int_eq(srv_parse(none, sizeof(none), true, &list, &e), 0);
	ck_assert_uint_eq(list.len, 0);
}
END_TEST

START_TEST(tls_versions_have_two_spellings)
{
	enum tls_version v;

	ck_assert_int_eq(tls_version_from_text(NULL, &v, &e), 0);
	ck_assert_int_eq(v, TLS_VERSION_1_2);
	ck_assert_int_eq(tls_version_from_text("VersionTLS13", &v, &e), 0);
	ck_assert_int_eq(v, TLS_VERSION_1_3);
	ck_assert_int_eq(tls_version_from_text("VersionTLS12", &v, &e), 0);
	ck_assert_int_eq(v, TLS_VERSION_1_2);
	ck_assert_int_eq(tls_version_from_text("1.3", &v, &e), 0);
	ck_assert_int_eq(v, TLS_VERSION_1_3);
	ck_assert_int_eq(tls_version_from_text("1.1", &v, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	ck_assert_ptr_nonnull(strstr(e.text, "1.1"));
}
END_TEST

START_TEST(cipher_suites_are_translated_and_unknown_ones_named)
{
	struct buf old __cleanup(buf_done) = BUF(1000);
	struct buf new __cleanup(buf_done) = BUF(1000);

	ck_assert_int_eq(tls_ciphers_from_text("", &old, &new, &e), 0);
	ck_assert_uint_eq(old.len + new.len, 0);
	ck_assert_int_eq(tls_ciphers_from_text("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, "
					       "TLS_AES_128_GCM_SHA256,"
					       "TLS_RSA_WITH_AES_256_CBC_SHA", &old, &new, &e), 0);
	ck_assert_str_eq(old.data, "ECDHE-RSA-AES128-GCM-SHA256:AES256-SHA");
	ck_assert_str_eq(new.data, "TLS_AES_128_GCM_SHA256");
	ck_assert_int_eq(tls_ciphers_from_text("TLS_AES_128_GCM_SHA256,TLS_NULL", &old, &new, &e),
			 -1);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	ck_assert_ptr_nonnull(strstr(e.text, "\"TLS_NULL\""));
	ck_assert_int_eq(tls_ciphers_from_text("TLS_AES_128_GCM_SHA256,", &old, &new, &e), -1);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("datastore.endpoints");
	TCase *t = tcase_create("endpoints");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, the_first_scheme_decides_for_all);
	tcase_add_test(t, no_scheme_is_tls);
	tcase_add_loop_test(
		t, blanks_empty_entries_paths_and_the_case_of_the_scheme_are_of_no_account, 0,
		(int)ARRAY_LEN(lax));
	tcase_add_loop_test(t, an_entry_that_is_no_endpoint_is_named, 0, ARRAY_LEN(bad));
	tcase_add_test(t, a_password_in_an_endpoint_is_refused_and_not_repeated);
	tcase_add_test(t, too_many_endpoints_are_refused);
	tcase_add_test(t, one_of_list_and_domain_is_wanted);
	tcase_add_test(t, the_last_good_endpoint_is_tried_first_next_time);
	tcase_add_test(t, the_hint_is_written_only_when_it_changes);
	tcase_add_loop_test(t, a_hint_that_does_not_match_is_ignored, 0, ARRAY_LEN(bad_hints));
	tcase_add_test(t, a_hint_that_cannot_be_read_or_written_is_no_error);
	tcase_add_test(t, srv_records_come_by_priority_then_heaviest_first);
	tcase_add_test(t, servers_found_under_ssl_decide_for_all);
	tcase_add_test(t, servers_beyond_those_an_endpoints_list_can_have_are_passed_over);
	tcase_add_test(t, a_cut_dns_answer_is_refused);
	tcase_add_test(t, a_service_that_says_it_is_not_there_adds_no_server);
	tcase_add_test(t, tls_versions_have_two_spellings);
	tcase_add_test(t, cipher_suites_are_translated_and_unknown_ones_named);
	suite_add_tcase(s, t);
	return s;
}
