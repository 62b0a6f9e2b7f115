#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs what the tests need, builds with sanitizers, runs everything through ctest.
#
#	sh tests/run.sh [ctest arguments]	e.g. sh tests/run.sh -R cni
#
# Works from any folder.  With CI set, nothing may be left out or skipped; but where Calico's own
# programs cannot be built, the tests beside them are left out there too, and that is said.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
build=$root/build/test
tools=$root/build/test-tools

say() {
	echo "==> $*"
}

stop() {
	echo "tests/run.sh: $*" >&2
	exit 1
}

# Root throughout: packages, network namespaces and containers need it.
if [ "$(id -u)" != 0 ]; then
	command -v sudo >/dev/null || stop "run this as root, or install sudo: packages, namespaces and containers need it"
	exec sudo -E env "PATH=$PATH" sh tests/run.sh "$@"
fi
# Debian keeps ip, runc and others here.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export PATH

packages="gcc clang libclang-rt-dev clang-tidy cppcheck libc6-dev make cmake pkg-config libcjson-dev libcurl4-openssl-dev libssl-dev uuid-dev liblmdb-dev libyaml-dev libnl-3-dev libmicrohttpd-dev libnghttp2-dev libseccomp-dev check
	etcd-server etcd-client containerd runc conmon busybox-static iproute2 iputils-ping openssl dnsmasq-base isc-dhcp-client dhcpcd-base ndisc6 systemd
	ca-certificates patch procps bsdutils util-linux prometheus chromium chromium-driver curl valgrind containernetworking-plugins podman rpm jq iptables nftables zsh fish debootstrap"

. tests/packages.inc.sh
. tests/left_out.inc.sh
command -v go >/dev/null || [ ! -x /usr/local/go/bin/go ] || PATH=$PATH:/usr/local/go/bin
command -v go >/dev/null || packages="$packages golang-go"
install_packages $packages

# leave_out WHAT WHY: said now, and at the end, where it is seen.
words=
leave_out() {
	words="$words
!!! LEFT OUT: $1
!!! $2"
	echo
	echo "!!! LEFT OUT: $1"
	echo "!!! $2"
	echo
}

# The Go tools: the newest where Go can build them, else the last ones for Go 1.19.
go_is_at_least() {
	go env GOVERSION | sed 's/^go//' | awk -F. -v minor="$1" '{ exit !($1 > 1 || $2 >= minor) }'
}

build_go_tools() {
	[ -n "${HOME:-}" ] || export GOPATH="$root/build/go" GOCACHE="$root/build/go-cache"
	if go_is_at_least 24; then
		cni=v1.3.0 plugins=v1.9.0
	else
		cni=v1.1.2 plugins=v1.2.0
		[ -z "${CI:-}" ] || stop "CI needs Go 1.24 or newer, here is $(go env GOVERSION)"
	fi
	if [ "$(cat "$tools/.built" 2>/dev/null)" != "$cni $plugins host-local portmap" ]; then
		say "building cnitool $cni and reference plugins $plugins with $(go env GOVERSION)"
		mkdir -p "$tools"
		from=github.com/containernetworking
		GOFLAGS='' GOBIN=$tools go install "$from/cni/cnitool@$cni"
		GOFLAGS='' GOBIN=$tools go install "$from/plugins/plugins/main/bridge@$plugins" \
			"$from/plugins/plugins/main/ptp@$plugins" "$from/plugins/plugins/main/macvlan@$plugins" \
			"$from/plugins/plugins/main/ipvlan@$plugins" "$from/plugins/plugins/main/host-device@$plugins" \
			"$from/plugins/plugins/ipam/host-local@$plugins" \
			"$from/plugins/plugins/meta/portmap@$plugins" "$from/plugins/plugins/meta/bandwidth@$plugins"
		echo "$cni $plugins host-local portmap" >"$tools/.built"
	fi
	[ "$cni" = v1.1.2 ] || (cd tests/cni/gc && GOFLAGS='' go build -o "$tools/libcni-gc" .)
	[ "$cni" != v1.1.2 ] || leave_out "the tests at CNI spec 1.1.0 (names ending in 1_1_0, STATUS and GC)." \
		"They need Go 1.24 or newer to build cnitool v1.3.0; here is $(go env GOVERSION)."
}

# Calico's own programs: many modules, so that a proxy or a disk may be short of something.
build_calico() {
	if go_is_at_least 23 && timeout 900 sh tests/interop/build.sh "$tools/calico"; then
		return 0
	fi
	leave_out "the tests beside Calico's own plugin and command (interop.*, kubernetes.a_daemonset_*)." \
		"Go 1.23 or newer and the Go module proxy are needed to build them; here is $(go env GOVERSION)."
	left_out='^interop\.|^kubernetes\.a_daemonset_'
}

# A real cluster: an API server, and what runs pods.  Minutes, once.
build_kubernetes() {
	if timeout 2400 sh tests/kubernetes/build.sh "$tools/kubernetes"; then
		return 0
	fi
	[ -z "${CI:-}" ] || stop "CI needs a Kubernetes, which cannot be built"
	leave_out "the tests on a real Kubernetes (kubernetes.*, and those of interop, race, bench and golden on it)." \
		"The Go module proxy and libseccomp-dev are needed to build it."
	left_out="${left_out:+$left_out|}^kubernetes\.|^(interop|race|bench|golden)\..*_on_kubernetes"
}

left_out=
build_go_tools
build_calico
build_kubernetes

say "building"
cmake --preset test -DCMAKE_COMPILE_WARNING_AS_ERROR=ON >/dev/null
cmake --build "$build" -j2

# Whatever the tests start carries this in its environment.
CALICO_IPAM_TEST_RUN=$$
export CALICO_IPAM_TEST_RUN

started_by_us() {
	for process in $(grep -slz "^CALICO_IPAM_TEST_RUN=$$\$" /proc/[0-9]*/environ | cut -d/ -f3); do
		[ "$process" = $$ ] || ps -o pid=,args= -p "$process" || true
	done
}

# What is there of the machine's own that tests could forget.
surroundings() {
	ls /run/netns 2>/dev/null || true
	ip -o link | awk -F': ' '{ sub("@.*", "", $2); print $2 }' | sort
	awk '{ print $5 }' /proc/self/mountinfo | sort
}
surroundings >"$build/before"

say "testing"
status=0
ctest --test-dir "$build" --output-on-failure --no-tests=error -j $((4 * $(nproc))) -O "$build/ctest.log" \
	${left_out:+-E "$left_out"} "$@" || status=$?

words="$words
$(tell_left_out "$build/Testing/Temporary/LastTest.log")"
if echo "$words" | grep -q .; then
	say "left out, and so not shown by this run:"
	echo "$words" | grep .
fi

surroundings >"$build/after"
cmp -s "$build/before" "$build/after" || {
	diff "$build/before" "$build/after" || true
	stop "the tests left network devices, namespaces or mounts behind"
}
left=$(started_by_us)
[ -z "$left" ] || stop "the tests left processes behind:
$left"
if [ -n "${CI:-}" ] && grep -q '\*\*\*Skipped' "$build/ctest.log"; then
	stop "tests were skipped, which CI does not allow"
fi
exit "$status"
