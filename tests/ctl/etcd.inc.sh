# SPDX-License-Identifier: Apache-2.0
# Sourced after ctl.inc.sh: an etcd of the test's own, on free ports of the loopback.

want_etcd() {
	[ -x /usr/bin/etcd ] || skip "no /usr/bin/etcd (Debian: etcd-server)"
	command -v etcdctl >/dev/null || skip "no etcdctl (Debian: etcd-client)"
}

stop_etcd() {
	[ -z "${etcd_pid:-}" ] || kill "$etcd_pid" 2>/dev/null || true
	[ -z "${etcd_pid:-}" ] || wait "$etcd_pid" 2>/dev/null || true
	etcd_pid=
}

# A port of the loopback on which nothing listens, and none that free_port gave before.
last_port=$((20000 + $$ % 6000 * 2))
free_port() {
	last_port=$((last_port + 1))
	while awk -v port="$(printf ':%04X' "$last_port")" '$2 ~ port "$" { found = 1 } END { exit !found }' \
		/proc/net/tcp /proc/net/tcp6; do
		last_port=$((last_port + 1))
	done
	port=$last_port
}

etcd_answers() {
	ETCDCTL_API=3 etcdctl --endpoints "http://127.0.0.1:$etcd_port" --command-timeout 2s endpoint health \
		>/dev/null 2>&1
}

try_etcd() {
	free_port
	etcd_port=$port
	free_port
	etcd_peer=http://127.0.0.1:$port etcd_tries=100
	rm -rf "$T/etcd"
	/usr/bin/etcd --data-dir "$T/etcd" --log-level error --listen-peer-urls "$etcd_peer" \
		--initial-advertise-peer-urls "$etcd_peer" --initial-cluster "default=$etcd_peer" \
		--listen-client-urls "http://127.0.0.1:$etcd_port" \
		--advertise-client-urls "http://127.0.0.1:$etcd_port" >"$T/etcd.log" 2>&1 &
	etcd_pid=$!
	until etcd_answers; do
		kill -0 "$etcd_pid" 2>/dev/null || return 1
		etcd_tries=$((etcd_tries - 1))
		[ "$etcd_tries" -gt 0 ] || return 1
		sleep 0.2
	done
}

# Starts it and points the environment at it.
use_etcd() {
	want_etcd
	trap 'stop_etcd; rm -rf "$T"' EXIT
	try_etcd || { stop_etcd; try_etcd; } || {
		cat "$T/etcd.log" >&2
		fail "etcd does not start"
	}
	export CALICO_ETCD_ENDPOINTS="http://127.0.0.1:$etcd_port" CALICO_RUN_PATH="$T/run"
}
