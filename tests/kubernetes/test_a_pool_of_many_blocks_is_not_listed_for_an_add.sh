# SPDX-License-Identifier: Apache-2.0
# What an ADD asks for on a node that has a block is the same with three hundred blocks of another node's in the
# pool as without: no list of blocks, and of affinities only the node's own. Reads name no resourceVersion, so
# that the server answers none of them from a cache that may be behind.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/kubernetes/cluster.inc.sh"
. "$SOURCE/tests/ctl/typed.inc.sh"

want_kubernetes
command -v jq >/dev/null || skip "no jq"
kube_options=$(kube_audit)
start_cluster
cluster_node node-1
cluster_node node-2
export CALICO_DATASTORE_TYPE=kubernetes KUBECONFIG="$KUBE/admin.kubeconfig"
plugin_uses "\"datastore_type\": \"kubernetes\", \"run_path\": \"$T/run\", \"kubernetes\": { \"kubeconfig\": \"$KUBE/calico-kubeconfig\" },"
exits 0 "$CTL" pool create v4 --cidr 10.86.0.0/16 --block-size 28
exits 0 "$CTL" pool create v6 --cidr fd86::/64
plugin ADD first
own=$(kubectl get "ipamblocks.$calico_group" -o name | sed 's|.*/||' | sort | paste -s -d ' ' -)

# node_2s_blocks COUNT: blocks without an allocation, and their affinities, as calico-ipamctl exports them.
node_2s_blocks() {
	awk -v n="$1" -v own="${own%% *}" 'BEGIN {
		for (i = 0; i < 16; i++) {
			nulls = nulls (i ? "," : "") "null"
			numbers = numbers (i ? "," : "") i
		}
		for (i = 0; i < n; i++) {
			ip = "10.86." int(i / 16) "." i % 16 * 16
			name = ip "-28"
			gsub("[.]", "-", name)
			if (name == own)
				continue
			print "{\"key\":\"/calico/ipam/v2/assignment/ipv4/block/" ip "-28\",\"value\":\"{\\\"cidr\\\":\\\"" ip "/28\\\"," \
				"\\\"affinity\\\":\\\"host:node-2\\\",\\\"allocations\\\":[" nulls "],\\\"unallocated\\\":[" numbers "]," \
				"\\\"attributes\\\":[],\\\"sequenceNumber\\\":1,\\\"deleted\\\":false}\"}"
			print "{\"key\":\"/calico/ipam/v2/host/node-2/ipv4/block/" ip "-28\"," \
				"\"value\":\"{\\\"state\\\":\\\"confirmed\\\",\\\"deleted\\\":false}\"}"
		}
	}' | LC_ALL=C sort | sed '$!s/$/,/'
}

# import_blocks COUNT
import_blocks() {
	node_2s_blocks "$1" >"$T/records"
	{
		echo '{"version":2,"records":['
		cat "$T/records"
		printf '],"count":%s,"sum":"sha256:%s"}\n' "$(wc -l <"$T/records")" "$(sha256sum <"$T/records" | cut -d ' ' -f 1)"
	} >"$T/archive.json"
	exits 0 "$CTL" import "$T/archive.json"
}

# asked CONTAINER: what its ADD asks of the server, in the order of the alphabet.
asked() {
	: >"$KUBE/audit.log"
	plugin ADD "$1"
	jq -r '[.verb, .requestURI | sub("^/apis/[^/]*/v[13]"; "")] | join(" ")' "$KUBE/audit.log" | sort
}

# As it is with a few.
rm -rf "$T/run"
asked second >"$T/cold"
asked third >"$T/warm"
! grep -q '^list /ipamblocks' "$T/cold" "$T/warm" || fail "blocks are listed"
! grep '^list /blockaffinities' "$T/cold" "$T/warm" | grep -v labelSelector= || fail "all affinities are listed"
! grep -q resourceVersion "$T/cold" "$T/warm" || fail "a read is of an earlier moment: $(cat "$T/cold" "$T/warm")"
[ "$(wc -l <"$T/warm")" = 9 ] || fail "a warm ADD asks for $(cat "$T/warm")"
say "without a mirror: $(wc -l <"$T/cold") requests, with it: $(wc -l <"$T/warm")"

import_blocks 300
[ "$(calico ipamblocks | wc -l)" -ge 300 ] || fail "there are $(calico ipamblocks | wc -l) blocks"
rm -rf "$T/run"
asked fourth | sed 's/fourth/second/' >"$T/cold.many"
asked fifth | sed 's/fifth/third/' >"$T/warm.many"
diff "$T/cold" "$T/cold.many" || fail "with many blocks an ADD without a mirror asks for something else"
diff "$T/warm" "$T/warm.many" || fail "with many blocks an ADD asks for something else"
