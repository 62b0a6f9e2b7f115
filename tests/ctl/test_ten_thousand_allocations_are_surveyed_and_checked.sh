# SPDX-License-Identifier: Apache-2.0
# A crowd in etcd, read page by page: every allocation is counted, none is suspected, and
# one wrong count among them is found.
. "$SOURCE/tests/ctl/ctl.inc.sh"
. "$SOURCE/tests/ctl/etcd.inc.sh"
. "$SOURCE/tests/ctl/stores.inc.sh"

use_etcd
"$STORE_EDIT" load 500 20
exits 0 "$CTL" show
is "$T/out" <<-END
POOL  CIDR           TOTAL  IN-USE  USE  RESERVED  COOLING      FREE  STATE
big   10.0.0.0/8  16777216   10000  <1%         0        0  16767216  enabled
END
silent "$T/err"
exits 7 "$CTL" check --cni-cache "$T" --node nobody
says "$T/out" "no problem in 500 blocks, 10000 handles and 500 affinities"
key=$(keys /calico/ipam/v2/handle/ | sed -n 7000p)
put "$key" '{"block":{},"deleted":false}'
exits 6 "$CTL" check --cni-cache "$T" --node nobody -o json
has problem '"handle-count"'
has key "\"$key\""
