/* SPDX-License-Identifier: Apache-2.0 */
/* What Neutron's records mean for who serves them; and records of any other shape. */
#include "tests/openstack/fixture_state.h"
#include "tests/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUBNET "/calico/dhcp/v2/no-region/subnet/"
#define VM "/calico/resources/v3/projectcalico.org/workloadendpoints/openstack/" \
	"compute--1-openstack-"
#define NET "d1afef68-edaf-43d2-b1a7-0d326cd22f5f"

static struct state s;

static void set_up(void)
{
	struct err e = { 0 };

	s = (struct state){ .networks = NETWORKS, .told = BUF(1 << 16) };
	ck_assert_int_eq(prefixes_init(&s.records.prefixes, "", HOST, &e), 0);
}

static void tear_down(void)
{
	state_done(&s);
}

static void put_subnet(const char *id, const char *cidr, const char *more)
{
	char key[256], value[8192];

	snprintf(key, sizeof(key), SUBNET "%s", id);
	snprintf(value, sizeof(value), "{\"network_id\": \"" NET "\", \"cidr\": \"%s\"%s}", cidr,
		more);
	state_put(&s, key, value);
}

/* spec: what follows the interface and the MAC. */
static void put_vm(const char *name, const char *tap, const char *spec)
{
	char key[512], value[2048];

	snprintf(key, sizeof(key), VM "%s", name);
	snprintf(value, sizeof(value), "{\"metadata\": {\"annotations\": {\"openstack."
		"projectcalico.org/"
		 "network-id\": \"" NET "\"}}, \"spec\": {\"interfaceName\": \"%s\", \"mac\": "
		 "\"FA:16:3E:00:00:01\"%s}}", tap, spec);
	state_put(&s, key, value);
}

static const char *print(void (*printer)(const struct network *, const struct serving *,
					 struct buf *))
{
	static struct buf out = BUF(1 << 16);

	buf_reset(&out);
	printer(state_network(&s, NET), &recorded, &out);
	for (size_t i = 0; printer == print_arguments && i < out.len; i++)
		if (!out.data[i])
			out.data[i] = '\n';
	return out.data;
}

static void assert_has(const char *text, const char *part)
{
	ck_assert_msg(strstr(text, part), "\"%s\" is not in:\n%s", part, text);
}

static void assert_lacks(const char *text, const char *part)
{
	ck_assert_msg(!strstr(text, part), "\"%s\" is in:\n%s", part, text);
}

START_TEST(a_pair_is_not_served_and_one_with_a_cidr_harms_nobody)
{
	const char *host;

	put_subnet("a", "10.0.0.0/8", ", \"gateway_ip\": \"10.0.0.1\"");
	put_vm("vm-p1", "tap1", ", \"ipNetworks\": [\"10.0.0.5/32\", \"10.0.0.9/32\", \"10.99.0."
		"0/24/32\"], "
	       "\"allowedIps\": [\"10.0.0.9/32\", \"10.99.0.0/24/32\"]");
	host = print(print_host_file);
	assert_has(host, ",10.0.0.5\n");
	assert_lacks(host, "10.0.0.9");
	assert_lacks(host, "10.99");
	ck_assert_str_eq(s.told.data, "");
}
END_TEST

START_TEST(a_pair_that_is_the_ports_own_address_leaves_it_served_and_once)
{
	put_subnet("a", "10.0.0.0/8", ", \"gateway_ip\": \"10.0.0.1\"");
	put_vm("vm-p1", "tap1", ", \"ipNetworks\": [\"10.0.0.5/32\", \"10.0.0.5/32\"], "
	       "\"allowedIps\": [\"10.0.0.5/32\"]");
	ck_assert_str_eq(print(print_host_file), "fa:16:3e:00:00:01,host-10-0-0-5.vms.example.org.,"
			 "10.0.0.5\n");
}
END_TEST

START_TEST(a_device_id_may_hold_slashes_and_blanks)
{
	put_subnet("a", "10.0.0.0/8", ", \"gateway_ip\": \"10.0.0.1\"");
	put_vm("instance with spaces/slash--x-ec428b43--3e61", "tap1",
		", \"ipNetworks\": [\"10.0.0.5/32\"]");
	state_tap(&s, "tap1", 1450);
	assert_has(print(print_host_file), ",10.0.0.5,set:port-ec428b43-3e61\n");
	assert_has(print(print_opts), "tag:port-ec428b43-3e61,option:mtu,1450");
}
END_TEST

