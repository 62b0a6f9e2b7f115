/* SPDX-License-Identifier: Apache-2.0 */
/* Of the root of a guest's image, in each layout that distributions have, what is wrong is told. */
#include "base/json.h"
#include "base/yaml/yaml_tree.h"
#include "openstack/guest/apply.h"
#include "openstack/guest/judge.h"
#include "openstack/guest/user_data.h"
#include "tests/openstack/fixture_root.h"
#include "tests/suite.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define INTERFACES "/etc/network/interfaces"
#define NETWORK "/etc/systemd/network/20-eth0.network"
#define PROFILE "/etc/NetworkManager/system-connections/eth0.nmconnection"
#define IFCFG "/etc/sysconfig/network-scripts/ifcfg-eth0"
#define SYSCTL "/etc/sysctl.d/10-network.conf"
#define NETPLAN "/etc/netplan/50-cloud-init.yaml"
#define WANTS "/etc/systemd/system/multi-user.target.wants/"
#define HOOKS "run_hookdir /etc/dhcp/dhclient-enter-hooks.d\n"
#define TAKES "ip -6 addr add ${new_ip6_address}/${new_ip6_prefixlen} dev ${interface}\n"
#define NEW_CLIENT "\177ELF [--address-prefix-len <length>]"

static struct guest guest;
static struct findings findings;

static void set_up(void)
{
	root_begin();
}

static void tear_down(void)
{
	guest_done(&guest);
	findings_done(&findings);
	root_end();
}

/* As often as it is called. */
static void look(void)
{
	struct root root __cleanup(root_done) = NO_ROOT;
	struct err e = { 0 };

	guest_done(&guest);
	findings_done(&findings);
	ck_assert_msg(root_open(&root, root_folder, &e) == 0, "%s", e.text);
	ck_assert_msg(guest_read(&root, true, &guest, &findings, &e) == 0, "%s", e.text);
	guest_judge(&guest, &findings);
	findings_sort(&findings);
}

static void tell(void)
{
	for (size_t i = 0; i < findings.n; i++)
		fprintf(stderr, "%s: %s: %s\n", finding_name(findings.list[i].kind),
			findings.list[i].where, findings.list[i].text);
}

static void assert_found(enum finding_kind kind, const char *where, const char *text)
{
	for (size_t i = 0; i < findings.n; i++)
		if (findings.list[i].kind == kind && strcmp(findings.list[i].where, where) == 0 &&
		    strstr(findings.list[i].text, text))
			return;
	tell();
	ck_abort_msg("not found: %s: %s: %s", finding_name(kind), where, text);
}

static void assert_nothing(void)
{
	tell();
	ck_assert_uint_eq(findings.n, 0);
}

static void put_networkd(void)
{
	root_put("/usr/lib/systemd/systemd-networkd", "");
	root_link(WANTS "systemd-networkd.service", "/lib/systemd/system/systemd-networkd.service");
	root_put("/usr/lib/systemd/network/80-container-host0.network",
		 "[Match]\nVirtualization=container\nName=host0\n[Network]\nDHCP=no\n");
	root_put(NETWORK, "# eth0\n[Match]\nName=eth0\n\n[Network]\nDHCP=yes\n");
}

static void put_netplan(void)
{
	root_put("/usr/sbin/netplan", "");
	root_put(NETPLAN, "network:\n  version: 2\n  ethernets:\n    eth0:\n      dhcp4: true\n"
		 "      dhcp6: true\n");
}

static void put_network_manager(void)
{
	root_link(WANTS "NetworkManager.service", "/usr/lib/systemd/system/NetworkManager.service");
	root_put(PROFILE, "[connection]\nid=eth0\ntype=ethernet\ninterface-name=eth0\n"
		 "[ipv4]\nmethod=auto\n[ipv6]\naddr-gen-mode=eui64\nmethod=auto\n");
}

static void put_dhclient(void)
{
	root_put("/sbin/dhclient", NEW_CLIENT);
	root_put("/sbin/dhclient-script", HOOKS TAKES);
}

static void put_ifupdown(void)
{
	root_put("/sbin/ifup", "");
	root_put(INTERFACES, "source /etc/network/interfaces.d/*\nauto lo\niface lo inet loopback\n"
		 "auto eth0\niface eth0 inet dhcp\n\tmetric 100\niface eth0 inet6 dhcp\n"
		 "\taccept_ra 1\n");
	put_dhclient();
}

static void put_ifcfg(void)
{
	root_put("/etc/rc.d/init.d/network", "");
	root_put(IFCFG, "DEVICE=\"eth0\"\nBOOTPROTO=dhcp\nONBOOT=yes\nIPV6INIT=yes\nDHCPV6C=yes\n");
	root_put("/sbin/dhclient", NEW_CLIENT);
	root_put("/sbin/dhclient-script", ". /etc/dhcp/dhclient-enter-hooks\n" TAKES);
}

static void put_dhcpcd(void)
{
	root_link(WANTS "dhcpcd.service", "/usr/lib/systemd/system/dhcpcd.service");
	root_put("/usr/sbin/dhcpcd", "");
	root_put("/etc/dhcpcd.conf", "duid\npersistent\n");
}

