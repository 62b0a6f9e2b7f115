# SPDX-License-Identifier: Apache-2.0
# Each fault is made, found, mended with the command that the doctor names, and gone.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"

root=$T/root

doctor() {
	status=0
	"$CTL" doctor --conf-dir "$T/net.d" --cni-path "$T/bin" "$@" >"$T/out" 2>"$T/err" || status=$?
}

# finds HEALTH WHAT WORDS: a line of that health about it holds the words.
finds() {
	grep -E "^$1 +$2 " "$T/out" | grep -qF -e "$3" || {
		cat "$T/out" "$T/err" >&2
		fail "no line \"$1 $2 ... $3\""
	}
}

never() {
	! grep -qF -e "$1" "$T/out" || fail "it says: $(grep -F -e "$1" "$T/out")"
}

ends_with() {
	[ "$status" = "$1" ] || {
		cat "$T/out" "$T/err" >&2
		fail "exit status $status, not $1"
	}
}

# mend WHAT: runs what the doctor names for it, with the words of this test's network.
mend() {
	command=$(grep -E "^(FAIL|WARN) +$1 " "$T/out" | head -n 1 | sed 's/.*  //')
	command=$(echo "$command" | sed -e "s/ADDRESS/fd86::1/" -e "s/ROUTER/fd86::2/" -e "s/DEVICE/uplink/")
	say "mends: $command"
	sh -ec "$command" >/dev/null || fail "the doctor's command fails: $command"
}

healthy_host() {
	mkdir -p "$T/bin" "$T/net.d"
	cp "$PLUGIN" "$T/bin/calico-ipam"
	printf '#!/bin/sh\n' >"$T/bin/bridge"
	chmod 755 "$T/bin/bridge"
	cat >"$T/net.d/10-net1.conflist" <<-END
	{"cniVersion": "1.1.0", "name": "net1", "plugins": [{"type": "bridge", "datastore_type": "local",
	 "local_path": "$T/store", "ipam_lock_file": "$T/lock/ipam.lock", "log_file_path": "$T/log/cni.log",
	 "run_path": "$T/run", "ipam": {"type": "calico-ipam", "assign_ipv6": "true",
	 "ipv4_pools": ["10.80.0.0/24"], "ipv6_pools": ["fd80::/112"]}}]}
	END
}

# conflist NAME KEYS IPAM-KEYS: another network, in $T/net.d/NAME.conflist.
conflist() {
	cat >"$T/net.d/$1.conflist" <<-END
	{"cniVersion": "${version:-1.0.0}", "name": "$1", "plugins": [{"type": "bridge", "bridge": "$1", "local_path": "$T/$1-store",
	 "ipam_lock_file": "$T/lock/ipam.lock", "run_path": "$T/run", $2 "ipam": {"type": "calico-ipam", $3
	 "ipv4_pools": ["10.81.0.0/30"]}}]}
	END
}

# refuses WORDS KEYS IPAM-KEYS: a network with these keys is no good, and nothing else is said of it.
refuses() {
	conflist 20-slip "$2" "$3"
	doctor
	ends_with 6
	finds FAIL configuration "20-slip.conflist: $1"
	[ "$(grep -c 20-slip "$T/out")" = 1 ] || fail "more than one line: $(cat "$T/out")"
	rm "$T/net.d/20-slip.conflist"
}

what_the_plugin_refuses() {
	refuses 'ipam: "prefix" must be "block" or "pool", not "pools"' '' '"prefix": "pools",'
	refuses 'ipam: "assign_ipv4" must be' '' '"assign_ipv4": "yes",'
	refuses 'ipam: "gateway" must be' '' '"gateway": "last",'
	refuses 'ipam: "routes": "dst" must be a CIDR' '' '"routes": [{"dst": "nowhere"}],'
	refuses 'ipam: "status_exhaustion" must be' '' '"status_exhaustion": "maybe",'
	refuses 'network configuration on stdin: "timeout_ms" must be' '"timeout_ms": 1,' ''
	version=1.9.0
	refuses 'cniVersion "1.9.0" is none that the plugin speaks' '' ''
	version=0.3.1
	conflist 20-old '' ''
	doctor
	ends_with 0
	finds OK ready "20-old.conflist: an ADD would be served"
	[ ! -e "$T/20-old-store" ] || fail "looking made a store"
	rm "$T/net.d/20-old.conflist"
	version=
}

