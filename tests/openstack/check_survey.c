/* SPDX-License-Identifier: Apache-2.0 */
/* What keeps a guest from its addresses is found in what Neutron's driver and Felix wrote. */
#include "openstack/survey/overlap.h"
#include "openstack/survey/survey.h"
#include "tests/fake/fake_store.h"
#include "tests/suite.h"

#include <stdio.h>
#include <string.h>

#define SUBNETS "/calico/dhcp/v2/no-region/subnet/"
#define VMS "/calico/resources/v3/projectcalico.org/workloadendpoints/openstack/"
#define MIGRATIONS "/calico/resources/v3/projectcalico.org/livemigrations/openstack/"
#define FELIX "/calico/felix/v2/no-region/host/"
#define STATEFUL ", \"ipv6_ra_mode\": \"dhcpv6-stateful\", " \
		 "\"ipv6_address_mode\": \"dhcpv6-stateful\""
#define SLAAC ", \"ipv6_ra_mode\": \"slaac\", \"ipv6_address_mode\": \"slaac\""

static struct fake_store *store;
static struct datastore *ds;
static struct survey survey;
static struct findings findings;
static struct neutron neutron;	/* what a test puts there it does not own */

static void set_up(void)
{
	store = fake_new();
	ds = fake_open(store);
	neutron = (struct neutron){ 0 };
}

static void tear_down(void)
{
	survey_done(&survey);
	findings_done(&findings);
	datastore_close(ds);
	fake_free(store);
}

static void put_subnet(const char *id, const char *network, const char *cidr, const char *gateway,
		       const char *more)
{
	char key[256], value[512];

	snprintf(key, sizeof(key), SUBNETS "%s", id);
	snprintf(value, sizeof(value), "{\"network_id\": \"%s\", \"cidr\": \"%s\", "
		 "\"gateway_ip\": %s%s}", network, cidr, gateway, more);
	fake_put(store, key, value);
}

/* A network with both families, nothing wrong with it. */
static void put_network(const char *id)
{
	char v4[64], v6[64];

	snprintf(v4, sizeof(v4), "%s-v4", id);
	snprintf(v6, sizeof(v6), "%s-v6", id);
	put_subnet(v4, id, "10.28.0.0/24", "\"10.28.0.1\"", "");
	put_subnet(v6, id, "2001:db8:a::/64", "\"2001:db8:a::\"", STATEFUL);
}

/* host: as in the key, its '-' doubled. */
static void put_vm(const char *host, const char *port, const char *networks, const char *allowed)
{
	char key[256], value[1024];

	snprintf(key, sizeof(key), VMS "%s-openstack-vm-%s", host, port);
	snprintf(value, sizeof(value), "{\"metadata\": {\"annotations\": {\"openstack."
		 "projectcalico.org/network-id\": \"net\"}}, \"spec\": {\"interfaceName\": "
		 "\"tap%s\", \"mac\": \"fa:16:3e:00:00:01\", \"ipNetworks\": [%s], "
		 "\"allowedIps\": [%s]}}", port, networks, allowed);
	fake_put(store, key, value);
}

static void put_felix(const char *host)
{
	char key[256];

	snprintf(key, sizeof(key), FELIX "%s/status", host);
	fake_put(store, key, "{\"time\":\"2026-11-29T12:00:00Z\",\"uptime\":1}");
}

static void put_report(const char *host, const char *port)
{
	char key[256];

	snprintf(key, sizeof(key), FELIX "%s/workload/openstack/vm/endpoint/%s", host, port);
	fake_put(store, key, "{\"status\":\"up\"}");
}

static void look(const struct neutron *n)
{
	struct err e = { 0 };

	ck_assert_msg(survey_read(ds, NULL, &survey, &findings, &e) == 0, "%s", e.text);
	survey_judge(&survey, n, &findings);
	findings_sort(&findings);
	ck_assert(!findings.failed);
}

static size_t count(enum finding_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < findings.n; i++)
		n += findings.list[i].kind == kind;
	return n;
}

static void assert_found(enum finding_kind kind, const char *where, const char *text)
{
	for (size_t i = 0; i < findings.n; i++)
		if (findings.list[i].kind == kind && strcmp(findings.list[i].where, where) == 0 &&
		    strstr(findings.list[i].text, text))
			return;
	for (size_t i = 0; i < findings.n; i++)
		fprintf(stderr, "%s: %s: %s\n", finding_name(findings.list[i].kind),
			findings.list[i].where, findings.list[i].text);
	ck_abort_msg("not found: %s: %s: %s", finding_name(kind), where, text);
}

