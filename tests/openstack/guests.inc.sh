# SPDX-License-Identifier: Apache-2.0
# Sourced after agent.inc.sh: VMs that are network namespaces behind a tap, the routes that
# Felix makes for them, and the DHCP clients that guests run.
#
# The networks (see neutron()):
#	dual	10.50.0.0/24, 2001:db8:50::/64 stateful
#	six	2001:db8:56::/64 stateful, alone
#	auto	10.51.0.0/24, 2001:db8:51::/64 slaac

NETWORK_DUAL=50000000-0000-4000-8000-000000000000
NETWORK_SIX=56000000-0000-4000-8000-000000000000
NETWORK_AUTO=51000000-0000-4000-8000-000000000000
STATEFUL='"ipv6_ra_mode": "dhcpv6-stateful", "ipv6_address_mode": "dhcpv6-stateful"'
SLAAC='"ipv6_ra_mode": "slaac", "ipv6_address_mode": "slaac"'

want_guests() {
	want_agent
	for program in dhclient dhcpcd rdisc6; do
		command -v "$program" >/dev/null || skip "no $program"
	done
	[ -x /lib/systemd/systemd-networkd ] || skip "no systemd-networkd"
}

put() {
	etcd_ctl put -- "$1" "$2" >/dev/null
}

# subnet ID NETWORK CIDR GATEWAY [FURTHER FIELDS]
subnet() {
	put "/calico/dhcp/v2/no-region/subnet/$1" "{\"network_id\": \"$2\", \"cidr\": \"$3\", \
\"host_routes\": [], \"gateway_ip\": \"$4\"${5:+, $5}}"
}

neutron() {
	subnet 50000000-0000-4000-8000-000000000004 $NETWORK_DUAL 10.50.0.0/24 10.50.0.1 '"dns_servers": ["192.0.2.53"]'
	subnet 50000000-0000-4000-8000-000000000006 $NETWORK_DUAL 2001:db8:50::/64 2001:db8:50:: "$STATEFUL"
	subnet 56000000-0000-4000-8000-000000000006 $NETWORK_SIX 2001:db8:56::/64 2001:db8:56:: "$STATEFUL"
	subnet 51000000-0000-4000-8000-000000000004 $NETWORK_AUTO 10.51.0.0/24 10.51.0.1
	subnet 51000000-0000-4000-8000-000000000006 $NETWORK_AUTO 2001:db8:51::/64 2001:db8:51:: "$SLAAC"
}

# What a guest sends is routed on this host; "outside" is behind it.
host_routes() {
	sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	ip netns add outside
	ip link add to-outside type veth peer name eth0 netns outside
	ip addr add 198.51.100.1/24 dev to-outside
	ip addr add 2001:db8:ffff::1/64 dev to-outside nodad
	ip link set to-outside up
	ip -n outside link set lo up
	ip -n outside link set eth0 up
	ip -n outside addr add 198.51.100.2/24 dev eth0
	ip -n outside addr add 2001:db8:ffff::2/64 dev eth0 nodad
	ip -n outside route add default via 198.51.100.1
	ip -n outside -6 route add default via 2001:db8:ffff::1
}

# The namespace and its tap, with the MAC that Neutron chose.
boot() {
	ip netns list | grep -q "^$1\\b" || ip netns add "$1"
	ip -n "$1" link set lo up
	ip link add "tap$1" type veth peer name eth0 address "$2" netns "$1"
	sysctl -qw "net.ipv4.conf.tap$1.proxy_arp=1" "net.ipv4.neigh.tap$1.proxy_delay=0" \
		"net.ipv6.conf.tap$1.accept_dad=0"
	ip link set "tap$1" up
	ip netns exec "$1" sysctl -qw net.ipv6.conf.all.forwarding=0 net.ipv6.conf.eth0.accept_dad=0
	ip -n "$1" link set eth0 up
}

# vm NAME MAC NETWORK ADDRESS...: a port of this host with these addresses, as Neutron, Nova
# and Felix make it.
vm() {
	boot "$1" "$2"
	port "$@"
}

# port NAME MAC NETWORK ADDRESS...: its record and its routes.
port() {
	vm_name=$1 vm_mac=$2 vm_network=$3
	shift 3
	vm_addresses=
	for address; do
		case $address in
		*:*)
			ip -6 route replace "$address/128" dev "tap$vm_name"
			address=$address/128
			;;
		*)
			ip route replace "$address/32" dev "tap$vm_name"
			address=$address/32
			;;
		esac
		vm_addresses="$vm_addresses${vm_addresses:+, }\"$address\""
	done
	put "/calico/resources/v3/projectcalico.org/workloadendpoints/openstack/compute--1-openstack-vm$vm_name-port$vm_name" \
		"{\"kind\": \"WorkloadEndpoint\", \"metadata\": {\"annotations\": \
{\"openstack.projectcalico.org/network-id\": \"$vm_network\"}}, \"spec\": {\"interfaceName\": \"tap$vm_name\", \
\"mac\": \"$vm_mac\", \"ipNetworks\": [$vm_addresses], \"allowedIps\": []}}"
}

