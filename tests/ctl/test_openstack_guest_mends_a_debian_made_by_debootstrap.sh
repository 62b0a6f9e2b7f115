# SPDX-License-Identifier: Apache-2.0
# A real Debian, made by debootstrap with ifupdown and dhclient as its images have had them: what it
# lacks is found and mended, ifupdown itself then runs both clients, and all is taken back; with an
# older dhclient the enter hook reaches Debian's own script.
if [ -z "${MOUNTS_OF_ITS_OWN:-}" ] && [ "$(id -u)" = 0 ]; then
	MOUNTS_OF_ITS_OWN=yes exec unshare -m sh "$0"
fi
. "$SOURCE/tests/ctl/ctl.inc.sh"
# Where apt finds Debian 12, by the way that it takes.
mirror=$(apt-get indextargets --format '$(CODENAME) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null | sed -n 's/^bookworm //p' | head -n 1)
mirror=${mirror:-http://deb.debian.org/debian}
eval "$(apt-config shell http_proxy Acquire::http::Proxy)"
[ -z "${http_proxy:-}" ] || export http_proxy

[ "$(id -u)" = 0 ] || skip "root makes a root"
command -v debootstrap >/dev/null || skip "no debootstrap"
curl -sfo /dev/null --max-time 20 --retry 3 "${mirror%/}/dists/bookworm/InRelease" || skip "$mirror does not answer"

root=$T/image
mkdir "$root"
mount -t tmpfs -o size=1g none "$root"
trap 'umount "$root"; rm -rf "$T"' EXIT
mkdir -p "$BUILD/debs"
debootstrap --variant=minbase --cache-dir="$BUILD/debs" --include=ifupdown,isc-dhcp-client bookworm "$root" "$mirror" \
	>"$T/log" 2>&1 || {
	tail -n 20 "$T/log" >&2
	fail "debootstrap"
}
in_image() {
	chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
}
tree() {
	(cd "$root/etc" && find . -printf '%p %m %l\n' | sort && find . -type f -exec md5sum {} + | sort)
}

exits 6 "$CTL" openstack guest --check "$root"
says "$T/out" "no interface is configured"
says "$T/out" "system Debian GNU/Linux 12 (bookworm), interfaces by ifupdown, DHCPv6 client dhclient (/128)"
tree >"$T/before"
exits 0 "$CTL" openstack guest --apply "$root" --yes
says "$T/out" /etc/network/interfaces.d/calico-ipam
exits 0 "$CTL" openstack guest --check "$root"
in_image ifquery eth0 >"$T/lines" 2>"$T/errors" || fail "ifquery: $(cat "$T/errors")"
says "$T/lines" "accept_ra: 1"
in_image ifup --no-act --force --verbose eth0 >"$T/lines" 2>&1 || fail "ifup: $(cat "$T/lines")"
for family in 4 6; do
	grep -q "dhclient -$family " "$T/lines" || fail "ifup runs no dhclient -$family: $(cat "$T/lines")"
done
exits 0 "$CTL" openstack guest --apply "$root" --yes
says "$T/out" "nothing to change"
exits 0 "$CTL" openstack guest --undo "$root" --yes
tree >"$T/now"
is "$T/now" <"$T/before"

# One that says no length, as those before 4.4 do not; Debian 12's script asks for none, older ones do.
sed -i 's/--address-prefix-len/--an-option-of-later--/' "$root/sbin/dhclient"
exits 6 "$CTL" openstack guest --check "$root"
says "$T/out" "dhclient (/128)"
sed -i 's/ip -6 addr replace ${new_ip6_address}/&\/${new_ip6_prefixlen}/' "$root/sbin/dhclient-script"
exits 6 "$CTL" openstack guest --check "$root"
says "$T/out" "dhclient (/64)"
printf '#!/bin/sh\necho "$@" >>/asked\n' >"$root/usr/local/bin/ip"
chmod 755 "$root/usr/local/bin/ip"
# Says in /asked what the script asks for.
bind() {
	: >"$root/asked"
	chroot "$root" env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin reason=BOUND6 interface=eth0 \
		new_ip6_address=2001:db8::5 new_ip6_prefixlen=64 new_max_life=60 new_preferred_life=60 \
		/sbin/dhclient-script >"$T/script" 2>&1 || true
}
bind
says "$root/asked" "2001:db8::5/64"
exits 0 "$CTL" openstack guest --apply "$root" --yes
says "$T/out" /etc/dhcp/dhclient-enter-hooks.d/calico-ipam
exits 0 "$CTL" openstack guest --check "$root"
bind
says "$root/asked" "2001:db8::5/128"
