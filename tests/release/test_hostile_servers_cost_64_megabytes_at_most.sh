# SPDX-License-Identifier: Apache-2.0
# The servers of datastore.hostile, asked by the release: there a sanitizer needs more than is promised.
. "$SOURCE/tests/release/release.inc.sh"

HOSTILE_PLUGIN=$PLUGIN CK_FORK=no "$DEVELOPED/tests/check_datastore_hostile" >"$T/said" 2>&1 || {
	cat "$T/said" >&2
	fail "a server that answers wrongly costs more than it may"
}
