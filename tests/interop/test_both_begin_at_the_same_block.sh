# SPDX-License-Identifier: Apache-2.0
# For any host name, Calico's plugin and ours claim the same first block of equal pools.
. "$SOURCE/tests/interop/interop.inc.sh"

for i in 1 2; do
	create_pool "large-$i" "10.$i.0.0/16"
	ctl pool create "small-$i" --cidr "10.10$i.0.0/24" --block-size 28 >/dev/null
	create_pool "six-$i" "fd0$i::/48"
done

# blocks OUR-OR-THEIRS NODE POOL: with the pool's number left out.
blocks() {
	add "$1" "$1-$2" "$2" "\"ipv4_pools\": [\"large-$3\"], \"ipv6_pools\": [\"six-$3\"]"
	add "$1" "$1-$2-small" "$2" "\"assign_ipv6\": \"false\", \"ipv4_pools\": [\"small-$3\"]"
	cat "$T/answers/$1-$2" "$T/answers/$1-$2-small" | sed "s/^10\.$3\./10.N./; s/^10\.10$3\./10.10N./; s/^fd0$3:/fd0N:/"
}

for node in node-1 node-2 node-a x worker-1.example.org ip-10-1-2-3 gke-pool-1-abc k8s-master-0 \
	a-very-long-host-name-with-many-parts.cluster.local; do
	case $node in
	node-[12]) ;;
	*) create_node $node ;;
	esac
	blocks ours $node 1 >"$T/ours"
	blocks theirs $node 2 >"$T/theirs"
	diff "$T/ours" "$T/theirs" || fail "$node begins elsewhere (<: ours)"
	say "$node: $(tr '\n' ' ' <"$T/ours")"
done
