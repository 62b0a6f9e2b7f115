# SPDX-License-Identifier: Apache-2.0
# What a real Neutron wrote, as it was recorded: what of it is wrong is found, with what mends it;
# Neutron is asked what etcd cannot know; pools that meet its subnets are told, and reserved.
. "$SOURCE/tests/ctl/ctl.inc.sh"
. "$SOURCE/tests/ctl/etcd.inc.sh"
. "$SOURCE/tests/ctl/stores.inc.sh"
[ -x /bin/busybox ] || skip "no /bin/busybox (Debian: busybox-static)"

# tells FILE PATTERN: a line of it is so.
tells() {
	grep -qE -e "$2" "$1" || {
		cat "$1" >&2
		fail "no line of $1 is \"$2\""
	}
}

# A web server whose one program answers for Neutron, to those who have the token.
start_neutron() {
	mkdir -p "$T/www/cgi-bin"
	cat >"$T/www/cgi-bin/neutron" <<-'END'
	#!/bin/sh
	case $HTTP_X_AUTH_TOKEN:$PATH_INFO:$QUERY_STRING in
	valid:*marker=*) ;;
	valid:/v2.0/subnets:*) body=subnets ;;
	valid:/v2.0/ports:*) body=ports ;;
	*) printf 'Status: 401 Unauthorized\r\n\r\n' && exit ;;
	esac
	printf 'Content-Type: application/json\r\n\r\n'
	if [ -n "${body:-}" ]; then cat "$body.json"; else echo "{\"$(basename "$PATH_INFO")\": []}"; fi
	END
	chmod +x "$T/www/cgi-bin/neutron"
	free_port
	/bin/busybox httpd -f -p "127.0.0.1:$port" -h "$T/www" &
	neutron_pid=$!
	neutron=http://127.0.0.1:$port/cgi-bin/neutron
	for try in $(seq 100); do
		! curl -s -o /dev/null "$neutron" || return 0
		sleep 0.05
	done
	fail "busybox httpd does not answer"
}

use_etcd
neutron_pid=
trap '[ -z "$neutron_pid" ] || kill "$neutron_pid" 2>/dev/null || true; stop_etcd; rm -rf "$T"' EXIT
exits 0 "$CTL" openstack check
says "$T/out" "no problem in 0 subnets and 0 endpoints"
"$BUILD/tests/steps" change 0 37 | curl -sf -X POST "$CALICO_ETCD_ENDPOINTS/v3/kv/txn" -d @- >"$T/answer" || fail "etcd"

exits 6 "$CTL" openstack check
tells "$T/out" "mode .*subnet 6f28649c-2eeb-4023-86c7-c37459c979bd .*slaac"
tells "$T/out" "prefix .*2001:db8:c00::/56 is shorter than /64"
tells "$T/out" "no-gateway .*10.31.0.0/24 of network"
tells "$T/out" "uncovered .*2001:db8:8::3c5: no subnet with DHCP .*--neutron asks"
tells "$T/out" "own-pair .*10.28.0.31 is the port's own address"
tells "$T/out" 'bad-pair .*"10.99.0.0/24/32" is no address'
tells "$T/out" "no-felix .*host compute-1 "
says "$T/out" "delete it and create it anew with --ipv6-ra-mode dhcpv6-stateful"
says "$T/out" "13 problems in 12 subnets and 15 endpoints"
exits 6 "$CTL" openstack check -o json
[ "$(jq .problemCount "$T/out")" = 13 ] || fail "problemCount: $(cat "$T/out")"
exits 0 "$CTL" openstack check --region elsewhere

# Neutron is asked.
start_neutron
echo '{"subnets": [{"id": "off", "network_id": "8e542d3d-1682-4f81-bb04-93f91561c81f", "cidr": "2001:db8:8::/64", "enable_dhcp": false, "ipv6_ra_mode": null, "ipv6_address_mode": null}]}' \
	>"$T/www/cgi-bin/subnets.json"
echo '{"ports": [{"id": "facff401-2267-41f5-968a-fe257904d2af", "device_id": "vm", "binding:host_id": "compute-9"}]}' \
	>"$T/www/cgi-bin/ports.json"
exits 2 "$CTL" openstack check --neutron "$neutron"
says "$T/err" "OS_TOKEN"
echo wrong >"$T/token"
exits 5 "$CTL" openstack check --neutron "$neutron" --token-file "$T/token"
says "$T/err" "openstack token issue"
! grep -q wrong "$T/err" || fail "the token is told: $(cat "$T/err")"
echo valid >"$T/token"
exits 6 "$CTL" openstack check --neutron "$neutron" --token-file "$T/token"
tells "$T/out" "uncovered .*2001:db8:8::3c5: its subnet has DHCP off"
tells "$T/out" 'stale .*port facff401-2267-41f5-968a-fe257904d2af on compute-1 .*on host "compute-9"'
tells "$T/out" "stale .*Neutron has no such port"
exits 6 env OS_TOKEN=valid "$CTL" openstack check --neutron "$neutron"

