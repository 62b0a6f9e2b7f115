# SPDX-License-Identifier: Apache-2.0
# What a report calls in use costs no memory to read: only what may be released is kept.
. "$SOURCE/tests/ctl/ctl.inc.sh"
use_local_store
# What is freed is not kept for the sanitizer, where there is one.
export ASAN_OPTIONS=quarantine_size_mb=1:${ASAN_OPTIONS:-}

exits 0 "$CTL" pool create v4 --cidr 10.0.0.0/8
exits 0 "$CTL" check --cni-cache "$T" --node nobody --report "$T/empty.json"

# report NUMBER: so many allocations in use, two unused ones before and behind them.
report() {
	awk -v n="$1" -v unused='"sequenceNumber":7,"pod":"p","inUse":false,"coolingDown":false,"owners":[]}]' '
	/^"allocations"/ {
		print
		printf "\"10.0.0.1\":[{\"ip\":\"10.0.0.1\",\"handle\":\"net.first\",%s,\n", unused
		for (i = 0; i < n; i++) {
			ip = "10.1." int(i / 250) "." i % 250
			printf "\"%s\":[{\"ip\":\"%s\",\"handle\":\"net.c%d\",\"sequenceNumber\":%d,", ip, ip, i, i
			printf "\"node\":\"node-%d\",\"pod\":\"a-pod-of-some-name-%d\",\"inUse\":true}],\n", i % 100, i
		}
		printf "\"10.0.0.9\":[{\"ip\":\"10.0.0.9\",\"handle\":\"net.last\",%s\n", unused
		next
	}
	{ print }' "$T/empty.json"
}

# reads NUMBER: the most memory, in KiB, that reading such a report has taken.
reads() {
	rm -f "$T/pipe"
	mkfifo "$T/pipe"
	"$CTL" release --from-report "$T/pipe" --dry-run >"$T/out" 2>"$T/err" &
	reader=$!
	{
		report "$1"
		sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' /proc/$reader/status >"$T/peak"
	} >"$T/pipe"
	wait $reader || fail "$(cat "$T/err")"
	says "$T/out" "2 addresses to release"
	says "$T/out" "net.last"
	cat "$T/peak"
}

few=$(reads 10)
many=$(reads 60000)
[ "$many" -lt $((few + 8192)) ] || fail "$many KiB for 60000 allocations, $few for 10"

# A report that is damaged, or none at all, is refused: nothing of it is believed.
refused() {
	exits 1 "$CTL" release --from-report "$T/damaged.json" --dry-run
	says "$T/err" "$T/damaged.json"
	says "$T/err" "$1"
	silent "$T/out"
}
report 3 >"$T/good.json"
for part in 0 1 2 3 4 5 6 7 8 9; do
	head -c $(($(wc -c <"$T/good.json") * part / 10)) "$T/good.json" >"$T/damaged.json"
	refused ''
done
sed 's/"allocations"/"others"/' "$T/good.json" >"$T/damaged.json"
refused 'no report of a check'
echo '[]' >"$T/damaged.json"
refused 'no report of a check'
sed 's/10\.0\.0\.9/10.0.0.1/' "$T/good.json" >"$T/damaged.json"
refused '10.0.0.1 stands in it twice'
sed 's/"sequenceNumber":7,//' "$T/good.json" >"$T/damaged.json"
refused 'no sequenceNumber'
{ cat "$T/good.json"; echo '{}'; } >"$T/damaged.json"
refused 'behind the report'
tr -d '\n' <"$T/good.json" | sed 's/,"/ ,\n  "/g; s/:\[/: [ /g' >"$T/formatted.json"
exits 0 "$CTL" release --from-report "$T/good.json" --from-report "$T/formatted.json" --dry-run
says "$T/out" "2 addresses to release"
