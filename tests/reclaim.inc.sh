# SPDX-License-Identifier: Apache-2.0
# Sourced after sandbox.inc.sh and store.inc.sh: containers that are attached by hand, with the
# plugin alone, and how they live and end.

cat >"$T/conf" <<END
{"cniVersion": "1.0.0", "name": "net1", "type": "bridge", "ipam_lock_file": "$T/ipam.lock",
 "ipam": {"type": "calico-ipam", "assign_ipv6": "true", "ipv4_pools": ["10.80.0.0/16"], "ipv6_pools": ["fd80::/64"]}}
END

# cni COMMAND CONTAINER NAMESPACE
cni() {
	env $store_settings CNI_COMMAND="$1" CNI_CONTAINERID="$2" CNI_NETNS="$3" CNI_IFNAME=eth0 \
		CNI_PATH=/opt/cni/bin "$PLUGIN" <"$T/conf" >"$T/answer.$2" 2>"$T/error.$2" || {
		cat "$T/answer.$2" "$T/error.$2" >&2
		fail "$1 of $2"
	}
}

# A container with a namespace of its own that a mount keeps.
born() {
	ip netns add "$1"
	cni ADD "$1" "/run/netns/$1"
}

# has CONTAINER N: addresses that it holds.
has() {
	ctl show --addresses -o wide >"$T/held" 2>&1 || fail "calico-ipamctl show: $(cat "$T/held")"
	has_now=$(grep -c "net1\.$1 *$\|net1\.$1 " "$T/held") || true
	[ "$has_now" = "$2" ] || {
		cat "$T/held" >&2
		fail "$1 holds $has_now addresses, not $2"
	}
}

# reclaim OPTION...: without a wait, what it says in $T/said.
reclaim() {
	ctl reclaim --yes --grace 0 "$@" >"$T/said" 2>"$T/log" || {
		cat "$T/said" "$T/log" >&2
		fail "reclaim $*"
	}
}

# Another boot of this machine, as the kernel would say it.
reboot_as() {
	echo "$1" >"$T/boot_id"
	mount --bind "$T/boot_id" /proc/sys/kernel/random/boot_id
	rm -rf /run/calico-ipam
}