# What the plugin passes over, though it looks like one of its keys.
keys_that_are_slips() {
	conflist 20-keys '"nodenam": "node-1", "assign_ipv6": "true", "isGateway": true, "ipMasq": false, "hairpinMode": true,' '"assign_ip6": "true", "mirror": "off", "ranges": [], "Prefix": "pool", "something": 1,'
	doctor
	ends_with 0
	finds WARN configuration '"nodenam" beside "type" is no key of calico-ipam; did you mean nodename'
	finds WARN configuration '"assign_ipv6" has an effect only within "ipam"'
	finds WARN configuration '"assign_ip6" within "ipam" is no key of calico-ipam; did you mean assign_ipv'
	finds WARN configuration '"mirror" stands within "ipam", and has an effect only beside "type"'
	finds WARN configuration '"ranges" is host-local'
	[ "$(grep -c '^WARN *configuration' "$T/out")" = 5 ] || fail "others are no slips: $(cat "$T/out")"
	rm "$T/net.d/20-keys.conflist"
}

# Which one a runtime takes is told, and that they meet.
networks_that_meet() {
	sed 's/"assign_ipv6"/"assign_ipv4"/' "$T/net.d/10-net1.conflist" >"$T/net.d/20-again.conflist"
	doctor
	ends_with 6
	finds FAIL configuration "10-net1.conflist and $T/net.d/20-again.conflist are both of network \"net1\": runtimes take the first"
	finds OK configuration "of 2 networks kubelet's runtime takes the first alone: $T/net.d/10-net1.conflist"
	never "both make the bridge"
	mend configuration
	doctor
	ends_with 0
	rm "$T/net.d/20-again.conflist.off"
	echo '{"cniVersion": "1.0.0", "name": "net1", "type": "bridge"}' >"$T/net.d/05-single.conf"
	doctor
	ends_with 6
	finds FAIL configuration "who asks for the name the second, which is a list"
	finds WARN configuration "the first alone: $T/net.d/05-single.conf, which does not use calico-ipam, and not $T/net.d/10-net1.conflist"
	mend configuration
	doctor
	ends_with 0
	rm "$T/net.d/05-single.conf.off"
	conflist 20-other '"bridge": "cni0",' ''
	doctor
	ends_with 0
	finds WARN configuration "10-net1.conflist and $T/net.d/20-other.conflist both make the bridge cni0"
	rm "$T/net.d/20-other.conflist"
}

# libcni 1.3 looks for plugins in a folder of the network's name, too.
plugins_in_a_folder() {
	mkdir -p "$T/net.d/apart"
	echo '{"cniVersion": "1.1.0", "name": "apart"}' >"$T/net.d/20-apart.conflist"
	cat >"$T/net.d/apart/10-main.conf" <<-END
	{"type": "bridge", "bridge": "cni9", "local_path": "$T/apart-store", "ipam_lock_file": "$T/lock/ipam.lock",
	 "run_path": "$T/run", "ipam": {"type": "calico-ipam", "ipv4_pools": ["10.81.0.0/30"]}}
	END
	doctor
	ends_with 0
	finds OK configuration "20-apart.conflist: plugins of it, 1, also stand in $T/net.d/apart, where runtimes with libcni 1.3"
	finds OK configuration "20-apart.conflist: network apart of calico-ipam"
	finds OK ready "20-apart.conflist"
	"$CTL" --config "$T/net.d/20-apart.conflist" show >"$T/shown"
	echo '{"type":' >"$T/net.d/apart/20-torn.conf"
	doctor
	ends_with 6
	finds FAIL configuration "apart/20-torn.conf: invalid JSON"
	echo '{"type": "portmap"}' >"$T/net.d/apart/20-torn.conf"
	doctor
	finds FAIL configuration 'plugin "portmap" is not in'
	cat >"$T/net.d/20-apart.conflist" <<-END
	{"cniVersion": "1.1.0", "name": "apart", "loadOnlyInlinedPlugins": true, "plugins": [{"type": "bridge", "bridge": "cni9"}]}
	END
	doctor
	ends_with 0
	finds WARN configuration "loadOnlyInlinedPlugins is true, so that the 2 plugins in $T/net.d/apart are not loaded"
	never '"portmap"'
	rm -r "$T/net.d/20-apart.conflist" "$T/net.d/apart"
}