# pools that meet what Neutron gives away.
exits 0 "$CTL" pool create p4 --cidr 10.28.0.0/16
tells "$T/err" "10.28.0.0/24 is in pool p4 too,.*openstack check --fix"
exits 0 "$CTL" pool create far --cidr 172.20.0.0/16
[ ! -s "$T/err" ] || fail "a pool that meets nothing: $(cat "$T/err")"
exits 6 "$CTL" openstack check
tells "$T/out" "in-pool .*10.28.0.0/24 is in pool p4 too"

# Manifests tell it of the pools that they write, and of no others.
for pool in "m1 10.31.0.0/16" "m2 172.22.0.0/16"; do
	cat <<-END
	---
	{apiVersion: projectcalico.org/v3, kind: IPPool, metadata: {name: ${pool% *}}, spec: {cidr: ${pool#* }}}
	END
done >"$T/pools.yaml"
exits 0 "$CTL" apply -f "$T/pools.yaml" --dry-run
silent "$T/err"
for verb in create apply replace; do
	[ "$verb" = create ] || sed -i 's/, spec: {/&natOutgoing: true, /' "$T/pools.yaml"
	[ "$verb" != replace ] || sed -i 's/natOutgoing: true, //g' "$T/pools.yaml"
	exits 0 "$CTL" $verb -f "$T/pools.yaml"
	tells "$T/err" "10.31.0.0/24 is in pool m1 too,.*openstack check --fix"
	! grep -qE 'pool (p4|m2)' "$T/err" || fail "other pools are told: $(cat "$T/err")"
	exits 0 "$CTL" apply -f "$T/pools.yaml"
	silent "$T/err"
done
exits 0 "$CTL" delete -f "$T/pools.yaml" --yes

# So do all others that write pools, unless nothing is given away by it.
exits 0 "$CTL" pool create later --cidr 10.31.0.0/16
exits 0 "$CTL" pool update later --nat-outgoing true
tells "$T/err" "10.31.0.0/24 is in pool later too,.*openstack check --fix"
! grep -q 'pool p4' "$T/err" || fail "other pools are told: $(cat "$T/err")"
exits 0 "$CTL" pool update later --nat-outgoing true
silent "$T/err"
exits 0 "$CTL" pool disable later
silent "$T/err"
exits 0 "$CTL" pool enable later
tells "$T/err" "10.31.0.0/24 is in pool later too"
exits 0 "$CTL" pool split later --into 17 --dry-run
silent "$T/err"
exits 0 "$CTL" pool split later --into 17 --yes
tells "$T/err" "10.31.0.0/24 is in pool later-0 too"
! grep -q 'later-1' "$T/err" || fail "a part that meets nothing is told: $(cat "$T/err")"
exits 0 "$CTL" export "$T/later.json"
exits 0 "$CTL" pool delete later-0 --yes
exits 0 "$CTL" import "$T/later.json" --dry-run
silent "$T/err"
exits 0 "$CTL" import "$T/later.json"
tells "$T/err" "10.31.0.0/24 is in pool later-0 too"
for part in 0 1; do
	exits 0 "$CTL" pool delete later-$part --yes
done

# A reservation of that name which holds something else is none of it, and is told.
exits 0 "$CTL" reservation create openstack-10.28.0.0-24 --cidr 10.99.0.0/24
exits 4 "$CTL" openstack check --fix
says "$T/err" "reservation openstack-10.28.0.0-24 is there, and holds something else than 10.28.0.0/24"
exits 0 "$CTL" reservation delete openstack-10.28.0.0-24 --yes
exits 6 "$CTL" openstack check --fix
says "$T/out" "1 overlap of pools with Neutron's subnets and ports reserved"
exits 0 "$CTL" reservation list
tells "$T/out" "openstack-10.28.0.0-24 .*10.28.0.0/24"
exits 6 "$CTL" openstack check
! grep -q in-pool "$T/out" || fail "what is reserved is found again: $(cat "$T/out")"

# Of many ten are named, and the rest is counted.
for i in $(seq 12); do
	key=$(printf '/calico/dhcp/v2/no-region/subnet/many-%s' "$i" | base64 -w0)
	value=$(printf '{"network_id": "many", "cidr": "172.31.%s.0/24", "gateway_ip": null}' "$i" | base64 -w0)
	echo "{\"key\": \"$key\", \"value\": \"$value\"}" |
		curl -sf -X POST "$CALICO_ETCD_ENDPOINTS/v3/kv/put" -d @- >"$T/answer" || fail "etcd"
done
exits 0 "$CTL" pool create many --cidr 172.31.0.0/16
[ "$(grep -c 'is in pool many too' "$T/err")" = 10 ] || fail "not ten are named: $(cat "$T/err")"
says "$T/err" "and 2 more that meet it: calico-ipamctl openstack check"
