/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openstack check: what of all that Neutron's driver wrote keeps a guest from its addresses.
 */
#include "base/io.h"
#include "ctl/cli/command.h"
#include "ctl/cli/rows.h"
#include "ctl/cli/store.h"
#include "ctl/openstack/found.h"
#include "ctl/openstack/overlapping.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TOKEN_FILE_MAX 8192	/* bytes */
#define NEUTRON_TIMEOUT_MS (5 * 60 * 1000)

struct openstack_check {
	struct store store;
	struct survey survey;
	struct neutron neutron;
	struct overlapping overlapping;
	struct findings findings;
	size_t reserved;
	bool neutron_was_asked;
};

static void openstack_check_done(struct openstack_check *c)
{
	findings_done(&c->findings);
	overlapping_done(&c->overlapping);
	neutron_done(&c->neutron);
	survey_done(&c->survey);
	store_close(&c->store);
}

/* The option, or the variable that openstack's own clients go by. */
static const char *option_or_variable(const struct call *call, const char *option,
				      const char *variable)
{
	const char *value = call_option(call, option, 0);

	if (!value)
		value = getenv(variable);
	return value && *value ? value : NULL;
}

static int read_token(struct call *call, struct buf *out, struct err *e)
{
	const char *file = call_option(call, "token-file", 0), *token = getenv("OS_TOKEN");

	if (file && io_read_file(file, out, e) < 0)
		return -1;
	if (!file && (!token || !*token))
		return call_wrong_use(call, e, "--neutron needs a token: --token-file FILE, or "
				      "OS_TOKEN in the environment (openstack token issue -f value "
				      "-c id)");
	if (!file)
		buf_puts(out, token);
	while (out->len && strchr("\r\n", out->data[out->len - 1]))
		out->data[--out->len] = 0;
	return out->failed ? err_set(e, ERR_LIMIT, "the token is longer than %d bytes",
				     TOKEN_FILE_MAX) : 0;
}

static int ask_neutron(struct call *call, struct openstack_check *c, struct err *e)
{
	struct buf token __cleanup(buf_done) = BUF(TOKEN_FILE_MAX);
	struct neutron_access access = {
		.url = call_option(call, "neutron", 0),
		.ca_file = option_or_variable(call, "ca-file", "OS_CACERT"),
	};
	int rc;

	if (!access.url)
		return 0;
	if (read_token(call, &token, e) < 0)
		return -1;
	access.token = token.data;
	rc = neutron_read(&access, deadline_in_ms(NEUTRON_TIMEOUT_MS), &c->neutron, e);
	explicit_bzero(token.data, token.len);
	c->neutron_was_asked = rc == 0;
	return rc;
}

static int survey(struct call *call, struct openstack_check *c, struct err *e)
{
	bool fixes = call_option(call, "fix", 0) != NULL;

	if (ask_neutron(call, c, e) < 0 ||
	    store_open(&c->store, call, store_purpose(!fixes, OPEN_TO_CREATE), e) < 0 ||
	    survey_read(c->store.ds, call_option(call, "region", 0), &c->survey, &c->findings,
			e) < 0 ||
	    overlapping_read(c->store.ds, &c->survey, NULL, &c->overlapping, e) < 0)
		return -1;
	survey_judge(&c->survey, c->neutron_was_asked ? &c->neutron : NULL, &c->findings);
	if (fixes && overlapping_reserve(c->store.ds, &c->overlapping, &c->reserved, e) < 0)
		return err_wrap(e, "%zu of %zu were reserved", c->reserved,
				c->overlapping.overlaps.n);
	if (!fixes)
		overlaps_tell(&c->overlapping.overlaps, &c->findings);
	findings_sort(&c->findings);
	return c->findings.failed ? err_set(e, ERR_INTERNAL, "out of memory") : 0;
}

static void print_sum(const struct openstack_check *c, struct buf *out)
{
	if (c->reserved)
		buf_printf(out, "%zu overlap%s of pools with Neutron's subnets and ports "
			   "reserved\n", c->reserved, c->reserved == 1 ? "" : "s");
	found_print_sum(&c->findings, out);
	buf_printf(out, " in %zu subnets and %zu endpoints\n", c->survey.n_subnets,
		   c->survey.n_ports);
	if (!c->neutron_was_asked)
		buf_puts(out, "Neutron was not asked: subnets without DHCP are not known here "
			      "(--neutron)\n");
}

static void print_json(const struct openstack_check *c, struct rows *rows, struct buf *out)
{
	fields_print_json(FIELDS({ "problems", cell_rows(rows) },
				 { "problemCount", cell_number(found_faults(&c->findings)) },
				 { "subnets", cell_number(c->survey.n_subnets) },
				 { "endpoints", cell_number(c->survey.n_ports) },
				 { "reserved", cell_number(c->reserved) },
				 { "neutronWasAsked", cell_bool(c->neutron_was_asked) }), out);
}

static void print(struct call *call, const struct openstack_check *c)
{
	struct rows rows __cleanup(rows_done) = { 0 };

	found_rows(&c->findings, call, &rows);
	if (call->json) {
		print_json(c, &rows, &call->out);
		return;
	}
	found_print(&c->findings, &rows, &call->out);
	print_sum(c, &call->out);
}

static int openstack_check_run(struct call *call, struct err *e)
{
	struct openstack_check c __cleanup(openstack_check_done) = { 0 };

	if (survey(call, &c, e) < 0)
		return err_wrap(e, "openstack check");
	print(call, &c);
	if (found_faults(&c.findings))
		call->status = STATUS_FOUND;
	return 0;
}

const struct command openstack_check_command = {
	.noun = "openstack",
	.verb = "check",
	.summary = "Find what keeps OpenStack's guests from their addresses",
	.help =
	"Reads what Neutron's driver for Calico and Felix wrote into etcd, of all hosts, and says\n"
	"what is wrong with it and what mends it: networks without an IPv6 subnet, modes other\n"
	"than stateful, prefixes that dnsmasq does not take, null gateways, addresses that no\n"
	"subnet with DHCP holds, allowed pairs that are malformed or the port's own address,\n"
	"addresses that two ports have, records of ports that are elsewhere by now, hosts without\n"
	"a Felix, and pools that meet a subnet or a port.  That etcd is compacted is told, and no\n"
	"fault.  Exit status: 0 nothing is wrong, 6 something is.\n"
	"\n"
	"Etcd has no record of a subnet without DHCP, nor of modes of which one is set.  With\n"
	"--neutron they are asked for, by GET alone; where ports are bound only an\n"
	"administrator's token may see.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl openstack check\n"
	"  calico-ipamctl openstack check --fix\n"
	"  calico-ipamctl openstack check --neutron http://controller:9696 --token-file token\n",
	.options = {
		{ .name = "region", .argument = "REGION",
		  .help = "of that region alone; \"\": of those without one" },
		{ .name = "fix", .help = "reserve what pools have in common with Neutron's" },
		{ .name = "neutron", .argument = "URL", .help = "ask Neutron too, at this URL" },
		{ .name = "token-file", .argument = "FILE",
		  .help = "its token; default: OS_TOKEN of the environment" },
		{ .name = "ca-file", .argument = "FILE",
		  .help = "its authority's certificate; default: OS_CACERT, else the system's" },
	},
	.run = openstack_check_run,
};
