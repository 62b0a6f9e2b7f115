# SPDX-License-Identifier: Apache-2.0
# Of each executable: what it printed and nobody can have got ends it with an error, and a
# descriptor that came closed is nobody else's, above all no file's.
. "$SOURCE/tests/golden/golden.inc.sh"
. "$SOURCE/tests/verdict.inc.sh"

lost() {
	lost_status=0
	"$@" >/dev/full 2>"$T/stderr" || lost_status=$?
	[ "$lost_status" = 1 ] || fail "a full stdout: exit $lost_status, not 1: $*"
	grep -q 'write' "$T/stderr" || fail "a full stdout is not said: $*"
	lost_status=0
	"$@" >&- 2>"$T/stderr" || lost_status=$?
	[ "$lost_status" = 1 ] || fail "a closed stdout: exit $lost_status, not 1: $*"
}

ctl=$BUILD/ctl/calico-ipamctl
for option in --version --help; do
	lost "$BUILD/openstack/calico-dhcp-agent" "$option"
	lost "$BUILD/deploy/calico-ipam-install" "$option"
	lost "$ctl" "$option"
done
lost "$PLUGIN" --version

CALICO_DATASTORE_TYPE=local CALICO_LOCAL_PATH=$T/store
export CALICO_DATASTORE_TYPE CALICO_LOCAL_PATH
"$ctl" pool create first --cidr 10.0.0.0/24 >/dev/null
lost "$ctl" export

# While it runs, a store open, a message would go to whatever has the place.
"$ctl" show --watch <&- 2>&- >"$T/stdout" &
watcher=$!
left=100
until [ -s "$T/stdout" ] || [ "$left" = 0 ]; do
	left=$((left - 1))
	sleep 0.1
done
for fd in 0 2; do
	is=$(readlink "/proc/$watcher/fd/$fd")
	[ "$is" = /dev/null ] || { kill "$watcher"; fail "descriptor $fd came closed, and is now $is"; }
done
kill "$watcher"
