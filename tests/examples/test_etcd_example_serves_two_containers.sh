# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/cni.inc.sh"
. "$SOURCE/tests/store.inc.sh"
. "$SOURCE/tests/examples.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"

want_cnitool
want_etcd
start_etcd
use_etcd
create_pool cluster-v4 10.86.0.0/16
create_pool cluster-v6 fd86::/64
create_node "$(hostname)"
run_example etcd-bridge.conflist
