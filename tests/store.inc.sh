# SPDX-License-Identifier: Apache-2.0
# Sourced after sandbox.inc.sh: what the store holds, according to calico-ipamctl.
#
# The store is that of the only conflist in $T/net.d, or after use_etcd the etcd that
# etcd.inc.sh has started; or whatever `use_store NAME=VALUE...` says.

use_store() {
	store_settings="$*"
}

use_etcd() {
	use_store "CALICO_ETCD_ENDPOINTS=$etcd_url" ${tls:+"CALICO_ETCD_CA_CERT_FILE=$tls/ca.crt" \
		"CALICO_ETCD_CERT_FILE=$tls/client.crt" "CALICO_ETCD_KEY_FILE=$tls/client.key"}
}

ctl() {
	if [ -n "${store_settings:-}" ]; then
		env $store_settings "$CTL" "$@"
	else
		"$CTL" --config "$(ls "$T"/net.d/*.conflist | head -n 1)" "$@"
	fi
}

create_pool() {
	ctl pool create "$1" --cidr "$2" || fail "create pool $1"
}

create_node() {
	ctl node create "$1" || fail "create node $1"
}

# holds N: exactly N addresses are held, both families together.
holds() {
	ctl show --addresses -o wide >"$T/held" 2>&1 || {
		cat "$T/held" >&2
		fail "calico-ipamctl show"
	}
	holds_now=$(awk '$2 == "assigned"' "$T/held" | wc -l)
	[ "$holds_now" = "$1" ] || {
		cat "$T/held" >&2
		fail "the store holds $holds_now addresses, not $1"
	}
	say "the store holds $1 addresses"
}