START_TEST(of_a_null_gateway_what_can_be_served_is)
{
	const struct network *n;

	put_subnet("a", "10.0.0.0/24", ", \"gateway_ip\": null");
	put_subnet("b", "2001:db8::/64", ", \"gateway_ip\": null");
	put_vm("vm-p1", "tap1", ", \"ipNetworks\": [\"10.0.0.5/32\", \"2001:db8::5/128\"]");
	assert_has(print(print_host_file), ",10.0.0.5\n");
	assert_has(print(print_host_file), ",[2001:db8::5]\n");
	assert_has(print(print_opts), "tag:subnet-a,option:router\n");
	n = state_network(&s, NET);
	ck_assert(subnet_own_address(n->subnets[0]).n == 0x0a000000);
	ck_assert(addr_equal(subnet_own_address(n->subnets[1]), cidr_first(n->subnets[1]->cidr)));
}
END_TEST

static const struct {
	const char *cidr, *gateway, *own;
} gateways[] = {
	{ "2001:db8::/64", "fe80::1", "2001:db8::" },
	{ "2001:db8::/64", "2001:db8:1::1", "2001:db8::" },
	{ "2001:db8::/64", "2001:db8::7", "2001:db8::7" },
};

START_TEST(a_gateway_outside_its_subnet_is_not_where_dnsmasq_listens)
{
	char more[64], text[ADDR_TEXT];

	snprintf(more, sizeof(more), ", \"gateway_ip\": \"%s\"", gateways[_i].gateway);
	put_subnet("b", gateways[_i].cidr, more);
	put_vm("vm-p1", "tap1", ", \"ipNetworks\": [\"2001:db8::5/128\"]");
	addr_print(subnet_own_address(state_network(&s, NET)->subnets[0]), text);
	ck_assert_str_eq(text, gateways[_i].own);
}
END_TEST

/* dnsmasq would not start for one. */
START_TEST(slaac_of_another_length_than_64_has_no_range_and_the_network_is_served)
{
	put_subnet("a", "10.0.0.0/24", ", \"gateway_ip\": \"10.0.0.1\"");
	put_subnet("b", "2001:db8::/80", ", \"gateway_ip\": null, \"ipv6_ra_mode\": \"slaac\", "
		   "\"ipv6_address_mode\": \"slaac\"");
	put_vm("vm-p1", "tap1", ", \"ipNetworks\": [\"10.0.0.5/32\", \"2001:db8::5/128\"]");
	assert_lacks(print(print_arguments), "slaac");
	assert_has(s.networks.told.data, "port p1: 2001:db8::5 is of a subnet of /80: dnsmasq "
		   "serves slaac of /64 alone\n");
	assert_has(print(print_arguments), "--dhcp-range=set:subnet-a,10.0.0.0,static");
}
END_TEST

START_TEST(more_complaints_than_there_is_room_for_are_no_reason_to_serve_nothing)
{
	put_subnet("a", "10.0.0.0/24", ", \"gateway_ip\": \"10.0.0.1\"");
	put_vm("vm-p1", "tap1", ", \"ipNetworks\": [\"10.0.0.5/32\", \"192.0.2.1/32\"]");
	s.networks.told.limit = 8;
	assert_has(print(print_host_file), ",10.0.0.5\n");
}
END_TEST

START_TEST(a_default_route_of_the_subnet_stands_in_for_its_gateway)
{
	put_subnet("a", "10.0.0.0/24", ", \"gateway_ip\": null, \"host_routes\": "
		"[{\"destination\": "
		   "\"0.0.0.0/0\", \"nexthop\": \"10.0.0.254\"}]");
	put_vm("vm-p1", "tap1", ", \"ipNetworks\": [\"10.0.0.5/32\"]");
	ck_assert_str_eq(print(print_opts), "tag:subnet-a,option:router,10.0.0.254");
}
END_TEST

START_TEST(other_subnets_of_the_network_are_routes_of_a_subnet)
{
	put_subnet("a", "10.0.0.0/24", ", \"gateway_ip\": \"10.0.0.1\"");
	put_subnet("b", "10.0.1.0/24", ", \"gateway_ip\": \"10.0.1.1\"");
	put_vm("vm-p1", "tap1", ", \"ipNetworks\": [\"10.0.0.5/32\", \"10.0.1.5/32\"]");
	assert_has(print(print_opts), "tag:subnet-a,option:classless-static-route,10.0.1.0/24,0."
		"0.0.0,"
		   "0.0.0.0/0,10.0.0.1\n");
}
END_TEST

