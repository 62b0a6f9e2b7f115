# SPDX-License-Identifier: Apache-2.0
# Within ipam/ an include goes down: record, then request, then the verbs (which do not know
# each other), then audit, crowd and upgrade; ipam.h, the door, is on top (docs/DESIGN.md 7).
. "$SOURCE/tests/lint.inc.sh"

floors_awk='
	BEGIN {
		floor["record"] = 1
		floor["request"] = 2
		n = split("assign release pool node reservation affinity cluster vm", verbs, " ")
		while (n)
			floor[verbs[n--]] = 3
		floor["audit"] = floor["crowd"] = floor["upgrade"] = 4
	}
	/^[ \t]*#[ \t]*include[ \t]*"ipam\// {
		split(FILENAME, from, "/")
		split($0, part, "\"")
		to_is_door = split(part[2], to, "/") == 2
		if (from[3] == "" || (!to_is_door && from[2] == to[2]))
			next
		if (to_is_door || !(from[2] in floor) || !(to[2] in floor) || floor[to[2]] >= floor[from[2]])
			print FILENAME ":" FNR ": " $0
	}'

upward() {
	awk "$floors_awk" "$@"
}

proof=$(mktemp -d)
trap 'rm -rf "$proof"' EXIT
mkdir -p "$proof/ipam/request" "$proof/ipam/assign"
echo '#include "ipam/record/block.h"' | tee "$proof/ipam/ipam.h" >"$proof/ipam/request/good.c"
for header in ipam/assign/assign.h ipam/ipam.h ipam/elsewhere/x.h; do
	echo "#include \"$header\""
done >"$proof/ipam/request/bad.c"
echo '#include "ipam/release/release.h"' >"$proof/ipam/assign/bad.c"
[ "$(cd "$proof" && upward ipam/ipam.h ipam/request/good.c ipam/request/bad.c ipam/assign/bad.c | wc -l)" = 4 ] || {
	echo "the lint does not see an include that goes up" >&2
	exit 1
}

upward $(sources '*.c' '*.h' | grep '^ipam/') | none_of "includes that go up within ipam/"
