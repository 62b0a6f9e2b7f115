# SPDX-License-Identifier: Apache-2.0
# docs/TROUBLESHOOTING.md explains texts that are really said: each of its first table is in the sources,
# where the compiler joins them from parts and "…" is something named.
. "$SOURCE/tests/lint.inc.sh"

page=docs/TROUBLESHOOTING.md
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# All texts of the programs on one line, joined as C joins them.
cat $(sources '*.c' '*.h' | grep -v '^tests/') | tr '\n' ' ' | sed 's/"[[:space:]][[:space:]]*"//g; s/\\"/"/g' >"$work/sources"

# unsaid FILE: the parts of its texts that nobody says.
unsaid() {
	sed -n '/^| text /,/^$/s/^| `\(.*\)` | .* | .*$/\1/p' "$1" | sed 's/…/\n/g' | sed 's/^ *//; s/ *$//' | grep . |
		while read -r part; do
			grep -qF -e "$part" "$work/sources" || echo "$part"
		done
}

sed '/^Others say/,$d' "$page" >"$work/ours"
printf '| text | x | y |\n| `this text is said by nobody` | x | y |\n\n' >"$work/bad"
[ "$(unsaid "$work/bad" | wc -l)" = 1 ] && [ "$(grep -c '^| `' "$work/ours")" -gt 15 ] || {
	echo "the lint does not tell a text that is nowhere" >&2
	exit 1
}
unsaid "$work/ours" | none_of "texts of $page that no program says"
