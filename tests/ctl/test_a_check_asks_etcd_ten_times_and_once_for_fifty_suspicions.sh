# SPDX-License-Identifier: Apache-2.0
# 300 leaked handles: what check, metrics and check --mend, asked first or not, ask of a real etcd, by
# its own count.
. "$SOURCE/tests/ctl/ctl.inc.sh"
. "$SOURCE/tests/ctl/etcd.inc.sh"
. "$SOURCE/tests/ctl/stores.inc.sh"

most=16	# 10 + 300 / 50

served() {
	curl -s "$CALICO_ETCD_ENDPOINTS/metrics" |
		awk '/^grpc_server_handled_total.*(Range|Txn|Put|DeleteRange)"/ { n += $2 } END { print n + 0 }'
}

# asks STATUS COMMAND...
asks() {
	before=$(served)
	exits "$@"
	asked=$(($(served) - before))
	[ "$asked" -gt 0 ] && [ "$asked" -le "$most" ] || fail "$asked requests, at most $most: $*"
}

# 300 handles, each with an address in one of five blocks, which then hold none.
leak() {
	"$STORE_EDIT" load 5 60
	free=$(seq -s , 0 63)
	none=$(printf 'null,%.0s' $(seq 63))null
	for block in 10.0.0.0 10.0.0.64 10.0.0.128 10.0.0.192 10.0.1.0; do
		put "/calico/ipam/v2/assignment/ipv4/block/$block-26" "{\"cidr\":\"$block/26\",\"affinity\":\"host:node-00000\",\"allocations\":[$none],\"unallocated\":[$free],\"attributes\":[],\"sequenceNumber\":1,\"sequenceNumberForAllocation\":{},\"deleted\":false}"
	done
}

use_etcd
leak
asks 6 "$CTL" check
says "$T/out" "leaked-handle (300)"
asks 0 "$CTL" metrics
says "$T/out" 'calico_ipam_problems{kind="leaked-handle"} 300'
asks 0 "$CTL" check --mend --yes
says "$T/out" "300 mended"
exits 0 "$CTL" check
says "$T/out" "no problem in 5 blocks, 0 handles and 5 affinities"

leak
asks 0 sh -c 'echo y | script -qec "$1 check --mend" /dev/null' sh "$CTL"
says "$T/out" "Mend 300 of these"
says "$T/out" "300 mended"
exits 0 "$CTL" check
says "$T/out" "no problem in 5 blocks, 0 handles and 5 affinities"
