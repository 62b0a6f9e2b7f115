# SPDX-License-Identifier: Apache-2.0
# Sourced by bench.sh: executables, servers, and what is asked of them.

find_plugin() {
	if [ -z "$plugin" ]; then
		plugin=$SOURCE/build/release/plugin/calico-ipam
		say "building the release (cmake --preset release)"
		(
			flock 9
			cd "$SOURCE"
			sh plugin/release/libraries.sh
			cmake --preset release
			cmake --build --preset release -j2
		) 9>"$SOURCE/build/release.lock" >"$SOURCE/build/release.log" 2>&1 || {
			tail -n 20 "$SOURCE/build/release.log" >&2
			stop "the release does not build"
		}
	fi
	[ -x "$plugin" ] || stop "no $plugin"
	plugin=$(realpath "$plugin")
	ctl=${ctl:-$(dirname "$plugin")/../ctl/calico-ipamctl}
	ctl=$(realpath "$ctl")
	# Debian's, and the newest, if tests/run.sh or its owner has put one there.
	host_local=/usr/lib/cni/host-local
	peers=host-local=$host_local
	newer=$SOURCE/build/test-tools/host-local
	[ ! -x "$newer" ] || peers="$peers host-local-new=$newer"
	# Calico's own, if tests/interop/build.sh has put it there.
	calico=$SOURCE/build/test-tools/calico/calico-ipam
	[ -x "$calico" ] || calico=
}

compile() {
	name=$1
	shift
	"${compiler:-gcc}" -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -I"$SOURCE" -static -o "$work/bin/$name" "$here/$name.c" "$@"
}

build_tools() {
	mkdir -p "$work/bin"
	base="$SOURCE/base/b64.c $SOURCE/base/buf.c $SOURCE/datastore/etcd/protobuf.c"
	compile stopwatch
	compile wiretap
	compile disk
	compile crowd "$here/exchange.c" $base
	compile copies $base
	# A static glibc takes 0.3 ms to start, which no floor may contain: with the release's own.
	compiler=$SOURCE/build/static/bin/musl-gcc
	[ -x "$compiler" ] || sh "$SOURCE/plugin/release/libraries.sh" >&2
	compile floor "$here/exchange.c" $base -llmdb
	[ "$sheet" != kubernetes ] || compile floor_kubernetes -lcurl -lnghttp2 -lssl -lcrypto
	compiler=
}

# note NAME VALUE: one figure.
note() {
	printf '%s\t%s\n' "$1" "$2" >>"$figures"
}

