/* SPDX-License-Identifier: Apache-2.0 */
#include "openstack/guest/user_data.h"

#include "base/attr.h"
#include "openstack/guest/own.h"

#include <string.h>

#define FILES_MAX 4

struct recipe {
	enum own_file files[FILES_MAX];
	size_t n;
	const char *commands;
};

static const char kernel[] =
	"net.ipv6.conf.default.accept_ra = 1\n"
	"net.ipv6.conf.default.addr_gen_mode = 0\n"
	"net.ipv6.conf.default.use_tempaddr = 0\n"
	"net.ipv6.conf.default.router_solicitation_delay = 10\n"
	"net.ipv6.conf.eth0.router_solicitation_delay = 10\n"
	"net.ipv6.conf.ens3.router_solicitation_delay = 10\n";

/* A stanza that cloud-init or the image has already is not added: it would run a second client. */
static const struct recipe debian = {
	.files = { OWN_CLOUD_INIT, OWN_NETPLAN, OWN_SYSCTL, OWN_HOOK_DEBIAN },
	.n = 4,
	.commands =
	"sysctl --system\n"
	"if command -v netplan; then\n"
	"  netplan apply\n"
	"elif [ -e /etc/network/interfaces ]; then\n"
	"  cd /etc/network\n"
	"  own=interfaces.d/calico-ipam.cfg\n"
	"  for link in eth0 ens3; do\n"
	"    grep -rqs \"^iface $link inet dhcp\" interfaces interfaces.d || continue\n"
	"    ! grep -rqs \"^iface $link inet6 dhcp\" interfaces interfaces.d || continue\n"
	"    [ -e $own ] || echo '" OWN_MARK "' >$own\n"
	"    printf 'iface %s inet6 dhcp\\n\\taccept_ra 1\\n' $link >>$own\n"
	"    ifdown --force $link\n"
	"    ifup $link\n"
	"  done\n"
	"fi\n",
};

/* The network service's part is as Calico's document has it. */
static const struct recipe centos = {
	.files = { OWN_CLOUD_INIT, OWN_NETWORK_MANAGER, OWN_SYSCTL },
	.n = 3,
	.commands =
	"sysctl --system\n"
	"if systemctl -q is-active NetworkManager; then\n"
	"  nmcli connection reload\n"
	"  nmcli -t -f DEVICE,TYPE device | sed -n 's/:ethernet$//p' | while read -r link; do\n"
	"    nmcli connection up calico-ipam ifname $link\n"
	"  done\n"
	"elif [ -e /etc/sysconfig/network-scripts/ifcfg-eth0 ]; then\n"
	"  cd /etc/sysconfig/network-scripts\n"
	"  sed -i '/^IPV6INIT=/d; /^DHCPV6C=/d' ifcfg-eth0\n"
	"  printf 'IPV6INIT=yes\\nDHCPV6C=yes\\n' >>ifcfg-eth0\n"
	"  grep -q new_ip6_prefixlen=128 /sbin/dhclient-script ||\n"
	"    sed -i '/PATH/i\\new_ip6_prefixlen=128' /sbin/dhclient-script\n"
	"  systemctl restart network\n"
	"fi\n",
};

static const struct {
	const char *name;
	const struct recipe *recipe;
} systems[] = {
	{ "ubuntu", &debian }, { "debian", &debian }, { "centos", &centos }, { "rhel", &centos },
};

/* Each line so deep, as YAML's literal block has it. */
static void print_block(const char *text, const char *indent, struct buf *out)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		buf_puts(out, len ? indent : "");
		buf_add(out, text, len);
		buf_putc(out, '\n');
		text += len + (text[len] == '\n');
	}
}

static void print_file(enum own_file file, struct buf *out)
{
	const struct own *own = &own_files[file];

	buf_printf(out, "- path: %s\n  permissions: '0%o'\n  content: |\n    %s\n", own->path,
		   (unsigned)own->mode, OWN_MARK);
	print_block(own->text ? own->text : kernel, "    ", out);
}

int user_data_print(const char *system, struct buf *out)
{
	const struct recipe *recipe = NULL;

	for (size_t i = 0; i < ARRAY_LEN(systems); i++)
		if (strcmp(system, systems[i].name) == 0)
			recipe = systems[i].recipe;
	if (!recipe)
		return -1;
	buf_puts(out, "#cloud-config\n"
		 "# Has the guest ask by DHCP and DHCPv6 on each interface, accept router\n"
		 "# advertisements and take /128.\n"
		 "write_files:\n");
	for (size_t i = 0; i < recipe->n; i++)
		print_file(recipe->files[i], out);
	buf_puts(out, "runcmd:\n- |\n");
	print_block(recipe->commands, "  ", out);
	return 0;
}
