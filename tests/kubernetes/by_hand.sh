#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# An etcd and a kube-apiserver with Calico's kinds, on free ports of 127.0.0.1, for as long as
# this script runs: until it is interrupted, or killed.
#
#	sh tests/kubernetes/by_hand.sh FOLDER [v1|v3...]	v1, if none is given
#
# When all is ready it writes three lines: the path of the plugin's kubeconfig, who may do what
# Calico's manifests let it, that of an administrator's, and the server's URL.  FOLDER must be empty or not be there;
# it stays, with all logs.  KUBE_CRDS is a folder of other definitions: v1 and v3.
# Of the lines on its standard input "keep" has it keep a copy of the etcd as it is, and "back" come back with that; each is
# answered by the same word.
#
# Needs etcd, openssl, curl, and what tests/kubernetes/build.sh builds (TOOLS: build/test-tools).
set -eu
[ "$#" -ge 1 ] || {
	sed -n 's/^#	//p' "$0" >&2
	exit 2
}
SOURCE=$(cd "$(dirname "$0")/../.." && pwd)
TOOLS=${TOOLS:-$SOURCE/build/test-tools}
mkdir -p "$1"
KUBE=$(cd "$1" && pwd)
shift
. "$SOURCE/tests/kubernetes/server.inc.sh"

stop() {
	echo "by_hand.sh: $*" >&2
	exit 1
}

# A port of 20000 to 32767 that nobody listens at; ports of outgoing connections lie above.
free_port() {
	while :; do
		port=$((20000 + $(od -An -N 2 -tu2 /dev/urandom) % 12768))
		[ -n "$(ss -Hltn "sport = :$port")" ] || break
	done
	echo "$port"
}

end_all() {
	trap - EXIT
	kill -KILL ${kube_apiserver:-} ${etcd:-} 2>/dev/null || true
	wait
}

start_etcd() {
	setpriv --pdeathsig KILL etcd --data-dir "$KUBE/etcd" --log-level error --listen-client-urls "$kube_etcd" \
		--advertise-client-urls "$kube_etcd" --listen-peer-urls "$etcd_peer" \
		--initial-advertise-peer-urls "$etcd_peer" --initial-cluster "default=$etcd_peer" >"$KUBE/etcd.log" 2>&1 &
	etcd=$!
}

run_etcd() {
	kube_etcd=http://127.0.0.1:$(free_port)
	etcd_peer=http://127.0.0.1:$(free_port)
	rm -rf "$KUBE/etcd"
	start_etcd
}

# What a power cut would leave of it, and the server knows nothing of.
keep() {
	kill -STOP "$etcd"
	rm -rf "$KUBE/kept"
	cp -a "$KUBE/etcd" "$KUBE/kept"
	kill -CONT "$etcd"
	echo keep
}

come_back() {
	kill -KILL "$kube_apiserver" "$etcd"
	wait "$kube_apiserver" "$etcd" 2>/dev/null || true
	rm -rf "$KUBE/etcd"
	cp -a "$KUBE/kept" "$KUBE/etcd"
	start_etcd
	kube_run_apiserver
	kube_await_apiserver || stop "the API server does not come back; $KUBE has logs"
	echo back
}

# Another program may take a port meanwhile.
run_once() {
	run_etcd
	kube_port=$(free_port)
	kube_write_admin
	kube_run_apiserver
	kube_await_apiserver && kill -0 "$etcd" 2>/dev/null && return 0
	kill -KILL "$kube_apiserver" "$etcd" 2>/dev/null || true
	return 1
}

kube_is_built || stop "no kube-apiserver and kubectl in $KUBE_TOOLS (sh tests/kubernetes/build.sh)"
trap end_all EXIT
trap 'exit 0' INT TERM HUP
kube_make_certificates
run_once || run_once || run_once || {
	tail -n 5 "$KUBE/kube-apiserver.log" "$KUBE/etcd.log" >&2
	stop "the API server does not become ready; $KUBE has logs"
}
kube_install_crds "${@:-v1}" || stop "Calico's kinds cannot be installed"
kube_make_account || stop "the plugin's account cannot be made"
echo "$KUBE/calico-kubeconfig"
echo "$KUBE/admin.kubeconfig"
echo "https://127.0.0.1:$kube_port"
while read -r asked; do
	case $asked in
	keep) keep ;;
	back) come_back ;;
	*) echo "by_hand.sh: keep or back, not $asked" >&2 ;;
	esac
done
wait "$kube_apiserver" || true
stop "the API server has ended; $KUBE/kube-apiserver.log says why"
