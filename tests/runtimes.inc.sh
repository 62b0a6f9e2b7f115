# SPDX-License-Identifier: Apache-2.0
# Sourced after sandbox.inc.sh, cni.inc.sh and store.inc.sh: a host for nerdctl and podman, which
# another host can reach, and what stands in for the images of registries.

. "$SOURCE/tests/images.inc.sh"

BUSYBOX=/bin/busybox
DEBIAN_PLUGINS=/usr/lib/cni

[ -x "$BUSYBOX" ] || skip "no $BUSYBOX (Debian: busybox-static)"
[ -x "$DEBIAN_PLUGINS/bridge" ] || skip "no $DEBIAN_PLUGINS/bridge (Debian: containernetworking-plugins)"

# As `cmake --install` leaves a host; nerdctl goes by variables of cnitool, too.
install_plugin() {
	unset CNI_PATH NETCONFPATH
	rm -rf /etc/cni /opt/cni
	mkdir -p /opt/cni/bin
	cp "$PLUGIN" /opt/cni/bin/
	PATH=$BUILD/ctl:$PATH
	use_store CALICO_LOCAL_PATH=/var/lib/calico-ipam
}

# make_image NAME CONFIG: $T/NAME.tar, an image of one program under that name; CONFIG is JSON.
make_image() {
	mkdir -p "$T/$1/bin" "$T/$1/tmp"
	cp "$BUSYBOX" "$T/$1/bin/busybox"
	for program in sh ip nc httpd sleep true; do
		ln -s busybox "$T/$1/bin/$program"
	done
	echo "from the container" >"$T/$1/index.html"
	pack_image "docker.io/library/$1:latest" "$T/$1" "$2" >"$T/$1.tar"
}

# They end when they are asked to, which no first process does by itself.
make_images() {
	make_image nginx '{ "Env": ["PATH=/bin"],
		"Entrypoint": ["sh", "-c", "trap exit TERM; httpd -f -p 80 & wait"] }'
	make_image debian '{ "Env": ["PATH=/bin"], "Cmd": ["sh"] }'
}

# serves URL COMMAND...: what COMMAND, an address space if any, is served there.
serves() {
	serves_url=$1
	shift
	[ "$("$@" curl -gs --max-time 2 "$serves_url")" = "from the container" ]
}

# A port of this host, from here and from the other.
port_leads_into_the_container() {
	within 20 serves "http://127.0.0.1:$1/"
	within 20 serves "http://[2001:db8::1]:$1/"
	within 20 serves "http://192.0.2.1:$1/" ip netns exec outside
	within 20 serves "http://[2001:db8::1]:$1/" ip netns exec outside
}

# addresses_in FILE: containers' addresses of our pools that it names, one a line, each once.
addresses_in() {
	grep -oE '\b(10\.7[89]\.[0-9.]+|fd7[89]::[0-9a-f:]+)' "$1" | grep -v '\.0\.0$\|\.255\.255$' | sort -u
}

# A test of its own, since holds ends the script.
holds_now() {
	(holds "$1")
}

# Some is given back by what follows a container's end.
holds_soon() {
	within 50 holds_now "$1"
}

no_groups() {
	find /sys/fs/cgroup/"$1" /sys/fs/cgroup/*/"$1" -depth -type d -exec rmdir {} + 2>/dev/null || true
	[ -z "$(find /sys/fs/cgroup -maxdepth 2 -name "$1")" ]
}

# rm_groups NAME: control groups, which a sandbox does not end by itself; those that others use stay.
rm_groups() {
	for try in 1 2 3 4 5; do
		! no_groups "$1" || break
		sleep 0.2
	done
}
