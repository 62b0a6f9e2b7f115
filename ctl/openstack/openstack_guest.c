/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openstack guest: whether the guest of an image will learn the addresses that Neutron chose.
 */
#include "ctl/cli/command.h"
#include "ctl/cli/confirm.h"
#include "ctl/openstack/found.h"
#include "openstack/guest/apply.h"
#include "openstack/guest/judge.h"
#include "openstack/guest/user_data.h"

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

struct changing {
	const char *path;
	struct rows rows;
	bool dry, undo;
	size_t changes, by_hand;
};

static void add_change(enum own_change change, const char *path, void *arg)
{
	static const char *const done[] = { "written", "replaced", "removed" };
	static const char *const would[] = { "would be written", "would be replaced",
					     "would be removed" };
	struct changing *c = arg;

	c->changes++;
	rows_add(&c->rows, cell_text((c->dry ? would : done)[change]), cell_text(path));
}

/* What our files cannot do: found, planned for nobody, told. */
static void add_by_hand(const struct findings *f, struct changing *c)
{
	for (size_t i = 0; i < f->n; i++)
		rows_add(&c->rows, cell_text("by hand"), cell_text(f->list[i].where),
			 cell_text(f->list[i].text));
	c->by_hand = f->n;
}

static int apply(struct changing *c, struct openstack_guest *g, struct err *e)
{
	struct guest_plan plan __cleanup(guest_plan_done) = { 0 };

	if (guest_read(&g->root, false, &g->guest, &g->findings, e) < 0)
		return -1;
	guest_judge(&g->guest, &g->findings);
	if (guest_plan(&g->guest, &g->findings, &plan, e) < 0 ||
	    guest_apply(&g->root, &plan, c->dry, add_change, c, e) < 0)
		return -1;
	add_by_hand(&plan.by_hand, c);
	return 0;
}

static void print_changes(struct call *call, struct changing *c)
{
	if (c->changes || c->by_hand || call->json)
		rows_print(&c->rows, &call->out);
	else
		buf_puts(&call->out, "nothing to change\n");
}

static int change_step(struct call *call, bool dry, void *arg, struct err *e)
{
	static const struct column columns[] = {
		{ .heading = "CHANGE", .name = "change" },
		{ .heading = "FILE", .name = "file" },
		{ .heading = "WHAT", .name = "what" },
	};
	struct openstack_guest g __cleanup(openstack_guest_done) = { .root = NO_ROOT };
	struct changing *c = arg;
	int rc;

	c->dry = dry;
	c->changes = c->by_hand = 0;
	rows_init(&c->rows, call, columns, ARRAY_LEN(columns));
	rc = root_open(&g.root, c->path, e);
	if (rc == 0)
		rc = c->undo ? guest_undo(&g.root, dry, add_change, c, e) : apply(c, &g, e);
	if (rc == 0)
		print_changes(call, c);
	rows_done(&c->rows);
	if (rc < 0)
		return -1;
	if (c->by_hand)
		call->status = STATUS_FOUND;
	return c->changes ? CONFIRM_SOMETHING : CONFIRM_NOTHING;
}

static int change(struct call *call, const char *path, bool undo, struct err *e)
{
	struct changing c = { .path = path, .undo = undo };

	return confirm_and_do(call, undo ? "Remove these files?" : "Write these files?",
			      change_step, &c, e);
}

static int print_user_data(struct call *call, const char *system, struct err *e)
{
	if (user_data_print(system, &call->out) < 0)
		return call_wrong_use(call, e, "--user-data %.32s: there is " USER_DATA_SYSTEMS,
				      system);
	return 0;
}

static int openstack_guest_run(struct call *call, struct err *e)
{
	const char *system = call_option(call, "user-data", 0);
	const char *checked = call_option(call, "check", 0);
	const char *applied = call_option(call, "apply", 0);
	const char *undone = call_option(call, "undo", 0);
	int rc;

	if (!!checked + !!applied + !!undone + !!system != 1)
		return call_wrong_use(call, e, "one of --check ROOT, --apply ROOT, --undo ROOT "
				      "and --user-data SYSTEM is needed");
	rc = checked ? check(call, checked, e) : system ? print_user_data(call, system, e) :
	     change(call, applied ? applied : undone, !applied, e);
	return rc < 0 ? err_wrap(e, "openstack guest") : 0;
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
	"With --apply it writes files of its own that mend what is wrong, and tells what is to be\n"
	"done by hand (exit status 6); no file of the image is edited.  --undo removes them.\n"
	"--user-data prints cloud-init's user data, which do the same as a guest boots first:\n"
	"of ubuntu, debian, centos or rhel.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl openstack guest --check /mnt\n"
	"  calico-ipamctl openstack guest --apply /mnt --dry-run\n"
	"  calico-ipamctl openstack guest --undo /mnt --yes\n"
	"  calico-ipamctl openstack guest --user-data debian >user-data\n",
	.options = {
		{ .name = "check", .argument = "ROOT", .help = "the root folder to look at" },
		{ .name = "apply", .argument = "ROOT", .help = "the root folder to mend" },
		{ .name = "undo", .argument = "ROOT",
		  .help = "the root folder to take our files out of" },
		{ .name = "user-data", .argument = "SYSTEM",
		  .help = "cloud-init's user data for guests of this system" },
		CONFIRM_OPTIONS,
	},
	.run = openstack_guest_run,
};
