/* SPDX-License-Identifier: Apache-2.0 */
/* Neutron's REST, as a scripted server answers it in the words of its API reference. */
#include "openstack/survey/neutron.h"
#include "tests/datastore/fixture_server.h"
#include "tests/suite.h"

#include <string.h>

static const char subnets[] =
	"{\"subnets\": [{\"id\": \"08eae331\", \"network_id\": \"db193ab3\", "
	"\"enable_dhcp\": true, \"cidr\": \"10.0.0.0/24\", \"ipv6_ra_mode\": null, "
	"\"ipv6_address_mode\": null}, "
	"{\"id\": \"54d6f61d\", \"network_id\": \"db193ab3\", \"enable_dhcp\": false, "
	"\"cidr\": \"2001:db8:a::/64\", \"ipv6_ra_mode\": \"slaac\", "
	"\"ipv6_address_mode\": null}], "
	"\"subnets_links\": [{\"rel\": \"next\", \"href\": \"http://192.0.2.1/elsewhere\"}]}";
static const char no_subnets[] = "{\"subnets\": []}";
static const char ports[] =
	"{\"ports\": [{\"id\": \"d80b1a3b\", \"device_id\": \"9ae135f4\", \"binding:host_id\": "
	"\"compute-1\"}, {\"id\": \"f71a6703\", \"device_id\": \"\", \"binding:host_id\": \"\"}]}";
static const char blind_ports[] =
	"{\"ports\": [{\"id\": \"d80b1a3b\", \"device_id\": \"9ae135f4\"}]}";
static const char no_ports[] = "{\"ports\": []}";

static struct server *server;
static struct neutron neutron;
static struct err error;

static void tear_down(void)
{
	neutron_done(&neutron);
	if (server)
		server_stop(server);
	server = NULL;
	err_reset(&error);
}

static int ask(const char *token)
{
	const struct neutron_access access = { .url = server_url(server), .token = token };

	return neutron_read(&access, deadline_in_ms(5000), &neutron, &error);
}

static const struct server_line two_pages[] = {
	{ SERVE, .body = subnets }, { SERVE, .body = no_subnets }, { SERVE, .body = ports },
	{ SERVE, .body = no_ports },
};

START_TEST(subnets_and_ports_are_read_by_pages_and_no_link_is_followed)
{
	server = server_start(two_pages, ARRAY_LEN(two_pages), NULL);
	ck_assert_msg(ask("secret") == 0, "%s", error.text);
	ck_assert_uint_eq(server_requests(server), 4);
	ck_assert_ptr_nonnull(strstr(server_request(server, 0), "GET /v2.0/subnets?"));
	ck_assert_ptr_nonnull(strstr(server_request(server, 0), "X-Auth-Token: secret\r\n"));
	ck_assert_ptr_null(strstr(server_request(server, 0), "Authorization:"));
	ck_assert_ptr_nonnull(strstr(server_request(server, 1), "&marker=54d6f61d"));
	ck_assert_ptr_nonnull(strstr(server_request(server, 2), "GET /v2.0/ports?"));

	ck_assert_uint_eq(neutron.n_subnets, 2);
	ck_assert(neutron_subnet(&neutron, "08eae331")->dhcp);
	ck_assert(!neutron_subnet(&neutron, "54d6f61d")->dhcp);
	ck_assert_str_eq(neutron_subnet(&neutron, "54d6f61d")->ra_mode, "slaac");
	ck_assert_str_eq(neutron_subnet(&neutron, "54d6f61d")->address_mode, "");
	ck_assert_str_eq(neutron_port(&neutron, "d80b1a3b")->host, "compute-1");
	ck_assert(neutron_port(&neutron, "d80b1a3b")->bound);
	ck_assert(!neutron_port(&neutron, "f71a6703")->bound);
	ck_assert_ptr_null(neutron_port(&neutron, "none"));
	ck_assert(neutron.sees_hosts);
}
END_TEST

START_TEST(whoever_may_not_see_where_ports_are_bound_is_known)
{
	static const struct server_line script[] = {
		{ SERVE, .body = no_subnets }, { SERVE, .body = blind_ports },
		{ SERVE, .body = no_ports },
	};

	server = server_start(script, ARRAY_LEN(script), NULL);
	ck_assert_msg(ask("secret") == 0, "%s", error.text);
	ck_assert(!neutron.sees_hosts);
}
END_TEST

