# SPDX-License-Identifier: Apache-2.0
# Sourced after sandbox.inc.sh by tests that type what a page of docs/ says.

# section PAGE TITLE: the commands below that heading.
section() {
	awk -v title="## $2" '/^## / { here = index($0, title) == 1 } here && sub(/^\t/, "")' "$SOURCE/$1" >"$T/section"
	[ "$(wc -l <"$T/section")" -ge 4 ] || fail "$1 has no commands below $2"
	cat "$T/section"
}

# type_section PAGE TITLE [SCRIPT]: all of them, in the sources, by a shell that stops at the first that
# fails; SCRIPT is sed's and changes what a test cannot wait for.  What they say goes to $T/said.
type_section() {
	say "$1, $2"
	{
		echo 'set -ex'
		section "$1" "$2" | sed "${3:-}"
	} >"$T/typed"
	(cd "$SOURCE" && sh "$T/typed") >"$T/said" 2>&1 || {
		cat "$T/said" >&2
		fail "$1, $2"
	}
}

# said WORDS: each of them.
said() {
	for words in "$@"; do
		grep -qF -- "$words" "$T/said" || {
			cat "$T/said" >&2
			fail "nothing said $words"
		}
	done
}