static const struct layout {
	void (*put)(void);
	enum guest_manager manager;
	const char *client;
} layouts[] = {
	{ put_networkd, MANAGER_NETWORKD, "systemd-networkd" },
	{ put_netplan, MANAGER_NETWORKD, "systemd-networkd" },
	{ put_network_manager, MANAGER_NETWORK_MANAGER, "NetworkManager" },
	{ put_ifupdown, MANAGER_IFUPDOWN, "dhclient" },
	{ put_ifcfg, MANAGER_IFCFG, "dhclient" },
	{ put_dhcpcd, MANAGER_DHCPCD, "dhcpcd" },
};

START_TEST(a_guest_that_asks_for_both_addresses_has_no_fault)
{
	const struct layout *l = &layouts[_i];

	root_put("/etc/os-release", "NAME=Some\nPRETTY_NAME=\"Some System 1\"\n");
	l->put();
	look();
	assert_nothing();
	ck_assert_int_eq(guest.manager, l->manager);
	ck_assert_str_eq(guest.client, l->client);
	ck_assert_str_eq(guest.system, "Some System 1");
}
END_TEST

static const struct wrong {
	void (*put)(void);
	const char *path, *text;	/* put in addition */
	enum finding_kind kind;
	const char *where;
	const char *what;
} wrongs[] = {
	{ put_networkd, NETWORK, "[Match]\nName=eth0\n[Network]\nDHCP=ipv6\n",
	  FINDING_GUEST_NO_IPV4, NETWORK, "eth0" },
	{ put_networkd, NETWORK, "[Match]\nName=eth0\n[Network]\nDHCP=yes\nIPv6AcceptRA=no\n",
	  FINDING_GUEST_NO_RA, NETWORK, "eth0" },
	{ put_networkd, NETWORK ".d/more.conf", "[IPv6AcceptRA]\nDHCPv6Client=no\n",
	  FINDING_GUEST_NO_IPV6, NETWORK, "eth0" },
	{ put_networkd, NETWORK,
	  "[Match]\nName=e*\n[Network]\nDHCP=yes\nLinkLocalAddressing=ipv4\n",
	  FINDING_GUEST_NO_IPV6, NETWORK, "e*" },
	{ put_networkd, "/etc/systemd/network/10-first.network",
	  "[Match]\nType=ether\n[Network]\nDHCP=no\n", FINDING_GUEST_NO_IPV4,
	  "/etc/systemd/network/10-first.network", "*" },
	{ put_networkd, NETWORK, "[Match]\nName=eth0\n[Network]\nDHCP=yes\n"
	  "IPv6PrivacyExtensions=prefer-public\n", FINDING_GUEST_TEMPORARY, NETWORK, "eth0" },
	{ put_networkd, NETWORK, "[Match]\nName=eth0\n[Network]\nDHCP=yes\n[IPv6AcceptRA]\n"
	  "Token=prefixstable\n", FINDING_GUEST_STABLE_PRIVATE, NETWORK, "eth0" },
	{ put_networkd, NETWORK, "[Match]\nName=wlan0\nType=wlan\n", FINDING_GUEST_NO_IPV6,
	  "systemd-networkd", "no interface is configured" },
	{ put_networkd, SYSCTL, "net.ipv6.conf.all.disable_ipv6 = 1\n", FINDING_GUEST_IPV6_OFF,
	  SYSCTL, "net.ipv6.conf.all.disable_ipv6 is 1" },
	{ put_networkd, SYSCTL, "-net/ipv6/conf/eth0/disable_ipv6=1\n", FINDING_GUEST_IPV6_OFF,
	  SYSCTL, "net.ipv6.conf.eth0.disable_ipv6 is 1" },
	{ put_netplan, "/etc/netplan/60-more.yaml",
	  "network: {ethernets: {eth0: {dhcp4: false}}}\n",
	  FINDING_GUEST_NO_IPV4, NETPLAN, "eth0" },
	{ put_netplan, "/etc/netplan/60-more.yaml",
	  "network: {ethernets: {eth0: {accept-ra: false}}}\n", FINDING_GUEST_NO_RA, NETPLAN,
	  "eth0" },
	{ put_netplan, "/etc/netplan/60-more.yaml",
	  "network: {ethernets: {eth0: {link-local: [ipv4]}}}\n", FINDING_GUEST_NO_IPV6, NETPLAN,
	  "eth0" },
	{ put_netplan, NETPLAN,
	  "network: {renderer: NetworkManager, ethernets: {eth0: {dhcp4: true}}}\n",
	  FINDING_GUEST_NO_IPV6, NETPLAN, "eth0" },
	{ put_netplan, "/etc/netplan/60-more.yaml",
	  "network: {ethernets: {eth0: {ipv6-privacy: true}}}\n", FINDING_GUEST_TEMPORARY, NETPLAN,
	  "eth0" },
	{ put_netplan, NETPLAN, "network: {ethernets: {eth0: {match: {macaddress: "
	  "\"fa:16:3e:00:00:01\"}, dhcp4: true}}}\n", FINDING_GUEST_NO_IPV4, "systemd-networkd",
	  "no interface is configured" },
	{ put_network_manager, PROFILE, "[connection]\ntype=ethernet\n[ipv4]\nmethod=auto\n"
	  "[ipv6]\nmethod=ignore\n", FINDING_GUEST_NO_IPV6, PROFILE, "*" },
	{ put_network_manager, PROFILE, "[connection]\ntype=ethernet\n[ipv4]\nmethod=auto\n"
	  "[ipv6]\nmethod=dhcp\n", FINDING_GUEST_NO_RA, PROFILE, "*" },
	{ put_network_manager, PROFILE, "[connection]\ntype=ethernet\n[match]\ninterface-name=e*;\n"
	  "[ipv4]\nmethod=disabled\n[ipv6]\nmethod=auto\n", FINDING_GUEST_NO_IPV4, PROFILE, "e*" },
	{ put_network_manager, PROFILE, "[connection]\ntype=ethernet\nautoconnect=false\n",
	  FINDING_GUEST_STABLE_PRIVATE, "NetworkManager's own connection", "*" },
	{ put_network_manager, "/etc/NetworkManager/conf.d/z.conf",
	  "[connection]\nipv6.ip6-privacy=2\n", FINDING_GUEST_TEMPORARY, PROFILE, "eth0" },
	{ put_network_manager, IFCFG, "DEVICE=eth1\nBOOTPROTO=dhcp\nIPV6INIT=no\n",
	  FINDING_GUEST_NO_IPV6, IFCFG, "eth1" },
	{ put_ifupdown, SYSCTL, "net.ipv6.conf.default.use_tempaddr=2\n",
	  FINDING_GUEST_TEMPORARY, SYSCTL, "net.ipv6.conf.default.use_tempaddr is 2" },
	{ put_ifupdown, SYSCTL, "net.ipv6.conf.default.addr_gen_mode=3\n",
	  FINDING_GUEST_STABLE_PRIVATE, SYSCTL, "addr_gen_mode is 3" },
	{ put_ifupdown, "/sbin/dhclient", "\177ELF isc-dhclient-4.2.4", FINDING_GUEST_PREFIX,
	  "/sbin/dhclient", "/64" },
	{ put_ifupdown, INTERFACES,
	  "source-directory interfaces.d\nauto eth0\niface eth0 inet dhcp\n",
	  FINDING_GUEST_NO_RA, INTERFACES, "eth0" },
	{ put_ifupdown, INTERFACES,
	  "source /etc/network/interfaces.d/*.cfg\niface eth0 inet dhcp\n",
	  FINDING_GUEST_NO_IPV6, INTERFACES, "eth0" },
	{ put_ifupdown, INTERFACES, "source /etc/network/interfaces.d/*\n", FINDING_GUEST_NO_IPV4,
	  "ifupdown", "no interface is configured" },
	{ put_ifcfg, "/sbin/dhclient", "4.2.5", FINDING_GUEST_PREFIX, "/sbin/dhclient", "/64" },
};

