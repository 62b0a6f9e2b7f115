# SPDX-License-Identifier: Apache-2.0
# Links are never followed, but kept and given back as the links they are; what is neither a file
# nor a link is told and left alone; and so is a calico-ipamctl that is not ours.
. "$SOURCE/tests/deploy/deploy.inc.sh"

network
ours 1
theirs 1 "$T/elsewhere"
chmod 644 "$T/elsewhere"
cp "$T/elsewhere" "$T/as-it-was"

untouched() {
	cmp "$T/elsewhere" "$T/as-it-was" && [ "$(stat -c %a "$T/elsewhere")" = 644 ]
}

say "a link at the name"
ln -s "$T/elsewhere" "$BIN/calico-ipam"
start_installer
within 100 is_ours
[ "$(readlink "$BIN/calico-ipam.replaced")" = "$T/elsewhere" ] || fail "the link is not kept"
ln -sf "$T/elsewhere" "$BIN/calico-ipam"
within 100 is_ours
stop_installer
[ "$(readlink "$BIN/calico-ipam")" = "$T/elsewhere" ] || fail "the link is not given back"
untouched || fail "something was written through the link"
has calico-ipam

say "links at the names that it uses itself"
rm "$BIN/calico-ipam"
calico_installs 1
ln -s "$T/elsewhere" "$BIN/calico-ipam.next"
ln -s "$T/elsewhere" "$BIN/calico-ipam.replaced"
ln -s "$T/elsewhere" "$BIN/calico-ipamctl"
start_installer
within 100 is_ours
within 100 is_said 'What is there is not ours, and stays'
stop_installer
is_theirs 1 || fail "Calico's does not have its name again"
untouched || fail "something was written through a link"
[ -h "$BIN/calico-ipamctl" ] || fail "another's calico-ipamctl is gone"
rm "$BIN/calico-ipamctl"
has calico-ipam

# stands_in_the_way NAME: whatever is at it now; Calico's stays, and once it is gone ours comes.
stands_in_the_way() {
	start_installer
	within 100 is_said "$BIN/$1 is neither a file nor a link: move it away"
	[ "$1" = calico-ipam ] || is_theirs 1 || fail "the node is without calico-ipam"
	rm -r "${BIN:?}/$1"
	within 100 is_ours
	stop_installer
	[ "$1" = calico-ipam ] || is_theirs 1 || fail "Calico's does not have its name again"
}

say "what is neither"
for name in calico-ipam.next calico-ipam.replaced; do
	mkdir "$BIN/$name"
	stands_in_the_way $name
	mkfifo "$BIN/$name"
	stands_in_the_way $name
done
rm -f "$BIN"/*
mkdir "$BIN/calico-ipam"
stands_in_the_way calico-ipam

say "a folder that is gone is no folder to wait in"
rm -f "$BIN"/*
start_installer
within 100 is_ours
within 50 rm -r "$BIN"
ended=0
wait "$installer" || ended=$?
[ "$ended" = 1 ] || fail "it ends with status $ended"
is_said "folder $BIN is gone" || fail "it ends with $(tail -n 1 "$T/log")"
refused "$T/said" "$INSTALL" $FOLDERS run
grep -q "cannot watch folder $BIN: No such file" "$T/said" || fail "$(cat "$T/said")"
