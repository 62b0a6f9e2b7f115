# SPDX-License-Identifier: Apache-2.0
# The real host-local reserves; the reservations become allocations that the plugin's DEL
# finds, and are removed then and only then. Over each store.
. "$SOURCE/tests/ctl/ctl.inc.sh"
. "$SOURCE/tests/ctl/etcd.inc.sh"
. "$SOURCE/tests/ctl/stores.inc.sh"

folder=$T/networks/net1

# The one that the tests build, and Debian's older one.
host_locals() {
	ls "${TOOLS:-$SOURCE/build/test-tools}/host-local" /usr/lib/cni/host-local 2>/dev/null || true
}

# reserve CONTAINER IFNAME RANGES: host-local's ADD.
reserve() {
	CNI_COMMAND=ADD CNI_CONTAINERID=$1 CNI_IFNAME=$2 CNI_NETNS=/none CNI_PATH=/none "$host_local" >"$T/reserved" <<-END || fail "host-local: $(cat "$T/reserved")"
	{"cniVersion": "1.0.0", "name": "net1", "type": "ptp",
	 "ipam": {"type": "host-local", "dataDir": "$T/networks", "ranges": [$3]}}
	END
}

v4='[{"subnet": "10.86.0.0/24"}]' v6='[{"subnet": "fd86::/64"}]' more='[{"subnet": "10.87.0.0/24"}]'

reservations() {
	ls "$folder" | grep -c '^[0-9a-f][0-9a-f.:]*$' || true
}

conflist() {
	cat >"$T/10-net1.conflist" <<-END
	{"cniVersion": "1.0.0", "name": "net1", "plugins": [{"type": "ptp", "nodename": "node-1", "ipam":
	 {"type": "calico-ipam", "assign_ipv6": "true", "ipv4_pools": ["10.86.0.0/24", "10.87.0.0/24"],
	  "ipv6_pools": ["fd86::/64"]}}]}
	END
	plugin_uses ""
}

upgrade() {
	exits "$1" "$CTL" --config "$T/10-net1.conflist" upgrade-from-host-local ${2:-}
}

# held: a line each of what calico-ipam's records say.
held() {
	exits 0 "$CTL" show --addresses -o json
	sed -n 's/^ *"\(address\|handle\|ifname\|node\)": "\(.*\)",\{0,1\}$/\2/p' "$T/out" >"$T/held"
}

take_over() {
	reserve first eth0 "$v4, $v6"
	reserve first eth1 "$v4, $v6"
	reserve second eth0 "$v4, $v6, $more"
	printf 'third' >"$folder/10.86.0.99"
	[ "$(reservations)" = 8 ] || fail "host-local reserved $(reservations) addresses: $(ls "$folder")"
	upgrade 0 --dry-run
	says "$T/out" "8 would be taken over, 0 held already, 0 failed"
	[ "$(reservations)" = 8 ] || fail "--dry-run removed reservations"
	held
	silent "$T/held"
	upgrade 0
	says "$T/out" "8 taken over, 0 held already, 0 failed; the reservations in $folder are removed"
	[ "$(reservations)" = 0 ] || fail "reservations are left: $(ls "$folder")"
	for address in 10.86.0.2 10.86.0.3 10.86.0.4 10.86.0.99 10.87.0.2 fd86::2 fd86::3 fd86::4; do
		exits 0 "$CTL" show --ip $address -o json
		has state '"assigned"'
		has node '"node-1"'
		case $address in
		*[23]) ;;
		*99) has handle '"net1.third"' ;;
		*) has handle '"net1.second"' && has ifname '"eth0"' ;;
		esac
	done
	upgrade 0
	says "$T/out" "0 taken over, 0 held already, 0 failed"
}

released_by_del() {
	CNI_COMMAND=DEL CNI_CONTAINERID=first CNI_IFNAME=eth1 CNI_PATH=/none "$PLUGIN" <"$T/stdin.json"
	exits 0 "$CTL" show --handle net1.first -o json
	has address '"10.86.0.2" "fd86::2"'
	has ifname '"eth0" "eth0"'
	plugin DEL first
	plugin DEL second
	plugin DEL third
	held
	silent "$T/held"
}

