# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/cni.inc.sh"
. "$SOURCE/tests/store.inc.sh"

want_cnitool
network 10-net1.conflist 1.0.0 net1 "$BRIDGE" '"prefix": "pool", '"$DEFAULT_ROUTES"
two_containers net1
detach net1 one
holds 2
detach net1 one
detach net1 one
holds 2
check net1 two

say "and for a container that never was"
container three
detach net1 three
holds 2
detach net1 two
holds 0
