# SPDX-License-Identifier: Apache-2.0
# Calico's plugin and ours fill eight small blocks of each family at once, from two nodes, then borrow
# what is left; each releases what the other assigned, at once again.
. "$SOURCE/tests/interop/interop.inc.sh"

ctl pool create v4 --cidr 10.86.0.0/26 --block-size 29 >/dev/null
ctl pool create v6 --cidr fd86::/122 --block-size 125 >/dev/null

# many add|del FROM TO [1]: at once, odd containers by us and even ones by Calico; with 1, the other way.
many() {
	many_verb=$1 turned=${4:-0}
	pids=
	for i in $(seq "$2" "$3"); do
		who=ours
		[ $(((i + turned) % 2)) = 1 ] || who=theirs
		("$many_verb" $who "c$i" "node-$((i % 4 / 2 + 1))") &
		pids="$pids $!"
	done
	for pid in $pids; do
		wait "$pid" || fail "one of many"
	done
}

for from in 1 9 17 25 33 41 49; do
	many add $from $((from + 7))
done
for i in $(seq 57 64); do
	who=ours
	[ $((i % 2)) = 1 ] || who=theirs
	add $who "c$i" "node-$((i % 4 / 2 + 1))"
done
[ "$(cat "$T"/answers/c? "$T"/answers/c?? | sort -u | wc -l)" = 128 ] || fail "not 128 different addresses"
holds 128
no_fault_is_found
for who in ours theirs; do
	if call $who ADD "late-$who" >"$T/late"; then
		fail "$who gave an address of a full pool"
	fi
	grep -q 'No IPs available in pools: \[10.86.0.0/26\]' "$T/late" || { cat "$T/late" >&2; fail "$who gave no reason"; }
done
holds 128
no_fault_is_found

for from in 1 9 17 25 33 41 49 57; do
	many del $from $((from + 7)) 1
done
holds 0
no_handle_is_left
no_fault_is_found
