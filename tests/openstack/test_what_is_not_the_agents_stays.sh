# SPDX-License-Identifier: Apache-2.0
# The agent is root: of the folder of its networks it removes what is a network's alone, not what
# a link leads to nor what somebody else has put there; and a process that only looks like a
# network's dnsmasq is not taken for it.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/openstack/agent.inc.sh"
. "$SOURCE/tests/openstack/guests.inc.sh"

want_agent
start_etcd
configure
neutron
linked=11111111-0000-4000-8000-000000000000
others=22222222-0000-4000-8000-000000000000
gone=33333333-0000-4000-8000-000000000000
mkdir -p "$T/elsewhere" "$CONFS/$others" "$CONFS/$gone"
touch "$T/elsewhere/host" "$T/elsewhere/passwd" "$CONFS/$others/disk" "$CONFS/$others/host" \
	"$CONFS/$gone/host" "$CONFS/$gone/opts" "$CONFS/$gone/.calico-ipam-new-0000000000000000"
ln -s "$T/elsewhere" "$CONFS/$linked"

"$AGENT" --config-file "$T/agent.conf" --once >"$T/once" 2>"$T/once.log" || fail "--once failed"
grep -qx "network $gone: is served no more" "$T/once" || fail "--once does not say which network would go"
[ -e "$CONFS/$gone/host" ] || fail "--once has removed a network"

vm d1 fa:16:3e:00:50:01 $NETWORK_DUAL 10.50.0.11
start_agent
within 50 test -s "$CONFS/$NETWORK_DUAL/pid"
[ ! -e "$CONFS/$gone" ] || fail "a network that is not served stays"
[ -e "$T/elsewhere/host" ] && [ -e "$T/elsewhere/passwd" ] || fail "files behind a link were removed"
[ -e "$CONFS/$others/disk" ] || fail "a file that is no network's was removed"
say "what is no network's stays"

sleep 1
stop_agent
real=$(dnsmasq_of $NETWORK_DUAL)
cp /bin/sh "$T/dnsmasq"
"$T/dnsmasq" -c 'sleep 1000; true' x --pid-file="$CONFS/$NETWORK_DUAL/pid" &
looks_like=$!
sleep 1
start_agent
within 50 grep 'not that of the network' "$T/agent.log"
sleep 1
[ "$(dnsmasq_of $NETWORK_DUAL)" = "$real" ] && kill -0 "$real" || fail "the real dnsmasq was ended for one that looks like it"
kill -0 "$looks_like" 2>/dev/null && fail "the one that looks like it runs on"
stop_agent

# Of who is not root: a shell, and the real one, with all rights in a user namespace of its own, for this network and
# for one that there is not. user_runs NAME COMMAND...: its number is in $T/pid.NAME.
user_runs() {
	user_name=$1
	shift
	setpriv --reuid 12345 --regid 12345 --clear-groups "$@" >"$T/$user_name.out" 2>&1 &
	echo $! >"$T/pid.$user_name"
}
chmod 755 "$T"
forged=44444444-0000-4000-8000-000000000000
users='shell dnsmasq namespace none'
waits='trap "" TERM; while :; do sleep 1; done'
user_runs shell bash -c 'exec -a dnsmasq bash -c "$0" --pid-file="$1"' "$waits" "$CONFS/$NETWORK_DUAL/pid"
user_runs none bash -c 'exec -a dnsmasq bash -c "$0" --pid-file="$1"' "$waits" "$CONFS/$forged/pid"
user_runs dnsmasq dnsmasq --no-daemon --conf-file= --port=15353 --listen-address=127.0.0.1 --bind-interfaces --pid-file="$CONFS/$NETWORK_DUAL/pid"
user_runs namespace unshare -r dnsmasq --no-daemon --user=root --conf-file= --port=15354 --listen-address=127.0.0.1 --bind-interfaces --pid-file="$CONFS/$NETWORK_DUAL/pid"
sleep 1
live() {
	for name in $users; do
		kill -0 "$(cat "$T/pid.$name")" || fail "it does not run: $name: $(cat "$T/$name.out")"
	done
}
live
mv "$T/agent.log" "$T/agent.log.before"
start_agent
within 50 grep -q 'dnsmasq taken over' "$T/agent.log"
sleep 3
live
! grep -e "is ended" -e $forged "$T/agent.log" || fail "a user's process was taken for a network's dnsmasq"
[ "$(dnsmasq_of $NETWORK_DUAL)" = "$real" ] && kill -0 "$real" || fail "the real dnsmasq was ended"
stop_agent
say "who is not root has no dnsmasq"
