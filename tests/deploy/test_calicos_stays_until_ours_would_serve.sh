# SPDX-License-Identifier: Apache-2.0
# A node is left as it is until our executable has said itself that it would serve its pods: with
# its network configuration, in that one's version, and on its processor. What is missing is told,
# by the probe as well, and the installer goes on by itself once it is there.
. "$SOURCE/tests/deploy/deploy.inc.sh"

calico_installs 1
ours 1

# waits_for WORDS: it says so, and nothing is changed; once installed, the probe says the same.
waits_for() {
	: >"$T/log"
	start_installer
	within 100 is_said "$1"
	is_theirs 1 || fail "it is installed although: $1"
	has calico-ipam
	stop_installer
	is_theirs 1
	cp -p "$FROM/calico-ipam" "$T/set-aside"
	[ "$(stat -c %s "$FROM/calico-ipam")" -lt 1000 ] || {
		mv "$BIN/calico-ipam" "$T/theirs"
		cp "$FROM/calico-ipam" "$BIN/calico-ipam"
		refused "$T/probe" ready
		grep -q -e "$1" "$T/probe" || fail "the probe says $(cat "$T/probe")"
		mv "$T/theirs" "$BIN/calico-ipam"
	}
}

waits_for "no network in $NET uses calico-ipam"
echo '{ "name": "other", "type": "bridge", "ipam": { "type": "host-local" } }' >"$NET/05-other.conf"
waits_for "no network in $NET uses calico-ipam"
echo '{ "name": ' >"$NET/10-calico.conflist"
waits_for '10-calico.conflist: invalid JSON'
version=9.9.9 network
waits_for 'cniVersion .*9.9.9.* is none that calico-ipam speaks'
network '"stand_in": "etcd is away"'
waits_for '10-calico.conflist: etcd is away'
network
printf 'not for this processor' >"$FROM/calico-ipam"
waits_for 'does not run on this node'
rm "$FROM/calico-ipam"
: >"$T/log"
start_installer
within 100 is_said "$FROM/calico-ipam does not run on this node"
stop_installer
rmdir "$NET" 2>/dev/null || rm -r "$NET"
: >"$T/log"
start_installer
within 100 is_said "cannot read $NET: No such file"

say "it goes on by itself"
mkdir "$NET"
network
echo '{ "name": ' >"$NET/00-unreadable.conflist"
ours 1
within 100 is_ours
is_theirs 1 calico-ipam.replaced
within 100 ready

say "once there, it stays there, and the probe says what is wrong"
network '"stand_in": "etcd is away again"'
refused "$T/probe" ready
grep -q '10-calico.conflist: etcd is away again' "$T/probe" || fail "the probe says $(cat "$T/probe")"
calico_installs 2
within 100 is_ours
stop_installer
is_theirs 2 || fail "Calico's does not have its name again"
rm "$BIN/calico-ipam"
refused "$T/probe" ready
grep -q 'it is not there' "$T/probe" || fail "the probe says $(cat "$T/probe")"
