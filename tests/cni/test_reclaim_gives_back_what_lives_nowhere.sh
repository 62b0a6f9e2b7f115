# SPDX-License-Identifier: Apache-2.0
# A container lives as long as its network namespace does, by a mount, a process or an open file
# alone; once it is gone from all of them its addresses are given back, and no others.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/store.inc.sh"
use_store "CALICO_DATASTORE_TYPE=local" "CALICO_LOCAL_PATH=$T/store"
. "$SOURCE/tests/reclaim.inc.sh"

echo 3d1219c7c4c5404aaa1f6d2a48adfda4 >/etc/machine-id

# Kept by a process alone, which was there before.
unshare -n sleep 1000 &
process=$!
within 50 sh -c "[ \"\$(readlink /proc/$process/ns/net)\" != \"\$(readlink /proc/self/ns/net)\" ]"
cni ADD process "/proc/$process/ns/net"

# Kept by a thread's open file alone.
born file
sleep 1000 3</run/netns/file &
file=$!
# CTest's own log is there before.
within 50 [ "/proc/$file/fd/3" -ef /run/netns/file ]
ip netns del file

# Kept by a mount in another mount namespace alone.
born hidden
mkdir -p "$T/odd place"
touch "$T/odd place/hidden"
unshare -m sh -c 'mount --bind /run/netns/hidden "$0" && : >"$0.done" && exec sleep 1000' "$T/odd place/hidden" &
within 50 [ -e "$T/odd place/hidden.done" ]
hidden=$!
ip netns del hidden

born mount
born gone
ip netns del gone
# Its name, and it may be its inode, is another's by now.
born again
ip netns del again
ip netns add again

reclaim --dry-run
grep -q '4 of 12 addresses are dead' "$T/said" || fail "what is dead: $(cat "$T/said")"
holds 12
reclaim
for container in process file hidden mount; do
	has "$container" 2
done
has gone 0
has again 0
grep -q 'Reclaimed an address .*HandleID="net1.gone".*Reason="its network namespace is gone"' "$T/log" ||
	fail "what was given back, and why, is not logged: $(cat "$T/log")"

say "what an interface has is in use, whatever is said of it"
born address
address=$(ctl show --addresses -o wide | awk '/net1.address/ && $1 ~ /\./ { print $1 }')
ip netns del address
ip -n mount addr add "$address/32" dev lo
reclaim
has address 2
ip -n mount addr del "$address/32" dev lo
reclaim
has address 0

say "each ends in its own way"
kill "$process" "$file" "$hidden"
wait "$process" "$file" "$hidden" || true
reclaim --max 3 --output-file "$T/counts.prom"
holds 6
grep -q '4 are left for the next run' "$T/said" || fail "nothing is said of the limit: $(cat "$T/said")"
counted() {
	grep -qx "calico_ipam_reclaimed_addresses_total{reason=\"$1\"} $2" "$T/counts.prom" || fail "$1 is not $2: $(cat "$T/counts.prom")"
}
counted namespaceGone 2
# What another adds meanwhile, with the folder locked, is not lost.
flock "$T" sh -c 'touch "$0/locked"; sleep 2; touch "$0/released"' "$T" &
within 50 test -e "$T/locked"
reclaim --output-file "$T/counts.prom"
[ -e "$T/released" ] || fail "counted while another counts"
counted namespaceGone 6
reclaim --output-file "$T/counts.prom"
counted namespaceGone 6
counted earlierBoot 0
holds 2
has mount 2
