# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/ctl/ctl.inc.sh"

# The commands, and the nouns that several of them share, as the command itself lists them.
exits 0 "$CTL" --help
awk -F '   *' '/^Commands:$/ { listed = 1; next } !NF { listed = 0 } listed { print $2 }' "$T/out" >"$T/commands"
sed -n 's/ .*//p' "$T/commands" | sort -u >"$T/nouns"

# None is left out, neither there nor in the manual page.
grep -h '^const struct command .*_command = {$' "$SOURCE"/ctl/*.c "$SOURCE"/ctl/*/*.c >"$T/declared"
[ "$(wc -l <"$T/commands")" = "$(wc -l <"$T/declared")" ] || {
	cat "$T/commands" >&2
	fail "$(wc -l <"$T/declared") commands are declared, these are listed"
}
sed -n 's/\\-/-/g; s/\\f[IRB]//g; s/^\.SS //p' "$SOURCE/docs/calico-ipamctl.8" >"$T/manual"
while read -r words; do
	grep -qE "^(.*, )?$words( |,|\$)" "$T/manual" || fail "\"$words\" has no section in docs/calico-ipamctl.8"
done <"$T/commands"

{
	echo
	cat "$T/commands" "$T/nouns"
} | while read -r words; do
	for help in --help -h; do
		exits 0 "$CTL" $words $help
		says "$T/out" "Usage: calico-ipamctl $words"
		silent "$T/err"
	done
done

# Each command that takes words of its own shows an example of itself.
while read -r words; do
	[ "$words" != version ] || continue
	exits 0 "$CTL" $words --help
	sed -n '/^Examples:$/,/^$/p' "$T/out" >"$T/examples"
	says "$T/examples" "calico-ipamctl $words"
done <"$T/commands"

# Help needs neither the rest of the words nor a store.
CALICO_DATASTORE_TYPE=nonsense exits 0 "$CTL" pool create --cidr x --help
exits 0 "$CTL" help
exits 0 "$CTL" --version
exits 0 "$CTL" version -o json
sed -n 's/^    "version": "[0-9.]*[+.0-9a-z]*"$/found/p' "$T/out" | grep -q found || fail "version -o json"
