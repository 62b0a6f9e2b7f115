# SPDX-License-Identifier: Apache-2.0
# libmicrohttpd is the command's: nothing of it is in the plugin, which runtimes start for each container, nor in the other executables.
. "$SOURCE/tests/ctl/ctl.inc.sh"

# links EXECUTABLE: it needs the library, or has it inside.
links() {
	readelf -d "$1" 2>/dev/null | grep -q 'NEEDED.*libmicrohttpd' || grep -qa 'libmicrohttpd\|MHD_' "$1"
}

links "$CTL" || fail "the command is without the library: this test sees nothing"
for executable in plugin/calico-ipam openstack/calico-dhcp-agent deploy/calico-ipam-install; do
	[ -x "$BUILD/$executable" ] || fail "no $executable"
	! links "$BUILD/$executable" || fail "$executable has an HTTP server in it"
done
