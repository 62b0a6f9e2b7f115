# SPDX-License-Identifier: Apache-2.0
# Where there is no room for our executable Calico's stays, whole, and no part of ours is left; it
# comes once there is room. The way back needs none.
. "$SOURCE/tests/deploy/deploy.inc.sh"

network
ours 1
dd if=/dev/zero bs=1024 count=1024 2>/dev/null >>"$FROM/calico-ipam"
rm "$FROM/calico-ipamctl"
mount -t tmpfs -o size=2m small "$BIN"
calico_installs 1
fill() {
	dd if=/dev/zero of="$BIN/ballast" bs=4096 2>/dev/null || true
}

fill
start_installer
within 100 is_said "cannot write $BIN/calico-ipam.next: No space left on device"
is_theirs 1 || fail "Calico's is not what it was"
has ballast calico-ipam
rm "$BIN/ballast"
within 100 is_ours
stop_installer

say "a disk that knows no exchange is told, and not worn out by trying"
rm "$BIN"/*
calico_installs 1
"$BUILD/tests/killed_installer" put cannot exchange "$INSTALL" $FOLDERS run >"$T/said" || fail "$(cat "$T/said")"
grep -q "the file system of $BIN cannot exchange two files in one step" "$T/said" && grep -q '^tried 1 times' "$T/said" || fail "$(cat "$T/said")"
is_theirs 1 || fail "Calico's is not what it was"
has calico-ipam
start_installer
within 100 is_ours

say "full again"
fill
stop_installer
is_theirs 1 || fail "Calico's does not have its name again"
has ballast calico-ipam
