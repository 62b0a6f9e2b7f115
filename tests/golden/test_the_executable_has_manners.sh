# SPDX-License-Identifier: Apache-2.0
# stdout belongs to the runtime, stdin may be anything, descriptors may be missing.
. "$SOURCE/tests/golden/golden.inc.sh"

conf="{$base,\"cniVersion\":\"1.0.0\",\"type\":\"bridge\",\"ipam\":{\"ipv4_pools\":[\"10.0.0.0/24\"]}}"

plugin() {
	env -i "PATH=$PATH" ASAN_OPTIONS=exitcode=99 UBSAN_OPTIONS=exitcode=99 CNI_COMMAND="$1" \
		CNI_CONTAINERID="$2" CNI_IFNAME=eth0 CNI_NETNS=/no/such/netns CNI_PATH=/opt/cni/bin "$PLUGIN"
}

# expect STATUS NAME: compares $status.
expect() {
	[ "$status" = "$1" ] && return
	echo "FAILED: $2: exit $status, not $1"
	cat "$T/stderr" 2>/dev/null || true
	exit 1
}

holds() {
	grep -q -e "$1" "$2" && return
	echo "FAILED: $3: $2 lacks $1"
	cat "$2"
	exit 1
}

status=0
printf '%s' "$conf" | plugin ADD full 1>/dev/full 2>"$T/stderr" || status=$?
expect 1 "a full stdout is an error"
holds "cannot write stdout" "$T/stderr" "a full stdout is said"

status=0
printf '%s' "$conf" | plugin ADD closed 1>&- 2>"$T/stderr" || status=$?
expect 1 "a closed stdout is an error"

status=0
printf '%s' "$conf" | plugin ADD c1 2>&- >"$T/stdout" || status=$?
expect 0 "a closed stderr is no error"
holds '"address": "10.0.0' "$T/stdout" "the answer is there without stderr"
[ "$(grep -c IPAM "$T/stdout")" = 0 ] || { echo "FAILED: logs on stdout"; exit 1; }

status=0
plugin ADD c2 <&- >"$T/stdout" 2>"$T/stderr" || status=$?
expect 1 "a closed stdin is an error"
holds '"code": 6' "$T/stdout" "a closed stdin is no JSON"

status=0
head -c 2000000 /dev/zero | plugin ADD c3 >"$T/stdout" 2>"$T/stderr" || status=$?
expect 1 "an endless stdin is an error"
holds "limit of 1048576 bytes" "$T/stdout" "the limit is named"

status=0
mkfifo "$T/fifo"
{ printf '%s' "$conf"; sleep 0.3; } | plugin VERSION c4 >"$T/stdout" 2>"$T/stderr" || status=$?
expect 0 "VERSION waits for its input but not long"
holds '"cniVersion":"1.0.0"' "$T/stdout" "VERSION echoes a late input"

status=0
sleep 30 >"$T/fifo" &
sleeper=$!
plugin VERSION c5 <"$T/fifo" >"$T/stdout" 2>"$T/stderr" || status=$?
kill "$sleeper"
expect 0 "VERSION does not wait for an input that never ends"
holds '"cniVersion":"1.1.0"' "$T/stdout" "VERSION answers without input"

status=0
printf '%s' "$conf" | (umask 000; plugin ADD c6) >"$T/stdout" 2>"$T/stderr" || status=$?
expect 0 "ADD with an open umask"
[ -z "$(find "$T/store" "$T/ipam.lock" -perm /077)" ] || { echo "FAILED: others may read the store"; exit 1; }

status=0
"$PLUGIN" </dev/null >"$T/stdout" 2>"$T/stderr" || status=$?
expect 0 "a person gets the usage text"
[ ! -s "$T/stdout" ] || { echo "FAILED: usage text on stdout"; exit 1; }
holds "^Calico CNI IPAM " "$T/stderr" "usage"
holds "^CNI protocol versions supported: 0.1.0, 0.2.0, 0.3.0, 0.3.1, 0.4.0, 1.0.0, 1.1.0$" "$T/stderr" "usage"

for option in -v --version; do
	"$PLUGIN" "$option" >"$T/stdout" 2>"$T/stderr"
	holds '^[0-9]*\.[0-9]*\.[0-9]*\(+[.0-9a-z]*\)\{0,1\}$' "$T/stdout" "$option"
done

status=0
"$PLUGIN" --nonsense >"$T/stdout" 2>"$T/stderr" || status=$?
expect 1 "an unknown option is an error"
echo "all is well"
