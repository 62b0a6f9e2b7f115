# SPDX-License-Identifier: Apache-2.0
# plugin, ctl -> ipam -> datastore -> base, ctl -> openstack -> datastore, and deploy -> base: no room includes one above or beside
# it, and the plugin nothing of OpenStack's.
. "$SOURCE/tests/lint.inc.sh"

rank_awk='
	BEGIN { rank["base"] = 1; rank["datastore"] = 2; rank["deploy"] = 2; rank["ipam"] = rank["openstack"] = 3; rank["plugin"] = rank["ctl"] = 4 }
	/^[ \t]*#[ \t]*include[ \t]*"/ {
		split($0, part, "\"")
		split(part[2], to, "/")
		split(FILENAME, from, "/")
		if (from[1] != to[1] && (!(to[1] in rank && rank[to[1]] < rank[from[1]]) || (from[1] == "plugin" && to[1] == "openstack")))
			print FILENAME ":" FNR ": " $0
	}'

arrows() {
	awk "$rank_awk" "$@"
}

# The lint itself is tried on one file of each kind.
proof=$(mktemp -d)
trap 'rm -rf "$proof"' EXIT
mkdir "$proof/base" "$proof/ipam" "$proof/plugin"
echo '#include "datastore/view.h"' | tee "$proof/base/bad.c" >"$proof/ipam/good.c"
echo '#include "plugin/reply.h"' >"$proof/ipam/bad.c"
echo '#include "openstack/record/subnet.h"' >"$proof/plugin/bad.c"
[ "$(cd "$proof" && arrows base/bad.c ipam/good.c ipam/bad.c plugin/bad.c | wc -l)" = 3 ] || {
	echo "the lint does not see an include against the arrow" >&2
	exit 1
}

arrows $(sources '*.c' '*.h' | grep -v '^tests/') | none_of "includes against the arrow plugin, ctl -> ipam -> datastore -> base"