static const struct {
	struct server_line line;
	enum err_kind kind;
	const char *text;
} faults[] = {
	{ { SERVE, .status = 401, .body = "{\"error\": {\"code\": 401}}" }, ERR_DENIED,
	  "openstack token issue" },
	{ { SERVE, .status = 404, .body = "" }, ERR_UNAVAILABLE, "HTTP 404" },
	{ { SERVE, .body = "<html>" }, ERR_DECODE, "does not look like Neutron" },
	{ { SERVE, .body = "{\"subnets\": {}}" }, ERR_DECODE, "does not look like Neutron" },
	{ { SERVE, .body = "{\"subnets\": [{\"id\": 7}]}" }, ERR_DECODE, "has no id" },
	{ { .act = HANG_UP }, ERR_UNAVAILABLE, "Neutron at http://127.0.0.1" },
};

START_TEST(what_is_no_answer_of_neutrons_is_an_error_that_names_it)
{
	server = server_start(&faults[_i].line, 1, NULL);
	ck_assert_int_eq(ask("secret"), -1);
	ck_assert_msg(error.kind == faults[_i].kind, "%d: %s", error.kind, error.text);
	ck_assert_msg(strstr(error.text, faults[_i].text) != NULL, "%s", error.text);
	ck_assert_msg(strstr(error.text, server_url(server)) != NULL, "%s", error.text);
	ck_assert_ptr_null(strstr(error.text, "secret"));
}
END_TEST

/* A server that knows no marker gives the same page for ever. */
START_TEST(a_page_that_comes_again_is_the_last)
{
	static const struct server_line script[] = {
		{ SERVE, .body = subnets }, { SERVE, .body = subnets }, { SERVE, .body = no_ports },
	};

	server = server_start(script, ARRAY_LEN(script), NULL);
	ck_assert_msg(ask("secret") == 0, "%s", error.text);
	ck_assert_uint_eq(server_requests(server), 3);
}
END_TEST

/* Of a list that was cut, what is missing would be told as gone. */
START_TEST(records_without_end_are_an_error_and_no_shorter_list)
{
	static const struct server_line script[] = {
		{ SERVE, .body = subnets }, { SERVE, .body = no_subnets }, { SERVE, .body = ports },
		{ SERVE, .body = "{\"ports\": [{\"id\": \"ffff\"}]}" }, { SERVE, .body = ports },
		{ SERVE, .body = "{\"ports\": [{\"id\": \"ffff\"}]}" }, { SERVE, .body = no_ports },
	};
	struct neutron_access access = { .token = "secret", .records_max = 5 };

	server = server_start(script, ARRAY_LEN(script), NULL);
	access.url = server_url(server);
	ck_assert_int_eq(neutron_read(&access, deadline_in_ms(5000), &neutron, &error), -1);
	ck_assert_int_eq(error.kind, ERR_LIMIT);
	ck_assert_ptr_nonnull(strstr(error.text, "more than 5 ports"));
	ck_assert_ptr_nonnull(strstr(error.text, access.url));
}
END_TEST

START_TEST(a_url_or_token_that_is_none_is_refused_before_anything_is_sent)
{
	struct neutron_access access = { .url = "controller:9696", .token = "secret" };

	ck_assert_int_eq(neutron_read(&access, deadline_in_ms(100), &neutron, &error), -1);
	ck_assert_int_eq(error.kind, ERR_CONFIG);
	access.url = "http://127.0.0.1:1";
	access.token = "a\r\nb";
	ck_assert_int_eq(neutron_read(&access, deadline_in_ms(100), &neutron, &error), -1);
	ck_assert_int_eq(error.kind, ERR_CONFIG);
}
END_TEST

Suite *suite(void)
{
	TCase *t = tcase_create("neutron");
	Suite *s = suite_create("neutron");

	tcase_add_checked_fixture(t, NULL, tear_down);
	tcase_add_test(t, subnets_and_ports_are_read_by_pages_and_no_link_is_followed);
	tcase_add_test(t, whoever_may_not_see_where_ports_are_bound_is_known);
	tcase_add_loop_test(t, what_is_no_answer_of_neutrons_is_an_error_that_names_it, 0,
			    ARRAY_LEN(faults));
	tcase_add_test(t, a_page_that_comes_again_is_the_last);
	tcase_add_test(t, records_without_end_are_an_error_and_no_shorter_list);
	tcase_add_test(t, a_url_or_token_that_is_none_is_refused_before_anything_is_sent);
	suite_add_tcase(s, t);
	return s;
}
