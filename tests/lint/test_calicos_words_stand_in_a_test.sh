# SPDX-License-Identifier: Apache-2.0
# Words of Calico's errors that scripts match on (docs/DATA-MODEL.md 18) each stand in a test
# of ours, as they are, so that none is reworded unseen.
. "$SOURCE/tests/lint.inc.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# words FILE: one line for each row of section 18.
words() {
	sed -n '/^## 18\./,$ s/^| `\(.*\)` | .* | .*$/\1/p' "$1" | sed 's/` | .*//'
}

# flat FILE...: string literals joined, quotes as they are printed.
flat() {
	cat "$@" | tr '\n' ' ' | sed 's/\\"/\x01/g; s/"[[:space:]]*"//g; s/\x01/"/g'
}

# missing TESTS: of the words on stdin, those with a part (between "…") that the text lacks.
missing() {
	while IFS= read -r line; do
		printf '%s\n' "$line" | sed 's/…/\n/g' | while IFS= read -r part; do
			[ -z "$part" ] || grep -qF -- "$part" "$1" || echo "$line: no test holds \"$part\""
		done
	done
}

flat $(sources 'check_*.c' '*.golden') tests/ctl/*.sh >"$work/tests"
printf '%s\n' '## 18. Words' '| `no test would … hold this` | nowhere | |' >"$work/proof.md"
[ "$(words "$work/proof.md" | missing "$work/tests" | wc -l)" = 2 ]
[ "$(words docs/DATA-MODEL.md | wc -l)" -gt 30 ]
words docs/DATA-MODEL.md | missing "$work/tests" | none_of "Calico's words that no test holds"