each_network_is_asked() {
	conflist 20-far '"datastore_type": "etcdv3", "etcd_endpoints": "http://127.0.0.1:2399",' ''
	conflist 30-full '' ''
	doctor
	ends_with 6
	finds OK ready "10-net1.conflist"
	finds FAIL ready "20-far.conflist: not ready: etcd http://127.0.0.1:2399"
	finds FAIL ready "etcdctl endpoint health"
	finds OK ready "30-full.conflist"
	finds OK datastore "$T/store is not there yet; the first to write makes it"
	finds FAIL datastore "127.0.0.1:2399"
	[ "$(grep -c "lock's folder" "$T/out")" = 1 ] || fail "a line for each network: $(cat "$T/out")"
	rm "$T/net.d/20-far.conflist"
	"$CTL" --config "$T/net.d/30-full.conflist" pool create full --cidr 10.81.0.0/30 --block-size 30
	"$CTL" --config "$T/net.d/30-full.conflist" reservation create all --cidr 10.81.0.0/30
	doctor
	ends_with 6
	finds FAIL ready "30-full.conflist: not ready: local store $T/30-full-store"
	finds FAIL ready "calico-ipamctl --config $T/net.d/30-full.conflist reclaim  # then add a pool"
	finds WARN pool "pool full is used to 100 %: of 4 addresses 0 are left"
	"$CTL" --config "$T/net.d/30-full.conflist" pool create near --cidr 10.82.0.0/28 --block-size 28
	for part in 0/29 8/30 12/31; do
		"$CTL" --config "$T/net.d/30-full.conflist" reservation create "near-${part%/*}" --cidr "10.82.0.$part"
	done
	doctor
	never "pool near"
	"$CTL" --config "$T/net.d/30-full.conflist" reservation create near-14 --cidr 10.82.0.14/32
	doctor
	finds WARN pool "pool near is used to 93 %: of 16 addresses 1 are left"
	"$CTL" --config "$T/net.d/30-full.conflist" pool disable near
	doctor
	never "pool near"
	finds OK ready "10-net1.conflist"
	rm "$T/net.d/30-full.conflist"
	doctor
	ends_with 0
}

# What the firewall drops, what nobody translates, and what is too long for the way out.
what_leaves_the_host() {
	conflist 20-out '"isDefaultGateway": true,' ''
	iptables -P FORWARD DROP
	ip address add 192.0.2.2/24 dev uplink
	ip route add default via 192.0.2.1 dev uplink
	ip link set uplink mtu 1400
	doctor
	ends_with 0
	finds WARN FORWARD "20-out.conflist: by iptables the policy of FORWARD is DROP, and no rule lets the packets of 20-out pass"
	finds WARN NAT "20-out.conflist: nothing translates the containers' IPv4 addresses"
	never "IPv6 addresses: other"
	finds WARN MTU "20-out.conflist: its containers send packets of up to 1500 bytes, and uplink, which leads to other hosts, takes 1400"
	finds WARN MTU '"mtu": 1400 beside "type"'
	mend FORWARD
	doctor
	mend FORWARD
	doctor
	never FORWARD
	iptables -t nat -A POSTROUTING -s 10.81.0.0/30 -j MASQUERADE
	conflist 20-out '"isDefaultGateway": true, "mtu": 1400,' ''
	doctor
	! grep -Eq '^WARN +(FORWARD|NAT|MTU) .*20-out' "$T/out" || fail "it is mended: $(cat "$T/out")"
	iptables -t nat -F
	conflist 20-out '"isDefaultGateway": true, "mtu": 1400, "ipMasq": true,' ''
	doctor
	! grep -Eq '^WARN +NAT' "$T/out" || fail "ipMasq translates: $(cat "$T/out")"
	conflist 20-out '"isDefaultGateway": true, "mtu": 1400, "datastore_type": "etcdv3", "etcd_endpoints": "http://127.0.0.1:2399",' ''
	doctor
	! grep -Eq '^WARN +NAT' "$T/out" || fail "in a cluster addresses are routed: $(cat "$T/out")"
	nft -f - <<-END
	table inet house { chain through { type filter hook forward priority 0; policy drop; }; }
	END
	doctor
	finds WARN FORWARD "the policy of nftables' chain through is drop"
	[ "$(grep -c "^WARN *FORWARD" "$T/out")" = 1 ] || fail "iptables' own chain is said twice: $(cat "$T/out")"
	nft delete table inet house
	ip route del default
	ip address del 192.0.2.2/24 dev uplink
	ip link set uplink mtu 1500
	iptables -P FORWARD ACCEPT
	iptables -F
	rm "$T/net.d/20-out.conflist"
}

# The gateway that a bridge of ours has is no way out of this host.
own_gateways_do_not_count() {
	ip link add cni6 type bridge
	ip link set cni6 up
	ip -6 address add fd84::1/64 dev cni6
	ip -6 address del fd86::1/64 dev uplink
	doctor
	finds OK "IPv6 address" "fd84::1 on cni6"
	conflist 20-six '"bridge": "cni6",' ''
	doctor
	finds FAIL "IPv6 address" "link-local ones do not count"
	rm "$T/net.d/20-six.conflist"
	ip link set cni6 name veth0a1b2c3d
	doctor
	finds FAIL "IPv6 address" "link-local ones do not count"
	ip link del veth0a1b2c3d
	ip -6 address add fd86::1/64 dev uplink
}

asked_by_nobody() {
	cp "$CTL" "$T/ctl"
	chmod 755 "$T" "$T/ctl"
	chmod 700 "$T/lock" "$T/store"
	status=0
	setpriv --reuid 65534 --clear-groups "$T/ctl" doctor --conf-dir "$T/net.d" --cni-path "$T/bin" >"$T/out" 2>"$T/err" || status=$?
	ends_with 6
	finds FAIL "lock's folder" "Permission denied"
	never "mount -o remount"
	for what in "lock's folder" "store's folder" datastore ready; do
		finds FAIL "$what" "sudo calico-ipamctl doctor"
	done
}

network_faults() {
	ip link add uplink type veth peer name router
	ip link set router up
	ip link set uplink up
	sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0 net.ipv6.conf.default.disable_ipv6=1
	doctor
	ends_with 6
	finds FAIL net.ipv4.ip_forward "is 0 and must be 1"
	finds FAIL net.ipv6.conf.all.forwarding "is 0 and must be 1"
	finds FAIL net.ipv6.conf.default.disable_ipv6 "switched off on new devices"
	finds FAIL "IPv6 address" "link-local ones do not count"
	finds FAIL "default IPv6 route" "there is none"
	mend net.ipv4.ip_forward
	mend net.ipv6.conf.all.forwarding
	mend net.ipv6.conf.default.disable_ipv6
	mend "IPv6 address"
	mend "default IPv6 route"
	doctor
	ends_with 0
	! grep -Eq '^(FAIL|WARN)' "$T/out" || fail "something is left: $(cat "$T/out")"
	finds OK "IPv6 address" "fd86::1 on uplink"
	sysctl -qw net.ipv6.conf.all.disable_ipv6=1
	doctor
	ends_with 6
	finds FAIL net.ipv6.conf.all.disable_ipv6 "IPv6 is switched off"
	mend net.ipv6.conf.all.disable_ipv6
	ip -6 address add fd86::1/64 dev uplink
	ip -6 route add default via fd86::2 dev uplink
	doctor
	ends_with 0
}

# What is wrong of the kernel's settings is written where it holds after a reboot, too.
settings_that_last() {
	file=/etc/sysctl.d/90-calico-ipam.conf
	sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
	doctor --fix </dev/null
	ends_with 2
	[ ! -e $file ] || fail "it was not asked"
	mkdir -p "$root"
	doctor --fix --root "$root"
	ends_with 2
	doctor --fix --dry-run
	ends_with 0
	grep -qF "net.ipv4.ip_forward = 1" "$T/out" || fail "it does not say what it would write: $(cat "$T/out")"
	[ ! -e $file ] && [ "$(sysctl -n net.ipv4.ip_forward)" = 0 ] || fail "--dry-run changes something"
	mkdir -p /etc/sysctl.d
	printf '# mine\nnet.ipv4.ip_forward=0\nnet.ipv4.conf.lo.rp_filter = 0\n' >$file
	cp $file "$T/mine"
	doctor --fix --yes
	ends_with 0
	printf '# mine\n# before doctor --fix: net.ipv4.ip_forward=0\nnet.ipv4.conf.lo.rp_filter = 0\nnet.ipv4.ip_forward = 1\nnet.ipv6.conf.all.forwarding = 1\n' |
		diff - $file || fail "the file is another"
	[ "$(stat -c %a $file)" = 644 ] || fail "others cannot read it"
	[ "$(sysctl -n net.ipv4.ip_forward) $(sysctl -n net.ipv6.conf.all.forwarding)" = "1 1" ] || fail "they are not in force"
	undo=$(sed -n 's/^to undo: //p' "$T/out")
	doctor
	ends_with 0
	doctor --fix --yes
	ends_with 0
	grep -q 'no kernel setting is wrong' "$T/out" || fail "it says $(cat "$T/out")"
	say "undone: $undo"
	sh -ec "$undo" >/dev/null
	diff "$T/mine" $file || fail "what the file said before, it does not say again"
	[ "$(sysctl -n net.ipv4.ip_forward) $(sysctl -n net.ipv6.conf.all.forwarding)" = "0 0" ] || fail "it is not undone"
	# A link leads to what is not to be shown to everybody.
	mv $file /etc/sysctl.d/elsewhere
	ln -s elsewhere $file
	doctor --fix --yes
	ends_with 1
	grep -qF "$file" "$T/err" && [ -L $file ] || fail "a link is written through or replaced: $(cat "$T/err")"
	rm $file /etc/sysctl.d/elsewhere
	doctor --fix --yes -o json
	ends_with 0
	jq -e '.undo | startswith("rm '$file' && ")' "$T/out" >/dev/null || fail "undo: $(cat "$T/out")"
	jq -e '.file == "'$file'" and (.settings | contains("ip_forward = 1"))' "$T/out" >/dev/null || fail "JSON: $(cat "$T/out")"
	rm $file

	# A file that is read later, wherever it lies, has the last word at the next boot.
	later=/etc/sysctl.d/99-zz-host.conf
	mkdir -p /run/sysctl.d /run/systemd/system
	printf '# net.ipv6.conf.all.forwarding = 0\n-net/ipv4/ip_forward=1\nnet.ipv4.conf.all.forwarding = 0\n' >$later
	echo 'net.ipv4.ip_forward = 1' >/run/sysctl.d/99-zz-host.conf
	echo 'net.ipv6.conf.all.forwarding = 0' >/etc/sysctl.d/10-before.conf
	sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
	doctor --fix --dry-run
	ends_with 6
	doctor --fix --yes
	ends_with 6
	[ "$(sysctl -n net.ipv4.ip_forward)" = 1 ] || fail "it is not in force"
	[ "$(grep -c 'read later' "$T/out")" = 1 ] || fail "it says $(cat "$T/out")"
	grep -qF "but net.ipv4.ip_forward = 0 in $later, which is read later" "$T/out" || fail "it says $(cat "$T/out")"
	echo 'net.ipv4.ip_forward = 1' >>$later
	sysctl -qw net.ipv4.ip_forward=0
	doctor --fix --yes -o json
	ends_with 0
	jq -e 'has("overriding") | not' "$T/out" >/dev/null || fail "JSON: $(cat "$T/out")"
	echo 'net.ipv4.ip_forward = 0' >/run/sysctl.d/zz-last.conf
	sysctl -qw net.ipv4.ip_forward=0
	doctor --fix --yes -o json
	ends_with 6
	jq -e '.overriding == "net.ipv4.ip_forward = 0 in /run/sysctl.d/zz-last.conf\n"' "$T/out" >/dev/null || fail "JSON: $(cat "$T/out")"
	rm $file $later /run/sysctl.d/99-zz-host.conf /run/sysctl.d/zz-last.conf /etc/sysctl.d/10-before.conf
}

# What no namespace can have is made below a folder.
faults_below_a_root() {
	mkdir -p "$root/proc/net" "$root/proc/sys/net/ipv4" "$root$T"
	cp -r "$T/bin" "$T/net.d" "$root$T"
	echo 1 >"$root/proc/sys/net/ipv4/ip_forward"
	doctor --root "$root"
	ends_with 6
	finds FAIL IPv6 "the kernel runs without IPv6"
	for device in all default; do
		mkdir -p "$root/proc/sys/net/ipv6/conf/$device"
		echo 0 >"$root/proc/sys/net/ipv6/conf/$device/disable_ipv6"
		echo 1 >"$root/proc/sys/net/ipv6/conf/$device/forwarding"
	done
	echo 'fd860000000000000000000000000001 02 40 00 80     eth0' >"$root/proc/net/if_inet6"
	zeros=00000000000000000000000000000000
	echo "$zeros 00 $zeros 00 fe800000000000000000000000000001 00000400 00000001 00000000 00450003     eth0" \
		>"$root/proc/net/ipv6_route"
	doctor --root "$root"
	ends_with 0
	finds WARN "default IPv6 route" "accept_ra must be 2"
	mkdir -p "$root/proc/sys/net/ipv6/conf/eth0"
	echo 2 >"$root/proc/sys/net/ipv6/conf/eth0/accept_ra"
	doctor --root "$root"
	finds OK "default IPv6 route" "on eth0, from its router"
	sed -i 's/eth0$/eth0.7/' "$root/proc/net/ipv6_route"
	doctor --root "$root"
	finds WARN "default IPv6 route" "sysctl -w net/ipv6/conf/eth0.7/accept_ra=2"
	sed -i 's/"assign_ipv6": "true"/"assign_ipv6": "false"/' "$root$T/net.d/10-net1.conflist"
	echo 0 >"$root/proc/sys/net/ipv6/conf/all/forwarding"
	doctor --root "$root"
	ends_with 0
	finds WARN net.ipv6.conf.all.forwarding "is 0 and must be 1"
}

folder_faults() {
	echo "not a folder" >"$T/log"
	echo "not a folder" >"$T/store"
	mkdir "$T/lock"
	mount -t tmpfs -o ro sandbox "$T/lock"
	doctor
	ends_with 6
	finds FAIL "log's folder" "$T/log is no folder"
	finds FAIL "store's folder" "$T/store is no folder"
	finds FAIL "lock's folder" "$T/lock cannot be written: Read-only file system"
	mend "log's folder"
	mend "store's folder"
	mend "lock's folder"
	doctor
	ends_with 0
}

configuration_faults() {
	echo '{"name": "x", "plugins": [' >"$T/net.d/20-text.conflist"
	echo '{"cniVersion": "1.0.0", "plugins": [{"type": "bridge"}]}' >"$T/net.d/30-name.conflist"
	echo '{"cniVersion": "1.0.0", "name": "none", "plugins": []}' >"$T/net.d/40-none.conflist"
	echo '{"cniVersion": "1.0.0", "name": "far", "type": "macvlan", "ipam": {"type": "dhcp"}}' >"$T/net.d/50-far.conf"
	echo '{"cniVersion": "1.0.0", "name": "slip", "type": "bridge", "etcd_endpoint": "http://x",
		"ipam": {"type": "calico-ipam"}}' >"$T/net.d/60-slip.conf"
	doctor
	ends_with 6
	finds FAIL configuration "20-text.conflist: invalid JSON"
	finds FAIL configuration "30-name.conflist: the network has no name"
	finds FAIL configuration '40-none.conflist: network "none" lists no plugins'
	finds FAIL configuration "50-far.conf: plugin \"macvlan\" is not in $T/bin"
	finds FAIL configuration "50-far.conf: plugin \"dhcp\" is not in $T/bin"
	finds FAIL configuration "60-slip.conf: "
	rm "$T"/net.d/[2-6]0-*
	doctor
	ends_with 0
	mv "$T/net.d" "$T/away"
	doctor
	finds WARN configuration "no network in $T/net.d uses calico-ipam: No such file or directory"
	doctor --root "$T/nowhere"
	ends_with 1
	mv "$T/away" "$T/net.d"
}

