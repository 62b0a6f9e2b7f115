# SPDX-License-Identifier: Apache-2.0
# doctor --openstack on a compute host: each thing that guests need is taken away, found, and given
# back by the command that the doctor names.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/openstack/agent.inc.sh"

doctor() {
	status=0
	"$CTL" doctor --openstack --agent-config "$T/agent.conf" "$@" >"$T/out" 2>"$T/err" || status=$?
}

# finds HEALTH WHAT WORDS: a line of that health about it holds the words.
finds() {
	grep -E "^$1 +$2 " "$T/out" | grep -qF -e "$3" || {
		cat "$T/out" "$T/err" >&2
		fail "no line \"$1 $2 ... $3\""
	}
}

# mend WHAT: runs what the doctor names for it.
mend() {
	command=$(grep -E "^(FAIL|WARN) +$1 " "$T/out" | head -n 1 | sed 's/.*  //')
	say "mends: $command"
	sh -ec "$command" >/dev/null || fail "the doctor's command fails: $command"
}

want_agent
configure
hostname compute-1

# Nothing is there yet.
doctor
[ "$status" = 6 ] || fail "exit status $status, not 6"
finds FAIL agent "none runs"
finds WARN unit "is not installed"
finds OK dnsmasq 2.
finds OK "device kinds" "of kind"
finds OK "agent's configuration" "host compute-1"
finds FAIL etcd "http://127.0.0.1:2379"
finds FAIL net.ipv4.ip_forward "must be 1"
finds FAIL net.ipv6.conf.all.forwarding "must be 1"
finds FAIL "default IPv6 route" "there is none"
mend net.ipv4.ip_forward
mend net.ipv6.conf.all.forwarding

# etcd, and ports of which one has its tap, without Felix's proxy ARP.
etcd_with http://127.0.0.1:2379
doctor
finds WARN ports "etcd has none of host compute-1"
step 0 12
tap=$("$STEPS" taps 12 | head -n 1 | cut -d ' ' -f 1)
tap "$tap"
doctor
finds WARN tap "is not here"
finds FAIL "proxy ARP" "is off on $tap"
mend "proxy ARP"
doctor
! grep -q "proxy ARP" "$T/out" || fail "proxy ARP is on: $(cat "$T/out")"
finds OK ports "of host compute-1, 1 with their tap"

# The agent, and its unit beside Calico's.
start_agent
wants=/etc/systemd/system/multi-user.target.wants
mkdir -p "$wants"
cp "$SOURCE/openstack/calico-ipam-dhcp-agent.service" /etc/systemd/system/
doctor
finds OK agent runs
! grep -q "^OK *compaction" "$T/out" || fail "a compaction is told where there was none: $(cat "$T/out")"
within 100 sh -c "[ \"\$(awk '\$1 == \"calico_dhcp_agent_store_revision\" { print \$2 }' '$T/agent.prom')\" -gt 1 ]"
etcd_ctl put /calico/compaction/v1/last 1000000 >/dev/null
doctor
finds OK compaction "1000000, and the last write that the agent has seen is"
finds WARN unit "is not enabled"
ln -s ../calico-ipam-dhcp-agent.service "$wants/"
doctor
finds OK unit enabled
touch "$wants/calico-dhcp-agent.service"
doctor
finds FAIL unit "Calico's is enabled too"
rm "$wants/calico-dhcp-agent.service"
stop_agent

# Calico's own, which is Python, alone and beside ours; at another root.
for process in 7 8; do
	mkdir -p "$T/root/proc/$process"
	echo calico-dhcp-age >"$T/root/proc/$process/comm"
done
ln -s /usr/bin/python3.11 "$T/root/proc/7/exe"
ln -s /usr/libexec/calico-ipam/calico-dhcp-agent "$T/root/proc/8/exe"
doctor --root "$T/root"
finds FAIL agent "Calico's runs beside ours"
rm -r "$T/root/proc/8"
doctor --root "$T/root"
finds OK agent "Calico's runs, not ours"

# A dnsmasq that is none, is too old, or has no IPv6.
mkdir "$T/bin"
for says in "exit 1" "echo Dnsmasq version 2.79" "echo Dnsmasq version 2.90; echo Compile time options: no-IPv6"; do
	printf '#!/bin/sh\n%s\n' "$says" >"$T/bin/dnsmasq"
	chmod +x "$T/bin/dnsmasq"
	PATH=$T/bin:$PATH doctor
	finds FAIL dnsmasq "it "
done

# A configuration that is none.
echo "etcd_port = many" >>"$T/agent.conf"
doctor
finds FAIL "agent's configuration" etcd_port
