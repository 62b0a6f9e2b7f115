# SPDX-License-Identifier: Apache-2.0
# For each system that the document names, as cloud-init takes them.
. "$SOURCE/tests/ctl/ctl.inc.sh"

for system in ubuntu debian centos rhel; do
	exits 0 "$CTL" openstack guest --user-data $system
	[ "$(head -n 1 "$T/out")" = '#cloud-config' ] || fail "$system: no cloud-config"
	says "$T/out" "net.ipv6.conf.eth0.router_solicitation_delay = 10"
	says "$T/out" new_ip6_prefixlen=128
	sed '1,/^runcmd:/d; /^- |/d; s/^  //' "$T/out" >"$T/commands"
	[ -s "$T/commands" ] || fail "$system: no commands"
	sh -n "$T/commands" || fail "$system: the commands are no shell's"
done
exits 2 "$CTL" openstack guest --user-data plan9
says "$T/err" "ubuntu, debian, centos or rhel"
exits 2 "$CTL" openstack guest --user-data debian --undo "$T"