plugin_faults() {
	mv "$T/bin/calico-ipam" "$T/bin/away"
	doctor
	ends_with 6
	finds FAIL plugin "is not there"
	printf '#!/bin/sh\necho 0.0.1\n' >"$T/bin/calico-ipam"
	chmod 755 "$T/bin/calico-ipam"
	doctor
	ends_with 6
	finds FAIL plugin "is version 0.0.1, this program"
	(cd "$BUILD/plugin" && doctor && mend plugin)
	doctor
	ends_with 0
	finds OK plugin "is version"
}

# CRI-O names its folders and the network in files of which the last goes before the others.
crios_configuration() {
	rm -rf "$T/runtime"
	mkdir -p /etc/crio/crio.conf.d "$T/runtime"
	cp "$T/bin/calico-ipam" "$T/bin/bridge" "$T/runtime"
	printf '[plugins.cri.cni]\nbin_dir = "/none"\n' >/etc/containerd/config.toml
	printf '[crio.network]\nplugin_dirs = ["/none"]\n' >/etc/crio/crio.conf
	cat >/etc/crio/crio.conf.d/10-net.conf <<-END
	[crio.runtime]
	plugin_dirs = ["/wrong"]
	[crio.network]
	# plugin_dirs = ["/commented"]
	plugin_dirs = [
		"/absent",
		"$T/runtime/",
	]
	END
	asked_without_a_folder
	ends_with 0
	finds OK "plugins' folder" "/absent:$T/runtime, by plugin_dirs in /etc/crio/crio.conf.d/10-net.conf"
	never "ctr --cni"
	finds OK plugin "$T/runtime/calico-ipam is version"
	rm "/etc/crio/crio.conf.d/10-net.conf" /etc/crio/crio.conf
	printf '[crio]\n' >/etc/crio/crio.conf
	asked_without_a_folder
	finds OK plugin "/opt/cni/bin/calico-ipam is version"
	never "plugins' folder"
}

