# SPDX-License-Identifier: Apache-2.0
# What newcomers ask for next: containers of these examples reach a host that has no route to
# them, a port of this host leads into a container, and a rate is held.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/cni.inc.sh"
. "$SOURCE/tests/store.inc.sh"
. "$SOURCE/tests/examples.inc.sh"

want_cnitool
[ -x "$TOOLS/portmap" ] && [ -x "$TOOLS/bandwidth" ] || skip "no portmap and bandwidth in $TOOLS (sh tests/run.sh builds them)"

make_other_host
sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1

say "translated: local-bridge-nat.conflist"
cp "$EXAMPLES/local-bridge-nat.conflist" "$T/net.d/"
container one
attach dual-nat one
reach one 192.0.2.2
reach one 2001:db8::2
sed 's/"ipMasq": true,//; s/dual-nat/plain/; s/cni-nat/cni-plain/; s/78/98/' "$EXAMPLES/local-bridge-nat.conflist" >"$T/net.d/plain.conflist"
container two
attach plain two
within 100 settled two
refused "$T/refused" ip netns exec two ping -n -c 1 -W 1 192.0.2.2
detach plain two
detach dual-nat one
ip netns del two
ip netns del one
rm "$T"/net.d/*

say "mapped and held: local-bridge-ports.conflist"
cp "$EXAMPLES/local-bridge-ports.conflist" "$T/net.d/"
container one
export CAP_ARGS='{"portMappings": [{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}],
	"bandwidth": {"ingressRate": 8000000, "ingressBurst": 8000000, "egressRate": 4000000, "egressBurst": 4000000}}'
attach dual-ports one
check dual-ports one
within 100 settled one
ip netns exec one busybox nc -ll -p 80 -e /bin/echo "from the container" &
within 50 ip netns exec one sh -c "busybox nc -w 1 127.0.0.1 80 </dev/null"
for host in 192.0.2.1 2001:db8::1; do
	said=$(ip netns exec outside timeout 5 busybox nc "$host" 8080 </dev/null) || true
	[ "$said" = "from the container" ] || fail "port 8080 of $host leads nowhere: $said"
done
tc qdisc show >"$T/rates"
grep -q 'tbf.* rate 8Mbit' "$T/rates" && grep -q 'tbf.* rate 4Mbit' "$T/rates" || fail "no rate is held: $(cat "$T/rates")"
reach one 192.0.2.2
detach dual-ports one
refused "$T/refused" ip netns exec outside timeout 2 busybox nc -w 1 192.0.2.1 8080
! tc qdisc show | grep -q tbf || fail "a rate is left behind"
holds 0
