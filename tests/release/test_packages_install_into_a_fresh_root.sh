# SPDX-License-Identifier: Apache-2.0
# The Debian packages, installed into a root that has nothing but them, and used there; the RPMs
# and tarballs hold the same files.
. "$SOURCE/tests/release/release.inc.sh"

command -v rpmbuild >/dev/null || skip "rpmbuild is not installed"
made=$T/packages
for generator in DEB RPM TGZ; do
	cpack --config "$BUILD/CPackConfig.cmake" -G "$generator" -B "$made" >"$T/cpack" 2>&1 || {
		tail -n 20 "$T/cpack" >&2
		fail "cpack -G $generator"
	}
done

say "two packages of each kind, with the same files"
for package in calico-ipam calico-dhcp-agent; do
	dpkg-deb -c "$made/$package"_*.deb | awk '$1 ~ /^-/ { print substr($6, 2) }' | sort >"$T/deb"
	# Folders of the package's own are listed too.
	rpm -qp --qf '[%{FILEMODES:perms} %{FILENAMES}\n]' "$made/$package"-[0-9]*.rpm 2>/dev/null |
		sed -n 's/^-[^ ]* //p' | sort >"$T/rpm"
	cmp "$T/deb" "$T/rpm" || fail "$package: the RPM has other files"
done
for archive in "$made"/*.tar.gz; do
	tar -tzf "$archive" | sed -n 's|^\([^/].*[^/]\)$|/\1|p'
done | sort >"$T/tgz"
for deb in "$made"/*.deb; do
	dpkg-deb -c "$deb" | awk '$1 ~ /^-/ { print substr($6, 2) }'
done | sort >"$T/deb"
cmp "$T/deb" "$T/tgz" || fail "the tarballs have other files"

say "installed into a fresh root"
fresh=$T/fresh
mkdir -p "$fresh/var/lib/dpkg/info" "$fresh/var/lib/dpkg/updates"
: >"$fresh/var/lib/dpkg/status"
dpkg --root="$fresh" -i "$made"/calico-ipam_*.deb >"$T/dpkg" 2>&1 || {
	cat "$T/dpkg" >&2
	fail "dpkg -i"
}
for file in /opt/cni/bin/calico-ipam /usr/bin/calico-ipamctl /usr/share/man/man8/calico-ipam.8 \
	/usr/share/man/man8/calico-ipamctl.8 /usr/share/bash-completion/completions/calico-ipamctl \
	/usr/share/zsh/site-functions/_calico-ipamctl /usr/share/zsh/vendor-completions/_calico-ipamctl \
	/usr/share/fish/vendor_completions.d/calico-ipamctl.fish \
	/usr/lib/systemd/system/calico-ipam-reclaim.service /usr/lib/systemd/system/calico-ipam-reclaim.timer \
	/usr/lib/systemd/system/calico-ipam-reclaim-again.service /usr/lib/systemd/system/calico-ipam-metrics.service \
	/usr/share/calico-ipam/prometheus.yaml /usr/share/calico-ipam/alerts.yaml /usr/share/calico-ipam/grafana.json \
	/usr/share/doc/calico-ipam/copyright /usr/share/doc/calico-ipam/CHANGELOG.md \
	/usr/share/doc/calico-ipam/README.md /usr/share/doc/calico-ipam/docs/KUBERNETES.md \
	/usr/share/doc/calico-ipam/conf-examples/local-bridge.conflist \
	/usr/share/doc/calico-ipam/THIRD-PARTY.md /usr/share/doc/calico-ipam/LGPL-2.1 \
	/usr/share/doc/calico-ipam/relink/libraries.sh; do
	[ -s "$fresh$file" ] || fail "no $file"
done
grep -q 'Apache License' "$fresh/usr/share/doc/calico-ipam/copyright" || fail "no licence"

say "the sources go with them"
cpack --config "$BUILD/CPackSourceConfig.cmake" -B "$made/source" >"$T/cpack" 2>&1 || fail "cpack of the sources: $(tail -n 5 "$T/cpack")"
tar -tzf "$made"/source/calico-ipam-*-source.tar.gz >"$T/sources"
grep -q '/plugin/release/libraries.sh$' "$T/sources" && ! grep -qE '^[^/]*/(build|[.]git)(/|$)' "$T/sources" || fail "these are not the sources"

say "used there"
pods() {
	printf '{"cniVersion":"1.0.0","name":"net","type":"bridge","nodename":"node-1","datastore_type":"local",
		"ipam":{"type":"calico-ipam","assign_ipv6":"true","ipv4_pools":["10.80.0.0/16"],"ipv6_pools":["fd80::/64"]}}' |
		env -i PATH="$PATH" CNI_COMMAND="$1" CNI_CONTAINERID=c1 CNI_NETNS=/run/netns/x CNI_IFNAME=eth0 CNI_PATH=/opt/cni/bin \
			chroot "$fresh" /opt/cni/bin/calico-ipam 2>"$T/said"
}
pods ADD >"$T/answer" || fail "ADD: $(cat "$T/answer" "$T/said")"
answers '"10\.80\.'
answers '"fd80::'
env -i PATH="$PATH" CALICO_DATASTORE_TYPE=local chroot "$fresh" /usr/bin/calico-ipamctl show >"$T/answer"
answers '10\.80\.0\.0/16  *65536  *1 '
pods DEL || fail "DEL: $(cat "$T/said")"

say "the agent asks for dnsmasq, and comes with its unit"
refused "$T/dpkg" dpkg --root="$fresh" -i "$made"/calico-dhcp-agent_*.deb
grep -q 'dnsmasq-base' "$T/dpkg" || fail "dpkg does not ask for dnsmasq-base"
dpkg --root="$fresh" --force-depends -i "$made"/calico-dhcp-agent_*.deb >"$T/dpkg" 2>&1
[ -x "$fresh/usr/libexec/calico-ipam/calico-dhcp-agent" ] || fail "no agent"
grep -q '^ExecStart=/usr/libexec/calico-ipam/calico-dhcp-agent' \
	"$fresh/usr/lib/systemd/system/calico-ipam-dhcp-agent.service" || fail "the unit starts another"

say "removed without a trace"
dpkg --root="$fresh" --force-depends -P calico-dhcp-agent calico-ipam >"$T/dpkg" 2>&1 || fail "dpkg -P: $(cat "$T/dpkg")"
[ ! -e "$fresh/opt/cni/bin/calico-ipam" ] && [ ! -e "$fresh/usr/libexec/calico-ipam" ] || fail "files are left"
