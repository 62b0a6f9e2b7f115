# SPDX-License-Identifier: Apache-2.0
# By files of its own alone: it tells each, does it once, and takes it back to the byte.
. "$SOURCE/tests/ctl/ctl.inc.sh"
. "$SOURCE/tests/ctl/guest.inc.sh"

tree() {
	(cd "$root" && find . -printf '%p %m %l\n' | sort && find . -type f -exec md5sum {} + | sort)
}

put_old_ifupdown
tree >"$T/before"

exits 2 "$CTL" openstack guest --check "$root" --apply "$root"
exits 2 "$CTL" openstack guest --apply "$root" </dev/null
says "$T/err" "--yes does it"
exits 0 "$CTL" openstack guest --apply "$root" --dry-run
says "$T/out" "would be written"
tree >"$T/now"
is "$T/now" <"$T/before"

exits 0 "$CTL" openstack guest --apply "$root" --yes
is "$T/out" <<'END'
CHANGE   FILE                                          WHAT
written  /etc/network/interfaces.d/calico-ipam         -
written  /etc/sysctl.d/99-z-calico-ipam.conf           -
written  /etc/dhcp/dhclient-enter-hooks.d/calico-ipam  -
END
is "$root/etc/network/interfaces.d/calico-ipam" <<'END'
# calico-ipamctl openstack guest: --undo removes this file, and so many folders above it: 1
iface eth0 inet6 dhcp
	accept_ra 1
END
says "$root/etc/dhcp/dhclient-enter-hooks.d/calico-ipam" "new_ip6_prefixlen=128"
says "$root/etc/sysctl.d/99-z-calico-ipam.conf" "net.ipv6.conf.eth0.router_solicitation_delay = 10"
exits 0 "$CTL" openstack guest --check "$root"
exits 0 "$CTL" openstack guest --apply "$root" --yes
is "$T/out" <<'END'
nothing to change
END

exits 0 "$CTL" openstack guest --undo "$root" --yes -o json
[ "$(grep -c '"removed"' "$T/out")" = 3 ] || fail "undone are not three files: $(cat "$T/out")"
tree >"$T/now"
is "$T/now" <"$T/before"

# What no file of ours does is told.
sed -i 1d "$root/etc/network/interfaces"
exits 6 "$CTL" openstack guest --apply "$root" --yes
says "$T/out" 'by hand'
says "$T/out" 'add "iface eth0 inet6 dhcp"'

# Somebody else's file stays.
echo mine | put /etc/sysctl.d/99-z-calico-ipam.conf
exits 4 "$CTL" openstack guest --apply "$root" --yes
says "$T/err" "/etc/sysctl.d/99-z-calico-ipam.conf is there, and it is not ours"
exits 0 "$CTL" openstack guest --undo "$root" --yes
[ "$(cat "$root/etc/sysctl.d/99-z-calico-ipam.conf")" = mine ] || fail "somebody else's file was removed"