# cni_default_network goes before the order of files.
crios_network() {
	printf '[crio.network]\ncni_default_network = "net1"\n' >/etc/crio/crio.conf
	printf '{"cniVersion": "1.0.0", "name": "other", "type": "bridge", "bridge": "b2"}' >"$T/net.d/05-other.conf"
	doctor
	ends_with 0
	finds OK configuration "of 2 networks kubelet's runtime takes \"net1\", as cni_default_network in /etc/crio/crio.conf says: $T/net.d/10-net1.conflist"
	sed -i 's/net1/other/' /etc/crio/crio.conf
	doctor
	ends_with 0
	finds WARN configuration "05-other.conf, which does not use calico-ipam, and not $T/net.d/10-net1.conflist"
	rm "$T/net.d/05-other.conf"
	doctor
	ends_with 6
	finds FAIL configuration 'CRI-O takes network "other", as cni_default_network in /etc/crio/crio.conf says, and none is called so'
	EDITOR='sed -i /cni_default/d' mend configuration
	doctor
	ends_with 0
	rm -r /etc/crio
}

asked_without_a_folder() {
	status=0
	"$CTL" doctor --conf-dir "$T/net.d" "$@" >"$T/out" 2>"$T/err" || status=$?
}

# brings PLUGIN WORDS: where it is not there, that is how it comes.
brings() {
	sed 's/"bridge"/"'"$1"'"/; s/net1/net2/' "$T/net.d/10-net1.conflist" >"$T/net.d/20-net2.conflist"
	asked_without_a_folder
	grep "plugin \"$1\" is not in" "$T/out" | grep -qF -e "$2" || fail "not \"$2\": $(cat "$T/out")"
}