describe_machine() {
	note "load.$1" "$(cut -d ' ' -f 1-3 /proc/loadavg)"
	[ "$1" = before ] || return 0
	disk=$("$work/bin/disk" "$work")
	note disk_us "${disk% *}"
	note disk_type "${disk#* }"
	note cpu "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
	note cpus "$(nproc)"
	note kernel "$(uname -r)"
	note etcd "$(etcd --version | sed -n 's/^etcd Version: //p')"
	note date "$(date -u +%Y-%m-%d)"
	note commit "$(git -C "$SOURCE" rev-parse --short HEAD 2>/dev/null || echo unknown)"
	[ -z "$calico" ] || note calico "$("$calico" -v)"
	note size.plugin "$(stat -L -c %s "$plugin")"
	note size.ctl "$(stat -L -c %s "$ctl")"
	for peer in $peers ${calico:+calico=$calico}; do
		note "size.${peer%%=*}" "$(stat -L -c %s "${peer#*=}")"
	done
	if readelf -l "$plugin" | grep -q INTERP; then
		note linking dynamic
	else
		note linking static
	fi
}

# start_one NAME SCHEME CLIENT-PORT PEER-PORT OPTIONS...
start_one() {
	name=$1 url=$2://127.0.0.1:$3 peer=http://127.0.0.1:$4
	shift 4
	etcd --name "$name" --data-dir "$work/etcd-$name" --log-level error --quota-backend-bytes 4294967296 \
		--listen-peer-urls "$peer" --initial-advertise-peer-urls "$peer" --initial-cluster "$name=$peer" \
		--listen-client-urls "$url" --advertise-client-urls "$url" "$@" >"$work/etcd-$name.log" 2>&1 &
	servers="${servers:-} $!"
	tries=100
	until etcd_url=$url etcd_ctl endpoint health >/dev/null 2>&1; do
		kill -0 $! 2>/dev/null || { cat "$work/etcd-$name.log" >&2; stop "etcd does not run on port $port"; }
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || stop "etcd does not answer at $url"
		sleep 0.1
	done
}

end_servers() {
	# An API server that is asked to end waits for the etcd that is gone.
	kill -KILL ${servers:-} ${kube_apiserver:-} 2>/dev/null || true
	wait
	rm -rf "$run"
}

make_certificates() {
	tls=$work/tls
	mkdir -p "$tls"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
		-subj "/CN=bench authority" -keyout "$tls/ca.key" -out "$tls/ca.crt" 2>/dev/null
	sign server "/CN=etcd" "subjectAltName=IP:127.0.0.1
extendedKeyUsage=serverAuth,clientAuth"
	sign client "/CN=calico-ipam" "extendedKeyUsage=clientAuth"
}

plain_ctl() {
	CALICO_ETCD_ENDPOINTS=http://127.0.0.1:$port "$ctl" "$@" >/dev/null
}

tls_ctl() {
	CALICO_ETCD_ENDPOINTS=https://127.0.0.1:$((port + 2)) CALICO_ETCD_CA_CERT_FILE=$tls/ca.crt \
		CALICO_ETCD_CERT_FILE=$tls/client.crt CALICO_ETCD_KEY_FILE=$tls/client.key "$ctl" "$@" >/dev/null
}

start_servers() {
	say "starting etcd, with and without TLS"
	make_certificates
	start_one plain http "$port" $((port + 1))
	etcd_ctl_tls="--cacert $tls/ca.crt --cert $tls/client.crt --key $tls/client.key"
	start_one tls https $((port + 2)) $((port + 3)) --client-cert-auth --trusted-ca-file "$tls/ca.crt" \
		--cert-file "$tls/server.crt" --key-file "$tls/server.key"
	for store in plain_ctl tls_ctl; do
		$store pool create a-4 --cidr 10.0.0.0/16
		$store pool create a-6 --cidr fd00::/108
		for node in node-1 node-2 node-3 node-4 node-5 node-6 node-7 node-8; do
			$store node create "$node"
		done
	done
	# The crowd's, and two that run out.
	plain_ctl pool create crowd-4 --cidr 10.64.0.0/10
	plain_ctl pool create crowd-6 --cidr fd00:1::/100
	plain_ctl pool create tight-4 --cidr 172.16.0.0/16
	plain_ctl pool create tight-6 --cidr fd01::/112
	for node in tight full more; do
		plain_ctl node create "$node"
	done
}

# request NAME NODE KEYS [IPAM-KEYS]: the configuration on stdin of `ask NAME`.
request() {
	cat >"$work/request.$1" <<END
{
	"cniVersion": "1.0.0", "name": "bench", "type": "bridge", "nodename": "$2", $3,
	"ipam_lock_file": "$run/lock-$1", "run_path": "$run/run-$1",
	"ipam": { "type": "calico-ipam", "assign_ipv4": "true", "assign_ipv6": "true"${4:+, $4} }
}
END
}

write_requests() {
	etcd='"datastore_type": "etcdv3", "etcd_endpoints": "http://127.0.0.1:'
	tight='"ipv4_pools": ["tight-4"], "ipv6_pools": ["tight-6"]'
	request etcd node-1 "$etcd$port\""
	request cold node-4 "$etcd$port\", \"mirror\": \"off\""
	request many node-2 "$etcd$port\""
	request tapped node-3 "$etcd$((port + 4))\""
	request tapped_more more "$etcd$((port + 4))\""
	request tapped_many node-6 "$etcd$((port + 4))\""
	request calico node-7 "$etcd$port\", \"log_level\": \"error\", \"log_file_path\": \"$work/calico.log\""
	request mean node-5 "$etcd$((port + 4))\""
	request tight tight "$etcd$((port + 4))\"" "$tight"
	request full full "$etcd$((port + 4))\"" "$tight"
	request local node-1 "\"local_path\": \"$work/local\""
	etcd_tls="\"etcd_endpoints\": \"https://127.0.0.1:$((port + 2))\",
	\"etcd_ca_cert_file\": \"$tls/ca.crt\", \"etcd_cert_file\": \"$tls/client.crt\", \"etcd_key_file\": \"$tls/client.key\""
	request tls node-1 "$etcd_tls"
	request tls-whole node-3 "$etcd_tls, \"tls_sessions\": \"off\""
	request tls_many node-2 "$etcd_tls"
	request before node-8 "$etcd$port\""
	request before-tls node-8 "$etcd_tls"
	CALICO_LOCAL_PATH=$work/local "$ctl" pool create a-4 --cidr 10.0.0.0/16 >/dev/null
	CALICO_LOCAL_PATH=$work/local "$ctl" pool create a-6 --cidr fd00::/108 >/dev/null
	for peer in $peers; do
		cat >"$work/request.${peer%%=*}" <<-END
		{ "cniVersion": "1.0.0", "name": "bench", "type": "bridge", "ipam": { "type": "host-local",
		"dataDir": "$work/${peer%%=*}",
		"ranges": [[{ "subnet": "10.0.0.0/16" }], [{ "subnet": "fd00::/108" }]] } }
		END
	done
}