/* A subnet with so many routes to a prefix of that length. */
static void put_routed_subnet(unsigned n, unsigned len)
{
	struct buf more __cleanup(buf_done) = BUF(1 << 13);

	buf_puts(&more, ", \"gateway_ip\": \"10.0.0.1\", \"host_routes\": [");
	for (unsigned i = 0; i < n; i++)
		buf_printf(&more, "%s{\"destination\": \"100.100.%u.0/%u\", \"nexthop\": "
			   "\"10.0.0.200\"}", i ? "," : "", 100 + i, len);
	buf_puts(&more, "]");
	put_subnet("a", "10.0.0.0/24", more.data);
}

START_TEST(of_more_routes_than_an_option_holds_those_that_fit_are_served)
{
	static const struct { unsigned n, len, fit; } rows[] = {
		{ 31, 24, 31 }, { 32, 24, 31 }, { 60, 24, 31 }, { 27, 32, 27 }, { 28, 32, 27 },
	};

	put_vm("vm-p1", "tap1", ", \"ipNetworks\": [\"10.0.0.5/32\"]");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *opts, *at;
		unsigned n = 0;

		put_routed_subnet(rows[i].n, rows[i].len);
		opts = print(print_opts);
		assert_has(opts, ",10.0.0.200,0.0.0.0/0,10.0.0.1\ntag:subnet-a,249,");
		ck_assert_uint_lt(strcspn(opts, "\n"), 1024);
		for (at = opts; (at = strstr(at, ",100.100.")); at++)
			n++;
		ck_assert_uint_eq(n, 2 * rows[i].fit);
		ck_assert_uint_eq(routes_left_out(state_network(&s, NET), &recorded),
				  rows[i].n - rows[i].fit);
	}
}
END_TEST

START_TEST(nameservers_are_named_and_zero_means_none)
{
	put_subnet("a", "10.0.0.0/24", ", \"gateway_ip\": \"10.0.0.1\", \"dns_servers\": [\"0.0."
		"0.0\"]");
	put_subnet("b", "2001:db8::/64", ", \"gateway_ip\": \"2001:db8::\", \"dns_servers\": "
		"[\"2001:db8:53::1\", "
		   "\"2001:db8:53::2\"]");
	put_vm("vm-p1", "tap1", ", \"ipNetworks\": [\"10.0.0.5/32\", \"2001:db8::5/128\"]");
	assert_has(print(print_opts), "tag:subnet-a,option:dns-server\n");
	assert_has(print(print_opts), "tag:subnet-b,option6:dns-server,[2001:db8:53::1],"
		"[2001:db8:53::2]\n");
}
END_TEST

START_TEST(without_nameservers_ipv6_guests_are_told_an_address_that_they_reach)
{
	put_subnet("b", "2001:db8::/64", ", \"gateway_ip\": \"2001:db8::1\"");
	put_vm("vm-p1", "tap1", ", \"ipNetworks\": [\"2001:db8::5/128\"]");
	assert_has(print(print_opts), "tag:subnet-b,option6:dns-server,[2001:db8::1]\n");
}
END_TEST

static const struct {
	const char *modes, *range;
} modes[] = {
	{ "", "static,off-link,64" },
	{ ", \"ipv6_ra_mode\": \"slaac\"", "static,off-link,64" },
	{ ", \"ipv6_address_mode\": \"slaac\"", "static,off-link,64" },
	{ ", \"ipv6_ra_mode\": \"dhcpv6-stateless\", \"ipv6_address_mode\": \"dhcpv6-stateless\"",
	  "static,off-link,64" },
	{ ", \"ipv6_ra_mode\": \"dhcpv6-stateful\", \"ipv6_address_mode\": \"dhcpv6-stateful\"",
	  "static,off-link,64" },
	{ ", \"ipv6_ra_mode\": \"slaac\", \"ipv6_address_mode\": \"slaac\"",
		"slaac,ra-only,off-link,64" },
};

START_TEST(all_but_slaac_twice_is_served_as_stateful)
{
	char more[256], range[128];

	snprintf(more, sizeof(more), ", \"gateway_ip\": \"2001:db8::1\"%s", modes[_i].modes);
	snprintf(range, sizeof(range), "--dhcp-range=set:subnet-b,2001:db8::,%s,86400s\n",
		modes[_i].range);
	put_subnet("b", "2001:db8::/64", more);
	put_vm("vm-p1", "tap1", ", \"ipNetworks\": [\"2001:db8::5/128\"]");
	assert_has(print(print_arguments), range);
}
END_TEST