# Debian's containerd looks in a folder of its own.
the_runtimes_folder() {
	rm -rf /etc/containerd /opt/cni
	mkdir -p /etc/containerd /opt/cni/bin
	cp "$T/bin/calico-ipam" "$T/bin/bridge" /opt/cni/bin
	asked_without_a_folder
	ends_with 0
	finds OK plugin "/opt/cni/bin/calico-ipam is version"
	cat >/etc/containerd/config.toml <<-END
	version = 2
	[plugins."io.containerd.grpc.v1.cri"]
	  [plugins."io.containerd.grpc.v1.cri".other]
	    bin_dir = "/none"
	  [plugins."io.containerd.grpc.v1.cri".cni]
	    # bin_dir = "/none"
	    bin_dir = "$T/runtime"
	    conf_dir = "/etc/cni/net.d"
	END
	asked_without_a_folder
	ends_with 6
	finds OK "plugins' folder" "$T/runtime, by bin_dir in /etc/containerd/config.toml"
	finds FAIL configuration "plugin \"bridge\" is not in $T/runtime"
	finds FAIL plugin "$T/runtime/calico-ipam is not there"
	mend configuration
	mend plugin
	asked_without_a_folder
	ends_with 0
	finds OK plugin "$T/runtime/calico-ipam is version"
	finds OK ready 10-net1.conflist
	asked_without_a_folder --cni-path "$T/bin"
	finds OK plugin "$T/bin/calico-ipam is version"
	never "plugins' folder"
	sed -i 's|bin_dir = .*runtime"|bin_dirs = ["/none", '"'$T/runtime'"']|' /etc/containerd/config.toml
	asked_without_a_folder
	ends_with 0
	finds OK "plugins' folder" "/none:$T/runtime, by bin_dirs in /etc/containerd/config.toml; but ctr --cni"
	# As `containerd config default` of 2.3 has it.
	cat >/etc/containerd/config.toml <<-END
	version = 4
	[plugins]
	  [plugins.'io.containerd.cri.v1.runtime'.cni]
	    bin_dir = ''
	    bin_dirs = ['/opt/cni/bin']
	END
	asked_without_a_folder
	ends_with 0
	finds OK "plugins' folder" "/opt/cni/bin, by bin_dirs in /etc/containerd/config.toml"
	never "ctr --cni"
	rm /etc/containerd/config.toml /opt/cni/bin/bridge
	mkdir -p /usr/lib/cni
	mount -t tmpfs sandbox /usr/lib/cni
	brings vlan "apt-get install containernetworking-plugins && mkdir -p /opt/cni/bin && ln -s /usr/lib/cni/vlan /opt/cni/bin/"
	brings calico "kubectl get pods -A -l k8s-app=calico-node -o wide  # restart this node's: its container install-cni puts calico into /opt/cni/bin/"
	brings no-such-plugin "vi} $T/net.d/20-net2.conflist  # or bring the plugin, which is none of containernetworking-plugins, into /opt/cni/bin/"
	umount /usr/lib/cni
	rm -r "$T/net.d/20-net2.conflist" /opt/cni
	asked_without_a_folder
	finds FAIL plugin "/opt/cni/bin/calico-ipam is not there"
	(cd "$BUILD/plugin" && mend plugin)
	asked_without_a_folder
	finds OK plugin "/opt/cni/bin/calico-ipam is version"
}