# The command was ended in its midst: some are allocated, and all are still reserved.
again() {
	reserve first eth0 "$v4, $v6"
	cp -r "$folder" "$T/before"
	upgrade 0
	cp "$T"/before/* "$folder"
	reserve second eth0 "$v4, $v6"
	upgrade 0 "-o json"
	has takenOver 2
	has heldAlready 2
	has removed true
	[ "$(reservations)" = 0 ] || fail "reservations are left"
	rm -rf "$T/before"
	"$CTL" check -o json >"$T/out" || [ $? = 7 ] || fail "check"
	has problemCount 0
	plugin DEL first
	plugin DEL second
}

# --dir is the folder of one network: with host-local's dataDir nothing would be taken over, and all given away again.
another_folder_is_refused() {
	reserve first eth0 "$v4, $v6"
	exits 3 "$CTL_PLAIN" --config "$T/10-net1.conflist" upgrade-from-host-local --dir "$T/networks"
	says "$T/err" "$T/networks is no folder of host-local's"
	silent "$T/out"
	[ ! -e "$T/networks/lock" ] || fail "a file was made in a folder that is not host-local's"
	upgrade 0
	plugin DEL first
}

# taken ADDRESS-FILE-NAME: somebody else has the address; nothing is removed.
conflicts() {
	reserve first eth0 "$v4, $v6"
	reserve second eth0 "$v4, $v6"
	address=$(basename "$(grep -l second "$folder"/10.*)")
	mkdir -p "$T/networks/net2"
	printf 'somebody\neth0' >"$T/networks/net2/$address"
	exits 0 "$CTL" --config "$T/10-net1.conflist" upgrade-from-host-local net2
	upgrade 4
	says "$T/out" "2 taken over, 0 held already, 2 failed; the reservations in $folder stay"
	says "$T/out" "net2.somebody"
	[ "$(reservations)" = 4 ] || fail "reservations were removed"
	CNI_COMMAND=DEL CNI_CONTAINERID=somebody CNI_IFNAME=eth0 CNI_PATH=/none "$PLUGIN" <<-END
	$(sed 's/"net1"/"net2"/' "$T/stdin.json")
	END
	upgrade 0
	says "$T/out" "2 taken over, 2 held already, 0 failed"
	reserve first eth9 '[{"subnet": "192.0.2.0/24"}]'
	upgrade 4
	says "$T/out" "The provided IP address is not in a configured pool: 192.0.2.2"
	rm "$folder/192.0.2.2"
	printf 'a/b\neth0' >"$folder/10.86.0.77"
	upgrade 1
	says "$T/err" "$folder/10.86.0.77: must hold a container id and an interface"
	printf '%254d\neth0' 7 | tr ' ' c >"$folder/10.86.0.77"
	upgrade 1
	says "$T/err" "$folder/10.86.0.77: must hold a container id and an interface"
	printf 'late\neth0' >"$folder/10.86.0.77"
	for node in "a b" "$(printf '%254d' 7 | tr ' ' n)"; do
		exits 2 "$CTL" --config "$T/10-net1.conflist" upgrade-from-host-local --node "$node"
		says "$T/err" "no name that can be used"
	done
	: >"$folder/10.86.0.77"
	upgrade 4
	says "$T/out" "the file 10.86.0.77 is empty"
	says "$T/out" "0 taken over, 0 held already, 1 failed"
	rm "$folder/10.86.0.77"
	plugin DEL first
	plugin DEL second
}

# An ADD of host-local that goes on holds the lock, and is waited for.
waits_for_the_lock() {
	reserve first eth0 "$v4, $v6"
	flock "$folder/lock" sh -c "sleep 1; printf 'late\\neth0' >'$folder/10.86.0.200'" &
	sleep 0.3
	upgrade 0
	wait $!
	says "$T/out" 10.86.0.200
	plugin DEL first
	plugin DEL late
}

job() {
	conflist
	[ -z "${etcd_pid:-}" ] || {
		exits 0 "$CTL" pool create v4 --cidr 10.86.0.0/24
		exits 0 "$CTL" pool create more --cidr 10.87.0.0/24
		exits 0 "$CTL" pool create v6 --cidr fd86::/64
		exits 0 "$CTL" node create node-1
	}
	for host_local in $(host_locals); do
		take_over
		released_by_del
		again
		another_folder_is_refused
		conflicts
		waits_for_the_lock
		rm -rf "$T/networks"
	done
	exits 3 "$CTL_PLAIN" --config "$T/10-net1.conflist" upgrade-from-host-local nosuch
	says "$T/err" "there is no folder /var/lib/cni/networks/nosuch"
	silent "$T/out"
	upgrade 3 --dry-run
	says "$T/err" "there is no folder $folder"
	exits 2 "$CTL" upgrade-from-host-local
	says "$T/err" "name the network"
}

[ -n "$(host_locals)" ] || skip "no host-local (sh tests/run.sh builds it)"
# Its folder is /var/lib/cni/networks unless --dir names another: the tests' own.
CTL_PLAIN=$CTL
cat >"$T/ctl" <<END
#!/bin/sh
case "\$*" in
*net2*) exec "$CTL_PLAIN" "\$@" --dir "$T/networks/net2" ;;
*upgrade-from-host-local*) exec "$CTL_PLAIN" "\$@" --dir "$folder" ;;
*) exec "$CTL_PLAIN" "\$@" ;;
esac
END
chmod 755 "$T/ctl"
CTL=$T/ctl
over_each_store job
