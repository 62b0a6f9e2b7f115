# SPDX-License-Identifier: Apache-2.0
# Whole JSON numbers, however large, and RFC 3339 in UTC; but for what is printed as it is stored.
. "$SOURCE/tests/ctl/ctl.inc.sh"

use_local_store
exits 0 "$CTL" pool create v4 --cidr 10.86.0.0/24 --block-size 28
exits 0 "$CTL" pool create v6 --cidr fd86::/40
exits 0 "$CTL" node create node-1
exits 0 "$CTL" config set ipCooldownSeconds=300
cat >"$T/stdin.json" <<-END
	{ "cniVersion": "1.0.0", "name": "net1", "type": "bridge", "nodename": "node-1", "local_path": "$T/store",
	"run_path": "$T/run", "ipam_lock_file": "$T/lock", "ipam": { "type": "calico-ipam", "assign_ipv6": "true" } }
END
for i in 1 2 3; do
	plugin ADD c$i
done
held=$(sed -n 's/.*"address": "\(10[0-9.]*\).*/\1/p' "$T/result")
plugin DEL c2
exits 0 "$CTL" show --addresses -o json
cooling=$(grep -B 1 '"state": "cooling"' "$T/out" | sed -n 's/.*"address": "\(10.*\)",/\1/p')
[ "$held" ] && [ "$cooling" ] || fail "nothing is held, or nothing cools down"

numbers=0 dates=0
# one_form "STATUS..." WORDS...: what no form of ours has is named.
one_form() {
	form_status=$1
	shift
	"$CTL" "$@" -o json >"$T/out" 2>"$T/err" || case " $form_status " in *" $? "*) ;; *) fail "$*: $(cat "$T/err")" ;; esac
	sed '/"attribute": {/,/}$/d' "$T/out" >"$T/own"
	! grep -nE '": "-?[0-9]+(\.[0-9]+)?",?$' "$T/own" || fail "$*: a number is a text"
	! grep -nE '": -?[0-9]*[.eE]' "$T/own" || fail "$*: a number is no whole one"
	sed -n 's/^.*": "\([0-9]\{4\}-[0-9][0-9]-.*\)",\{0,1\}$/\1/p' "$T/own" >"$T/dates"
	! grep -vE '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$' "$T/dates" || fail "$*: a date of another form"
	dates=$((dates + $(wc -l <"$T/dates")))
	numbers=$((numbers + $(grep -cE '": [0-9]+,?$' "$T/own" || :)))
}

one_form 0 show --blocks --addresses
one_form 0 show --ip "$held"
one_form 0 show --ip "$cooling"
one_form 0 history --ip "$held"
one_form 0 affinity list
one_form 0 config get
one_form "0 7" check
one_form 0 release "$held" --dry-run
one_form 0 pool split v4 --into 25 --dry-run
one_form 0 affinity release --node node-1 --force --dry-run
one_form 0 pool delete v6 --force --dry-run
one_form 0 node delete node-1 --force --dry-run
[ "$numbers" -gt 40 ] && [ "$dates" -gt 8 ] || fail "only $numbers numbers and $dates dates were seen"

# To the last digit, in YAML too.
exits 0 "$CTL" show -o json
has total '256 309485009821345068724781056'
exits 0 "$CTL" show -o yaml
says "$T/out" 'total: 309485009821345068724781056'
