# SPDX-License-Identifier: Apache-2.0
# Boot, machine and network namespace stand in what an ADD writes; a namespace that takes the
# name of one that is gone is another; a container that comes again is where it is then.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/cni.inc.sh"
. "$SOURCE/tests/store.inc.sh"

# told CONTAINER KEY: what is stored of it under the key, each text once.
told() {
	for block in $(env $store_settings "$BUILD/tests/store_edit" keys /calico/ipam/v2/assignment/); do
		env $store_settings "$BUILD/tests/store_edit" get "$block"
	done | tr '{' '\n' | sed -n "/net1.$(cnitool_id "$1")\"/{n;s/.*\"$2\":\"\([^\"]*\)\".*/\1/p}" | sort -u
}

add_by_hand() {
	CNI_COMMAND=ADD CNI_CONTAINERID=$(cnitool_id "$1") CNI_NETNS=$2 CNI_IFNAME=eth0 \
		CNI_PATH=/opt/cni/bin "$PLUGIN" <"$T/conf" >/dev/null || fail "a repeated ADD of $1"
}

want_cnitool
network 10-net1.conflist 1.0.0 net1 "$BRIDGE" '"prefix": "block"'
use_store "CALICO_DATASTORE_TYPE=local" "CALICO_LOCAL_PATH=$T/store"
echo 3d1219c7c4c5404aaa1f6d2a48adfda4 >/etc/machine-id
container one
container two
attach net1 one
attach net1 two
boot=$(tr -d - </proc/sys/kernel/random/boot_id | cut -c1-16)
[ "$(told one boot)" = "$boot" ] || fail "not of this boot: $(told one boot)"
first=$(told one netns)
echo "$first" | grep -Eqx '[0-9a-f]{1,16}\.[0-9a-f]{6}' || fail "not a cookie and a machine: $first"
[ "$first" != "$(told two netns)" ] || fail "two namespaces are told as one: $first"
[ "${first#*.}" = "$(told two netns | cut -d. -f2)" ] || fail "one machine is told as two"
ls /run/calico-ipam/places | grep -q "^$boot-" || fail "no place is noted"

detach net1 one
ip netns del one
container one
attach net1 one
[ "$(told one netns)" != "$first" ] || fail "a new namespace of the same name is told as the old"

cat >"$T/conf" <<END
{"cniVersion": "1.0.0", "name": "net1", "type": "bridge", "datastore_type": "local", "local_path": "$T/store",
 "ipam_lock_file": "$T/ipam.lock", "ipam": {"type": "calico-ipam", "assign_ipv6": "true"}}
END
add_by_hand one /run/netns/two
[ "$(told one netns)" = "$(told two netns)" ] || fail "it is not told to be where it is now"
holds 4
echo 00000000000000000000000000000001 >/etc/machine-id
add_by_hand one /run/netns/two
[ "$(told one netns)" != "$(told two netns)" ] || fail "another machine is not told as another"
: >/etc/machine-id
add_by_hand one /run/netns/two
[ "$(told one netns)" = "$(told two netns | cut -d. -f1)" ] ||
	fail "a machine without an id is told as one: $(told one netns)"
holds 4