/* What no file of our own mends. */
static const struct wrong by_hand[] = {
	{ put_networkd, "/etc/default/grub", "#\nGRUB_CMDLINE_LINUX=\"quiet ipv6.disable=1\"\n",
	  FINDING_GUEST_IPV6_OFF, "/etc/default/grub", "command line" },
	{ put_netplan, "/etc/netplan/60-more.yaml", "network: {ethernets: [\n",
	  FINDING_GUEST_UNREADABLE, "/etc/netplan/60-more.yaml", "60-more.yaml" },
	{ put_ifupdown, INTERFACES, "auto eth0\niface eth0 inet dhcp\niface eth0 inet6 auto\n",
	  FINDING_GUEST_NO_IPV6, INTERFACES, "eth0" },
	{ put_ifupdown, INTERFACES, "auto eth0\niface eth0 inet dhcp\n", FINDING_GUEST_NO_RA,
	  INTERFACES, "eth0" },
	{ put_ifupdown, "/etc/network/interfaces.d/ens3", "iface ens3 inet6 dhcp\n accept_ra 0\n",
	  FINDING_GUEST_NO_RA, "/etc/network/interfaces.d/ens3", "ens3" },
	{ put_ifupdown, SYSCTL, "net.ipv6.conf.all.forwarding=1\n", FINDING_GUEST_NO_RA,
	  INTERFACES, "accept_ra is not 2" },
	{ put_ifcfg, IFCFG, "DEVICE=eth0\nBOOTPROTO=dhcp\n", FINDING_GUEST_NO_IPV6, IFCFG,
	  "eth0" },
	{ put_ifcfg, IFCFG, "DEVICE=eth0\nBOOTPROTO=dhcp\nIPV6INIT=yes\nDHCPV6C=yes\n"
	  "IPV6_AUTOCONF=no\n", FINDING_GUEST_NO_RA, IFCFG, "eth0" },
	{ put_dhcpcd, "/etc/dhcpcd.conf", "slaac private\n", FINDING_GUEST_STABLE_PRIVATE,
	  "/etc/dhcpcd.conf", "" },
	{ put_dhcpcd, "/etc/dhcpcd.conf", "interface eth0\n\tnoipv6rs\n", FINDING_GUEST_NO_RA,
	  "/etc/dhcpcd.conf", "" },
};

static const struct wrong *wrong_of(size_t i)
{
	return i < ARRAY_LEN(wrongs) ? &wrongs[i] : &by_hand[i - ARRAY_LEN(wrongs)];
}

