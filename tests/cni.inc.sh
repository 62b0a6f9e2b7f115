# SPDX-License-Identifier: Apache-2.0
# Sourced after sandbox.inc.sh: containers that are network namespaces, and cnitool.
#
# Configurations stand in $T/net.d.  The store is a folder of its own: $T/store.

CNITOOL=$TOOLS/cnitool
export CNI_PATH="$BUILD/plugin:$TOOLS" NETCONFPATH="$T/net.d"
mkdir -p "$T/net.d"

want_cnitool() {
	[ -x "$CNITOOL" ] || skip "no cnitool in $TOOLS (sh tests/run.sh builds it)"
	[ -x "$TOOLS/bridge" ] || skip "no reference plugins in $TOOLS (sh tests/run.sh builds them)"
}

# Spec 1.1.0 came to cnitool with 1.2, together with its verbs gc and status.
want_spec_1_1_0() {
	want_cnitool
	"$CNITOOL" 2>&1 | grep -q 'cnitool *status' ||
		skip "cnitool in $TOOLS is older than spec 1.1.0 (needs Go 1.24 or newer)"
}

# The keys that a network of main plugin $1 needs for dual stack with our plugin.
# Usage: network FILE VERSION NAME 'MAIN KEYS' 'IPAM KEYS'
network() {
	cat >"$T/net.d/$1" <<END
{
	"cniVersion": "$2",
	"name": "$3",
	"plugins": [
		{
			$4,
			"datastore_type": "local",
			"local_path": "$T/store",
			"ipam_lock_file": "$T/ipam.lock",
			"ipam": {
				"type": "calico-ipam",
				"assign_ipv4": "true",
				"assign_ipv6": "true",
				"ipv4_pools": ["10.80.0.0/16"],
				"ipv6_pools": ["fd80::/64"],
				$5
			}
		}
	]
}
END
}

BRIDGE='"type": "bridge", "bridge": "cni0", "isGateway": true'
DEFAULT_ROUTES='"routes": [{"dst": "0.0.0.0/0"}, {"dst": "::/0"}]'

# A container: a network namespace of this name, with its own loopback.
container() {
	ip netns add "$1"
	ip -n "$1" link set lo up
}

# Another host, which knows nothing of our networks: `outside`.
make_other_host() {
	container outside
	ip link add uplink type veth peer name eth0 netns outside
	ip address add 192.0.2.1/24 dev uplink
	ip -6 address add 2001:db8::1/64 dev uplink nodad
	ip link set uplink up
	ip -n outside address add 192.0.2.2/24 dev eth0
	ip -n outside -6 address add 2001:db8::2/64 dev eth0 nodad
	ip -n outside link set eth0 up
}

# attach NETWORK CONTAINER: the result goes to $T/result.CONTAINER.
attach() {
	"$CNITOOL" add "$1" "/run/netns/$2" >"$T/result.$2" 2>"$T/error.$2" || {
		cat "$T/result.$2" "$T/error.$2" >&2
		fail "cnitool add $1 $2"
	}
}

check() {
	"$CNITOOL" check "$1" "/run/netns/$2" || fail "cnitool check $1 $2"
}

detach() {
	"$CNITOOL" del "$1" "/run/netns/$2" || fail "cnitool del $1 $2"
}

# The container id that cnitool makes from the path of a namespace.
cnitool_id() {
	printf 'cnitool-%s' "$(printf '%s' "/run/netns/$1" | sha512sum | cut -c1-20)"
}

# address FAMILY CONTAINER: the container's address, without prefix length.
address() {
	ip -n "$2" -"$1" -o addr show dev eth0 scope global | awk '{ sub("/.*", "", $4); print $4; exit }'
}

# Addresses that duplicate address detection still holds back.
settled() {
	test -z "$(ip -n "$1" -6 addr show tentative)"
}

# reach FROM ADDRESS: waits for duplicate address detection, then for an answer.
reach() {
	within 100 settled "$1"
	within 20 ip netns exec "$1" ping -n -c 1 -W 1 "$2"
	say "$1 reaches $2"
}

# reach_each_other_in FAMILY ONE OTHER
reach_each_other_in() {
	reach_one=$(address "$1" "$2")
	reach_other=$(address "$1" "$3")
	[ -n "$reach_one" ] && [ -n "$reach_other" ] || fail "no IPv$1 address in $2 or $3"
	[ "$reach_one" != "$reach_other" ] || fail "$2 and $3 were both given $reach_one"
	reach "$2" "$reach_other"
	reach "$3" "$reach_one"
}

reach_each_other() {
	reach_each_other_in 4 "$1" "$2"
	reach_each_other_in 6 "$1" "$2"
}

# The whole life of two containers on a network: `two_containers NET`, then
# `take_away NET`, after which the store must hold nothing for them.
two_containers() {
	container one
	container two
	attach "$1" one
	attach "$1" two
	check "$1" one
	check "$1" two
	reach_each_other one two
	holds 4
}

take_away() {
	detach "$1" one
	detach "$1" two
	holds 0
}
