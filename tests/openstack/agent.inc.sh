# SPDX-License-Identifier: Apache-2.0
# Sourced after sandbox.inc.sh and etcd.inc.sh: an agent on the sandbox's host, Neutron's
# recorded steps in its etcd, and VMs that are network namespaces behind a tap.

AGENT=$BUILD/openstack/calico-dhcp-agent
STEPS=$BUILD/tests/steps
CONFS=$T/state/dhcp

want_agent() {
	want_etcd
	command -v dnsmasq >/dev/null || skip "no dnsmasq (Debian: dnsmasq-base)"
	command -v curl >/dev/null || skip "no curl"
}

# configure [LINE...]: the agent's configuration, with further lines of [calico].
configure() {
	{
		echo "[DEFAULT]"
		echo "host = compute-1"
		echo "state_path = $T/state"
		echo "dns_domain = vms.example.org."
		echo "metrics_file = $T/agent.prom"
		echo "[calico]"
		echo "etcd_host = 127.0.0.1"
		for line; do
			echo "$line"
		done
	} >"$T/agent.conf"
}

start_agent() {
	"$AGENT" --config-file "$T/agent.conf" >>"$T/agent.log" 2>&1 &
	agent=$!
}

stop_agent() {
	kill "$agent"
	wait "$agent" || fail "the agent ended with status $?"
}

# step FROM TO: what Neutron wrote between two steps.
step() {
	"$STEPS" change "$1" "$2" |
		curl -sSf -o /dev/null --data-binary @- http://127.0.0.1:2379/v3/kv/txn ||
		fail "step $2 cannot be put into etcd"
}

# A tap whose other end stays unused.
tap() {
	ip link show "$1" >/dev/null 2>&1 || ip link add "$1" type veth peer name "p${1#tap}"
	ip link set "$1" up
}

taps_of_step() {
	for name in $("$STEPS" taps "$1"); do
		tap "$name"
	done
}

metric() {
	awk -v name="calico_dhcp_agent_$1" '$1 == name { print $2 }' "$T/agent.prom"
}

# The dnsmasq of a network, by its pid file.
dnsmasq_of() {
	cat "$CONFS/$1/pid"
}

# How many run; those that nobody has reaped are gone.
dnsmasqs() {
	ps -eo stat=,comm= | awk '$2 == "dnsmasq" && $1 !~ /Z/' | wc -l
}

# In the form of tests/openstack/golden: all that is served on this host now.
print_served() {
	for network in "$CONFS"/*; do
		[ -d "$network" ] || continue
		device=$(cat "$network/interface")
		echo "=== ${network##*/}"
		echo "--- $device"
		echo "--- arguments"
		tr '\0' '\n' <"/proc/$(cat "$network/pid")/cmdline"
		for file in host addn_hosts opts; do
			echo "--- $file"
			cat "$network/$file"
		done
		echo
	done
}

# The golden file without the addresses, which print_served does not know, and what was told.
golden() {
	sed -e '/^=== told/,$d' -e '/^[0-9a-f.:]*\/[0-9]*$/d' \
		-e 's,/var/lib/neutron/dhcp,'"$CONFS,g" "$SOURCE/tests/openstack/golden/$1.txt"
}

is_served_as_golden() {
	print_served >"$T/served" 2>/dev/null
	golden "$1" | cmp -s - "$T/served"
}
