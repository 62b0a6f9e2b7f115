# SPDX-License-Identifier: Apache-2.0
# Sourced after cluster.inc.sh, faults.inc.sh and store.inc.sh: nodes and an administrator
# at work while members fail, and the judgement of what happened.
#
# HISTORY_SECONDS (20) and HISTORY_SEED (of the clock) say how long, and which history.  How
# a call and a fault meet depends on the machine, so that a seed does not say all.

LIMIT_MS=2000		# of a request of CNI
SLACK_MS=${HISTORY_SLACK_MS:-3000}		# for a process that has to wait for its turn
HISTORY_SECONDS=${HISTORY_SECONDS:-20}
HISTORY_SEED=${HISTORY_SEED:-$(date +%s)}
row=$HISTORY_SEED

# Each node asks another member first.
endpoints_from() {
	set -- $((($1 - 1) % 3 + 1)) $(($1 % 3 + 1)) $((($1 + 1) % 3 + 1))
	echo "$(client_url "$1"),$(client_url "$2"),$(client_url "$3")"
}

request_of() {
	cat <<END
{"cniVersion": "1.1.0", "name": "net1", "type": "ptp", "nodename": "n$1",
 "timeout_ms": $LIMIT_MS, "ipam_lock_file": "$T/lock-$1", "run_path": "$T/run-$1",
 "etcd_endpoints": "$(endpoints_from "$1")",
 ${tls:+"\"etcd_ca_cert_file\": \"$tls/ca.crt\", \"etcd_cert_file\": \"$tls/client.crt\", \"etcd_key_file\": \"$tls/client.key\","}
 "ipam": {"type": "calico-ipam", "assign_ipv4": "true", "assign_ipv6": "true"}}
END
}

# The network namespace of all containers; 32 addresses a family that stay, in blocks of 8; four nodes with two workers want 48.
furnish_store() {
	ip netns add pod
	ctl pool create base4 --cidr 10.90.0.0/27 --block-size 29
	ctl pool create base6 --cidr fd90::/123 --block-size 125
	for node in 1 2 3 4; do
		create_node "n$node"
		request_of "$node" >"$T/node-$node.json"
	done
}

# The administrator's store is in the environment, as on a machine of his.
use_cluster() {
	export CALICO_ETCD_ENDPOINTS="$etcd_url" CALICO_RUN_PATH="$T/run" \
		ASAN_OPTIONS=exitcode=99 UBSAN_OPTIONS=exitcode=99
	use_store "CALICO_ETCD_ENDPOINTS=$etcd_url" ${tls:+"CALICO_ETCD_CA_CERT_FILE=$tls/ca.crt" \
		"CALICO_ETCD_CERT_FILE=$tls/client.crt" "CALICO_ETCD_KEY_FILE=$tls/client.key"}
}

drive() {
	env $store_settings PLUGIN="$PLUGIN" LATE_PLUGIN="$BUILD/tests/late_plugin" CTL="$CTL" \
		"$BUILD/tests/driver" "$T" "$LIMIT_MS" "$HISTORY_SECONDS" "$HISTORY_SEED" &
	driver=$!
	while kill -0 "$driver" 2>/dev/null; do
		next_fault
	done
	wait "$driver" || fail "the driver"
	within 300 etcd_ctl endpoint health
}

# Lines of the history, WORD ADDRESS OWNER.
tell_held() {
	ctl show --addresses -o wide >"$T/held" || fail "calico-ipamctl show"
	awk -v word="$1" '$2 == "assigned" { sub("^net1[.]", "", $NF); print word, $1, $NF }' "$T/held" \
		>>"$T/history"
}

# What was split and deleted is there again, so that each block lies in a pool.
restore_pools() {
	for pool in 10.91.0.0/27 10.91.0.32/27 10.92.0.0/27 10.92.0.32/27; do
		ctl pool create "again-$(echo "$pool" | tr ./ --)" --cidr "$pool" --block-size 29
	done >"$T/again" 2>&1 || true
	for pool in fd91::/123 fd91::20/123 fd92::/123 fd92::20/123; do
		ctl pool create "again-$(echo "$pool" | tr :/ --)" --cidr "$pool" --block-size 125
	done >>"$T/again" 2>&1 || true
}

# agrees WHEN: check finds nothing; what it finds becomes part of the history.  Of leaks it cannot tell here.
agrees() {
	ctl check >"$T/check" 2>&1 || [ $? = 7 ] || sed "s/^/left $1: /" "$T/check" >>"$T/history"
}

delete_all() {
	for owner in $(awk '$1 == "held" { print $3 }' "$T/history" | sort -u); do
		CNI_COMMAND=DEL CNI_CONTAINERID=$owner CNI_IFNAME=eth0 CNI_NETNS=/run/netns/none \
			CNI_PATH=/opt/cni/bin "$PLUGIN" <"$T/node-1.json" >"$T/deleted" 2>>"$T/node-1.log" || {
			cat "$T/deleted" >&2
			fail "DEL of $owner"
		}
	done
}

# Addresses and handles, and once the pools are deleted blocks and affinities too.
tell_left() {
	tell_held left
	etcd_keys /calico/ipam/v2/handle/ | sed 's/^/left /' >>"$T/history"
	for pool in $(ctl pool list | awk 'NR > 1 { print $1 }'); do
		ctl pool delete "$pool" --yes >"$T/deleted" 2>&1 || sed 's/^/left pool: /' "$T/deleted" >>"$T/history"
	done
	etcd_keys /calico/ipam/v2/ | grep -vxE "/calico/ipam/v2/(config|mirror/.*)" | sed 's/^/left /' >>"$T/history"
}

# judge LEAST_ADDED LEAST_FAULTS
judge() {
	[ -z "${HISTORY_KEEP:-}" ] || cp "$T/history" "$T"/*.log "$HISTORY_KEEP"
	"$BUILD/tests/judge" "$SLACK_MS" "$1" "$2" <"$T/history" >"$T/verdict" || {
		cat "$T/verdict" >&2
		fail "HISTORY_SEED=$HISTORY_SEED HISTORY_SECONDS=$HISTORY_SECONDS: the history is not as it may be"
	}
	say "$(cat "$T/verdict")"
	awk '$1 == "fault" { n[$4]++ } END { for (what in n) print "# " n[what], what }' "$T/history" | sort
}

play_history() {
	say "HISTORY_SEED=$HISTORY_SEED"
	use_cluster
	furnish_store
	drive
	restore_pools
	tell_held held
	echo looked >>"$T/history"
	agrees "check with the living"
	delete_all
	agrees "check without them"
	tell_left
	echo ended >>"$T/history"
	judge 10 3
}
