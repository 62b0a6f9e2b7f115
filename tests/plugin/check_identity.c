/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "plugin/identity.h"
#include "tests/suite.h"

#include <check.h>
#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct netconf conf;
static struct environment env;
static struct cni_args args;
static struct identity id;
static struct err e;
static char file[64];

static void setup(void)
{
	err_reset(&e);
	netconf_init(&conf);
	env = (struct environment){ .container = "4f2a", .ifname = "eth0" };
	args = (struct cni_args){ .pod = "", .namespace_name = "" };
	snprintf(file, sizeof(file), "/tmp/check_identity.%ld", (long)getpid());
	conf.name = "net1";
	conf.nodename_file = file;
}

static void teardown(void)
{
	unlink(file);
	netconf_done(&conf);
}

static void write_file(const char *text, size_t len)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ck_assert_int_eq(write(fd, text, len), (ssize_t)len);
	close(fd);
}

static void expect_node(const char *name)
{
	char node[NODE_NAME_MAX + 1];

	ck_assert_msg(identity_node(&conf, node, &e) == 0, "%s", e.text);
	ck_assert_str_eq(node, name);
}

START_TEST(the_node_name_comes_from_key_then_file_then_hostname)
{
	conf.hostname = "from-hostname";
	expect_node("from-hostname");
	write_file("from-file", 9);
	expect_node("from-file");
	conf.nodename = "From-Key";
	expect_node("From-Key");
}
END_TEST

START_TEST(an_empty_or_unreadable_file_is_passed_over)
{
	conf.hostname = "h";
	write_file("", 0);
	expect_node("h");
	conf.nodename_file = "/tmp";
	expect_node("h");
}
END_TEST

START_TEST(a_fifo_in_the_files_place_is_named_and_not_waited_for)
{
	char fifo[128], node[NODE_NAME_MAX + 1];

	snprintf(fifo, sizeof(fifo), "%s.fifo", file);
	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	conf.hostname = "h";
	conf.nodename_file = fifo;
	ck_assert_int_eq(identity_node(&conf, node, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, fifo));
	ck_assert_ptr_nonnull(strstr(e.text, "is a FIFO, not a regular file"));
	unlink(fifo);
}
END_TEST

