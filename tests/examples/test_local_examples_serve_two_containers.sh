# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/cni.inc.sh"
. "$SOURCE/tests/store.inc.sh"
. "$SOURCE/tests/examples.inc.sh"

want_cnitool
for file in "$EXAMPLES"/local-*.conflist; do
	run_example "${file##*/}"
done