static const struct {
	const char *cidr, *address, *range;
} prefixes[] = {
	{ "2001:db8::/48", "2001:db8::5/128", NULL },
	{ "2001:db8::/63", "2001:db8::5/128", NULL },
	{ "2001:db8::/64", "2001:db8::5/128", "2001:db8::,static,off-link,64" },
	{ "2001:db8::/80", "2001:db8::5/128", "2001:db8::,static,off-link,80" },
	{ "2001:db8::4/127", "2001:db8::5/128", "2001:db8::4,static,off-link,127" },
	{ "10.0.0.0/31", "10.0.0.1/32", "10.0.0.0,static,255.255.255.254" },
	{ "0.0.0.0/0", "10.0.0.1/32", "0.0.0.0,static,0.0.0.0" },
};

START_TEST(prefixes_of_each_length_are_served_but_ipv6_shorter_than_64)
{
	char spec[128];

	put_subnet("b", prefixes[_i].cidr, ", \"gateway_ip\": null");
	snprintf(spec, sizeof(spec), ", \"ipNetworks\": [\"%s\"]", prefixes[_i].address);
	put_vm("vm-p1", "tap1", spec);
	if (prefixes[_i].range)
		assert_has(print(print_arguments), prefixes[_i].range);
	else
		assert_lacks(print(print_arguments), "--dhcp-range");
	ck_assert_int_eq(!prefixes[_i].range, !!strstr(s.networks.told.data,
						       ": dnsmasq serves IPv6 of /64 to /127\n"));
}
END_TEST

START_TEST(an_endpoint_without_tap_mac_or_address_counts_as_deleted)
{
	put_subnet("a", "10.0.0.0/24", ", \"gateway_ip\": null");
	put_vm("vm-p1", "tap1", ", \"ipNetworks\": [\"10.0.0.5/32\"]");
	state_plan(&s);
	ck_assert_uint_eq(s.networks.n, 1);
	put_vm("vm-p1", "", ", \"ipNetworks\": [\"10.0.0.5/32\"]");
	state_plan(&s);
	ck_assert_uint_eq(s.networks.n, 0);
	put_vm("vm-p1", "tap1", ", \"ipNetworks\": []");
	state_plan(&s);
	ck_assert_uint_eq(s.networks.n, 0);
	ck_assert_str_eq(s.told.data, "");
}
END_TEST

/* It was written behind the others. */
static void make_later(const char *name)
{
	for (size_t i = 0; i < s.records.n_endpoints; i++)
		s.records.endpoints[i].endpoint.revision =
			strstr(s.records.endpoints[i].key, name) ? 9 : 8;
}

START_TEST(of_two_records_with_one_tap_the_later_written_counts)
{
	put_subnet("a", "10.0.0.0/24", ", \"gateway_ip\": null");
	put_vm("old-p1", "tap1", ", \"ipNetworks\": [\"10.0.0.5/32\"]");
	put_vm("new-p1", "tap1", ", \"ipNetworks\": [\"10.0.0.6/32\"]");
	make_later("new");
	assert_has(print(print_host_file), "10.0.0.6");
	assert_lacks(print(print_host_file), "10.0.0.5");
}
END_TEST

START_TEST(of_two_records_with_one_mac_in_a_network_the_later_written_counts)
{
	put_subnet("a", "10.0.0.0/24", ", \"gateway_ip\": null");
	put_vm("old-p1", "tap1", ", \"ipNetworks\": [\"10.0.0.5/32\"]");
	put_vm("new-p2", "tap2", ", \"ipNetworks\": [\"10.0.0.6/32\"]");
	make_later("new");
	assert_has(print(print_host_file), "10.0.0.6");
	assert_lacks(print(print_host_file), "10.0.0.5");
	ck_assert_str_eq(s.networks.told.data,
			 "port p1: a newer record has its MAC fa:16:3e:00:00:01\n");
}
END_TEST

START_TEST(an_address_that_the_device_would_have_is_not_served)
{
	put_subnet("a", "10.0.0.0/24", ", \"gateway_ip\": \"10.0.0.1\"");
	put_subnet("b", "2001:db8::7/128", ", \"gateway_ip\": null");
	put_vm("vm-p1", "tap1", ", \"ipNetworks\": [\"10.0.0.1/32\", \"10.0.0.5/32\", "
	       "\"2001:db8::7/128\"]");
	assert_has(print(print_host_file), ",10.0.0.5\n");
	assert_lacks(print(print_host_file), ",10.0.0.1\n");
	assert_lacks(print(print_arguments), "2001:db8::7");
	assert_has(s.networks.told.data, "port p1: 2001:db8::7 is its subnet's gateway, or the "
		   "address that stands in for one: it is not served\n");
}
END_TEST

