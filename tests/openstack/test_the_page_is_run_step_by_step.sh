# SPDX-License-Identifier: Apache-2.0
# docs/OPENSTACK.md, section 1: its commands as they stand, for dual stack and for IPv6 only. After them
# nothing is found wrong, and a guest learns the addresses that were chosen for it.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/openstack/agent.inc.sh"
. "$SOURCE/tests/openstack/guests.inc.sh"

# The commands of the page, a line each.
page() {
	sed -n '/^## 1\./,/^## 2\./p' "$SOURCE/docs/OPENSTACK.md" | sed -n 's/^		//p' |
		sed -e ':join' -e '/\\$/{N; s/\\\n[	 ]*//; b join' -e '}'
}

# Neutron's client, of which only what the page types is here: its driver's record in etcd.
make_openstack() {
	cat >"$T/bin/openstack" <<-'END'
	#!/bin/sh
	set -e
	[ "$1 $2" = "subnet create" ]
	shift 2
	ra=null address=null dhcp=
	while [ $# -gt 1 ]; do
		case $1 in
		--network) network=$2 ;;
		--ip-version) version=$2 ;;
		--subnet-range) range=$2 ;;
		--ipv6-ra-mode) ra=$2 ;;
		--ipv6-address-mode) address=$2 ;;
		--dhcp) dhcp=yes && shift && continue ;;
		*) echo "openstack: $1" >&2 && exit 2 ;;
		esac
		shift 2
	done
	[ -n "$dhcp" ] || exit 0
	gateway=${range%/*}
	[ "$version" = 6 ] || gateway=${gateway%.*}.1
	modes=
	[ "$ra" = null ] || [ "$address" = null ] || modes=", \"ipv6_ra_mode\": \"$ra\", \"ipv6_address_mode\": \"$address\""
	ETCDCTL_API=3 etcdctl --endpoints http://127.0.0.1:2379 put -- "/calico/dhcp/v2/no-region/subnet/$network-$1" \
		"{\"network_id\": \"$network\", \"cidr\": \"$range\", \"host_routes\": [], \"gateway_ip\": \"$gateway\"$modes}" >/dev/null
	END
	chmod +x "$T/bin/openstack"
}

# An image whose guest asks for IPv4 alone.
make_image() {
	mkdir -p "$T/image/etc/systemd/network" "$T/image/lib/systemd" "$T/image/etc/systemd/system/multi-user.target.wants"
	: >"$T/image/lib/systemd/systemd-networkd"
	chmod +x "$T/image/lib/systemd/systemd-networkd"
	ln -s /lib/systemd/system/systemd-networkd.service "$T/image/etc/systemd/system/multi-user.target.wants/"
	printf '[Match]\nName=en* eth*\n[Network]\nDHCP=ipv4\nIPv6AcceptRA=no\n' >"$T/image/etc/systemd/network/20-wired.network"
	mount --bind "$T/image" /mnt
}

# A compute host as the page has it: forwarding, an IPv6 address, a default route, the agent's unit.
make_host() {
	hostname compute-1
	host_routes
	ip -6 route add default via 2001:db8:ffff::2
	mkdir -p /etc/neutron /etc/systemd/system/multi-user.target.wants
	cp "$T/agent.conf" /etc/neutron/neutron.conf
	cp "$SOURCE/openstack/calico-ipam-dhcp-agent.service" /etc/systemd/system/
	ln -s ../calico-ipam-dhcp-agent.service /etc/systemd/system/multi-user.target.wants/
	etcd_ctl put /calico/felix/v2/no-region/host/compute-1/status '{"time":"now"}' >/dev/null
	start_agent
}

type_it() {
	say "$1"
	sh -ec "$1" >"$T/said" 2>&1 || {
		cat "$T/said" >&2
		fail "docs/OPENSTACK.md: $1"
	}
}

# What the page says of it is what is to come of it.
step() {
	case $1 in
	"openstack subnet create "*) type_it "$1" ;;
	*"openstack check" | *"doctor --openstack") type_it "$1" ;;
	*"guest --check "*)
		! sh -c "$1" >"$T/said" 2>&1 || fail "an image whose guest asks for IPv4 alone is found good"
		;;
	*"guest --apply "*)
		say "$1"
		echo y | script -qec "$1" "$T/typescript" >/dev/null || fail "$1: $(cat "$T/typescript")"
		type_it "$(echo "$1" | sed 's/--apply/--check/')"
		;;
	*"guest --user-data "*) type_it "$1" ;;
	# What Nova, Neutron and Felix make of it.
	"openstack server create --user-data user-data "*)
		grep -q '^#cloud-config$' user-data || fail "user-data is none: $(cat user-data)"
		vm d1 fa:16:3e:00:50:01 net 10.28.0.11 2001:db8:a::11
		;;
	*) fail "this test does not know the page's command: $1" ;;
	esac
}

want_guests
mkdir "$T/bin"
make_openstack
PATH=$T/bin:$BUILD/ctl:$PATH
export CALICO_ETCD_ENDPOINTS=http://127.0.0.1:2379 CALICO_RUN_PATH=$T/run
start_etcd
configure
make_image
make_host
cd "$T"
page >"$T/page"
[ "$(wc -l <"$T/page")" -ge 6 ] || fail "the page has $(wc -l <"$T/page") commands"

while read -r command; do
	step "$command"
done <"$T/page"
run_dhcpcd d1
within_or_log d1 300 has_address d1 10.28.0.11/24
within_or_log d1 300 has_address d1 2001:db8:a::11/128
type_it "calico-ipamctl openstack check"
type_it "calico-ipamctl doctor --openstack"

say "IPv6 only"
etcd_ctl del --prefix /calico/dhcp/ >/dev/null
etcd_ctl del --prefix /calico/resources/v3/projectcalico.org/workloadendpoints/ >/dev/null
ip link del tapd1
grep -v -- '--ip-version 4' "$T/page" >"$T/page6"
[ "$(wc -l <"$T/page6")" -lt "$(wc -l <"$T/page")" ] || fail "the page has no IPv4 subnet"
type_it "$(grep 'subnet create' "$T/page6")"
type_it "$(grep 'openstack check' "$T/page6")"
vm s1 fa:16:3e:00:56:01 net 2001:db8:a::12
run_dhcpcd s1
within_or_log s1 300 has_address s1 2001:db8:a::12/128
ip -n s1 -4 addr show dev eth0 scope global | grep -q 'inet .*10\.' && fail "a guest of IPv6 alone has an IPv4 address of Neutron's"
type_it "$(grep 'openstack check' "$T/page6")"
