# SPDX-License-Identifier: Apache-2.0
# An ISC-style script with --address-prefix-len 64 fails as docs/OPENSTACK.md says: the guest takes
# its address as /64, and the other VMs of its subnet are not reached, for it looks for them on its
# own link. With new_ip6_prefixlen=128 in an enter hook, as openstack guest --apply puts it into an image
# with that script and an older dhclient, they are.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/openstack/agent.inc.sh"
. "$SOURCE/tests/openstack/guests.inc.sh"

want_agent
command -v dhclient >/dev/null || skip "no dhclient"
start_etcd
configure
neutron
host_routes
start_agent

# As ISC's own for Linux: the length is what dhclient says. Debian 12's takes /128 whatever it says.
cat >"$T/script" <<'END'
#!/bin/sh
[ -z "${hook:-}" ] || . "$hook"
case $reason in
PREINIT6)
	ip link set dev "$interface" up
	;;
BOUND6 | RENEW6 | REBIND6)
	ip -6 addr replace "$new_ip6_address/$new_ip6_prefixlen" dev "$interface" nodad
	;;
esac
END
chmod 755 "$T/script"
mkdir -p "$T/guest" "$T/image/sbin" "$T/image/etc/network"
: >"$T/image/sbin/ifup"
echo 4.2.5 >"$T/image/sbin/dhclient"
cp "$T/script" "$T/image/sbin/dhclient-script"
printf 'iface eth0 inet dhcp\niface eth0 inet6 dhcp\n' >"$T/image/etc/network/interfaces"
mend "$T/image"

# dhclient_of NAME [OPTIONS]
dhclient_of() {
	dhclient_of_name=$1
	shift
	in_guest "$dhclient_of_name" dhclient -6 -d --address-prefix-len 64 -sf "$T/script" "$@" \
		-pf "$T/guest/$dhclient_of_name.pid" -lf "$T/guest/$dhclient_of_name.leases" eth0 \
		>"$T/guest/$dhclient_of_name.log" 2>&1 &
}

vm s1 fa:16:3e:00:56:01 $NETWORK_SIX 2001:db8:56::11
vm s2 fa:16:3e:00:56:02 $NETWORK_SIX 2001:db8:56::12
vm s3 fa:16:3e:00:56:03 $NETWORK_SIX 2001:db8:56::13
within 100 grep -q tag:dhcpv6.*::13 "$CONFS/$NETWORK_SIX/host"
dhclient_of s1
hook=$T/image/etc/dhcp/dhclient-enter-hooks
dhclient_of s2 -e hook="$hook"
dhclient_of s3 -e hook="$hook"
within_or_log s1 200 has_address s1 2001:db8:56::11/64
within_or_log s2 200 has_address s2 2001:db8:56::12/128
within_or_log s3 200 has_address s3 2001:db8:56::13/128

within_or_log s2 100 reaches s2 2001:db8:ffff::2
within_or_log s2 50 reaches s2 2001:db8:56::13
say "with /128 a guest reaches its neighbours and the outside"

within_or_log s1 100 reaches s1 2001:db8:ffff::2
reaches s1 2001:db8:56::12 >/dev/null && fail "with /64 a guest reaches its neighbour: the document is wrong"
ip -n s1 -6 route get 2001:db8:56::12 | grep -q via && fail "it is no route on its link that is in the way"
say "with /64 it reaches the outside, and no neighbour"

ip -n s1 -6 addr del 2001:db8:56::11/64 dev eth0
ip -n s1 -6 addr add 2001:db8:56::11/128 dev eth0 nodad
within_or_log s1 50 reaches s1 2001:db8:56::12
say "with /128 instead it does"
stop_agent
