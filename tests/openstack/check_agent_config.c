/* SPDX-License-Identifier: Apache-2.0 */
/* Each key of the configuration, and oslo.config's syntax. */
#include "openstack/config/agent_config.h"
#include "openstack/config/command_line.h"
#include "openstack/config/oslo_file.h"
#include "tests/suite.h"

#include "base/io.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/check_agent_config.XXXXXX";
static struct agent_config c;
static struct err e;

static void write_file(const char *name, const char *text, char path[256])
{
	snprintf(path, 256, "%s/%s", folder, name);
	ck_assert_int_eq(io_replace_file(path, text, strlen(text), 0600, &e), 0);
}

static int read_texts(const char *first, const char *second)
{
	char a[256], b[256];
	const char *files[] = { a, b };

	agent_config_done(&c);
	err_reset(&e);
	write_file("a.conf", first, a);
	write_file("b.conf", second ? second : "", b);
	return agent_config_read(&c, files, 2, "this-host", &e);
}

static void set_up(void)
{
	stpcpy(folder + strlen(folder) - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void tear_down(void)
{
	char path[256];

	agent_config_done(&c);
	for (const char *const *name = (const char *const[]){ "a.conf", "b.conf",
		"neutron.conf", NULL }; *name; name++) {
		snprintf(path, sizeof(path), "%s/%s", folder, *name);
		unlink(path);
	}
	rmdir(folder);
}

START_TEST(without_a_key_neutrons_defaults_hold)
{
	struct serving s;

	ck_assert_int_eq(read_texts("", NULL), 0);
	s = agent_config_serving(&c);
	ck_assert_str_eq(c.host, "this-host");
	ck_assert_str_eq(s.confs, "/var/lib/neutron/dhcp");
	ck_assert_str_eq(s.domain, "openstacklocal");
	ck_assert_int_eq(s.lease_s, 86400);
	ck_assert_int_eq(s.lease_max, 16777216);
	ck_assert_uint_eq(s.mtu, 1500);
	ck_assert_uint_eq(s.n_servers, 0);
	ck_assert(!s.local_resolv && !s.broadcast && !s.address_lists && !s.metadata && !c.debug);
}
END_TEST

static const struct {
	const char *text;	/* the key and its value */
	const char *argument;	/* that dnsmasq is given then */
} served_keys[] = {
	{ "dhcp_confs = /srv/dhcp/", "--pid-file=/srv/dhcp/net/pid" },
	{ "state_path = /srv", "--pid-file=/srv/dhcp/net/pid" },
	{ "dns_domain = example.org.", "--domain=example.org." },
	{ "dhcp_lease_duration = -1", "--dhcp-range=set:subnet-s,10.0.0.0,static,255.255.255.0,"
		"infinite" },
	{ "dhcp_lease_duration = 600", "--dhcp-range=set:subnet-s,10.0.0.0,static,255.255.255.0,"
		"600s" },
	{ "dhcp_renewal_time = 300", "--dhcp-option-force=option:T1,300s" },
	{ "dhcp_rebinding_time = 400", "--dhcp-option-force=option:T2,400s" },
	{ "dnsmasq_config_file = /etc/dnsmasq.d/x", "--conf-file=/etc/dnsmasq.d/x" },
	{ "dnsmasq_dns_servers = 192.0.2.1, 192.0.2.2", "--server=192.0.2.2" },
	{ "dnsmasq_base_log_dir = /var/log/d", "--log-facility=/var/log/d/net/dhcp_dns_log" },
	{ "dnsmasq_lease_max = 7", "--dhcp-lease-max=7" },
	{ "dhcp_broadcast_reply = True", "--dhcp-broadcast" },
};

static bool has_argument(const struct buf *arguments, const char *wanted)
{
	for (size_t at = 0; at < arguments->len; at += strlen(arguments->data + at) + 1)
		if (strcmp(arguments->data + at, wanted) == 0)
			return true;
	return false;
}

static void print_of_one_subnet(void (*print)(const struct network *, const struct serving *,
					      struct buf *), struct buf *out)
{
	struct subnet s = { .id = "s", .network = "net", .cidr = { { FAMILY_4, 0x0a000000 }, 24 },
			    .gateway = { FAMILY_4, 0x0a000001 } };
	const struct subnet *subnets[] = { &s };
	struct network n = { .id = "net", .device = "ns-net", .subnets = subnets, .n_subnets = 1 };
	struct serving serving = agent_config_serving(&c);

	print(&n, &serving, out);
}

START_TEST(a_key_reaches_dnsmasq)
{
	struct buf with __cleanup(buf_done) = BUF(65536);
	struct buf without __cleanup(buf_done) = BUF(65536);

	ck_assert_int_eq(read_texts("", NULL), 0);
	print_of_one_subnet(print_arguments, &without);
	ck_assert_msg(read_texts(served_keys[_i].text, NULL) == 0, "%s", e.text);
	print_of_one_subnet(print_arguments, &with);
	ck_assert_msg(has_argument(&with, served_keys[_i].argument), "%s", served_keys[_i].text);
	ck_assert(!has_argument(&without, served_keys[_i].argument));
}
END_TEST

START_TEST(the_systems_resolvers_are_asked_only_where_it_says_so_and_names_none)
{
	struct buf with __cleanup(buf_done) = BUF(65536);
	struct buf both __cleanup(buf_done) = BUF(65536);

	ck_assert_int_eq(read_texts("dnsmasq_local_resolv = yes", NULL), 0);
	print_of_one_subnet(print_arguments, &with);
	ck_assert(!has_argument(&with, "--no-resolv"));
	ck_assert_int_eq(read_texts("dnsmasq_local_resolv = yes\ndnsmasq_dns_servers = 192.0.2.1",
		NULL), 0);
	print_of_one_subnet(print_arguments, &both);
	ck_assert(has_argument(&both, "--no-resolv"));
}
END_TEST

START_TEST(force_metadata_gives_a_route_to_the_metadata_by_the_gateway)
{
	struct buf opts __cleanup(buf_done) = BUF(65536);

	ck_assert_int_eq(read_texts("force_metadata = true", NULL), 0);
	print_of_one_subnet(print_opts, &opts);
	ck_assert_ptr_nonnull(strstr(opts.data, "option:classless-static-route,"
				     "169.254.169.254/32,10.0.0.1,0.0.0.0/0,10.0.0.1"));
}
END_TEST

START_TEST(keys_of_the_agent_itself_are_read)
{
	ck_assert_int_eq(read_texts("[DEFAULT]\nhost = compute-7\ndebug = on\nlog_file = a.log\n"
				    "log_dir = /var/log/neutron\nnetwork_device_mtu = 9000\n"
				    "dnsmasq_enable_addr6_list = 1\nmetrics_file = /m\n"
				    "[calico]\nopenstack_region = north\netcd_timeout = 5\n",
				NULL), 0);
	ck_assert_str_eq(c.host, "compute-7");
	ck_assert(c.debug && c.dnsmasq_enable_addr6_list);
	ck_assert_str_eq(c.log_file, "a.log");
	ck_assert_str_eq(c.log_dir, "/var/log/neutron");
	ck_assert_str_eq(c.metrics_file, "/m");
	ck_assert_int_eq(c.network_device_mtu, 9000);
	ck_assert_str_eq(c.openstack_region, "north");
	ck_assert_int_eq(c.etcd_timeout, 5);
}
END_TEST

static const struct {
	const char *text, *endpoints;
} stores[] = {
	{ "", "http://127.0.0.1:2379" },
	{ "[calico]\netcd_host = etcd.example.org\netcd_port = 4001\netcd_scheme = https\n",
	  "https://etcd.example.org:4001" },
	{ "[calico]\netcd_host = 2001:db8::1\n", "http://[2001:db8::1]:2379" },
	{ "[calico]\netcd_ca_cert_file = /ca\n", "https://127.0.0.1:2379" },
	{ "[calico]\netcd_ca_cert_file = /ca\netcd_scheme = http\n", "http://127.0.0.1:2379" },
	{ "[CALICO]\netcd_host = 192.0.2.9\n", "http://192.0.2.9:2379" },
	{ "[calico]\netcd_endpoints = http://a:2379,http://b:2379\n",
		"http://a:2379,http://b:2379" },
};

START_TEST(the_store_is_where_the_configuration_says)
{
	struct settings s __cleanup(settings_done) = { 0 };

	settings_init(&s);
	ck_assert_int_eq(read_texts(stores[_i].text, NULL), 0);
	ck_assert_msg(agent_config_settings(&c, &s, &e) == 0, "%s", e.text);
	ck_assert_str_eq(settings_get(&s, SET_ETCD_ENDPOINTS), stores[_i].endpoints);
}
END_TEST

START_TEST(certificates_and_passwords_reach_the_store)
{
	struct settings s __cleanup(settings_done) = { 0 };

	settings_init(&s);
	ck_assert_int_eq(read_texts("[calico]\netcd_key_file = /k\netcd_cert_file = /c\n"
				    "etcd_ca_cert_file = /a\netcd_username = u\netcd_password = "
				"p$$q\n",
				    NULL), 0);
	ck_assert_int_eq(agent_config_settings(&c, &s, &e), 0);
	ck_assert_str_eq(settings_get(&s, SET_ETCD_KEY_FILE), "/k");
	ck_assert_str_eq(settings_get(&s, SET_ETCD_CERT_FILE), "/c");
	ck_assert_str_eq(settings_get(&s, SET_ETCD_CA_CERT_FILE), "/a");
	ck_assert_str_eq(settings_get(&s, SET_ETCD_USERNAME), "u");
	ck_assert_str_eq(settings_get(&s, SET_ETCD_PASSWORD), "p$q");
}
END_TEST

START_TEST(the_last_of_a_repeated_key_counts_over_files_too)
{
	ck_assert_int_eq(read_texts("host = a\nhost = b\ndns_domain = x\n",
		"[DEFAULT]\nhost = c\n"), 0);
	ck_assert_str_eq(c.host, "c");
	ck_assert_str_eq(c.dns_domain, "x");
}
END_TEST

START_TEST(values_are_trimmed_unquoted_continued_and_expanded)
{
	ck_assert_int_eq(read_texts("# comment\n; another\nhost:  'a b' \nstate_path = /x/${host}\n"
				    "dhcp_confs = $state_path/y\ndnsmasq_dns_servers = 192.0.2.1,\n"
				    "    192.0.2.2\n\ndns-domain = d\n", NULL), 0);
	ck_assert_str_eq(c.host, "a b");
	ck_assert_str_eq(c.dhcp_confs, "/x/a b/y");
	ck_assert_uint_eq(c.n_dns_servers, 2);
	ck_assert_str_eq(c.dnsmasq_dns_servers[1], "192.0.2.2");
	ck_assert_str_eq(c.dns_domain, "d");
}
END_TEST

START_TEST(unknown_keys_and_sections_are_passed_over)
{
	ck_assert_int_eq(read_texts("core_plugin = calico\nconnection = mysql://u:p$w@h\n"
				    "[database]\nhost = db\n[nova]\nx = $y\n", NULL), 0);
	ck_assert_str_eq(c.host, "this-host");
}
END_TEST

static const struct {
	const char *given, *password;
} passwords[] = {
	{ "a$1b", "a$1b" }, { "ends$", "ends$" }, { "a\\$host", "a$host" }, { "a${b", "a${b" },
	{ "$DEFAULT.host", "this" }, { "${calico.etcd_username}-$etcd_username", "u-u" },
};

START_TEST(a_dollar_stands_for_a_key_as_in_oslo_config)
{
	char text[256];

	snprintf(text, sizeof(text), "[DEFAULT]\nhost = this\n[calico]\netcd_username = u\n"
		 "etcd_password = %s\n", passwords[_i].given);
	ck_assert_msg(read_texts(text, NULL) == 0, "%s", e.text);
	ck_assert_str_eq(c.etcd_password, passwords[_i].password);
}
END_TEST

START_TEST(a_number_that_is_left_empty_is_as_if_it_were_not_there)
{
	ck_assert_int_eq(read_texts("network_device_mtu =\ndhcp_lease_duration =\n", NULL), 0);
	ck_assert_int_eq(c.network_device_mtu, 0);
	ck_assert_int_eq(c.dhcp_lease_duration, 86400);
}
END_TEST

/* Which files a command line names, by their last parts. */
static void assert_files(const char *const *arguments, const char *wanted)
{
	struct command_line line __cleanup(command_line_done) = { 0 };
	struct buf files __cleanup(buf_done) = BUF(4096);
	char *argv[8] = { 0 };
	int argc = 0;

	for (; arguments[argc]; argc++)
		argv[argc] = (char *)(uintptr_t)arguments[argc];
	ck_assert_msg(command_line_read(&line, argc, argv, &e) == 0, "%s", e.text);
	for (size_t i = 0; i < line.n_files; i++)
		if (strncmp(line.files[i], folder, strlen(folder)) == 0)
			buf_printf(&files, "%s ", line.files[i] + strlen(folder));
	ck_assert_str_eq(files.data, wanted);
}

START_TEST(files_and_folders_that_nobody_names_are_oslo_configs)
{
	char path[256], in[256], own[256];

	setenv("HOME", folder, 1);
	write_file("neutron.conf", "", path);
	snprintf(in, sizeof(in), "%s/neutron.conf.d", folder);
	ck_assert_int_eq(mkdir(in, 0700), 0);
	write_file("neutron.conf.d/z.conf", "", path);
	write_file("b.conf", "", own);
	assert_files((const char *const[]){ "agent", NULL },
		     "/neutron.conf /neutron.conf.d/z.conf ");
	assert_files((const char *const[]){ "agent", "--config-file", own, NULL },
		     "/neutron.conf.d/z.conf /b.conf ");
	assert_files((const char *const[]){ "agent", "--use-syslog", "--config-dir", in, NULL },
		     "/neutron.conf /neutron.conf.d/z.conf ");
	unlink(path);
	rmdir(in);
}
END_TEST

static const char *const no_options[][3] = { { "agent", "--nope" }, { "agent", "--config-file" },
					     { "agent", "-x" }, { "agent", "-xd" } };

START_TEST(a_word_that_is_no_option_is_named)
{
	struct command_line line __cleanup(command_line_done) = { 0 };
	char *argv[] = { (char *)(uintptr_t)no_options[_i][0],
			 (char *)(uintptr_t)no_options[_i][1], NULL };

	ck_assert_int_eq(command_line_read(&line, 2, argv, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "is no option here, or lacks its value; see --help"));
	ck_assert_ptr_nonnull(strstr(e.text, no_options[_i][1][1] == '-' ? no_options[_i][1]
									 : "\"-x\""));
}
END_TEST

static const struct {
	const char *text, *error;
} wrong[] = {
	{ "dhcp_lease_duration = long", "a.conf:1: [DEFAULT] dhcp_lease_duration = long: must be "
		"a whole number" },
	{ "dnsmasq_lease_max = 0", "dnsmasq_lease_max = 0: must be 1 to 2147483647" },
	{ "debug = maybe", "debug = maybe: must be true or false" },
	{ "host = $nobody", "$nobody stands for no key that is known here" },
	{ "host = $host", "host stands for itself" },
	{ "dhcp_confs = relative", "must be an absolute path" },
	{ "dns_domain = example.org,ignore", "dns_domain = example.org,ignore: must be the name" },
	{ "dns_domain = a b", "dns_domain = a b: must be the name of a domain" },
	{ "dns_domain = a..b", "must be the name of a domain" },
	{ "dns_domain = .", "must be the name of a domain" },
	{ "dns_domain = a\tb", "must be the name of a domain" },
	{ "dns_domain = 01234567890123456789012345678901234567890123456789012345678901234.org",
	  "of parts of 1 to 63 bytes, 208 in all" },
	{ "[calico\nx = 1", "a.conf:1: a section is [name]" },
	{ "nothing", "a.conf:1: neither a section nor" },
	{ " = 1\n", "a.conf:1: goes on with a value where none is" },
	{ "= 1\n", "a.conf:1: no key before" },
	{ "dnsmasq_dns_servers = 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,"
		"25,26,27,28,"
	  "29,30,31,32,33", "more than 32 servers" },
};

START_TEST(what_is_wrong_is_named_with_file_line_and_key)
{
	ck_assert_int_eq(read_texts(wrong[_i].text, NULL), -1);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	ck_assert_msg(strstr(e.text, wrong[_i].error), "%s: %s", wrong[_i].text, e.text);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_named)
{
	const char *files[] = { "/nowhere/neutron.conf" };

	agent_config_done(&c);
	ck_assert_int_eq(agent_config_read(&c, files, 1, "h", &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "/nowhere/neutron.conf"));
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("openstack.agent_config");
	TCase *t = tcase_create("keys");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, without_a_key_neutrons_defaults_hold);
	tcase_add_loop_test(t, a_key_reaches_dnsmasq, 0, ARRAY_LEN(served_keys));
	tcase_add_test(t, the_systems_resolvers_are_asked_only_where_it_says_so_and_names_none);
	tcase_add_test(t, force_metadata_gives_a_route_to_the_metadata_by_the_gateway);
	tcase_add_test(t, keys_of_the_agent_itself_are_read);
	tcase_add_loop_test(t, the_store_is_where_the_configuration_says, 0, ARRAY_LEN(stores));
	tcase_add_test(t, certificates_and_passwords_reach_the_store);
	tcase_add_test(t, the_last_of_a_repeated_key_counts_over_files_too);
	tcase_add_test(t, values_are_trimmed_unquoted_continued_and_expanded);
	tcase_add_test(t, unknown_keys_and_sections_are_passed_over);
	tcase_add_loop_test(t, a_dollar_stands_for_a_key_as_in_oslo_config, 0,
			    ARRAY_LEN(passwords));
	tcase_add_test(t, a_number_that_is_left_empty_is_as_if_it_were_not_there);
	tcase_add_test(t, files_and_folders_that_nobody_names_are_oslo_configs);
	tcase_add_loop_test(t, a_word_that_is_no_option_is_named, 0, ARRAY_LEN(no_options));
	tcase_add_loop_test(t, what_is_wrong_is_named_with_file_line_and_key, 0, ARRAY_LEN(wrong));
	tcase_add_test(t, a_file_that_is_not_there_is_named);
	suite_add_tcase(s, t);
	return s;
}
