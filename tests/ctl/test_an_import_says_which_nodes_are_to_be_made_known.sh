# SPDX-License-Identifier: Apache-2.0
# The local store implies its node, etcd does not: an import says which nodes own blocks
# and are not there, and with what it says the next ADD succeeds.
. "$SOURCE/tests/ctl/ctl.inc.sh"
. "$SOURCE/tests/ctl/etcd.inc.sh"
. "$SOURCE/tests/ctl/stores.inc.sh"

use_local_store
plugin_uses ''
exits 0 "$CTL" pool create v4 --cidr 10.86.0.0/24
exits 0 "$CTL" pool create v6 --cidr fd86::/64
plugin ADD first
exits 0 "$CTL" export "$T/local.json"
exits 0 "$CTL" import "$T/local.json"
! grep -q 'node create' "$T/out" || fail "the local store implies its node"

unset CALICO_DATASTORE_TYPE CALICO_LOCAL_PATH
use_etcd
exits 0 "$CTL" import "$T/local.json" --dry-run
! grep -q 'node create' "$T/out" || fail "nothing is there yet"
exits 0 "$CTL" import "$T/local.json"
says "$T/out" 'node node-1 owns blocks and is not in this store; run: calico-ipamctl node create node-1'
[ "$(grep -c 'node create' "$T/out")" = 1 ] || fail "not once: $(cat "$T/out")"
exits 0 "$CTL" import "$T/local.json" -o json
says "$T/out" '"node-1"'
exits 0 "$CTL" node create node-1
plugin ADD second
exits 0 "$CTL" show --node node-1 -o json
[ "$(grep -c '"state": "assigned"' "$T/out")" = 4 ] || fail "not two containers with two addresses"
