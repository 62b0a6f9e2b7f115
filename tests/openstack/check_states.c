/* SPDX-License-Identifier: Apache-2.0 */
/*
 * After each of the 39 steps: all that dnsmasq is told, beside tests/openstack/golden/NN.txt.
 * Each line of those follows from a rule in docs/DATA-MODEL.md 17; `GOLDEN=write` with this
 * program writes them anew, and the difference is then for a reader to judge.
 */
#include "tests/openstack/fixture_state.h"
#include "tests/suite.h"

#include "base/io.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_lines(const struct buf *arguments, struct buf *out)
{
	for (size_t at = 0; at < arguments->len; at += strlen(arguments->data + at) + 1)
		buf_printf(out, "%s\n", arguments->data + at);
}

static void print_addresses(const struct network *n, struct buf *out)
{
	char text[ADDR_TEXT];

	for (size_t i = 0; i < n->n_subnets; i++) {
		addr_print(subnet_own_address(n->subnets[i]), text);
		buf_printf(out, "%s/%u\n", text, n->subnets[i]->cidr.len);
	}
}

static void print_network(const struct network *n, struct buf *out)
{
	struct buf arguments __cleanup(buf_done) = BUF(1 << 20);
	struct buf opts __cleanup(buf_done) = BUF(1 << 20);

	buf_printf(out, "=== %s\n--- %s\n", n->id, n->device);
	print_addresses(n, out);
	buf_puts(out, "--- arguments\n");
	print_arguments(n, &recorded, &arguments);
	print_lines(&arguments, out);
	buf_puts(out, "--- host\n");
	print_host_file(n, &recorded, out);
	buf_puts(out, "--- addn_hosts\n");
	print_addn_hosts(n, &recorded, out);
	buf_puts(out, "--- opts\n");
	print_opts(n, &recorded, &opts);
	buf_printf(out, "%s\n", opts.data);
}

START_TEST(each_step_of_neutrons_is_served_as_the_rules_have_it)
{
	struct buf ours __cleanup(buf_done) = BUF(1 << 20);
	struct buf golden __cleanup(buf_done) = BUF(1 << 20);
	struct err e = { 0 };
	struct state s;
	char name[64], path[512];

	state_init(&s, (unsigned)_i);
	state_all_taps(&s, 1500);
	state_plan(&s);
	for (size_t i = 0; i < s.networks.n; i++)
		print_network(&s.networks.list[i], &ours);
	buf_printf(&ours, "=== told\n%s%s", s.told.data, s.networks.told.data);
	snprintf(name, sizeof(name), "golden/%02d.txt", _i);
	snprintf(path, sizeof(path), RECORDINGS "/%s", name);
	if (getenv("GOLDEN"))
		ck_assert_int_eq(io_replace_file(path, ours.data, ours.len, 0644, &e), 0);
	read_recording(name, &golden);
	ck_assert_msg(strcmp(ours.data, golden.data) == 0, "%s is otherwise:\n%s", name, ours.data);
	state_done(&s);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("openstack.states");
	TCase *t = tcase_create("golden");

	tcase_add_loop_test(t, each_step_of_neutrons_is_served_as_the_rules_have_it, 1, STATES + 1);
	suite_add_tcase(s, t);
	return s;
}
