# SPDX-License-Identifier: Apache-2.0
# While they run, the executables' tables of pointers are read-only and nothing is both writable and
# executable, as the kernel says it; nothing is bound late; and our own code guards its stack.
. "$SOURCE/tests/release/release.inc.sh"

# constant EXECUTABLE PID: each page of its PT_GNU_RELRO is mapped "r--p".
constant() {
	set -- "$2" $(readelf -lW "$1" | awk '$1 == "GNU_RELRO" { print $3, $6 }')
	page=$(($2 & ~4095)) end=$((($2 + $3) & ~4095))
	[ "$page" -lt "$end" ] || return 1
	while read -r range rights _; do
		[ $((0x${range%-*})) -le "$page" ] && [ "$page" -lt $((0x${range#*-})) ] || continue
		[ "$rights" = r--p ] || {
			echo "$range of what is constant is $rights" >&2
			return 1
		}
		page=$((0x${range#*-}))
		[ "$page" -lt "$end" ] || return 0
	done <"/proc/$1/maps"
	return 1
}

guarded() {
	within 50 constant "$@"
	refused "$T/both" grep -E '^[^ ]+ .wx' "/proc/$2/maps"
	kill "$2"
}

say "the plugin, while it reads"
mkfifo "$T/never"
exec 3<>"$T/never"
set -- CNI_COMMAND=ADD CNI_CONTAINERID=c1 CNI_NETNS=/run/netns/x CNI_IFNAME=eth0 CNI_PATH=/opt/cni/bin
env -i "$@" "$PLUGIN" <&3 >"$T/answer" 2>&1 &
guarded "$PLUGIN" $!

say "command, agent and installer, while they write"
dd if=/dev/zero of=/dev/fd/3 bs=4096 count=1024 oflag=nonblock 2>"$T/full" || grep -q 'temporarily unavailable' "$T/full"
AGENT=$BUILD/openstack/calico-dhcp-agent INSTALLER=$BUILD/deploy/calico-ipam-install
for executable in "$CTL" "$AGENT" "$INSTALLER"; do
	"$executable" --help >&3 &
	guarded "$executable" $!
done

say "nothing is bound late, the stack is not executable, and is guarded"
for executable in "$PLUGIN" "$CTL" "$AGENT" "$INSTALLER"; do
	readelf -lW "$executable" >"$T/headers"
	grep -q 'GNU_STACK .* RW  ' "$T/headers" || fail "$executable: an executable stack"
	readelf -rW "$executable" >"$T/relocations"
	refused "$T/late" grep -E 'JUMP_SLO' "$T/relocations"
done
stack_guarded() {
	find "$BUILD/$1" -name "$2" -exec nm {} + 2>/dev/null | grep -q 'U __stack_chk_fail' || fail "the stack of $1 is not guarded"
}
for room in base datastore ipam plugin openstack; do
	stack_guarded "$room" "lib$room.a"
done
stack_guarded ctl '*.o'
stack_guarded deploy '*.o'
