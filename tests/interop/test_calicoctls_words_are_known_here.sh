# SPDX-License-Identifier: Apache-2.0
# Read out of calicoctl's own help, command by command: each word and each option of those that are
# about what is ours.  (tests/ctl types them.)
. "$SOURCE/tests/ctl/ctl.inc.sh"

calicoctl=${TOOLS:-$SOURCE/build/test-tools}/calico/calicoctl
[ -x "$calicoctl" ] || skip "no $calicoctl (sh tests/interop/build.sh, with Go 1.23 or newer)"

# theirs WORDS: its help, into $T/theirs.
theirs() {
	"$calicoctl" $1 --help >"$T/theirs" 2>&1 || fail "calicoctl $1 --help: $(cat "$T/theirs")"
}

# subcommands: of the help in $T/theirs, a line each.
subcommands() {
	sed -n '/^Usage:/,/^Options:/p' "$T/theirs" | sed -n 's/^    \([a-z]\{1,\}\)  .*/\1/p'
}

# options: the same; "-c --config".
options() {
	sed -n '/^Options:/,/^[A-Z][a-z]*:$/p' "$T/theirs" | sed '1!{/^[A-Z]/d}' |
		sed -n 's/^ *\(\(-[a-zA-Z]\)  *\)\{0,1\}\(--[a-z-]\{1,\}\).*/\2 \3/p; s/^ *\(-[a-zA-Z]\), *\(--[a-z-]\{1,\}\).*/\1 \2/p'
}

# knows "WORDS" [WORDS OF OURS]: each of its options stands in our help, with its letter.
knows() {
	theirs "$1"
	options >"$T/options"
	[ "$(wc -l <"$T/options")" -ge 2 ] || fail "no options in the help of calicoctl $1"
	exits 0 "$CTL" ${2:-$1} --help
	while read -r letter name; do
		[ "$name" ] || { name=$letter letter=; }
		grep -qE -e "^  ${letter:+$letter, }$name( |\$)" "$T/out" ||
			fail "calico-ipamctl ${2:-$1} has no ${letter:+$letter, }$name: $(cat "$T/out")"
	done <"$T/options"
}

theirs ipam
subcommands >"$T/words"
[ "$(wc -l <"$T/words")" -ge 5 ] || fail "no commands in the help of calicoctl ipam: $(cat "$T/theirs")"
while read -r word; do
	knows "ipam $word"
done <"$T/words"

theirs 'datastore migrate'
subcommands >"$T/words"
[ "$(wc -l <"$T/words")" -ge 4 ] || fail "no commands in the help of calicoctl datastore migrate"
exits 0 "$CTL" datastore migrate --help
head -4 "$T/out" >"$T/usage"
while read -r word; do
	grep -qE "[ |]$word[ |]" "$T/usage" || fail "calico-ipamctl datastore migrate has no $word"
	knows "datastore migrate $word" 'datastore migrate'
done <"$T/words"

for word in label version get create apply replace delete; do
	knows $word
done
