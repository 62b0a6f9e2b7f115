# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/ctl/ctl.inc.sh"

# offers "CANDIDATES" WORDS...
offers() {
	offers_words=$1
	shift
	exits 0 "$CTL" completion -- "$@"
	offers_got=$(paste -s -d ' ' "$T/out")
	[ "$offers_got" = "$offers_words" ] || fail "after \"$*\" it offers $offers_got, not $offers_words"
}

offers 'pool' po
offers 'create' pool cr
offers 'list label' node l
offers 'list' -o json pool li
offers 'list' --config list pool li
offers 'list' -c list pool li
offers '--block-size' pool create --cidr 10.0.0.0/16 --bl
offers '--dry-run --config --output --no-headers --help' import x --
offers '--config --output --no-headers --help' --
offers 'yaml' pool list -o y
offers 'table wide json yaml' pool list --output = ''
offers '' pool create --cidr ''
offers '' pool delete x
offers 'ippool ipreservation ipamconfiguration node' get ''
offers 'table wide json yaml name custom-columns= jsonpath=' get ipp -o ''
offers '' get ippool ''
offers '' nothing ''
exits 0 "$CTL" completion -- ''
says "$T/out" show
[ -z "$(sort "$T/out" | uniq -d)" ] || fail "a noun is offered twice"
exits 2 "$CTL" completion

command -v bash >/dev/null || exit 0
bash -c '
	. "$SOURCE/ctl/completion.bash"
	COMP_WORDS=("$0" pool up) COMP_CWORD=2
	_calico_ipamctl
	[ "${COMPREPLY[*]}" = update ] || exit 1
	COMP_WORDS=("$0" pool update x --n) COMP_CWORD=4
	_calico_ipamctl
	IFS=" "
	[ "${COMPREPLY[*]}" = "--node-selector --namespace-selector --nat-outgoing --no-headers" ]
' "$CTL" || fail "completion.bash does not complete"
