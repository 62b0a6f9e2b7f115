# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/ctl/ctl.inc.sh"

sed 's/\\-/-/g' "$SOURCE/docs/calico-ipamctl.8" >"$T/manual"

"$CTL" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]* \{0,1\}[a-z]*\)  .*/\1/p' >"$T/commands"
[ "$(wc -l <"$T/commands")" -ge 7 ] || fail "the help lists no commands"
while read -r words; do
	says "$T/manual" "$words"
	"$CTL" $words --help | sed -n 's/^  \(-., \)\{0,1\}\(--[a-z-]*\).*/\2/p' >"$T/options"
	says "$T/options" --help
	while read -r option; do
		says "$T/manual" "$option"
	done <"$T/options"
done <"$T/commands"