START_TEST(where_all_is_as_it_should_be_nothing_is_found)
{
	put_network("net");
	put_vm("compute--1", "p1", "\"10.28.0.2/32\", \"2001:db8:a::2/128\"", "");
	put_felix("compute-1");
	put_report("compute-1", "p1");
	look(NULL);
	ck_assert_uint_eq(findings.n, 0);
	ck_assert_uint_eq(survey.n_ports, 1);
	ck_assert_uint_eq(survey.n_subnets, 2);
}
END_TEST

START_TEST(a_network_without_an_ipv6_subnet_is_found)
{
	put_subnet("s4", "net", "10.28.0.0/24", "\"10.28.0.1\"", "");
	put_subnet("s5", "net", "10.29.0.0/24", "\"10.29.0.1\"", "");
	look(NULL);
	ck_assert_uint_eq(findings.n, 1);
	assert_found(FINDING_NO_IPV6, "network net", "--neutron asks");
}
END_TEST

START_TEST(neutron_says_that_the_ipv6_subnet_has_dhcp_off)
{
	struct neutron_subnet off = { .id = "s6", .network = "net" };

	cidr_parse("2001:db8:a::/64", &off.cidr);
	neutron.subnets = &off;
	neutron.n_subnets = 1;
	put_subnet("s4", "net", "10.28.0.0/24", "\"10.28.0.1\"", "");
	look(&neutron);
	assert_found(FINDING_NO_IPV6, "network net", "subnet s6 has DHCP off");
}
END_TEST

START_TEST(a_network_of_ipv6_alone_is_no_fault)
{
	put_subnet("s6", "net", "2001:db8:a::/64", "\"2001:db8:a::\"", STATEFUL);
	look(NULL);
	ck_assert_uint_eq(findings.n, 0);
}
END_TEST

static const struct {
	const char *modes, *text;
} modes[] = {
	{ ", \"ipv6_ra_mode\": \"slaac\", \"ipv6_address_mode\": \"slaac\"", "slaac" },
	{ ", \"ipv6_ra_mode\": \"dhcpv6-stateless\", \"ipv6_address_mode\": \"dhcpv6-stateless\"",
	  "stateless" },
	{ "", "none, or one alone" },
	{ ", \"ipv6_ra_mode\": \"slaac\", \"ipv6_address_mode\": \"dhcpv6-stateful\"", "differ" },
};

START_TEST(modes_other_than_stateful_are_found)
{
	put_subnet("s6", "net", "2001:db8:a::/64", "\"2001:db8:a::\"", modes[_i].modes);
	look(NULL);
	ck_assert_uint_eq(findings.n, 1);
	assert_found(FINDING_MODE, "subnet s6", modes[_i].text);
	ck_assert_ptr_nonnull(strstr(finding_remedy(FINDING_MODE), "delete it and create it anew"));
}
END_TEST

START_TEST(neutron_says_which_one_mode_is_set)
{
	struct neutron_subnet one = { .id = "s6", .network = "net", .dhcp = true,
				      .ra_mode = "slaac" };

	cidr_parse("2001:db8:a::/64", &one.cidr);
	neutron.subnets = &one;
	neutron.n_subnets = 1;
	put_subnet("s6", "net", "2001:db8:a::/64", "\"2001:db8:a::\"", "");
	look(&neutron);
	assert_found(FINDING_MODE, "subnet s6", "\"slaac\" and \"\"");
}
END_TEST

START_TEST(prefixes_shorter_than_64_and_null_gateways_are_found)
{
	put_subnet("s6", "net", "2001:db8:c00::/56", "null", STATEFUL);
	put_subnet("s7", "net", "2001:db8:b::/80", "\"2001:db8:b::\"", STATEFUL);
	look(NULL);
	ck_assert_uint_eq(findings.n, 2);
	assert_found(FINDING_PREFIX, "subnet s6", "2001:db8:c00::/56");
	assert_found(FINDING_NO_GATEWAY, "subnet s6", "of network net has none");
}
END_TEST