START_TEST(what_keeps_a_guest_from_its_addresses_is_found)
{
	const struct wrong *w = wrong_of(_i);

	w->put();
	look();
	assert_nothing();
	root_put(w->path, w->text);
	look();
	assert_found(w->kind, w->where, w->what);
}
END_TEST

START_TEST(networkd_begins_dhcpv6_where_an_advertisement_says_so)
{
	put_netplan();
	root_put(NETPLAN, "network: {ethernets: {eth0: {dhcp4: true, dhcp6: false}}}\n");
	look();
	assert_nothing();
	guest_done(&guest);
	put_networkd();
	root_unput("/usr/sbin/netplan");
	root_put(NETWORK, "[Match]\nName=eth0\n[Network]\nDHCP=ipv4\n");
	look();
	assert_nothing();
}
END_TEST

START_TEST(a_root_without_anything_that_configures_is_told_so)
{
	look();
	ck_assert_uint_eq(findings.n, 1);
	assert_found(FINDING_GUEST_NO_MANAGER, "/", "neither netplan");
	put_ifupdown();
	root_unput("/sbin/dhclient");
	look();
	assert_found(FINDING_GUEST_NO_CLIENT, "/sbin", "neither dhclient");
}
END_TEST

START_TEST(where_cloud_init_writes_the_configuration_it_is_told_and_no_fault)
{
	root_put("/usr/bin/cloud-init", "");
	root_put("/etc/cloud/cloud.cfg", "users: [default]\n");
	root_put("/usr/sbin/netplan", "");
	look();
	ck_assert_uint_eq(findings.n, 1);
	assert_found(FINDING_GUEST_CLOUD_INIT, "/etc/cloud/cloud.cfg", "first boot");
	ck_assert(finding_is_a_note(FINDING_GUEST_CLOUD_INIT));
	/* As cloud-init brings it. */
	root_put("/etc/cloud/cloud.cfg.d/05_logging.cfg", "_log:\n - &log_base |\n   [loggers]\n"
		 "log_cfgs:\n - [ *log_base ]\n");
	look();
	ck_assert_uint_eq(findings.n, 1);
	root_put("/etc/cloud/cloud.cfg.d/90-mine.cfg", "users: []\nnetwork: [\n");
	look();
	assert_found(FINDING_GUEST_UNREADABLE, "/etc/cloud/cloud.cfg.d/90-mine.cfg", "");
	root_put("/etc/cloud/cloud.cfg.d/90-mine.cfg", "");
	root_put("/etc/cloud/cloud.cfg.d/99-off.cfg", "network: {config: disabled}\n");
	look();
	ck_assert_uint_eq(findings.n, 2);
	assert_found(FINDING_GUEST_NO_IPV6, "systemd-networkd", "no interface is configured");
}
END_TEST

static void count(enum own_change change, const char *path, void *arg)
{
	(void)change;
	(void)path;
	++*(size_t *)arg;
}

/* Returns how many files are written, and in *ret_by_hand what is left to do. */
static size_t apply(bool dry, size_t *ret_by_hand)
{
	struct root root __cleanup(root_done) = NO_ROOT;
	struct guest bare __cleanup(guest_done) = { 0 };
	struct findings found __cleanup(findings_done) = { 0 };
	struct guest_plan plan __cleanup(guest_plan_done) = { 0 };
	struct err e = { 0 };
	size_t n = 0;

	ck_assert_int_eq(root_open(&root, root_folder, &e), 0);
	ck_assert_int_eq(guest_read(&root, false, &bare, &found, &e), 0);
	guest_judge(&bare, &found);
	ck_assert_int_eq(guest_plan(&bare, &found, &plan, &e), 0);
	ck_assert_msg(guest_apply(&root, &plan, dry, count, &n, &e) == 0, "%s", e.text);
	*ret_by_hand = plan.by_hand.n;
	return n;
}

static size_t undo(bool dry)
{
	struct root root __cleanup(root_done) = NO_ROOT;
	struct err e = { 0 };
	size_t n = 0;

	ck_assert_int_eq(root_open(&root, root_folder, &e), 0);
	ck_assert_msg(guest_undo(&root, dry, count, &n, &e) == 0, "%s", e.text);
	return n;
}

/* What the root holds, in *before; and that it holds the same. */
static void assert_same(const struct buf *before)
{
	struct buf now __cleanup(buf_done) = BUF(1 << 20);

	root_describe(&now);
	ck_assert_str_eq(before->data, now.data);
}

/* Applied, applied again, and undone; ret_left: what is left for somebody to do. */
static size_t there_and_back(size_t *ret_left)
{
	struct buf before __cleanup(buf_done) = BUF(1 << 20);
	struct buf after __cleanup(buf_done) = BUF(1 << 20);
	size_t left, n;

	root_describe(&before);
	n = apply(true, &left);
	assert_same(&before);
	ck_assert_uint_eq(apply(false, ret_left), n);
	root_describe(&after);
	look();
	ck_assert_uint_eq(apply(false, &left), 0);
	ck_assert_uint_eq(undo(true), n);
	assert_same(&after);
	ck_assert_uint_eq(undo(false), n);
	assert_same(&before);
	return n;
}

