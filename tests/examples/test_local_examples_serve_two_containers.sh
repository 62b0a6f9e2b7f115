# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/cni.inc.sh"
. "$SOURCE/tests/store.inc.sh"
. "$SOURCE/tests/examples.inc.sh"

want_cnitool
# CHECK of the reference plugin bandwidth (1.9) dies where a container has no rate.
export CAP_ARGS='{"bandwidth": {"ingressRate": 100000000, "ingressBurst": 100000000, "egressRate": 100000000, "egressBurst": 100000000}}'
for file in "$EXAMPLES"/local-*.conflist; do
	run_example "${file##*/}"
done