START_TEST(prefixes_of_which_no_guest_is_served_are_found)
{
	put_subnet("s6", "net", "2001:db8:c::1/128", "\"fe80::1\"", STATEFUL);
	put_subnet("s7", "net", "2001:db8:b::/80", "\"2001:db8:b::\"", SLAAC);
	put_subnet("s8", "net", "2001:db8:d::/127", "\"2001:db8:d::\"", STATEFUL);
	look(NULL);
	ck_assert_uint_eq(count(FINDING_PREFIX), 2);
	assert_found(FINDING_PREFIX, "subnet s6", "2001:db8:c::1/128 has one address");
	assert_found(FINDING_PREFIX, "subnet s7", "2001:db8:b::/80 is no /64, as a subnet with");
}
END_TEST

START_TEST(an_address_that_no_subnet_with_dhcp_holds_is_found)
{
	struct neutron_subnet off = { .id = "s9", .network = "net" };
	struct neutron_port port = { .id = "p1", .host = "h", .bound = true };

	cidr_parse("2001:db8:9::/64", &off.cidr);
	neutron = (struct neutron){ .subnets = &off, .n_subnets = 1, .ports = &port, .n_ports = 1,
				    .sees_hosts = true };
	put_network("net");
	put_felix("h");
	put_vm("h", "p1", "\"10.28.0.2/32\", \"2001:db8:9::2/128\", \"192.0.2.7/32\"", "");
	look(NULL);
	ck_assert_uint_eq(count(FINDING_UNCOVERED), 2);
	findings_done(&findings);
	survey_done(&survey);
	look(&neutron);
	assert_found(FINDING_UNCOVERED, "port p1 on h", "2001:db8:9::2: its subnet has DHCP off");
	assert_found(FINDING_UNCOVERED, "port p1 on h", "192.0.2.7: no subnet of its network");
	ck_assert_uint_eq(findings.n, 2);
}
END_TEST

START_TEST(pairs_that_are_malformed_or_the_ports_own_address_are_found)
{
	put_network("net");
	put_felix("h");
	put_vm("h", "p1", "\"10.28.0.2/32\", \"10.28.0.2/32\", \"10.99.0.0/24/32\"",
	       "\"10.28.0.2/32\", \"10.99.0.0/24/32\"");
	put_vm("h", "p2", "\"10.28.0.3/32\", \"10.28.0.9/32\"", "\"10.28.0.9/32\"");
	look(NULL);
	ck_assert_uint_eq(findings.n, 2);
	assert_found(FINDING_OWN_PAIR, "port p1 on h", "10.28.0.2");
	assert_found(FINDING_BAD_PAIR, "port p1 on h", "10.99.0.0/24/32");
}
END_TEST

START_TEST(an_address_of_two_ports_is_found_and_of_one_on_two_hosts_is_a_migration)
{
	put_network("net");
	put_felix("a");
	put_felix("b");
	put_vm("a", "p1", "\"10.28.0.2/32\"", "");
	put_vm("b", "p1", "\"10.28.0.2/32\"", "");
	fake_put(store, MIGRATIONS "b-openstack-vm-p1", "{}");
	look(NULL);
	ck_assert_uint_eq(findings.n, 0);
	findings_done(&findings);
	survey_done(&survey);

	put_vm("b", "p2", "\"10.28.0.2/32\"", "");
	look(NULL);
	assert_found(FINDING_ADDRESS_TWICE, "port p2 on b", "port p1 has 10.28.0.2 too");
}
END_TEST

START_TEST(a_record_that_felix_says_nothing_of_is_stale)
{
	put_network("net");
	put_felix("a");
	put_vm("a", "p1", "\"10.28.0.2/32\"", "");
	put_vm("a", "p2", "\"10.28.0.3/32\"", "");
	look(NULL);
	ck_assert_uint_eq(findings.n, 0);
	survey_done(&survey);

	put_report("a", "p1");
	look(NULL);
	ck_assert_uint_eq(findings.n, 1);
	assert_found(FINDING_STALE, "port p2 on a", "says nothing");
}
END_TEST

START_TEST(neutron_says_what_is_stale_and_where_it_may_not_see_hosts_does_not)
{
	struct neutron_port ports[] = { { .id = "p1", .host = "b", .bound = true },
					{ .id = "p2", .host = "a" } };

	neutron.ports = ports;
	neutron.n_ports = 2;
	neutron.sees_hosts = true;
	put_network("net");
	put_felix("a");
	put_vm("a", "p1", "\"10.28.0.2/32\"", "");
	put_vm("a", "p2", "\"10.28.0.3/32\"", "");
	put_vm("a", "p3", "\"10.28.0.4/32\"", "");
	look(&neutron);
	assert_found(FINDING_STALE, "port p1 on a", "on host \"b\"");
	assert_found(FINDING_STALE, "port p2 on a", "no VM any more");
	assert_found(FINDING_STALE, "port p3 on a", "no such port");
	findings_done(&findings);
	survey_done(&survey);

	neutron.sees_hosts = false;
	look(&neutron);
	ck_assert_uint_eq(count(FINDING_STALE), 2);
}
END_TEST