START_TEST(an_address_of_two_ports_is_its_whose_record_was_written_last)
{
	put_subnet("a", "10.0.0.0/24", ", \"gateway_ip\": null");
	put_vm("z-old", "tap1", ", \"ipNetworks\": [\"10.0.0.5/32\", \"10.0.0.6/32\"]");
	put_vm("a-new", "tap2", ", \"ipNetworks\": [\"10.0.0.5/32\"]");
	make_later("new");
	memcpy(s.records.endpoints[0].endpoint.mac, "fa:16:3e:00:00:02", MAC_TEXT);
	state_tap(&s, "tap1", 1500);
	state_tap(&s, "tap2", 1500);
	assert_has(print(print_host_file), "10.0.0.5,set:port-new\n");
	assert_lacks(print(print_host_file), "10.0.0.5,set:port-old\n");
	assert_has(print(print_host_file), "10.0.0.6,set:port-old\n");
	assert_has(s.networks.told.data, "port old: a newer record has its address 10.0.0.5\n");
}
END_TEST

START_TEST(subnets_without_a_region_are_read_where_the_region_has_none)
{
	state_put(&s, "/calico/dhcp/v1/subnet/old", "{\"network_id\": \"" NET "\", \"cidr\": "
		"\"10.0.0.0/24\", "
		  "\"gateway_ip\": \"10.0.0.1\"}");
	put_vm("vm-p1", "tap1", ", \"ipNetworks\": [\"10.0.0.5/32\"]");
	assert_has(print(print_opts), "subnet-old");
	put_subnet("new", "10.0.0.0/24", ", \"gateway_ip\": \"10.0.0.1\"");
	assert_has(print(print_opts), "subnet-new");
	assert_lacks(print(print_opts), "subnet-old");
}
END_TEST

START_TEST(a_region_has_keys_of_its_own)
{
	struct prefixes p;
	struct err e = { 0 };

	ck_assert_int_eq(prefixes_init(&p, "north-1", "a-b", &e), 0);
	ck_assert_str_eq(p.subnets, "/calico/dhcp/v2/region-north-1/subnet/");
	ck_assert_str_eq(p.endpoints, "/calico/resources/v3/projectcalico.org/workloadendpoints/"
			 "openstack-region-north-1/a--b-openstack-");
	ck_assert_int_eq(prefixes_init(&p, "North", "h", &e), -1);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	err_reset(&e);
	ck_assert_int_eq(prefixes_init(&p, "a-", "h", &e), -1);
	err_reset(&e);
	ck_assert_int_eq(prefixes_init(&p, "1234567890123456789012345678901234567890123456x", "h",
		&e), -1);
	err_reset(&e);
	ck_assert_int_eq(prefixes_init(&p, "", "", &e), -1);
}
END_TEST

START_TEST(an_address_of_no_subnet_is_told_and_the_others_served)
{
	put_subnet("a", "10.0.0.0/24", ", \"gateway_ip\": null");
	put_vm("vm-p1", "tap1", ", \"ipNetworks\": [\"10.0.0.5/32\", \"192.0.2.1/32\"]");
	assert_has(print(print_host_file), "10.0.0.5");
	assert_has(s.networks.told.data, "port p1: no subnet with DHCP of network " NET " holds "
		"192.0.2.1\n");
}
END_TEST

/* Each is told with its key, and neither crashes nor stands in a file. */
static const struct {
	const char *name, *value, *told;
} bad_endpoints[] = {
	{ "vm-p1", "", "invalid JSON" },
	{ "vm-p1", "[]", "has no spec" },
	{ "vm-p1", "{\"spec\": 5}", "spec" },
	{ "vm-p1", "{\"spec\": {\"interfaceName\": \"eth0\", \"mac\": \"fa:16:3e:00:00:01\", "
		"\"ipNetworks\": "
	  "[\"10.0.0.5/32\"]}}", "spec.interfaceName \"eth0\" is not the name of a tap" },
	{ "vm-p1", "{\"spec\": {\"interfaceName\": \"tap1,x\", \"mac\": \"fa:16:3e:00:00:01\", "
		"\"ipNetworks\": "
	  "[\"10.0.0.5/32\"]}}", "spec.interfaceName" },
	{ "vm-p1", "{\"spec\": {\"interfaceName\": \"tap1234567890123\", \"mac\": "
		"\"fa:16:3e:00:00:01\", "
	  "\"ipNetworks\": [\"10.0.0.5/32\"]}}", "spec.interfaceName" },
	{ "vm-p1", "{\"spec\": {\"interfaceName\": \"tap1\", \"mac\": \"fa:16:3e:00:00:0g\", "
		"\"ipNetworks\": "
	  "[\"10.0.0.5/32\"]}}", "spec.mac" },
	{ "vm-p1", "{\"spec\": {\"interfaceName\": \"tap1\", \"mac\": \"fa:16:3e:00:00:01:02\", "
		"\"ipNetworks\": "
	  "[\"10.0.0.5/32\"]}}", "spec.mac" },
	{ "vm-p1", "{\"metadata\": {\"annotations\": {\"openstack.projectcalico.org/"
		"network-id\": \"../..\"}}, "
	  "\"spec\": {\"interfaceName\": \"tap1\", \"mac\": \"fa:16:3e:00:00:01\", \"ipNetworks\": "
	  "[\"10.0.0.5/32\"]}}", "is not the id of a network" },
	{ "vm-p1\ndhcp-script", "{}", "the name is not" },
	{ "p1", "{}", "the name is not" },
	{ "vm-p1-p2", "{}", "the name is not" },
};

