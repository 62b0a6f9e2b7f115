# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
want_etcd
start_etcd
rm -f /var/lib/calico/nodename

# conf KEYS: the configuration of both, on etcd, with these keys of a node's name.
conf() {
	cat >"$T/net.conf" <<END
{"cniVersion": "1.0.0", "name": "net1", "type": "ptp", $1 "etcd_endpoints": "http://127.0.0.1:2379",
 "run_path": "$T/run", "ipam_lock_file": "$T/lock", "ipam": {"type": "calico-ipam"}}
END
}

ctl() {
	"$CTL" --config "$T/net.conf" "$@"
}

add() {
	CNI_COMMAND=ADD CNI_CONTAINERID=$1 CNI_IFNAME=eth0 CNI_NETNS="$T/no-netns" CNI_PATH=/opt/cni/bin \
		"$PLUGIN" <"$T/net.conf"
}

# serves NAME: not before the host is made known, without a name, is it served.
n=0
serves() {
	n=$((n + 1))
	refused "$T/refused" add "c$n"
	grep -q "node .*$1.* is not in the store; .*calico-ipamctl node create $1" "$T/refused" ||
		fail "not refused for $1: $(cat "$T/refused")"
	[ "$(ctl node create)" = "node $1 created" ] || fail "another node than $1 is made"
	add "c$n" >"$T/added"
}

conf ''
ctl pool create v4 --cidr 10.86.0.0/24
hostname Node-9.Example
serves node-9.example
conf '"hostname": "by-hostname",'
serves by-hostname
mkdir -p /var/lib/calico
printf by-file >/var/lib/calico/nodename
serves by-file
printf by-other-file >"$T/nodename"
conf "\"nodename_file\": \"$T/nodename\", \"hostname\": \"by-hostname\","
serves by-other-file
conf "\"nodename\": \"by-nodename\", \"nodename_file\": \"$T/nodename\","
serves by-nodename

# A name that no node can have is refused by name, not with a command that refuses it.
for bad in NodeA node_1; do
	conf "\"nodename\": \"$bad\","
	refused "$T/refused" add bad
	grep -q "name of the node .*$bad.* must be lower-case" "$T/refused" || fail "$bad: $(cat "$T/refused")"
	! grep -q 'node create' "$T/refused" || fail "$bad: a dead end: $(cat "$T/refused")"
	refused "$T/refused" ctl node create
	grep -q "name of the node .*$bad.* must be lower-case" "$T/refused" || fail "$bad: $(cat "$T/refused")"
done
