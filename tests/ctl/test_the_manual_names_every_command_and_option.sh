# SPDX-License-Identifier: Apache-2.0
# In its sections, and in SYNOPSIS, where each command has one line, with each of its options or [OPTIONS].
. "$SOURCE/tests/ctl/ctl.inc.sh"

sed 's/\\-/-/g' "$SOURCE/docs/calico-ipamctl.8" >"$T/manual"

# "pool enable|disable NAME" stands for two commands.
sed -n '/^\.SH SYNOPSIS/,/^\.SH DESCRIPTION/s/^.*calico-ipamctl \(.*\)$/\1/p' "$T/manual" | sed 's/\\f.//g' |
	sed 's/^\([a-z]* \)\([a-z]*\)|\([a-z]*\)\( .*\)$/\1\2\4\n\1\3\4/' >"$T/synopsis"

# has_line COMMAND: leaves its lines of SYNOPSIS in $T/lines.
has_line() {
	grep -E "^$1( |\$)" "$T/synopsis" >"$T/lines" || fail "SYNOPSIS of the manual has no \"calico-ipamctl $1\""
}

"$CTL" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]* \{0,1\}[a-z]*\)  .*/\1/p' >"$T/commands"
[ "$(wc -l <"$T/commands")" -ge 7 ] || fail "the help lists no commands"
while read -r words; do
	says "$T/manual" "$words"
	has_line "$words"
	"$CTL" $words --help >"$T/help"
	sed -n 's/^  \(-., \)\{0,1\}\(--[a-z-]*\).*/\2/p' "$T/help" >"$T/options"
	says "$T/options" --help
	while read -r option; do
		says "$T/manual" "$option"
	done <"$T/options"
	sed '/^Options of all commands:/,$d' "$T/help" | sed -n 's/^  \(-., \)\{0,1\}\(--[a-z-]*\).*/\2/p' >"$T/own"
	while read -r option; do
		grep -qE -e "\[OPTIONS\]|$option([^a-z-]|\$)" "$T/lines" || fail "SYNOPSIS: $words has no $option, and no [OPTIONS]"
	done <"$T/own"
	grep -oE -e '--[a-z]+[a-z-]*' "$T/lines" | sort -u >"$T/named" || true
	while read -r option; do
		grep -qxF -e "$option" "$T/own" || fail "SYNOPSIS: $words knows no $option"
	done <"$T/named"
done <"$T/commands"

while read -r line; do
	known=
	while read -r words; do
		case "$line " in
		"$words "*) known=yes ;;
		esac
	done <"$T/commands"
	[ "$known" ] || fail "SYNOPSIS: no such command: $line"
done <"$T/synopsis"