START_TEST(an_endpoint_that_cannot_be_read_is_told_with_its_key_and_left_out)
{
	char key[256];

	put_subnet("a", "10.0.0.0/24", ", \"gateway_ip\": null");
	snprintf(key, sizeof(key), VM "%s", bad_endpoints[_i].name);
	state_put(&s, key, bad_endpoints[_i].value);
	state_plan(&s);
	ck_assert_uint_eq(s.networks.n, 0);
	assert_has(s.told.data, key);
	assert_has(s.told.data, bad_endpoints[_i].told);
}
END_TEST

#define LABEL_OF_64 "x234567890123456789012345678901234567890123456789012345678901234"

/* The first would be lines of their own; of the others dnsmasq makes something else, or nothing. */
static const char *const no_names[] = {
	"x,[::1]\\ndhcp-option=6", "-x.example.org", "_x.example.org", "a..b", ".a",
	LABEL_OF_64 ".example.org",
	"10.0.0.9", "ignore", "infinite", "1200", "45m",
};

static void put_named_vm(const char *name)
{
	char value[1024];

	snprintf(value, sizeof(value), "{\"metadata\": {\"annotations\": {"
		 "\"openstack.projectcalico.org/fqdn\": \"%s\", "
		 "\"openstack.projectcalico.org/network-id\": \"" NET "\"}}, \"spec\": "
		 "{\"interfaceName\": \"tap1\", \"mac\": \"fa:16:3e:00:00:01\", "
		 "\"ipNetworks\": [\"10.0.0.5/32\"]}}", name);
	put_subnet("a", "10.0.0.0/24", ", \"gateway_ip\": null");
	state_put(&s, VM "vm-p1", value);
}

static const char *const names[] = {
	"vm.example.org.", "vm", "7up.example.org", "ignore.example.org.", "10.example.org",
	"a_b-c.example.org", "45m.",
};

START_TEST(a_name_is_the_guests)
{
	char line[128];

	put_named_vm(names[_i]);
	snprintf(line, sizeof(line), "fa:16:3e:00:00:01,%s,10.0.0.5\n", names[_i]);
	ck_assert_str_eq(print(print_host_file), line);
	ck_assert_str_eq(s.told.data, "");
}
END_TEST

START_TEST(a_name_that_is_none_is_left_out_and_the_port_is_served)
{
	put_named_vm(no_names[_i]);
	ck_assert_str_eq(print(print_host_file), "fa:16:3e:00:00:01,host-10-0-0-5.vms.example.org.,"
			 "10.0.0.5\n");
	assert_has(s.told.data, "is not the name of a host");
}
END_TEST

static const struct {
	const char *id, *value, *told;
} bad_subnets[] = {
	{ "a", "{", "invalid JSON" },
	{ "a", "null", "is not a JSON object" },
	{ "a", "{\"gateway_ip\": null}", "cidr \"\" is not a CIDR" },
	{ "a", "{\"cidr\": \"10.0.0.0\", \"gateway_ip\": null}", "is not a CIDR" },
	{ "a", "{\"cidr\": \"10.0.0.0/24\", \"gateway_ip\": \"2001:db8::1\"}",
		"is not an address of IPv4" },
	{ "a", "{\"cidr\": \"10.0.0.0/24\", \"gateway_ip\": 5}", "gateway_ip" },
	{ "a", "{\"cidr\": \"10.0.0.0/24\", \"network_id\": \"a/b\"}", "network_id" },
	{ "a,b", "{\"cidr\": \"10.0.0.0/24\"}", "id is not one" },
	{ "a", "{\"cidr\": \"10.0.0.0/24\", \"dns_servers\": {}}", "dns_servers" },
};

START_TEST(a_subnet_that_cannot_be_read_is_told_with_its_key)
{
	char key[256];

	snprintf(key, sizeof(key), SUBNET "%s", bad_subnets[_i].id);
	state_put(&s, key, bad_subnets[_i].value);
	ck_assert_uint_eq(s.records.n_subnets, 0);
	assert_has(s.told.data, key);
	assert_has(s.told.data, bad_subnets[_i].told);
}
END_TEST

