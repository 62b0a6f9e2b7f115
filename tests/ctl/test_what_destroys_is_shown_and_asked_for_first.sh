# SPDX-License-Identifier: Apache-2.0
# One rule: --dry-run only shows, --yes does at once, a terminal is asked, and where there is none it is refused.
. "$SOURCE/tests/ctl/ctl.inc.sh"
command -v script >/dev/null || skip "no script (Debian: bsdutils)"

use_local_store
exits 0 "$CTL" pool create v4 --cidr 10.86.0.0/24 --block-size 28
exits 0 "$CTL" pool create spare --cidr 10.87.0.0/24
exits 0 "$CTL" node create node-1
exits 0 "$CTL" node create node-2
exits 0 "$CTL" reservation create some --cidr 10.86.0.9
cat >"$T/stdin.json" <<-END
	{ "cniVersion": "1.0.0", "name": "net1", "type": "bridge", "nodename": "node-1", "local_path": "$T/store",
	"run_path": "$T/run", "ipam_lock_file": "$T/lock", "ipam": { "type": "calico-ipam", "assign_ipv6": "false" } }
END
plugin ADD c1
plugin DEL c1

# typed STATUS TEXT WORDS...: the command on a terminal of its own, where somebody types that.
typed() {
	typed_status=$1 typed_text=$2
	shift 2
	exits "$typed_status" sh -c 'printf "%s\n" "$1" | script -qec "$2" /dev/null' sh "$typed_text" "$CTL $*"
}

all_there() {
	"$CTL" export "$T/now" >/dev/null
	grep '"key"' "$T/now" >"$T/now.records" || :
	cmp -s "$T/before.records" "$T/now.records" || fail "something was changed by: $*"
}

# asked "WHAT WOULD BE DONE" "WHAT IS DONE" WORDS...
asked() {
	would=$1 is_done=$2
	shift 2
	"$CTL" export "$T/before" >/dev/null
	grep '"key"' "$T/before" >"$T/before.records"

	exits 0 "$CTL" "$@" --dry-run
	says "$T/out" "$would"
	silent "$T/err"
	all_there "$* --dry-run"
	exits 0 "$CTL" "$@" --dry-run --yes
	all_there "$* --dry-run --yes"
	exits 0 "$CTL" "$@" --dry-run -o json

	exits 2 "$CTL" "$@" </dev/null
	says "$T/err" "there is no terminal to ask on; --dry-run shows what would be done, --yes does it"
	silent "$T/out"
	all_there "$* without a terminal"

	typed 4 n "$@"
	says "$T/out" "$would"
	says "$T/out" "? [y/N]"
	says "$T/out" "nothing was changed"
	all_there "$*, and no"

	typed 0 y "$@"
	says "$T/out" "$is_done"
}

[ "$("$CTL" export 2>/dev/null | grep -c '"key"')" -gt 5 ] || fail "an export has another form than this test knows"
asked 'block would be deleted' 'block deleted' affinity release --node node-1
asked 'would be split into 2 pools' 'split into 2 pools' pool split v4 --into 25
asked 'pool v4-0 would be deleted' 'pool v4-0 deleted' pool delete v4-0
asked 'node node-1 would be deleted' 'node node-1 deleted' node delete node-1
asked 'reservation some would be deleted' 'reservation some deleted' reservation delete some

# With --yes nobody is asked, and what cannot be done is refused before anybody is.
exits 0 "$CTL" pool delete v4-1 --yes
says "$T/out" "pool v4-1 deleted"
exits 0 "$CTL" node delete node-2 --yes -o json
has dryRun false
exits 3 "$CTL" pool delete v4-1
exits 3 "$CTL" node delete node-2 --dry-run
exits 3 "$CTL" reservation delete some
exits 3 "$CTL" affinity release 10.86.0.0/28

# Of addresses in use the pool is told before it is asked for, and how many stay.
plugin ADD c2
exits 4 "$CTL" pool delete spare --dry-run
says "$T/err" "1 address of 10.87.0.0/24 is in use"
exits 0 "$CTL" pool delete spare --force --dry-run
says "$T/out" "1 address of 10.87.0.0/24 remains allocated"
exits 4 "$CTL" affinity release --node node-1 --dry-run
says "$T/out" "would be kept: in use"
exits 0 "$CTL" affinity release --node node-1 --force --dry-run
says "$T/out" "block would be without owner"