START_TEST(a_host_with_endpoints_and_without_felix_is_found_once)
{
	put_network("net");
	put_felix("b");
	put_vm("a", "p1", "\"10.28.0.2/32\"", "");
	put_vm("a", "p2", "\"10.28.0.3/32\"", "");
	put_vm("b", "p3", "\"10.28.0.4/32\"", "");
	look(NULL);
	ck_assert_uint_eq(findings.n, 1);
	assert_found(FINDING_NO_FELIX, "host a", "Felix does not report");
}
END_TEST

START_TEST(a_compaction_is_told_and_no_fault)
{
	fake_put(store, "/calico/compaction/v1/last", "2001");
	look(NULL);
	ck_assert_uint_eq(findings.n, 1);
	assert_found(FINDING_COMPACTED, "etcd", "2001");
	ck_assert(finding_is_a_note(FINDING_COMPACTED));
}
END_TEST

START_TEST(one_region_is_looked_at_where_it_is_asked_for)
{
	struct err e = { 0 };

	put_subnet("s4", "net", "10.28.0.0/24", "\"10.28.0.1\"", "");
	fake_put(store, "/calico/dhcp/v2/region-one/subnet/s1",
		 "{\"network_id\": \"n1\", \"cidr\": \"10.30.0.0/24\", \"gateway_ip\": null}");
	ck_assert_int_eq(survey_read(ds, "one", &survey, &findings, &e), 0);
	ck_assert_uint_eq(survey.n_subnets, 1);
	ck_assert_str_eq(survey.subnets[0].subnet.id, "s1");
	survey_done(&survey);
	ck_assert_int_eq(survey_read(ds, "", &survey, &findings, &e), 0);
	ck_assert_uint_eq(survey.n_subnets, 1);
	ck_assert_str_eq(survey.subnets[0].subnet.id, "s4");
}
END_TEST

/* Of another shape: told, and nothing else suffers. */
static const struct {
	const char *key, *value;
} strange[] = {
	{ SUBNETS "s1", "[]" },
	{ SUBNETS "s1", "{\"cidr\": 7}" },
	{ VMS "h-openstack-vm-p1", "{\"spec\": {\"interfaceName\": \"eth0\", \"mac\": "
	  "\"fa:16:3e:00:00:01\", \"ipNetworks\": [\"10.28.0.2/32\"]}}" },
	{ VMS "no host", "{}" },
	{ VMS "h-openstack-vm-p1", "{\"spec\": {\"interfaceName\": \"tap1\", \"mac\": "
	  "\"fa:16:3e:00:00:01\", \"ipNetworks\": [\"10.28.0.2/32\", 7]}}" },
};

START_TEST(a_record_of_another_shape_is_told_and_the_others_are_looked_at)
{
	fake_put(store, strange[_i].key, strange[_i].value);
	put_subnet("s9", "net", "2001:db8:b::/60", "\"2001:db8:b::\"", STATEFUL);
	look(NULL);
	ck_assert_uint_eq(count(FINDING_UNREADABLE), 1);
	assert_found(FINDING_UNREADABLE, strange[_i].key, "");
	ck_assert_uint_eq(count(FINDING_PREFIX), 1);
}
END_TEST