START_TEST(a_subnet_that_can_no_longer_be_read_stays_as_it_was)
{
	put_subnet("a", "10.0.0.0/24", ", \"gateway_ip\": \"10.0.0.1\"");
	put_vm("vm-p1", "tap1", ", \"ipNetworks\": [\"10.0.0.5/32\"]");
	state_put(&s, SUBNET "a", "{");
	assert_has(print(print_opts), "option:router,10.0.0.1");
}
END_TEST

START_TEST(servers_and_routes_that_cannot_be_read_are_told_and_the_rest_is_served)
{
	put_subnet("a", "10.0.0.0/24", ", \"gateway_ip\": \"10.0.0.1\", \"dns_servers\": [\"x\", "
		"\"192.0.2.1\"], "
		   "\"host_routes\": [{\"destination\": \"x\"}, {\"destination\": \"192.0.2.0/"
		"24\", \"nexthop\": "
		   "\"10.0.0.9\"}]");
	put_vm("vm-p1", "tap1", ", \"ipNetworks\": [\"10.0.0.5/32\"]");
	assert_has(print(print_opts), "dns-server,192.0.2.1\n");
	assert_has(print(print_opts), "classless-static-route,192.0.2.0/24,10.0.0.9,0.0.0.0/0,10."
		"0.0.1\n");
	assert_has(s.told.data, "an entry of dns_servers cannot be read");
}
END_TEST

START_TEST(with_address_lists_all_ipv6_of_a_subnet_stand_in_one_line)
{
	struct serving lists = recorded;
	struct buf out __cleanup(buf_done) = BUF(65536);

	lists.address_lists = true;
	put_subnet("a", "2001:db8::/64", ", \"gateway_ip\": null");
	put_subnet("b", "10.0.0.0/24", ", \"gateway_ip\": null");
	put_vm("vm-p1", "tap1", ", \"ipNetworks\": [\"2001:db8::5/128\", \"10.0.0.5/32\", "
		"\"2001:db8::6/128\", "
	       "\"10.0.0.6/32\"]");
	print_host_file(state_network(&s, NET), &lists, &out);
	assert_has(out.data, ",[2001:db8::5],[2001:db8::6]\n");
	assert_has(out.data, ",10.0.0.5\n");
	assert_has(out.data, ",10.0.0.6\n");
	assert_lacks(out.data, ".,[2001:db8::6]");
}
END_TEST

/* dnsmasq reads 1023 bytes as a line, and takes what is behind for another. */
START_TEST(of_more_ipv6_addresses_than_a_line_holds_those_that_fit_are_served)
{
	struct buf spec __cleanup(buf_done) = BUF(2048), out __cleanup(buf_done) = BUF(65536);
	struct serving lists = recorded;
	const struct network *n;

	lists.address_lists = true;
	put_subnet("a", "2001:db8:aaaa:bbbb::/64", ", \"gateway_ip\": null");
	buf_puts(&spec, ", \"ipNetworks\": [\"2001:db8:aaaa:bbbb::1\"");
	for (unsigned i = 0; i < 40; i++)
		buf_printf(&spec, ", \"2001:db8:aaaa:bbbb:1:22:333:%x\"", 0x4000 + i);
	buf_puts(&spec, "]");
	put_vm("vm-p1", "tap1", spec.data);
	state_tap(&s, "tap1", 1500);
	n = state_network(&s, NET);
	print_host_file(n, &lists, &out);
	ck_assert_ptr_eq(strchr(out.data, '\n'), out.data + out.len - 1);
	ck_assert_uint_le(out.len, 1024);
	ck_assert_uint_gt(out.len, 1024 - sizeof(",[2001:db8:aaaa:bbbb:1:22:333:4000]"));
	assert_has(out.data, ",[2001:db8:aaaa:bbbb::1],[2001:db8:aaaa:bbbb:1:22:333:4000],");
	assert_has(out.data, "],set:port-p1\n");
	ck_assert_uint_eq(addresses_left_out(&n->ports[0], &lists), 14);
	ck_assert_uint_eq(addresses_left_out(&n->ports[0], &recorded), 0);
}
END_TEST

