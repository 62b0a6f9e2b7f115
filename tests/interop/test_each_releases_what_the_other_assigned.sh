# SPDX-License-Identifier: Apache-2.0
# Calico's plugin and ours are given containers in turn on two nodes; each releases what the other
# assigned, and nothing stays.
. "$SOURCE/tests/interop/interop.inc.sh"

create_pool v4 10.86.0.0/16
create_pool v6 fd86::/64

who=ours
for i in $(seq 20); do
	add $who "c$i" "node-$((i % 4 / 2 + 1))" '' "K8S_POD_NAMESPACE=space;K8S_POD_NAME=pod-$i"
	[ "$(wc -l <"$T/answers/c$i")" = 2 ] || fail "c$i has not one address of each family"
	who=$(other $who)
done
[ -z "$(cat "$T"/answers/c? "$T"/answers/c?? | sort | uniq -d)" ] || fail "an address was given twice"
holds 40
no_fault_is_found
calicoctl ipam show --ip="$(head -n 1 "$T/answers/c1" | cut -d / -f 1)" >"$T/shown"
for line in 'is in use' 'pod-1' 'node-1'; do
	grep -q "$line" "$T/shown" || { cat "$T/shown" >&2; fail "calicoctl ipam show says not $line"; }
done

# A repeated ADD by the other one is the same container's.
cp "$T/answers/c1" "$T/first"
add ours c1 node-1 '' "K8S_POD_NAMESPACE=space;K8S_POD_NAME=pod-1"
cmp "$T/first" "$T/answers/c1" || fail "a repeated ADD got other addresses"

who=theirs
for i in $(seq 20); do
	del $who "c$i" "node-$((i % 4 / 2 + 1))"
	who=$(other $who)
done
holds 0
no_handle_is_left
no_fault_is_found
