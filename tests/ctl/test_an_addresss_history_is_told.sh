# SPDX-License-Identifier: Apache-2.0
# Who held an address, from etcd's revisions; the local store tells who holds it now.
. "$SOURCE/tests/ctl/ctl.inc.sh"
. "$SOURCE/tests/ctl/etcd.inc.sh"
. "$SOURCE/tests/ctl/stores.inc.sh"

states() {
	awk 'NR > 3 && NF > 3 && $1 ~ /^[0-9]+$/ { print $3, $NF }' "$T/out" | paste -s -d , -
}

one_address() {
	plugin_uses ''
	exits 0 "$CTL" pool create v4 --cidr 10.86.0.0/30 --block-size 30
	exits 0 "$CTL" pool create v6 --cidr fd86::/122
	exits 0 "$CTL" reservation create all-but-one --cidr 10.86.0.0/32 --cidr 10.86.0.1 --cidr 10.86.0.3
	exits 0 "$CTL" node create node-1
	exits 0 "$CTL" history --ip 10.86.0.2
	says "$T/out" 'in block 10.86.0.0/30'
	plugin ADD first
	exits 2 "$CTL" history
	exits 2 "$CTL" history --ip 10.86.0
	exits 3 "$CTL" history --ip 10.99.0.1
}

use_local_store
one_address
exits 0 "$CTL" history --ip 10.86.0.2
[ "$(states)" = "assigned net1.first" ] || fail "the holder now: $(states)"
says "$T/out" 'this store keeps no history'

unset CALICO_DATASTORE_TYPE CALICO_LOCAL_PATH
use_etcd
one_address
plugin DEL first
plugin ADD second
exits 0 "$CTL" config set ipCooldownSeconds=600
plugin DEL second
exits 0 "$CTL" history --ip 10.86.0.2
[ "$(states)" = "cooling -,assigned net1.second,free -,assigned net1.first" ] || {
	cat "$T/out" >&2
	fail "the states are $(states)"
}
says "$T/out" 'what was before it is not known'
says "$T/out" 'node-1'
exits 0 "$CTL" history --ip 10.86.0.2 -o json
has state '"cooling" "assigned" "free" "assigned"'
has ifname '"eth0" "eth0"'
has block '"10.86.0.0/30"'

# Other addresses of the block change its record and not this address's state.
exits 0 "$CTL" reservation delete all-but-one --yes
plugin ADD third
exits 0 "$CTL" history --ip 10.86.0.2 -o json
has state '"cooling" "assigned" "free" "assigned"'
newest=$(sed -n 's/^ *"toRevision": \([0-9]*\),/\1/p' "$T/out" | head -n 1)
ETCDCTL_API=3 etcdctl --endpoints "$CALICO_ETCD_ENDPOINTS" compact "$newest" >/dev/null
exits 0 "$CTL" history --ip 10.86.0.2
[ "$(states)" = "cooling -" ] || fail "after compacting, the states are $(states)"
says "$T/out" 'etcd has compacted what was before'
