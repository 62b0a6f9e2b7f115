# SPDX-License-Identifier: Apache-2.0
# The executables are those of the tests' own build, with its sanitizers; the release looks
# at what they leave.
. "$SOURCE/tests/kills/kills.inc.sh"

mkdir "$T/short"
"$DEVELOPED/tests/at_each_call" "$PLUGIN" "$CTL" "$T/short" local "${KILLS_EVERY:-211}" \
	"$DEVELOPED/tests/short-calico-ipam" "$DEVELOPED/tests/short-calico-ipamctl"