START_TEST(what_is_wrong_is_mended_once_and_taken_back_to_the_byte)
{
	size_t left;

	wrongs[_i].put();
	root_put(wrongs[_i].path, wrongs[_i].text);
	ck_assert_uint_gt(there_and_back(&left), 0);
	assert_nothing();
	ck_assert_uint_eq(left, 0);
}
END_TEST

START_TEST(what_no_file_of_ours_mends_is_left_and_told)
{
	const struct wrong *w = &by_hand[_i];
	size_t left;

	w->put();
	root_put(w->path, w->text);
	there_and_back(&left);
	assert_found(w->kind, w->where, w->what);
	ck_assert(left || w->kind == FINDING_GUEST_UNREADABLE);
}
END_TEST

START_TEST(what_is_right_is_not_touched)
{
	struct buf before __cleanup(buf_done) = BUF(1 << 20);
	size_t left;

	layouts[_i].put();
	root_describe(&before);
	ck_assert_uint_eq(apply(false, &left), 0);
	ck_assert_uint_eq(left, 0);
	ck_assert_uint_eq(undo(false), 0);
	assert_same(&before);
}
END_TEST

START_TEST(cloud_init_leaves_the_network_alone_once_a_root_is_mended)
{
	size_t left;

	root_put("/usr/bin/cloud-init", "");
	root_put("/etc/cloud/cloud.cfg", "users: [default]\n");
	root_put("/usr/sbin/netplan", "");
	ck_assert_uint_eq(apply(false, &left), 2);
	look();
	assert_nothing();
	ck_assert(!guest.cloud_init);
	undo(false);
	look();
	assert_found(FINDING_GUEST_CLOUD_INIT, "/etc/cloud/cloud.cfg", "");
}
END_TEST

START_TEST(a_file_that_is_not_ours_is_neither_replaced_nor_removed)
{
	struct root root __cleanup(root_done) = NO_ROOT;
	struct guest_plan plan __cleanup(guest_plan_done) = { 0 };
	struct buf before __cleanup(buf_done) = BUF(1 << 20);
	struct err e = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < N_OWN_FILES; i++)
		buf_init(&plan.files[i], 100);
	buf_puts(&plan.files[OWN_NETWORKD], "[Match]\n");
	buf_puts(&plan.files[OWN_SYSCTL], "a = 1\n");
	root_put(own_files[OWN_SYSCTL].path, "b = 2\n");
	root_link(own_files[OWN_HOOK_DEBIAN].path, "/nowhere");
	root_describe(&before);
	ck_assert_int_eq(root_open(&root, root_folder, &e), 0);
	ck_assert_int_eq(guest_apply(&root, &plan, false, count, &n, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CONFLICT);
	ck_assert_ptr_nonnull(strstr(e.text, own_files[OWN_SYSCTL].path));
	ck_assert_int_eq(guest_undo(&root, false, count, &n, &e), 0);
	ck_assert_uint_eq(n, 0);
	assert_same(&before);
}
END_TEST

/* As where the disk is full. */
static int apply_without_room(const struct root *root, const struct guest_plan *plan, struct err *e)
{
	struct rlimit whole, none;
	size_t n = 0;
	int rc;

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &whole), 0);
	none = whole;
	none.rlim_cur = 0;
	setrlimit(RLIMIT_FSIZE, &none);
	rc = guest_apply(root, plan, false, count, &n, e);
	setrlimit(RLIMIT_FSIZE, &whole);
	return rc;
}

START_TEST(of_a_file_that_cannot_be_written_nothing_stays_nor_of_its_folders)
{
	struct root root __cleanup(root_done) = NO_ROOT;
	struct guest_plan plan __cleanup(guest_plan_done) = { 0 };
	struct buf before __cleanup(buf_done) = BUF(1 << 20);
	struct err e = { 0 };

	for (size_t i = 0; i < N_OWN_FILES; i++)
		buf_init(&plan.files[i], 100);
	buf_puts(&plan.files[OWN_NETWORK_MANAGER], "[connection]\n");
	root_put("/etc/os-release", "");
	root_describe(&before);
	ck_assert_int_eq(root_open(&root, root_folder, &e), 0);
	ck_assert_int_eq(apply_without_room(&root, &plan, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, own_files[OWN_NETWORK_MANAGER].path));
	assert_same(&before);
}
END_TEST

/* Whatever its line says, which anybody may have written. */
START_TEST(of_the_folders_above_a_file_that_is_undone_the_root_is_none)
{
	struct buf left __cleanup(buf_done) = BUF(65536);

	root_put(own_files[OWN_NETPLAN].path,
		 OWN_MARK ": --undo removes this file, and so many folders above it: 8\n");
	ck_assert_uint_eq(undo(false), 1);
	root_describe(&left);
	ck_assert_ptr_null(strstr(left.data, "etc"));
}
END_TEST

START_TEST(a_folder_that_leads_out_of_the_root_is_not_written_to)
{
	char outside[] = "/tmp/guest-outside.XXXXXX", file[300];
	size_t left;

	ck_assert_ptr_nonnull(mkdtemp(outside));
	put_networkd();
	root_unput(NETWORK);
	snprintf(file, sizeof(file), "%s/etc/systemd/network", root_folder);
	ck_assert_int_eq(rmdir(file), 0);
	root_link("/etc/systemd/network", outside);
	root_put(outside, "");
	root_unput(outside);
	snprintf(file, sizeof(file), "%s/x", outside);
	root_put(file, "");
	ck_assert_uint_eq(apply(false, &left), 1);
	look();
	assert_nothing();
	ck_assert_int_eq(rmdir(outside), 0);	/* for it is empty */
}
END_TEST

