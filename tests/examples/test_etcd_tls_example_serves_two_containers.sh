# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/cni.inc.sh"
. "$SOURCE/tests/store.inc.sh"
. "$SOURCE/tests/examples.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"

want_cnitool
want_etcd
start_etcd_tls /etc/calico-ipam/tls
use_etcd
create_pool cluster-v4 10.87.0.0/16
create_pool cluster-v6 fd87::/64
create_node "$(hostname)"
run_example etcd-tls-ptp.conflist

say "without the client's certificate nobody is served"
sed -i '/etcd_cert_file/d; /etcd_key_file/d' "$T/net.d/etcd-tls-ptp.conflist"
container stranger
refused "$T/refused" "$CNITOOL" add etcd-ptp /run/netns/stranger
grep -q 'https://127.0.0.1:2379' "$T/refused" || fail "the error does not name the endpoint: $(cat "$T/refused")"
say "$(cat "$T/refused")"
