# SPDX-License-Identifier: Apache-2.0
# Calico's own installer takes the name in the very moment before ours exchanges what stands there:
# the newer executable is what is kept, or what has the name in the end, and none older.
. "$SOURCE/tests/deploy/deploy.inc.sh"

network
ours 0
cp -p "$FROM/calico-ipam" "$T/older"
ours 1

theirs_at() {
	theirs "$1" "$BIN/$2"
	chmod 755 "$BIN/$2"
}

# overtaken put|back: by theirs 9.
overtaken() {
	theirs_at 9 calico-ipam.tmp
	"$BUILD/tests/killed_installer" "$1" "$BIN/calico-ipam.tmp" "$BIN/calico-ipam" "$INSTALL" $FOLDERS run >"$T/said" ||
		fail "$1: $(cat "$T/said")"
}

say "while ours takes it"
for before in theirs older nobody; do
	rm -f "$BIN"/*
	case $before in
	theirs) theirs_at 1 calico-ipam ;;
	older) cp -p "$T/older" "$BIN/calico-ipam" && theirs_at 1 calico-ipam.replaced ;;
	esac
	overtaken put
	is_ours || fail "$before before: ours has not got the name"
	is_theirs 9 calico-ipam.replaced || fail "$before before: what came last is not kept"
	has calico-ipam calico-ipam.replaced calico-ipamctl
done

say "while ours gives it back"
theirs_at 1 calico-ipam.replaced
overtaken back
is_theirs 9 || fail "an older one has the name"
has calico-ipam