/* The same bytes each time. */
static unsigned draw(unsigned below)
{
	static unsigned state = 17;

	state = state * 1103515245u + 12345u;
	return (state >> 8) % below;
}

/* One to four bytes of it are others. */
static void put_spoilt(const struct wrong *w)
{
	static const char bytes[] = "\n =#*/.;[]{}:-\"'\377x0";
	char text[512];
	size_t len = strlen(w->text);

	ck_assert_uint_lt(len, sizeof(text));
	memcpy(text, w->text, len + 1);
	for (unsigned i = draw(4) + 1; i > 0 && len; i--)
		text[draw((unsigned)len)] = bytes[draw(sizeof(bytes) - 1)];
	root_put(w->path, text);
}

START_TEST(whatever_a_file_holds_is_read_and_what_is_written_is_taken_back)
{
	struct buf before __cleanup(buf_done) = BUF(1 << 20);
	const struct wrong *w = wrong_of(_i);
	size_t left;

	w->put();
	for (int round = 0; round < 6; round++) {
		put_spoilt(w);
		root_describe(&before);
		look();
		apply(false, &left);
		look();
		ck_assert_uint_eq(apply(false, &left), 0);
		undo(false);
		assert_same(&before);
		buf_reset(&before);
	}
}
END_TEST

static const struct {
	const char *system;
	void (*put)(void);
	const char *path, *text;
} booted[] = {
	{ "ubuntu", put_netplan, NETPLAN, "network: {ethernets: {ens3: {dhcp4: true, "
	  "accept-ra: false}}}\n" },
	{ "debian", put_ifupdown, "/sbin/dhclient", "old" },
	{ "centos", put_network_manager, PROFILE, "[connection]\ntype=ethernet\n[ipv4]\n"
	  "method=auto\n[ipv6]\nmethod=ignore\n" },
	{ "rhel", put_network_manager, "/etc/NetworkManager/conf.d/x.conf",
	  "[connection]\nipv6.ip6-privacy=2\n" },
};

/* Writes its files, as cloud-init does, and leaves its commands in *arg. */
static int boot(struct cJSON *tree, size_t line, void *arg, struct err *e)
{
	const struct cJSON *files = json_entry(tree, "write_files");
	const struct cJSON *commands = json_entry(tree, "runcmd");

	(void)line;
	(void)e;
	ck_assert_uint_ge(json_count(files), 3);
	for (const struct cJSON *f = json_first(files); f; f = json_next(f)) {
		ck_assert(own_is_path(json_field_text(f, "path")));
		ck_assert(own_is_text(json_field_text(f, "content")));
		ck_assert_int_eq(*json_field_text(f, "permissions"), '0');
		root_put(json_field_text(f, "path"), json_field_text(f, "content"));
	}
	ck_assert_uint_eq(json_count(commands), 1);
	buf_puts(arg, json_string(json_first(commands)));
	json_free(tree);
	return 0;
}

static void read_user_data(const char *system, struct buf *commands)
{
	struct buf text __cleanup(buf_done) = BUF(1 << 16);
	struct err e = { 0 };

	ck_assert_int_eq(user_data_print(system, &text), 0);
	ck_assert_int_eq(strncmp(text.data, "#cloud-config\n", 14), 0);
	ck_assert_msg(yaml_read_trees(&(struct yaml_source){ .text = text.data, .len = text.len,
							     .file = system, .values_max = 1000 },
				      boot, commands, &e) == 0, "%s", e.text);
	ck_assert(!text.failed && !commands->failed);
}

START_TEST(user_data_mend_a_guest_as_it_boots)
{
	struct buf commands __cleanup(buf_done) = BUF(1 << 16);

	booted[_i].put();
	root_put(booted[_i].path, booted[_i].text);
	look();
	ck_assert_uint_gt(findings.n, 0);
	read_user_data(booted[_i].system, &commands);
	look();
	assert_nothing();
	undo(false);
	look();
	ck_assert_uint_gt(findings.n, 0);
}
END_TEST

/* With the programs that they run left out, in the root. */
static void run(const char *commands)
{
	static const char *const prefix =
		"systemctl() { [ \"$1\" = restart ]; }\n"
		"netplan() { :; }\nsysctl() { :; }\nifup() { :; }\nifdown() { :; }\n"
		"command() { [ \"$2\" != netplan ]; }\n";
	struct buf script __cleanup(buf_done) = BUF(1 << 16);
	char line[600];

	buf_puts(&script, prefix);
	for (const char *c = commands; *c; c++) {
		bool begins = c == commands || strchr(" '", c[-1]);

		if (begins && (strncmp(c, "/etc/", 5) == 0 || strncmp(c, "/sbin/", 6) == 0))
			buf_puts(&script, root_folder);
		buf_putc(&script, *c);
	}
	root_put("/script", script.data);
	snprintf(line, sizeof(line), "sh %s/script", root_folder);
	ck_assert_int_eq(system(line), 0);
	root_unput("/script");
}

