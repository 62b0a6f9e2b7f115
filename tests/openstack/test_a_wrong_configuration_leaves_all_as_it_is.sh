# SPDX-License-Identifier: Apache-2.0
# SIGHUP: a configuration that is wrong is told and harms nothing, a right one is taken; and
# nothing is lost of file descriptors or of dnsmasqs, however often.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/openstack/agent.inc.sh"
. "$SOURCE/tests/openstack/guests.inc.sh"

want_agent
start_etcd
vms=/calico/resources/v3/projectcalico.org/workloadendpoints/openstack/compute--1-openstack
configure
neutron
start_agent
vm d1 fa:16:3e:00:50:01 $NETWORK_DUAL 10.50.0.11 2001:db8:50::11
within 50 test -s "$CONFS/$NETWORK_DUAL/pid"
# Until nothing follows any more: its tap's MTU comes with the kernel's word.
sleep 1
first=$(dnsmasq_of $NETWORK_DUAL)

hup() {
	hup_before=$(grep -c "$1" "$T/agent.log" || true)
	kill -HUP "$agent"
	hup_done() {
		[ "$(grep -c "$1" "$T/agent.log")" -gt "$hup_before" ]
	}
	within 50 hup_done "$1"
}

same_dnsmasq() {
	sleep 0.5
	[ "$(dnsmasq_of $NETWORK_DUAL)" = "$first" ] && kill -0 "$first" ||
		fail "the dnsmasq was started anew: $1"
}

cp "$T/agent.conf" "$T/right.conf"
for line in 'etcd_timeout = long' 'openstack_region = Not One' 'etcd_key_file = /key/without/certificate'; do
	cp "$T/right.conf" "$T/agent.conf"
	echo "$line" >>"$T/agent.conf"
	hup 'the configuration is not taken'
	same_dnsmasq "$line"
done
vm d2 fa:16:3e:00:50:02 $NETWORK_DUAL 10.50.0.12
within 50 grep -q 10.50.0.12 "$CONFS/$NETWORK_DUAL/host"
put "$vms-vmd2-portd2" '{}'
not_served() {
	! grep -q 10.50.0.12 "$CONFS/$NETWORK_DUAL/host"
}
within 50 not_served
say "a wrong configuration is told, and the agent follows what it followed"

cp "$T/right.conf" "$T/agent.conf"
sleep 1
first=$(dnsmasq_of $NETWORK_DUAL)
for i in 1 2 3 4 5; do
	hup 'agent has started'
	same_dnsmasq "$i"
	fds=$(ls "/proc/$agent/fd" | wc -l)
	[ "$fds" -le "${most:=$fds}" ] || fail "$fds file descriptors, and $most before"
done
[ "$(cat "/proc/$agent/comm")" = calico-dhcp-age ] || fail "its name is $(cat "/proc/$agent/comm")"
say "a right one is taken five times, with $fds file descriptors each time"

sed 's/^dns_domain.*/dns_domain = other.example.org.\nnetwork_device_mtu = 1400/' "$T/right.conf" >"$T/agent.conf"
hup 'agent has started'
other_domain() {
	tr '\0' '\n' <"/proc/$(dnsmasq_of $NETWORK_DUAL)/cmdline" | grep -qx -- --domain=other.example.org.
}
within 50 other_domain
ip link show ns-50000000-00 | grep -q 'mtu 1400' ||
	fail "the device has another MTU than the configuration"
[ "$(dnsmasqs)" = 1 ] || fail "$(dnsmasqs) dnsmasqs run"

sed 's/^dns_domain.*/network_device_mtu = 1000/' "$T/right.conf" >"$T/agent.conf"
kill -HUP "$agent"
within 100 grep -q 'network_device_mtu is 1000, and IPv6 needs 1280: ' "$T/agent.log"
say "an MTU that IPv6 has no address with is named"
stop_agent