START_TEST(the_machines_host_name_is_trimmed_and_lowered)
{
	char own[256], node[NODE_NAME_MAX + 1];

	ck_assert_int_eq(gethostname(own, sizeof(own)), 0);
	for (char *c = own; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	ck_assert_msg(identity_node(&conf, node, &e) == 0, "%s", e.text);
	ck_assert_str_eq(node, own);
}
END_TEST

START_TEST(a_line_end_in_the_file_is_not_trimmed_but_refused)
{
	char node[NODE_NAME_MAX + 1];

	write_file("node-a\n", 7);
	ck_assert_int_eq(identity_node(&conf, node, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	ck_assert_ptr_nonnull(strstr(e.text, file));
	write_file("a\0b", 3);
	ck_assert_int_eq(identity_node(&conf, node, &e), -1);
}
END_TEST

static const char *const bad_nodes[] = { "-a", "a-", "a/b", "a b", "a\tb", "-" };

START_TEST(node_names_that_would_spoil_a_key_are_refused)
{
	char node[NODE_NAME_MAX + 1];

	conf.nodename = bad_nodes[_i];
	ck_assert_int_eq(identity_node(&conf, node, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	ck_assert_ptr_nonnull(strstr(e.text, "nodename"));
}
END_TEST

START_TEST(node_names_end_at_253_bytes)
{
	char name[256] = "", node[NODE_NAME_MAX + 1];

	memset(name, 'n', 253);
	conf.nodename = name;
	expect_node(name);
	name[253] = 'n';
	ck_assert_int_eq(identity_node(&conf, node, &e), -1);
}
END_TEST

START_TEST(outside_kubernetes_the_old_handle_is_the_container)
{
	conf.nodename = "node-a";
	args.pod = "web";
	ck_assert_msg(identity_read(&conf, &env, &args, &id, &e) == 0, "%s", e.text);
	ck_assert_str_eq(id.handle, "net1.4f2a");
	ck_assert_str_eq(id.old_handle, "4f2a");
	ck_assert_str_eq(id.owner.namespace_name, "default");
	ck_assert_ptr_null(id.owner.pod);
	ck_assert_str_eq(id.owner.node, "node-a");
	ck_assert_str_eq(id.workload, "node--a-cni-4f2a-eth0");
}
END_TEST

START_TEST(in_kubernetes_the_old_handle_is_namespace_and_pod)
{
	conf.nodename = "n";
	args.pod = "web-0";
	args.namespace_name = "prod";
	ck_assert_msg(identity_read(&conf, &env, &args, &id, &e) == 0, "%s", e.text);
	ck_assert_str_eq(id.handle, "net1.4f2a");
	ck_assert_str_eq(id.old_handle, "prod.web-0");
	ck_assert_str_eq(id.owner.namespace_name, "prod");
	ck_assert_str_eq(id.owner.pod, "web-0");
	ck_assert_str_eq(id.workload, "n-k8s-web--0-eth0");
}
END_TEST

static const struct { const char *container, *ifname, *pod, *namespace_name, *word; } bad[] = {
	{ "4f2a-", "eth0", "", "", "CNI_CONTAINERID" },
	{ "4f2a", "eth-", "", "", "CNI_IFNAME" },
	{ "4f2a", "-eth", "", "", "CNI_IFNAME" },
	{ "4f2a", "eth0", "-web", "prod", "K8S_POD_NAME" },
	{ "4f2a", "eth0", "web/../x", "prod", "K8S_POD_NAME" },
	{ "4f2a", "eth0", "web", "prod/x", "K8S_POD_NAMESPACE" },
	{ "4f2a", "eth0", "web", "prod\n", "K8S_POD_NAMESPACE" },
};

START_TEST(names_that_would_spoil_a_key_are_refused_and_named)
{
	conf.nodename = "n";
	env = (struct environment){ .container = bad[_i].container, .ifname = bad[_i].ifname };
	args.pod = bad[_i].pod;
	args.namespace_name = bad[_i].namespace_name;
	ck_assert_int_eq(identity_read(&conf, &env, &args, &id, &e), -1);
	ck_assert_int_eq(e.kind, ERR_ENVIRONMENT);
	ck_assert_msg(strstr(e.text, bad[_i].word) != NULL, "%s", e.text);
}
END_TEST

START_TEST(del_goes_on_without_names_that_only_add_needs)
{
	env = (struct environment){ .command = COMMAND_DEL, .container = bad[_i].container,
				    .ifname = bad[_i].ifname };
	args.pod = bad[_i].pod;
	args.namespace_name = bad[_i].namespace_name;
	write_file("node-a\n", 7);
	ck_assert_msg(identity_read(&conf, &env, &args, &id, &e) == 0, "%s", e.text);
	ck_assert_str_eq(id.owner.node, "");
	ck_assert_str_eq(id.owner.ifname, bad[_i].ifname);
	ck_assert_int_eq(strncmp(id.handle, "net1.4f2a", 9), 0);
	ck_assert_str_eq(id.old_handle, *args.pod ? "" : bad[_i].container);
}
END_TEST

START_TEST(a_handle_longer_than_the_limit_is_refused)
{
	char name[256] = "", container[256] = "";

	memset(name, 'n', 250);
	memset(container, 'c', 149);
	conf.nodename = "n";
	conf.name = name;
	env.container = container;
	ck_assert_msg(identity_read(&conf, &env, &args, &id, &e) == 0, "%s", e.text);
	ck_assert_uint_eq(strlen(id.handle), 400);
	container[149] = 'c';
	ck_assert_int_eq(identity_read(&conf, &env, &args, &id, &e), -1);
	ck_assert_int_eq(e.kind, ERR_LIMIT);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("plugin.identity");
	TCase *t = tcase_create("identity");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, the_node_name_comes_from_key_then_file_then_hostname);
	tcase_add_test(t, an_empty_or_unreadable_file_is_passed_over);
	tcase_add_test(t, a_fifo_in_the_files_place_is_named_and_not_waited_for);
	tcase_add_test(t, the_machines_host_name_is_trimmed_and_lowered);
	tcase_add_test(t, a_line_end_in_the_file_is_not_trimmed_but_refused);
	tcase_add_loop_test(t, node_names_that_would_spoil_a_key_are_refused, 0,
			    ARRAY_LEN(bad_nodes));
	tcase_add_test(t, node_names_end_at_253_bytes);
	tcase_add_test(t, outside_kubernetes_the_old_handle_is_the_container);
	tcase_add_test(t, in_kubernetes_the_old_handle_is_namespace_and_pod);
	tcase_add_loop_test(t, names_that_would_spoil_a_key_are_refused_and_named, 0,
			    ARRAY_LEN(bad));
	tcase_add_loop_test(t, del_goes_on_without_names_that_only_add_needs, 0, ARRAY_LEN(bad));
	tcase_add_test(t, a_handle_longer_than_the_limit_is_refused);
	suite_add_tcase(s, t);
	return s;
}
