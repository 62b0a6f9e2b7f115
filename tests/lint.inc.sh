# SPDX-License-Identifier: Apache-2.0
# Sourced by the lints.  They need grep and awk, and read what git knows, or else all
# files outside build/.

set -eu
: "${SOURCE:?the folder of the repository}"
. "$SOURCE/tests/rooms.inc.sh"
cd "$SOURCE"

# sources PATTERN...: files of the rooms, e.g. `sources '*.c' '*.h'`.
sources() {
	for pattern in "$@"; do
		find $(rooms) tests -type f -name "$pattern" 2>/dev/null
	done | sort
}

# Complains with what it is given on stdin, if that is anything.
none_of() {
	found=$(cat)
	[ -z "$found" ] || {
		echo "$1:" >&2
		echo "$found" >&2
		exit 1
	}
}
