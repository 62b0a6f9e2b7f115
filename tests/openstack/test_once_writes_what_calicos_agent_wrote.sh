# SPDX-License-Identifier: Apache-2.0
# --once: what a real Neutron had written, in a real etcd, becomes the files that Calico's own
# agent made of it, byte for byte; nothing is started, and a second time nothing changes.
#
# Both recordings of dnsmasq are of the last step.  Two ports are taken away before: Calico's
# agent leaves them out.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/openstack/agent.inc.sh"

want_agent
start_etcd
configure
step 0 39
vms=/calico/resources/v3/projectcalico.org/workloadendpoints/openstack/compute--1-openstack-
for port in 0000001f--1111--4222--8333--444455556666-654440e8--22f5--49f4--be7e--0104b6dfd46b \
	'instance with spaces/slash-ec428b43--3e61--4170--9de4--78b9b07ddb7b'; do
	[ "$(etcd_ctl del "$vms$port")" = 1 ] || fail "no port $port in the records"
done

once() {
	"$AGENT" --config-file "$T/agent.conf" --once >"$T/once" 2>"$T/once.log" || {
		cat "$T/once.log" >&2
		fail "--once ended with status $?"
	}
}

same() {
	cmp "$1" "$2" >&2 || {
		diff "$1" "$2" >&2 || true
		fail "not as Calico's agent wrote it: $2"
	}
}

compare() {
	for pair in dual/d1afef68-edaf-43d2-b1a7-0d326cd22f5f v6/69559d34-fd66-4b73-adb8-cead2de967b7 \
		off/4dcc6b0e-d916-470c-ae90-17ec15342dd4 p80/b2bbbc44-92ff-400c-82db-9b8be14428b4 \
		mo/8e542d3d-1682-4f81-bb04-93f91561c81f; do
		theirs=$SOURCE/tests/openstack/dnsmasq/$1/${pair%/*}
		ours=$CONFS/${pair#*/}
		for file in host addn_hosts interface; do
			same "$theirs/$file" "$ours/$file"
		done
	done
}

tap tapfacff401-22
once
compare 1-all
grep -q '^network d1afef68-edaf-43d2-b1a7-0d326cd22f5f: host$' "$T/once" || fail "--once does not say what changed"
say "the first recording"

for name in tap594e99ec-f5 tapdd060900-98 tapedfadc03-22 tap29f6a140-db tap7636adf4-3a; do
	tap "$name"
done
once
compare 2-end
for pair in dual/d1afef68-edaf-43d2-b1a7-0d326cd22f5f off/4dcc6b0e-d916-470c-ae90-17ec15342dd4 \
	p80/b2bbbc44-92ff-400c-82db-9b8be14428b4 mo/8e542d3d-1682-4f81-bb04-93f91561c81f; do
	# One line is ours alone: where guests reach a nameserver (docs/OPENSTACK.md 2).
	printf '%s' "$(cat "$SOURCE/tests/openstack/dnsmasq/2-end/${pair%/*}/opts")" >"$T/theirs"
	printf '%s' "$(grep -v 'option6:dns-server,\[2001:db8:[0-9a-f]*::\]$' "$CONFS/${pair#*/}/opts")" >"$T/ours"
	same "$T/theirs" "$T/ours"
done
say "the second"

once
grep '^network' "$T/once" && fail "a second time something changed"
[ "$(dnsmasqs)" = 0 ] || fail "--once started a dnsmasq"
ip -o link | grep 'ns-' && fail "--once made a device"
refused "$T/wrong" "$AGENT" --config-file "$T/nowhere.conf" --once
grep -q "$T/nowhere.conf" "$T/wrong" || fail "a file that is not there is not named"