/* With fewer than its lease file has dnsmasq does not start. */
START_TEST(dnsmasq_may_have_as_many_leases_as_there_are_addresses)
{
	struct serving few = recorded;
	struct buf out __cleanup(buf_done) = BUF(65536);

	few.lease_max = 1;
	put_subnet("a", "10.0.0.0/24", ", \"gateway_ip\": null");
	put_vm("vm-p1", "tap1", ", \"ipNetworks\": [\"10.0.0.5/32\", \"10.0.0.6/32\"]");
	print_arguments(state_network(&s, NET), &few, &out);
	ck_assert_ptr_nonnull(memmem(out.data, out.len, "--dhcp-lease-max=2", 19));
}
END_TEST

START_TEST(other_hosts_and_other_kinds_are_none_of_ours)
{
	state_put(&s, "/calico/resources/v3/projectcalico.org/workloadendpoints/openstack/"
		"compute--1x-openstack-vm-p",
		  "{}");
	state_put(&s, "/calico/resources/v3/projectcalico.org/workloadendpoints/openstack/"
		"compute--1-k8s-vm-p", "{}");
	state_put(&s, "/calico/felix/v2/no-region/host/round-trip-check", "x");
	ck_assert_str_eq(s.told.data, "");
	ck_assert_uint_eq(s.records.n_endpoints, 0);
}
END_TEST

Suite *suite(void)
{
	Suite *suite = suite_create("openstack.records");
	TCase *t = tcase_create("meaning");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_pair_is_not_served_and_one_with_a_cidr_harms_nobody);
	tcase_add_test(t, a_pair_that_is_the_ports_own_address_leaves_it_served_and_once);
	tcase_add_test(t, a_device_id_may_hold_slashes_and_blanks);
	tcase_add_test(t, of_a_null_gateway_what_can_be_served_is);
	tcase_add_loop_test(t, a_gateway_outside_its_subnet_is_not_where_dnsmasq_listens, 0,
			    ARRAY_LEN(gateways));
	tcase_add_test(t, slaac_of_another_length_than_64_has_no_range_and_the_network_is_served);
	tcase_add_test(t, more_complaints_than_there_is_room_for_are_no_reason_to_serve_nothing);
	tcase_add_test(t, a_default_route_of_the_subnet_stands_in_for_its_gateway);
	tcase_add_test(t, other_subnets_of_the_network_are_routes_of_a_subnet);
	tcase_add_test(t, of_more_routes_than_an_option_holds_those_that_fit_are_served);
	tcase_add_test(t, nameservers_are_named_and_zero_means_none);
	tcase_add_test(t, without_nameservers_ipv6_guests_are_told_an_address_that_they_reach);
	tcase_add_loop_test(t, all_but_slaac_twice_is_served_as_stateful, 0, ARRAY_LEN(modes));
	tcase_add_loop_test(t, prefixes_of_each_length_are_served_but_ipv6_shorter_than_64, 0,
			    ARRAY_LEN(prefixes));
	tcase_add_test(t, an_endpoint_without_tap_mac_or_address_counts_as_deleted);
	tcase_add_test(t, of_two_records_with_one_tap_the_later_written_counts);
	tcase_add_test(t, of_two_records_with_one_mac_in_a_network_the_later_written_counts);
	tcase_add_test(t, an_address_that_the_device_would_have_is_not_served);
	tcase_add_test(t, an_address_of_two_ports_is_its_whose_record_was_written_last);
	tcase_add_test(t, subnets_without_a_region_are_read_where_the_region_has_none);
	tcase_add_test(t, a_region_has_keys_of_its_own);
	tcase_add_test(t, an_address_of_no_subnet_is_told_and_the_others_served);
	tcase_add_loop_test(t, an_endpoint_that_cannot_be_read_is_told_with_its_key_and_left_out, 0,
			    ARRAY_LEN(bad_endpoints));
	tcase_add_loop_test(t, a_name_is_the_guests, 0, ARRAY_LEN(names));
	tcase_add_loop_test(t, a_name_that_is_none_is_left_out_and_the_port_is_served, 0,
			    ARRAY_LEN(no_names));
	tcase_add_loop_test(t, a_subnet_that_cannot_be_read_is_told_with_its_key, 0,
			    ARRAY_LEN(bad_subnets));
	tcase_add_test(t, a_subnet_that_can_no_longer_be_read_stays_as_it_was);
	tcase_add_test(t, servers_and_routes_that_cannot_be_read_are_told_and_the_rest_is_served);
	tcase_add_test(t, with_address_lists_all_ipv6_of_a_subnet_stand_in_one_line);
	tcase_add_test(t, of_more_ipv6_addresses_than_a_line_holds_those_that_fit_are_served);
	tcase_add_test(t, dnsmasq_may_have_as_many_leases_as_there_are_addresses);
	tcase_add_test(t, other_hosts_and_other_kinds_are_none_of_ours);
	suite_add_tcase(suite, t);
	return suite;
}
