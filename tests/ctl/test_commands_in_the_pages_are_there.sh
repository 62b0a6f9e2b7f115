# SPDX-License-Identifier: Apache-2.0
# What README.md and the pages of docs/ tell to type is a command of calico-ipamctl, with options of its own.
. "$SOURCE/tests/ctl/ctl.inc.sh"
cd "$SOURCE"

# typed FILE...: the calls, one a line: in backticks, or after a tab; without a remark.
typed() {
	sed 's/	*#.*//' "$@" | grep -oE '(`|^	)(calico-ipamctl [^`|;&<>]*)' | sed 's/^[`	]//' | sort -u
}

# offered WORD...: whether the last word is one that may stand there.
offered() {
	for offered_last; do :; done
	"$CTL" completion -- "$@" | grep -qxF -e "$offered_last"
}

# there CALL...: its noun, its verb if it has verbs, and each option.
there() {
	shift
	words= options=
	while [ $# -gt 0 ]; do
		case $1 in
		--config | -c | -o) shift ;;
		--[a-z]*) options="$options ${1%%=*}" ;;
		-*) ;;
		*) words="$words $1" ;;
		esac
		[ $# = 0 ] || shift
	done
	set -- $words
	[ $# -gt 0 ] || return 0
	offered "$1" || return 1
	# Behind `get` stands a kind, in any of its spellings.
	if [ "$1" != get ] && [ -n "$("$CTL" completion -- "$1" '')" ]; then
		[ $# -gt 1 ] || return 0
		offered "$1" "$2" || return 1
		set -- "$1" "$2"
	else
		set -- "$1"
	fi
	for option in $options; do
		offered "$@" "$option" || return 1
	done
}

printf '`calico-ipamctl pool make x` and `calico-ipamctl show --adresses`\n' >"$T/bad.md"
typed "$T/bad.md" >"$T/calls"
[ "$(wc -l <"$T/calls")" = 2 ] || fail "the calls of a page are not found"
while read -r call; do
	! there $call || fail "it does not tell that this is no command: $call"
done <"$T/calls"

typed README.md CHANGELOG.md CONTRIBUTING.md conf-examples/README.md docs/CLUSTER.md docs/RUNTIMES.md docs/REPLACE-CALICO.md \
	docs/OPERATE.md docs/TROUBLESHOOTING.md docs/DEPLOY.md >"$T/calls"
[ "$(wc -l <"$T/calls")" -gt 30 ] || fail "only $(wc -l <"$T/calls") calls are found"
wrong=
while read -r call; do
	there $call || wrong="$wrong
$call"
done <"$T/calls"
[ -z "$wrong" ] || fail "no such command or option:$wrong"