START_TEST(its_commands_mend_ifupdown_and_the_network_service_as_the_document_does)
{
	struct buf debian __cleanup(buf_done) = BUF(1 << 16);
	struct buf centos __cleanup(buf_done) = BUF(1 << 16);

	put_ifupdown();
	root_put(INTERFACES, "source /etc/network/interfaces.d/*.cfg\niface eth0 inet dhcp\n");
	root_put("/etc/network/interfaces.d/none.cfg", "");
	read_user_data("debian", &debian);
	look();
	assert_found(FINDING_GUEST_NO_IPV6, INTERFACES, "eth0");
	run(debian.data);
	look();
	assert_nothing();
	root_end();

	root_begin();
	put_ifcfg();
	root_put("/sbin/dhclient", "4.2.5");
	root_put("/sbin/dhclient-script", "#!/bin/bash\nPATH=/bin\n" TAKES);
	root_put(IFCFG, "DEVICE=eth0\nBOOTPROTO=dhcp\nIPV6INIT=no\n");
	read_user_data("centos", &centos);
	look();
	assert_found(FINDING_GUEST_NO_IPV6, IFCFG, "eth0");
	assert_found(FINDING_GUEST_PREFIX, "/sbin/dhclient", "/64");
	run(centos.data);
	run(centos.data);
	look();
	assert_nothing();
}
END_TEST

static const char *const lengths[] = { "/sbin/dhclient-script", "/etc/dhcp/dhclient-enter-hooks",
				       "/etc/dhcp/dhclient-enter-hooks.d/length" };

START_TEST(a_script_that_passes_no_length_on_takes_128)
{
	put_ifupdown();
	root_put("/sbin/dhclient", "old");
	root_put("/sbin/dhclient-script", HOOKS "ip -6 addr replace ${new_ip6_address}\n");
	look();
	assert_nothing();
}
END_TEST

START_TEST(a_length_of_128_in_a_script_or_a_hook_counts)
{
	put_ifupdown();
	root_put("/sbin/dhclient", "old");
	root_put(lengths[_i], HOOKS TAKES "new_ip6_prefixlen=128\n");
	look();
	assert_nothing();
	root_put(lengths[_i], HOOKS TAKES "#new_ip6_prefixlen=128\n");
	look();
	assert_found(FINDING_GUEST_PREFIX, "/sbin/dhclient", "/64");
}
END_TEST

START_TEST(a_link_leads_within_the_root_and_never_out_of_it)
{
	char outside[] = "/tmp/guest-outside.XXXXXX";
	int fd = mkstemp(outside);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_gt(dprintf(fd, "PRETTY_NAME=Outside\n"), 0);
	close(fd);
	put_networkd();
	root_link("/etc/os-release", outside);
	look();
	ck_assert_str_eq(guest.system, "");

	root_put(outside, "PRETTY_NAME=Inside\n");
	look();
	ck_assert_str_eq(guest.system, "Inside");

	root_unput("/etc/os-release");
	root_link("/etc/os-release", "../../../../../../../../usr/lib/os-release");
	root_put("/usr/lib/os-release", "PRETTY_NAME=Below\n");
	look();
	ck_assert_str_eq(guest.system, "Below");
	unlink(outside);
}
END_TEST

START_TEST(what_is_no_file_or_too_large_is_told_and_not_opened)
{
	char path[300];
	struct buf much __cleanup(buf_done) = BUF(ROOT_FILE_MAX + 10);

	put_networkd();
	snprintf(path, sizeof(path), "%s/etc/sysctl.d", root_folder);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s%s", root_folder, SYSCTL);
	ck_assert_int_eq(mkfifo(path, 0644), 0);
	look();
	assert_found(FINDING_GUEST_UNREADABLE, SYSCTL, "is a FIFO");

	while (much.len < ROOT_FILE_MAX + 1)
		buf_putc(&much, '#');
	root_put("/etc/default/grub", much.data);
	look();
	assert_found(FINDING_GUEST_UNREADABLE, "/etc/default/grub", "larger than the limit");
}
END_TEST

/* Else a file that sources itself, twenty times, is read some 20^8 times. */
START_TEST(files_that_source_each_other_are_read_so_often_and_no_more)
{
	struct buf text __cleanup(buf_done) = BUF(65536);

	put_ifupdown();
	for (unsigned i = 0; i < 20; i++)
		buf_puts(&text, "source interfaces\n");
	root_put(INTERFACES, text.data);
	look();
	assert_found(FINDING_GUEST_UNREADABLE, INTERFACES, "more than 1000 times files are "
		     "sourced");
}
END_TEST

START_TEST(of_more_interfaces_than_are_looked_at_the_first_are_judged_and_that_is_told)
{
	struct buf text __cleanup(buf_done) = BUF(1 << 20);

	put_ifupdown();
	for (unsigned i = 0; i < 30000; i++)
		buf_printf(&text, "iface e%u inet dhcp\n", i);
	root_put(INTERFACES, text.data);
	look();
	assert_found(FINDING_GUEST_UNREADABLE, INTERFACES, "interfaces are configured more than "
		     "1000 times");
	assert_found(FINDING_GUEST_NO_IPV6, INTERFACES, "interface e999 does not");
}
END_TEST

