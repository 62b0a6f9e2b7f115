# SPDX-License-Identifier: Apache-2.0
# Each fuzz target runs its corpus, and then tries inputs of its own, FUZZ_SECONDS each (10, and one where
# it has run so long since it was built), two at a time: no crash, no leak, no broken promise, nothing slower than ten seconds.
#
# A longer run of one: FUZZ_SECONDS=3600 FUZZ_ONLY=store.  What it finds stays in
# $BUILD/fuzz/found, for tests/fuzz/corpus/<target> once it is mended.
set -eu
. "$SOURCE/tests/verdict.inc.sh"

command -v clang >/dev/null || skip "clang is not installed: nothing was fuzzed"
folder=$BUILD/fuzz
mkdir -p "$folder/found"

builds() {
	cd "$SOURCE"
	cmake --preset fuzz -B "$folder" >"$folder/log" 2>&1 &&
		nice -n 10 cmake --build "$folder" -j2 --target fuzz_targets >>"$folder/log" 2>&1
}

builds || {
	tail -n 30 "$folder/log" >&2
	fail "the fuzz targets do not build"
}

# seconds_of TARGET: what has been tried for long is as it was.
seconds_of() {
	if [ -z "${FUZZ_SECONDS:-}" ] && [ "$folder/found/$1.tried" -nt "$folder/tests/fuzz/fuzz_$1" ]; then
		echo 1
	else
		echo "${FUZZ_SECONDS:-10}"
	fi
}

# fuzz TARGET: its output is in found/TARGET.log.
fuzz() {
	mkdir -p "$folder/found/$1"
	seconds=$(seconds_of "$1")
	"$folder/tests/fuzz/fuzz_$1" -max_total_time="$seconds" -max_len=8192 -timeout=10 -rss_limit_mb=1024 \
		-print_final_stats=1 -artifact_prefix="$folder/found/$1-" "$folder/found/$1" \
		"$SOURCE/tests/fuzz/corpus/$1" >"$folder/found/$1.log" 2>&1 || {
		rm -f "$folder/found/$1.tried"
		return 1
	}
	[ "$seconds" -lt 10 ] || : >"$folder/found/$1.tried"
}

# Those that share a slot run one after the other.
slot() {
	failed=
	for target; do
		fuzz "$target" || failed="$failed $target"
	done
	[ -z "$failed" ] || echo "$failed" >>"$folder/found/failed"
}

rm -f "$folder/found/failed"
odd= even=
for source in "$SOURCE"/tests/fuzz/fuzz_*.c; do
	target=$(basename "$source" .c)
	target=${target#fuzz_}
	[ -z "${FUZZ_ONLY:-}" ] || [ "$FUZZ_ONLY" = "$target" ] || continue
	[ -n "$(ls "$SOURCE/tests/fuzz/corpus/$target")" ] || fail "$target has no corpus"
	next=$odd odd="$even $target" even=$next
done
slot $odd &
slot $even
wait

[ ! -e "$folder/found/failed" ] || {
	for target in $(cat "$folder/found/failed"); do
		grep -a -E -A12 'broken promise|runtime error|ERROR|Test unit' "$folder/found/$target.log" | head -n 40 >&2
	done
	fail "these found something:$(cat "$folder/found/failed")"
}
for target in $odd $even; do
	awk -v target="$target" '/number_of_executed_units/ { n = $2 } END { print target ": " n " executions" }' "$folder/found/$target.log"
done