host_local_left_addresses() {
	mkdir -p /var/lib/cni/networks/net1 /var/lib/cni/networks/other
	printf 'c1\neth0' >/var/lib/cni/networks/net1/10.80.0.2
	printf 'c1\neth0' >/var/lib/cni/networks/net1/fd80::2
	printf '10.80.0.2' >/var/lib/cni/networks/net1/last_reserved_ip.0
	printf 'c2\neth0' >/var/lib/cni/networks/other/10.80.0.3
	doctor
	ends_with 6
	finds FAIL host-local "2 addresses are reserved in /var/lib/cni/networks/net1"
	! grep -q "networks/other" "$T/out" || fail "a network that is not ours"
	(PATH=$BUILD/ctl:$PATH && mend host-local)
	doctor
	ends_with 0
	! grep -q host-local "$T/out" || fail "a line on nothing"
	exits_show=$("$CTL" --config "$T/net.d/10-net1.conflist" show --handle net1.c1)
	case $exits_show in
	*10.80.0.2*fd80::2*) ;;
	*) fail "not taken over: $exits_show" ;;
	esac
	"$CTL" --config "$T/net.d/10-net1.conflist" release --handle net1.c1 --yes >/dev/null
	rm -rf /var/lib/cni/networks
}

# A server whose clock stands still; it answers as etcd's gateway does.
slow_clock() {
	cat >"$T/answer" <<-'END'
	#!/bin/sh
	while read -r line && [ "$line" != "$(printf '\r')" ]; do :; done
	body='{"header":{"cluster_id":"1","member_id":"1","revision":"5","raft_term":"2"},"succeeded":true,"responses":[{"response_range":{"header":{"revision":"5"}}}]}'
	printf 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: Sat, 22 Aug 2020 10:00:00 GMT\r\nContent-Length: %d\r\n\r\n%s' ${#body} "$body"
	END
	chmod 755 "$T/answer"
	busybox nc -ll -p 2400 -e "$T/answer" &
	within 50 sh -c "busybox nc 127.0.0.1 2400 </dev/null"
	CALICO_DATASTORE_TYPE=etcdv3 CALICO_ETCD_ENDPOINTS=http://127.0.0.1:2400 doctor
	ends_with 6
	finds FAIL clock "ahead of the store's"
	say "$(grep clock "$T/out")"
}

