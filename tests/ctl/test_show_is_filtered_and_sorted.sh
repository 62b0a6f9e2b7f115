# SPDX-License-Identifier: Apache-2.0
# By pool, pod, namespace and node; by any column; without headings. A disabled pool has nothing free.
. "$SOURCE/tests/ctl/ctl.inc.sh"
. "$SOURCE/tests/ctl/etcd.inc.sh"
. "$SOURCE/tests/ctl/stores.inc.sh"

block4=/calico/ipam/v2/assignment/ipv4/block
# entry POD NAMESPACE NODE DAY
entry() {
	echo "{\"handle_id\":\"net1.$1\",\"secondary\":{\"ifname\":\"eth0\",\"namespace\":\"$2\",\"node\":\"$3\",\"pod\":\"$1\",\"timestamp\":\"2026-08-$4 10:00:00 +0000 UTC\"}}"
}

# columns N...: those of the table in $T/out, a line each row.
columns() {
	awk -v list="$*" 'BEGIN { n = split(list, c, " ") }
		{ line = ""; for (i = 1; i <= n; i++) line = line (i > 1 ? " " : "") $c[i]; print line }' "$T/out"
}

records() {
	exits 0 "$CTL" pool create big --cidr 10.86.0.0/24 --block-size 30
	exits 0 "$CTL" pool create small --cidr 10.85.0.0/29 --block-size 30
	exits 0 "$CTL" pool create off --cidr 10.84.0.0/28 --block-size 30 --disabled
	exits 0 "$CTL" node create node-1
	exits 0 "$CTL" node create node-2
	put $block4/10.86.0.0-30 "{\"cidr\":\"10.86.0.0/30\",\"affinity\":\"host:node-1\",\"allocations\":[0,1,2,null],\"unallocated\":[3],\"attributes\":[$(entry a web node-1 20),$(entry b web node-2 18),$(entry a db node-1 19)],\"sequenceNumber\":7,\"sequenceNumberForAllocation\":{\"0\":5,\"1\":5,\"2\":6},\"deleted\":false}"
	put $block4/10.85.0.0-30 "{\"cidr\":\"10.85.0.0/30\",\"affinity\":\"host:node-2\",\"allocations\":[0,1,null,null],\"unallocated\":[2,3],\"attributes\":[$(entry c db node-2 21),$(entry d db node-2 22)],\"sequenceNumber\":7,\"sequenceNumberForAllocation\":{\"0\":5,\"1\":5},\"deleted\":false}"
	put $block4/10.84.0.0-30 "{\"cidr\":\"10.84.0.0/30\",\"affinity\":\"host:node-2\",\"allocations\":[null,null,null,null],\"unallocated\":[0,1,2,3],\"attributes\":[],\"sequenceNumber\":7,\"sequenceNumberForAllocation\":{},\"deleted\":false}"
}

states() {
	exits 0 "$CTL" show
	columns 1 3 4 5 8 9 >"$T/columns"
	is "$T/columns" <<-END
	POOL TOTAL IN-USE USE FREE STATE
	big 256 3 1% 253 enabled
	off 16 0 0% 0 disabled
	small 8 2 25% 6 enabled
	END
	exits 0 "$CTL" show --pool off --blocks -o json
	has free '0 0'
	has state '"disabled"'
	has usePercent '0 0'
}

filters() {
	exits 0 "$CTL" show --pool small --no-headers
	[ "$(wc -l <"$T/out")" = 1 ] || fail "not one row: $(cat "$T/out")"
	exits 0 "$CTL" show --pool small --blocks --addresses -o json
	has name '"small"'
	has pool '"small"'
	has address '"10.85.0.0" "10.85.0.1"'
	exits 0 "$CTL" show --pod a -o json
	has address '"10.86.0.0" "10.86.0.2"'
	exits 0 "$CTL" show --pod db/a -o json
	has address '"10.86.0.2"'
	exits 0 "$CTL" show -n db -o json
	has address '"10.85.0.0" "10.85.0.1" "10.86.0.2"'
	exits 0 "$CTL" show --namespace db --pod a --node node-1 --pool big -o json
	has address '"10.86.0.2"'
	exits 0 "$CTL" show --node node-2 --pool small --no-headers
	[ "$(wc -l <"$T/out")" = 2 ] || fail "not two rows: $(cat "$T/out")"
	exits 3 "$CTL" show --pool smal
	says "$T/err" 'resource does not exist: IPPool(smal); did you mean small?'
	exits 3 "$CTL" show --pod nosuch
	says "$T/err" 'no address is held by pod "nosuch"'
	exits 3 "$CTL" show --pod web/c
	exits 3 "$CTL" show --namespace nosuch
	says "$T/err" 'no address is held in namespace "nosuch"'
}

# sorted "FIRST COLUMNS" COLUMN WORDS...
sorted() {
	sorted_first=$1 sorted_by=$2
	shift 2
	exits 0 "$CTL" show --no-headers --sort "$sorted_by" "$@"
	got=$(columns 1 | paste -s -d ' ' -)
	[ "$got" = "$sorted_first" ] || fail "by $sorted_by: $got, not $sorted_first"
}

sorts() {
	sorted 'big off small' name
	sorted 'off small big' cidr
	sorted 'big off small' total
	sorted 'big small off' in-use
	sorted 'small big off' use
	sorted 'off small big' free
	sorted '10.85.0.0 10.85.0.1 10.86.0.2' address -n db
	sorted '10.86.0.2 10.85.0.0 10.85.0.1' pod -n db
	sorted '10.86.0.2 10.85.0.0 10.85.0.1' node -n db
	sorted '10.86.0.2 10.85.0.0 10.85.0.1' age -n db
	exits 0 "$CTL" show --addresses --sort age -o json
	has pod '"web/b" "db/a" "web/a" "db/c" "db/d"'
	exits 2 "$CTL" show --sort age
	says "$T/err" 'give --addresses'
	exits 2 "$CTL" show --sort naem
	says "$T/err" 'did you mean name?'
}

job() {
	records
	states
	filters
	sorts
}

over_each_store job
