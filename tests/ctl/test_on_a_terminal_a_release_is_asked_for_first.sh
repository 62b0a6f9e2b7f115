# SPDX-License-Identifier: Apache-2.0
# What is about to be released is shown on a terminal, and only "y" or "yes" does it.
. "$SOURCE/tests/ctl/ctl.inc.sh"
command -v script >/dev/null || skip "no script (Debian: bsdutils)"

# typed STATUS TEXT: `release` of the address on a terminal of its own, where somebody types that.
typed() {
	exits "$1" sh -c 'printf "%s\n" "$1" | script -qec "$2 release $3" /dev/null' sh "$2" "$CTL" "$four"
	says "$T/out" "net1.c1"
	says "$T/out" "Release these? [y/N]"
}

in_use() {
	exits 0 "$CTL" show -o json
	grep -q "\"inUse\": *$1," "$T/out" || fail "not $1 in use"
}

use_local_store
exits 0 "$CTL" pool create v4 --cidr 10.86.0.0/24 --block-size 28
exits 0 "$CTL" node create node-1
cat >"$T/stdin.json" <<-END
	{ "cniVersion": "1.0.0", "name": "net1", "type": "bridge", "nodename": "node-1", "local_path": "$T/store",
	"run_path": "$T/run", "ipam_lock_file": "$T/lock", "ipam": { "type": "calico-ipam", "assign_ipv6": "false" } }
END
plugin ADD c1
four=$(sed -n 's/.*"address": "\(10[0-9.]*\).*/\1/p' "$T/result")
for answer in n "" yesterday; do
	typed 4 "$answer"
	says "$T/out" "nothing was changed"
	in_use 1
done
typed 0 YES
says "$T/out" "1 addresses released"
in_use 0
