# SPDX-License-Identifier: Apache-2.0
# The installer takes the name from Calico's executable and keeps that; whatever writes over ours,
# ours comes back, and the newest of Calico's is what is kept. Told to end it gives the name back.
. "$SOURCE/tests/deploy/deploy.inc.sh"

keeps() {
	is_ours && is_theirs "$1" calico-ipam.replaced
}

network
ours 1
calico_installs 1
chmod 4755 "$BIN/calico-ipam"
start_installer
within 100 keeps 1
within 100 ready
within 100 test -e "$BIN/calico-ipamctl"
has calico-ipam calico-ipam.replaced calico-ipamctl
[ "$(stat -c %a "$BIN/calico-ipam.replaced")" = 4755 ] || fail "the kept one has other rights than it had"

say "written over as Calico's installer does it, in place, removed, and without its rights"
calico_installs 2
within 100 keeps 2
theirs 3 "$T/theirs"
cp "$T/theirs" "$BIN/calico-ipam"
within 100 keeps 3
rm "$BIN/calico-ipam"
within 100 keeps 3
chmod 700 "$BIN/calico-ipam"
within 100 keeps 3
theirs 4 "$BIN/calico-ipam.tmp"
chmod 600 "$BIN/calico-ipam.tmp"
mv "$BIN/calico-ipam.tmp" "$BIN/calico-ipam"
within 100 keeps 4
has calico-ipam calico-ipam.replaced calico-ipamctl

say "told to end"
stop_installer
is_theirs 4 || fail "Calico's does not have its name again"
has calico-ipam
refused "$T/said" ready
grep -q "$BIN/calico-ipam is not ours" "$T/said" || fail "$(cat "$T/said")"

say "killed, upgraded: an older one of ours is not what is kept"
start_installer
within 100 keeps 4
within 100 test -e "$BIN/calico-ipamctl"
stop_installer KILL
keeps 4 || fail "killed, it takes something along"
ours 2
start_installer
within 100 keeps 4
has calico-ipam calico-ipam.replaced calico-ipamctl

say "one that ends while the next one is there already"
first=$installer
start_installer
within 100 keeps 4
kill "$first"
wait "$first" || fail "the first ends with status $?"
within 100 keeps 4
stop_installer
is_theirs 4 || fail "Calico's does not have its name again"
has calico-ipam

say "where Calico's came back meanwhile, it stays, and none older takes its place"
start_installer
within 100 keeps 4
within 100 test -e "$BIN/calico-ipamctl"
stop_installer KILL
calico_installs 5
network '"stand_in": "no"'
: >"$T/log"
start_installer
within 100 is_said 'not installed yet'
stop_installer
is_theirs 5 || fail "an older one has the name"
has calico-ipam

say "where there was none, ours stays"
rm "$BIN/calico-ipam"
network
start_installer
within 100 is_ours
within 100 test -e "$BIN/calico-ipamctl"
stop_installer
is_ours || fail "the node is left without calico-ipam"
is_said 'no other calico-ipam was kept' || fail "that ours stays is not told"
has calico-ipam calico-ipamctl