START_TEST(what_pools_have_in_common_with_neutrons_is_found_unless_it_is_reserved)
{
	struct overlap_pool pools[3] = { { .name = "wide" }, { .name = "narrow" },
					 { .name = "away" } };
	struct overlaps overlaps = { 0 };
	char name[OVERLAP_NAME_TEXT];
	struct cidr reserved;

	cidr_parse("10.0.0.0/8", &pools[0].cidr);
	cidr_parse("2001:db8:a::/122", &pools[1].cidr);
	cidr_parse("192.168.0.0/16", &pools[2].cidr);
	put_network("net");
	put_vm("h", "p1", "\"10.28.0.2/32\", \"10.99.0.2/32\"", "");
	look(NULL);
	ck_assert_int_eq(survey_overlaps(&survey, pools, 3, NULL, 0, &overlaps), 0);
	ck_assert_uint_eq(overlaps.n, 3);
	overlap_name(&overlaps.list[0], name);
	ck_assert_str_eq(name, "openstack-10.28.0.0-24");
	overlap_name(&overlaps.list[1], name);
	ck_assert_str_eq(name, "openstack-2001-db8-a---122");
	overlap_name(&overlaps.list[2], name);
	ck_assert_str_eq(name, "openstack-10.99.0.2-32");
	overlaps_tell(&overlaps, &findings);
	assert_found(FINDING_IN_POOL, "port p1", "10.99.0.2/32 is in pool wide");
	assert_found(FINDING_IN_POOL, "subnet net-v6", "2001:db8:a::/122 is in pool narrow");
	overlaps_done(&overlaps);

	cidr_parse("10.0.0.0/8", &reserved);
	ck_assert_int_eq(survey_overlaps(&survey, pools, 3, &reserved, 1, &overlaps), 0);
	ck_assert_uint_eq(overlaps.n, 1);
	overlaps_done(&overlaps);
}
END_TEST

/* A pool laid over a cloud: each address is looked at by itself, not against all before it. */
START_TEST(a_pool_over_fifty_thousand_ports_is_looked_at_in_seconds)
{
	static struct survey_port ports[50000];
	static struct addr addresses[ARRAY_LEN(ports)];
	struct overlap_pool pool = { .name = "wide" };
	struct survey cloud = { .ports = ports, .n_ports = ARRAY_LEN(ports) };
	struct deadline soon = deadline_in_ms(10000);
	struct overlaps overlaps = { 0 };
	char text[ADDR_TEXT];

	cidr_parse("10.0.0.0/8", &pool.cidr);
	for (unsigned i = 0; i < ARRAY_LEN(ports); i++) {
		snprintf(text, sizeof(text), "10.1.%u.%u", i / 256, i % 256);
		addr_parse(text, &addresses[i]);
		ports[i].endpoint.addresses = &addresses[i];
		ports[i].endpoint.n_addresses = 1;
	}
	addresses[7] = addresses[49999];
	ck_assert_int_eq(survey_overlaps(&cloud, &pool, 1, NULL, 0, &overlaps), 0);
	ck_assert(!deadline_passed(soon));
	ck_assert_uint_eq(overlaps.n, ARRAY_LEN(ports) - 1);
	overlaps_done(&overlaps);
}
END_TEST

Suite *suite(void)
{
	TCase *t = tcase_create("survey");
	Suite *s = suite_create("survey");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, where_all_is_as_it_should_be_nothing_is_found);
	tcase_add_test(t, a_network_without_an_ipv6_subnet_is_found);
	tcase_add_test(t, neutron_says_that_the_ipv6_subnet_has_dhcp_off);
	tcase_add_test(t, a_network_of_ipv6_alone_is_no_fault);
	tcase_add_loop_test(t, modes_other_than_stateful_are_found, 0, ARRAY_LEN(modes));
	tcase_add_test(t, neutron_says_which_one_mode_is_set);
	tcase_add_test(t, prefixes_shorter_than_64_and_null_gateways_are_found);
	tcase_add_test(t, prefixes_of_which_no_guest_is_served_are_found);
	tcase_add_test(t, an_address_that_no_subnet_with_dhcp_holds_is_found);
	tcase_add_test(t, pairs_that_are_malformed_or_the_ports_own_address_are_found);
	tcase_add_test(t, an_address_of_two_ports_is_found_and_of_one_on_two_hosts_is_a_migration);
	tcase_add_test(t, a_record_that_felix_says_nothing_of_is_stale);
	tcase_add_test(t, neutron_says_what_is_stale_and_where_it_may_not_see_hosts_does_not);
	tcase_add_test(t, a_host_with_endpoints_and_without_felix_is_found_once);
	tcase_add_test(t, a_compaction_is_told_and_no_fault);
	tcase_add_test(t, one_region_is_looked_at_where_it_is_asked_for);
	tcase_add_loop_test(t, a_record_of_another_shape_is_told_and_the_others_are_looked_at, 0,
			    ARRAY_LEN(strange));
	tcase_add_test(t, what_pools_have_in_common_with_neutrons_is_found_unless_it_is_reserved);
	tcase_add_test(t, a_pool_over_fifty_thousand_ports_is_looked_at_in_seconds);
	suite_add_tcase(s, t);
	return s;
}