# certificate FILE DAYS: one that is good until then.
certificate() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days "$2" \
		-subj "/CN=test" -keyout "$T/tls/other.key" -out "$1" 2>/dev/null
}

store_faults() {
	export CALICO_DATASTORE_TYPE=etcdv3 CALICO_ETCD_ENDPOINTS=https://127.0.0.1:2379 \
		CALICO_ETCD_CA_CERT_FILE="$T/tls/ca.crt" CALICO_ETCD_CERT_FILE="$T/tls/client.crt" \
		CALICO_ETCD_KEY_FILE="$T/tls/client.key"
	start_etcd_tls "$T/tls"
	doctor
	ends_with 6
	finds FAIL ready 'node "node-1" is not in the store'
	PATH=$BUILD/ctl:$PATH
	mend ready
	doctor
	ends_with 6
	finds FAIL ready 'the given pool (10.80.0.0/24) does not exist'
	"$CTL" pool create v4 --cidr 10.80.0.0/24
	"$CTL" pool create v6 --cidr fd80::/112
	doctor
	ends_with 0
	sed -i 's/"type": "bridge",/"type": "bridge", "nodename": "nod-1",/' "$T/net.d/10-net1.conflist"
	doctor
	ends_with 6
	finds FAIL ready 'node "nod-1" is not in the store'
	finds FAIL ready "node create nod-1; it knows node-1 "
	finds FAIL ready "vi} $T/net.d/10-net1.conflist  # \"nodename\": \"node-1\" is meant; if not: calico-ipamctl --config $T/net.d/10-net1.conflist node create nod-1"
	sed -i 's/"nodename": "nod-1",/"nodename": "far-away",/' "$T/net.d/10-net1.conflist"
	doctor
	finds FAIL ready "node create far-away; it knows node-1 "
	never 'is meant'
	sed -i 's/ "nodename": "far-away",//' "$T/net.d/10-net1.conflist"
	doctor
	ends_with 0
	finds OK ready "10-net1.conflist"
	finds OK datastore "answers"
	finds OK clock "within 5 s of the store's"
	finds WARN etcd_cert_file "expires in 1 days"
	certificate "$T/tls/soon.crt" 400
	cat "$T/tls/soon.crt" >>"$T/tls/ca.crt"
	doctor
	finds WARN etcd_ca_cert_file "expires in 1 days"
	echo "no certificate" >"$T/tls/none.crt"
	CALICO_ETCD_CERT_FILE=$T/tls/none.crt doctor
	ends_with 6
	finds FAIL etcd_cert_file "no certificate is in it"
	CALICO_ETCD_CERT_FILE=$T/tls/gone.crt doctor
	ends_with 6
	finds FAIL datastore "cannot read $T/tls/gone.crt"
	CALICO_ETCD_ENDPOINTS=https://127.0.0.1:2399 doctor
	ends_with 6
	finds FAIL datastore "127.0.0.1:2399"
	doctor -o json
	grep -q '"health": "OK"' "$T/out" || fail "doctor -o json"
}

want_etcd
healthy_host
network_faults
settings_that_last
faults_below_a_root
folder_faults
configuration_faults
what_the_plugin_refuses
keys_that_are_slips
networks_that_meet
plugins_in_a_folder
each_network_is_asked
what_leaves_the_host
own_gateways_do_not_count
asked_by_nobody
plugin_faults
the_runtimes_folder
crios_configuration
crios_network
host_local_left_addresses
slow_clock
store_faults
say "the doctor found them all"
