# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/cni.inc.sh"
. "$SOURCE/tests/store.inc.sh"

want_spec_1_1_0
network 10-net1.conflist 1.1.0 net1 "$BRIDGE" '"prefix": "pool", "gateway": "first", '"$DEFAULT_ROUTES"
two_containers net1
reach one 10.80.0.1
reach one fd80::1
take_away net1