# in_guest NAME COMMAND...: with files of /etc/resolv.conf, /run and /var/lib of its own.
in_guest() {
	in_guest_name=$1
	shift
	mkdir -p "$T/guest/$in_guest_name/run" "$T/guest/$in_guest_name/lib"
	: >>"$T/guest/$in_guest_name/resolv.conf"
	guest_name=$in_guest_name ip netns exec "$in_guest_name" unshare -m sh -c '
		mount --bind "$0/run" /run
		mount --bind "$0/lib" /var/lib
		mount -o remount,bind,ro /sys	# as in a container: networkd waits for no udev
		touch /etc/resolv.conf && mount --bind "$0/resolv.conf" /etc/resolv.conf
		exec "$@"' "$T/guest/$in_guest_name" "$@"
}

# mend ROOT: by files of our own, as an administrator does it.
mend() {
	"$CTL" openstack guest --apply "$1" --yes >"$1.log" 2>&1 || fail "openstack guest --apply $1: $(cat "$1.log")"
	"$CTL" openstack guest --check "$1" >"$1.log" 2>&1 || fail "openstack guest --check $1: $(cat "$1.log")"
}

# An image whose networkd was told nothing, and then mended: $T/networkd.
image_of_networkd() {
	[ ! -e "$T/networkd" ] || return 0
	mkdir -p "$T/networkd/etc/systemd/system/multi-user.target.wants"
	ln -s /lib/systemd/system/systemd-networkd.service "$T/networkd/etc/systemd/system/multi-user.target.wants/"
	mend "$T/networkd"
}

# The clients, each in the background; what they say is in $T/guest/NAME.log.

# run_networkd NAME [DHCP]: by the image's file, or with another DHCP= in it.
run_networkd() {
	image_of_networkd
	mkdir -p "$T/guest/$1/run/systemd/network" "$T/guest/$1/run/systemd/netif"
	chmod 755 "$T/guest" "$T/guest/$1"
	cp "$T/networkd/etc/systemd/network/"*.network "$T/guest/$1/run/systemd/network/"
	sed -i "s/^DHCP=.*/DHCP=${2:-yes}/" "$T/guest/$1/run/systemd/network/"*.network
	chown -R systemd-network:systemd-network "$T/guest/$1/run/systemd/netif" 2>/dev/null || true
	in_guest "$1" /lib/systemd/systemd-networkd >"$T/guest/$1.log" 2>&1 &
}

run_dhcpcd() {
	mkdir -p "$T/guest/$1/lib/dhcpcd"
	printf 'debug\nduid\nslaac hwaddr\noption domain_name_servers, interface_mtu\n' >"$T/guest/$1/dhcpcd.conf"
	in_guest "$1" dhcpcd -B -f "$T/guest/$1/dhcpcd.conf" eth0 >"$T/guest/$1.log" 2>&1 &
}

# run_dhclient NAME [OPTIONS]: IPv4 and IPv6, as ifupdown does.
run_dhclient() {
	run_dhclient_name=$1
	shift
	for family in 4 6; do
		in_guest "$run_dhclient_name" dhclient -"$family" -d "$@" -pf "$T/guest/$run_dhclient_name.pid$family" \
			-lf "$T/guest/$run_dhclient_name.leases$family" eth0 \
			>"$T/guest/$run_dhclient_name.log$family" 2>&1 &
	done
}

# has_address NAME ADDRESS/LENGTH
has_address() {
	ip -n "$1" -o addr show dev eth0 | grep -qF " $2 "
}

reaches() {
	ip netns exec "$1" ping -n -c 1 -W 1 "$2"
}

within_or_log() {
	within_or_log_name=$1 within_or_log_left=$2
	shift 2
	until "$@" >/dev/null 2>&1; do
		within_or_log_left=$((within_or_log_left - 1))
		[ "$within_or_log_left" -gt 0 ] || {
			tail -n 25 "$T/guest/$within_or_log_name".log* "$T/agent.log" >&2
			ip -n "$within_or_log_name" addr >&2
			ip -n "$within_or_log_name" -6 route >&2
			fail "guest $within_or_log_name: not within the time given: $*"
		}
		sleep 0.1
	done
}
