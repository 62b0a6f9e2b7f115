# SPDX-License-Identifier: Apache-2.0
# The keys that README.md explains are those by which doctor tells a slip, and no others.
. "$SOURCE/tests/lint.inc.sh"

# The first column of README's two tables: beside "type", and within "ipam".
explained() {
	awk -v want="$1" '
	/^Beside `"type"`/ { part = "beside" }
	/^Within `"ipam"`/ { part = "within" }
	/^#/ { part = "" }
	part == want && /^\| `/ { split($0, cells, "|"); print cells[2] }' README.md | grep -oE '`[a-z0-9_]+`' | tr -d '`'
}

# The texts of one list of the doctor's.
known() {
	sed -n "/ $1\[\] = {/,/^};/p" ctl/doctor/keys.c | grep -oE '"[a-z0-9_]+"' | tr -d '"'
}

for part in beside within; do
	[ -n "$(explained $part)" ] && [ -n "$(known $part)" ] || {
		echo "the lint finds no keys $part" >&2
		exit 1
	}
	{
		# Calico's, for Windows: in the manual alone.
		[ $part = within ] || echo windows_use_single_network
		[ $part = beside ] || echo timeout_ms
		explained $part
	} | sort -u >"${TMPDIR:-/tmp}/explained.$$"
	known $part | sort -u | diff "${TMPDIR:-/tmp}/explained.$$" - | sed -n "s/^[<>]/$part:&/p"
	rm "${TMPDIR:-/tmp}/explained.$$"
done | none_of "keys that README.md and ctl/doctor/keys.c do not both have"