/* As systemd masks what the distribution has: a link to /dev/null, which the image may have. */
START_TEST(a_file_that_is_masked_is_empty)
{
	char null[300];

	if (geteuid() != 0)
		return;	/* who may make no device */
	put_networkd();
	root_put("/dev/x", "");
	snprintf(null, sizeof(null), "%s/dev/null", root_folder);
	ck_assert_int_eq(mknod(null, S_IFCHR | 0666, makedev(1, 3)), 0);
	root_link("/etc/systemd/network/80-container-host0.network", "/dev/null");
	root_link("/etc/sysctl.d/10-x.conf", "/dev/null");
	look();
	assert_nothing();
	root_unput(NETWORK);
	look();
	assert_found(FINDING_GUEST_NO_IPV4, "systemd-networkd", "no interface is configured");
}
END_TEST

START_TEST(of_a_folder_of_interfaces_an_editors_copies_are_not_read)
{
	put_ifupdown();
	root_put(INTERFACES, "source-directory interfaces.d\n");
	root_put(INTERFACES ".d/eth0", "iface eth0 inet dhcp\niface eth0 inet6 dhcp\n");
	root_put(INTERFACES ".d/eth0~", "iface eth0 inet6 static\n");
	root_put(INTERFACES ".d/eth0.bak", "iface eth0 inet6 static\n");
	look();
	assert_nothing();
}
END_TEST

START_TEST(a_line_of_interfaces_may_go_on_in_the_next)
{
	put_ifupdown();
	root_put(INTERFACES, "auto eth0\niface eth0 \\\n inet dhcp\n"
		 "iface eth0 inet6 \\\n\tdhcp\n");
	look();
	assert_nothing();
}
END_TEST

START_TEST(netplans_ethernets_that_are_a_list_are_told)
{
	put_netplan();
	root_put(NETPLAN, "network:\n  ethernets:\n  - eth0\n");
	look();
	assert_found(FINDING_GUEST_UNREADABLE, NETPLAN, "network.ethernets is a list, not a map");
}
END_TEST

Suite *suite(void)
{
	TCase *t = tcase_create("guest");
	Suite *s = suite_create("guest");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, a_guest_that_asks_for_both_addresses_has_no_fault, 0,
			    ARRAY_LEN(layouts));
	tcase_add_loop_test(t, what_keeps_a_guest_from_its_addresses_is_found, 0,
			    ARRAY_LEN(wrongs) + ARRAY_LEN(by_hand));
	tcase_add_test(t, networkd_begins_dhcpv6_where_an_advertisement_says_so);
	tcase_add_test(t, a_root_without_anything_that_configures_is_told_so);
	tcase_add_test(t, where_cloud_init_writes_the_configuration_it_is_told_and_no_fault);
	tcase_add_test(t, a_script_that_passes_no_length_on_takes_128);
	tcase_add_loop_test(t, a_length_of_128_in_a_script_or_a_hook_counts, 0,
			    ARRAY_LEN(lengths));
	tcase_add_loop_test(t, what_is_wrong_is_mended_once_and_taken_back_to_the_byte, 0,
			    ARRAY_LEN(wrongs));
	tcase_add_loop_test(t, what_no_file_of_ours_mends_is_left_and_told, 0,
			    ARRAY_LEN(by_hand));
	tcase_add_loop_test(t, whatever_a_file_holds_is_read_and_what_is_written_is_taken_back, 0,
			    ARRAY_LEN(wrongs) + ARRAY_LEN(by_hand));
	tcase_add_loop_test(t, what_is_right_is_not_touched, 0, ARRAY_LEN(layouts));
	tcase_add_test(t, cloud_init_leaves_the_network_alone_once_a_root_is_mended);
	tcase_add_test(t, a_file_that_is_not_ours_is_neither_replaced_nor_removed);
	tcase_add_test(t, of_a_file_that_cannot_be_written_nothing_stays_nor_of_its_folders);
	tcase_add_test(t, of_the_folders_above_a_file_that_is_undone_the_root_is_none);
	tcase_add_test(t, a_folder_that_leads_out_of_the_root_is_not_written_to);
	tcase_add_loop_test(t, user_data_mend_a_guest_as_it_boots, 0, ARRAY_LEN(booted));
	tcase_add_test(t,
		       its_commands_mend_ifupdown_and_the_network_service_as_the_document_does);
	tcase_add_test(t, a_link_leads_within_the_root_and_never_out_of_it);
	tcase_add_test(t, what_is_no_file_or_too_large_is_told_and_not_opened);
	tcase_add_test(t, files_that_source_each_other_are_read_so_often_and_no_more);
	tcase_add_test(t,
		       of_more_interfaces_than_are_looked_at_the_first_are_judged_and_that_is_told);
	tcase_add_test(t, a_file_that_is_masked_is_empty);
	tcase_add_test(t, of_a_folder_of_interfaces_an_editors_copies_are_not_read);
	tcase_add_test(t, a_line_of_interfaces_may_go_on_in_the_next);
	tcase_add_test(t, netplans_ethernets_that_are_a_list_are_told);
	suite_add_tcase(s, t);
	return s;
}
