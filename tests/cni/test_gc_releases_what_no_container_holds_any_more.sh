# SPDX-License-Identifier: Apache-2.0
# A container whose DEL never ran: libcni's GC has its addresses released, and those of
# the containers that live stay; over the local store and over etcd.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/cni.inc.sh"
. "$SOURCE/tests/store.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"

# A main plugin that hands every verb to its IPAM plugin, as the specification wants it;
# the reference plugins do so with all but GC.
mkdir "$T/plugins"
printf '#!/bin/sh\nexec "%s"\n' "$PLUGIN" >"$T/plugins/delegate"
chmod 755 "$T/plugins/delegate"
export CNI_PATH="$T/plugins"

blocks() {
	env $store_settings "$BUILD/tests/store_edit" keys /calico/ipam/v2/assignment/
}

record() {
	env $store_settings "$BUILD/tests/store_edit" "$@"
}

# Everything in the store was assigned long ago.
age() {
	for key in $(blocks); do
		old=$(record get "$key" | sed 's/"timestamp":"[^"]*"/"timestamp":"2020-01-01 00:00:00 +0000 UTC"/g')
		record put "$key" "$old"
	done
}

collect() {
	"$TOOLS/libcni-gc" net1 "$@" || fail "libcni-gc $*"
}

# The runtime forgets a container, and the machine loses it.
lose() {
	rm -f /var/lib/cni/results/net1-"$(cnitool_id "$1")"-eth0
	ip netns del "$1"
}

job() {
	container live
	container dead
	attach net1 live
	attach net1 dead
	lose dead
	collect "$(cnitool_id live)/eth0"
	holds 4
	say "what was assigned within the last minute is left alone"
	age
	collect "$(cnitool_id live)/eth0" other/eth0
	holds 2
	ctl show --addresses -o wide | grep -q "net1.$(cnitool_id live)" || fail "the live container lost its addresses"
	check net1 live
	collect "$(cnitool_id live)/eth0"
	holds 2
	lose live
	collect
	holds 0
}

# cnitool tells no attachments, which the plugin must not take for "none".
refuse() {
	container live
	attach net1 live
	lose live
	age
	refused "$T/gc" "$CNITOOL" gc net1 /run/netns/live
	grep -q valid-attachments "$T/gc" || fail "the error does not name the key: $(cat "$T/gc")"
	holds 2
	collect
	holds 0
}

want_spec_1_1_0
want_etcd
[ -x "$TOOLS/libcni-gc" ] || skip "no libcni-gc in $TOOLS (sh tests/run.sh builds it)"
network 10-net1.conflist 1.1.0 net1 '"type": "delegate"' '"prefix": "block"'
use_store "CALICO_DATASTORE_TYPE=local" "CALICO_LOCAL_PATH=$T/store"
job
refuse
start_etcd
use_etcd
sed -i -e 's|"datastore_type": "local"|"etcd_endpoints": "'"$etcd_url"'"|' -e '/"local_path"/d' \
	"$T/net.d/10-net1.conflist"
create_pool v4 10.80.0.0/16
create_pool v6 fd80::/64
create_node node-1
job
refuse
