# SPDX-License-Identifier: Apache-2.0
# The numbers of pools, nodes and problems, as promtool accepts them; over each store.
. "$SOURCE/tests/ctl/ctl.inc.sh"
. "$SOURCE/tests/ctl/etcd.inc.sh"
. "$SOURCE/tests/ctl/stores.inc.sh"

command -v promtool >/dev/null || skip "no promtool (Debian: prometheus)"

lint() {
	promtool check metrics <"$1" >"$T/lint" 2>&1 || {
		cat "$T/lint" "$1" >&2
		fail "promtool does not accept the metrics"
	}
	silent "$T/lint"
}

block=/calico/ipam/v2/assignment/ipv4/block/10.86.0.0-30
pool4='calico_ipam_pool_addresses{pool="v4",cidr="10.86.0.0/24",family="4",state='

job() {
	exits 0 "$CTL" metrics
	lint "$T/out"
	says "$T/out" "calico_ipam_blocks 0"
	exits 0 "$CTL" pool create v4 --cidr 10.86.0.0/24 --block-size 30
	exits 0 "$CTL" pool create v6 --cidr fd86::/48
	exits 0 "$CTL" pool create all --cidr 2000::/3 --disabled
	exits 0 "$CTL" reservation create r --cidr 10.86.0.128/25
	exits 0 "$CTL" node create node-1
	put "$block" '{"cidr":"10.86.0.0/30","affinity":"host:node-1","allocations":[null,0,1,2],"unallocated":[0],"attributes":[{"handle_id":"n.a","secondary":{"node":"node-1"}},{"handle_id":"n.b","secondary":{"node":"odd \"\\ name"}},{"releasedAt":"2099-08-22T10:00:00Z"}],"sequenceNumber":7,"sequenceNumberForAllocation":{},"deleted":false}'
	put /calico/ipam/v2/assignment/ipv4/block/10.86.0.4-30 '{"cidr":'
	exits 0 "$CTL" metrics
	lint "$T/out"
	says "$T/out" 'calico_ipam_pool_size{pool="v4",cidr="10.86.0.0/24",family="4"} 256'
	says "$T/out" 'calico_ipam_pool_size{pool="v6",cidr="fd86::/48",family="6"} 1208925819614629174706176'
	says "$T/out" "$pool4\"in_use\"} 2"
	says "$T/out" "$pool4\"cooling\"} 1"
	says "$T/out" "$pool4\"reserved\"} 128"
	says "$T/out" "$pool4\"free\"} 125"
	says "$T/out" 'calico_ipam_pool_addresses{pool="all",cidr="2000::/3",family="6",state="free"} 0'
	says "$T/out" 'calico_ipam_pool_borrowed_addresses{pool="v4",cidr="10.86.0.0/24",family="4"} 1'
	says "$T/out" 'calico_ipam_node_blocks{node="node-1",family="4"} 1'
	says "$T/out" 'calico_ipam_node_addresses{node="odd \"\\ name"} 1'
	says "$T/out" 'calico_ipam_node_borrowed_addresses{node="odd \"\\ name"} 1'
	says "$T/out" 'calico_ipam_pool_node_blocks{pool="v4",node="node-1",family="4"} 1'
	says "$T/out" 'calico_ipam_pool_node_addresses{pool="v4",node="node-1",family="4"} 1'
	says "$T/out" 'calico_ipam_pool_node_borrowed_addresses{pool="v4",node="odd \"\\ name",family="4"} 1'
	says "$T/out" 'calico_ipam_pool_enabled{pool="v4",cidr="10.86.0.0/24",family="4"} 1'
	says "$T/out" 'calico_ipam_pool_enabled{pool="all",cidr="2000::/3",family="6"} 0'
	says "$T/out" 'calico_ipam_pool_use_percent{pool="v4",cidr="10.86.0.0/24",family="4",enabled="true"} 2.34375'
	says "$T/out" 'calico_ipam_pool_use_percent{pool="all",cidr="2000::/3",family="6",enabled="false"} 0'
	says "$T/out" 'calico_ipam_up 1'
	says "$T/out" 'calico_ipam_unreadable_blocks 1'
	says "$T/out" 'calico_ipam_problems{kind="handle-missing"} 2'
	says "$T/out" 'calico_ipam_problems{kind="released-in-the-future"} 1'
	says "$T/out" 'calico_ipam_problems{kind="affinity-missing"} 1'
	written_whole
}

# What is the same in each reading.
steady() {
	grep -vE '^calico_ipam_(last_success_timestamp|read_duration)_seconds' "$1"
}

written_whole() {
	steady "$T/out" >"$T/printed"
	echo "the last one" >"$T/ipam.prom"
	ln "$T/ipam.prom" "$T/reader"
	exits 0 "$CTL" metrics --output-file "$T/ipam.prom"
	silent "$T/out"
	silent "$T/err"
	steady "$T/ipam.prom" | cmp - "$T/printed" || fail "the file is not what is printed"
	says "$T/reader" "the last one"
	[ "$(stat -c %a "$T/ipam.prom")" = 644 ] || fail "node_exporter could not read the file"
	[ "$(ls "$T" | grep -c prom)" = 1 ] || fail "something is left beside the file: $(ls "$T")"
	for name in x.txt .prom ipam.prom.txt prom; do
		exits 2 "$CTL" metrics --output-file "$T/$name"
		says "$T/err" 'must end in .prom'
		[ ! -e "$T/$name" ] || fail "$name is written all the same"
	done
	exits 1 "$CTL" metrics --output-file "$T/none/ipam.prom"
	says "$T/err" "$T/none/ipam.prom"
	exits 0 "$CTL" metrics --no-check
	lint "$T/out"
	! grep -q problems "$T/out" || fail "--no-check checks"
	exits 2 "$CTL" metrics -o json
	rm "$T/ipam.prom" "$T/reader"
}

over_each_store job
