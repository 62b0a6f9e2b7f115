/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openstack guest: whether the guest of an image will learn the addresses that Neutron chose.
 */
#include "ctl/cli/command.h"
#include "ctl/openstack/found.h"
#include "openstack/guest/judge.h"

struct openstack_guest {
	struct root root;
	struct guest guest;
	struct findings findings;
};

static void openstack_guest_done(struct openstack_guest *g)
{
	findings_done(&g->findings);
	guest_done(&g->guest);
	root_done(&g->root);
}

static int look(const char *path, struct openstack_guest *g, struct err *e)
{
	if (root_open(&g->root, path, e) < 0 ||
	    guest_read(&g->root, true, &g->guest, &g->findings, e) < 0)
		return -1;
	guest_judge(&g->guest, &g->findings);
	findings_sort(&g->findings);
	return g->findings.failed ? err_set(e, ERR_INTERNAL, "out of memory") : 0;
}

static const char *word_or_none(const char *word)
{
	return word && *word ? word : "none";
}

static void print_sum(const struct openstack_guest *g, struct buf *out)
{
	const char *by = g->guest.netplan ? " (netplan)" : "";

	found_print_sum(&g->findings, out);
	printable_printf(out, ": system %s, interfaces by %s%s, DHCPv6 client %s%s\n",
			 word_or_none(g->guest.system), guest_manager_name(g->guest.manager), by,
			 word_or_none(g->guest.client),
			 !g->guest.client ? "" : g->guest.takes_64 ? " (/64)" : " (/128)");
}

static void print_json(const struct openstack_guest *g, struct rows *rows, struct buf *out)
{
	const struct guest *guest = &g->guest;

	fields_print_json(FIELDS({ "problems", cell_rows(rows) },
				 { "problemCount", cell_number(found_faults(&g->findings)) },
				 { "system", cell_text(guest->system) },
				 { "manager", cell_text(guest_manager_name(guest->manager)) },
				 { "netplan", cell_bool(guest->netplan) },
				 { "cloudInit", cell_bool(guest->cloud_init) },
				 { "client", cell_text(guest->client) },
				 { "prefixLength", guest->client ?
				   cell_number(guest->takes_64 ? 64 : 128) : cell_absent() }),
			  out);
}

static int check(struct call *call, const char *path, struct err *e)
{
	struct openstack_guest g __cleanup(openstack_guest_done) = { .root = NO_ROOT };
	struct rows rows __cleanup(rows_done) = { 0 };

	if (look(path, &g, e) < 0)
		return -1;
	found_rows(&g.findings, call, &rows);
	if (call->json) {
		print_json(&g, &rows, &call->out);
	} else {
		found_print(&g.findings, &rows, &call->out);
		print_sum(&g, &call->out);
	}
	if (found_faults(&g.findings))
		call->status = STATUS_FOUND;
	return 0;
}

static int openstack_guest_run(struct call *call, struct err *e)
{
	const char *root = call_option(call, "check", 0);

	if (check(call, root, e) < 0)
		return err_wrap(e, "openstack guest");
	return 0;
}

const struct command openstack_guest_command = {
	.noun = "openstack",
	.verb = "guest",
	.summary = "Find whether a VM's image will learn both addresses",
	.help =
	"Reads the root folder of an image, mounted somewhere, and says of it what keeps a guest\n"
	"from the addresses that Neutron chose, and what mends it: who manages its interfaces\n"
	"(netplan, systemd-networkd, NetworkManager, ifupdown, the network service of CentOS 7,\n"
	"dhcpcd), whether each asks by DHCP and DHCPv6 and accepts router advertisements, which\n"
	"DHCPv6 client does it and whether it takes /128, and what sysctl settings make of IPv6.\n"
	"No link of the image leads out of it, and nothing of it is run.  Exit status: 0 nothing\n"
	"is wrong, 6 something is.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl openstack guest --check /mnt\n",
	.options = {
		{ .name = "check", .argument = "ROOT", .required = true,
		  .help = "the root folder to look at" },
	},
	.run = openstack_guest_run,
};
