/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/doctor/doctor.h"
#include "base/cni/conflist.h"
#include "ctl/cli/confirm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void doctor_done(struct doctor *d)
{
	rows_done(&d->rows);
	buf_done(&d->said);
	buf_done(&d->configs);
	buf_done(&d->bridges);
	buf_done(&d->stores);
	buf_done(&d->settings);
	buf_done(&d->undo);
	free(d->list);
}

static const char *or_default(const struct call *call, const char *name, const char *otherwise)
{
	const char *value = call_option(call, name, 0);

	return value ? value : otherwise;
}

static void look_at_networks(struct doctor *d)
{
	doctor_runtime(d);
	doctor_cni_path(d, call_option(d->call, "cni-path", 0));
	doctor_conflists(d);
	doctor_order(d);
	doctor_plugin(d);
}

static int doctor_run(struct call *call, struct err *e)
{
	static const struct column columns[] = {
		{ .heading = "HEALTH", .name = "health" },
		{ .heading = "WHAT", .name = "what" },
		{ .heading = "IS", .name = "text" },
		{ .heading = "MEND WITH", .name = "mend" },
	};
	struct doctor d __cleanup(doctor_done) = {
		.call = call,
		.root = or_default(call, "root", ""),
		.conf_dir = or_default(call, "conf-dir", CONFLIST_FOLDER),
		.wanted = { [FAMILY_4] = true, [FAMILY_6] = true },
	};
	bool openstack = call_option(call, "openstack", 0) != NULL;
	struct stat st;

	if (*d.root && stat(d.root, &st) < 0)
		return err_set(e, ERR_IO, "--root %s: %s", d.root, strerror(errno));
	rows_init(&d.rows, call, columns, ARRAY_LEN(columns));
	buf_init(&d.said, DOCTOR_LIST_MAX);
	buf_init(&d.configs, DOCTOR_LIST_MAX);
	buf_init(&d.bridges, DOCTOR_LIST_MAX);
	buf_init(&d.stores, DOCTOR_LIST_MAX);
	buf_init(&d.settings, DOCTOR_LIST_MAX);
	buf_init(&d.undo, DOCTOR_LIST_MAX);
	if (!openstack)
		look_at_networks(&d);
	doctor_network(&d);
	doctor_firewall(&d);
	doctor_mtu(&d);
	if (call_option(call, "fix", 0))
		return doctor_fix(&d, e);
	if (openstack)
		doctor_compute_host(&d);
	else
		doctor_store(&d);
	rows_print(&d.rows, &call->out);
	call->status = d.problems ? STATUS_FOUND : STATUS_DONE;
	return 0;
}

const struct command doctor_command = {
	.noun = "doctor",
	.summary = "Look whether this host is fit, and say how to mend what is not",
	.help =
	"Run it on each node, as root.  One line a finding, with the command that mends it:\n"
	"network configurations and the plugins they name; of each network what the plugin\n"
	"itself says, by its verb STATUS, and whether an address is left; the plugin's\n"
	"version, keys that are slips, which of several networks a runtime takes, what\n"
	"host-local has reserved, forwarding, IPv6 addresses and routes, the firewall, NAT and\n"
	"MTU, folders, the stores, their certificates and clocks, pools of which more than 90 %\n"
	"is used, and of a Kubernetes API server the kubeconfig, its rights and Calico's kinds.\n"
	"FAIL is what must be mended; WARN what concerns a family that no network asks for, or\n"
	"will become a problem.\n"
	"Exit status 6 if anything is FAIL, else 0.\n"
	"\n"
	"Without --config and settings in the environment the stores are those of all\n"
	"configurations found that use calico-ipam, and that of calicoctl's configuration.\n"
	"\n"
	"--fix asks, and then writes the kernel settings that are wrong to\n"
	"/etc/sysctl.d/90-calico-ipam.conf, so that they hold after a reboot, sets them, and\n"
	"prints the command that takes it back.\n"
	"\n"
	"--openstack looks at a compute host instead of a container host: whether the DHCP agent\n"
	"runs, and only one, its unit and configuration, etcd, dnsmasq and its version, the kinds\n"
	"of devices that the kernel makes, the taps of this host's ports and proxy ARP on them,\n"
	"and forwarding, addresses and routes of both families as elsewhere.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl doctor\n"
	"  calico-ipamctl doctor --cni-path /usr/lib/cni --conf-dir /etc/cni/net.d\n"
	"  calico-ipamctl doctor -o json\n"
	"  calico-ipamctl doctor --fix --dry-run\n"
	"  calico-ipamctl doctor --openstack\n"
	"  nsenter -t \"$(pidof containerd)\" -n calico-ipamctl doctor\n",
	.options = {
		{ .name = "cni-path", .argument = "DIR",
		  .help = "where the plugins are; default: as CRI-O's or containerd's "
			  "configuration says, else /opt/cni/bin" },
		{ .name = "conf-dir", .argument = "DIR",
		  .help = "where the network configurations are (/etc/cni/net.d)" },
		{ .name = "openstack", .help = "of a compute host: the DHCP agent and its guests" },
		{ .name = "agent-config", .argument = "FILE",
		  .help = "with --openstack: the agent's (/etc/neutron/neutron.conf)" },
		{ .name = "fix", .help = "write kernel settings that are wrong to /etc/sysctl.d, "
					 "and set them" },
		CONFIRM_OPTIONS,
		{ .name = "root", .argument = "DIR",
		  .help = "look below this folder: /proc, the folders, certificates" },
	},
	.run = doctor_run,
};
