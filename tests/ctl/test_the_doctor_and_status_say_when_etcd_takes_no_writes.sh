# SPDX-License-Identifier: Apache-2.0
# An etcd that is full (its alarm NOSPACE) answers readers as ever, and refuses each ADD and DEL. The doctor
# asks it for a write that cannot come about, and leaves nothing; STATUS asks it for its alarms.
. "$SOURCE/tests/ctl/ctl.inc.sh"
. "$SOURCE/tests/ctl/etcd.inc.sh"

# Of the store alone: what else is wrong with this host is other tests' concern.
doctor() {
	"$CTL" doctor --conf-dir "$T/none" --cni-path "$T/none" >"$T/out" 2>&1 || true
	says "$T/out" "answers"
}

cat >"$T/status.json" <<-CONF
{"cniVersion": "1.1.0", "name": "net1", "type": "bridge", "nodename": "node-1",
 "ipam": {"type": "calico-ipam"}}
CONF
status() {
	env -i "CALICO_ETCD_ENDPOINTS=$CALICO_ETCD_ENDPOINTS" "CALICO_RUN_PATH=$T/run" CNI_COMMAND=STATUS \
		CNI_PATH=/opt/cni/bin "$PLUGIN" <"$T/status.json" >"$T/status" 2>/dev/null
}

export ETCD_QUOTA_BACKEND_BYTES=2000000
use_etcd
unset ETCD_QUOTA_BACKEND_BYTES
export CALICO_DATASTORE_TYPE=etcdv3
exits 0 "$CTL" pool create v4 --cidr 10.0.0.0/24
exits 0 "$CTL" node create node-1
exits 0 "$CTL" export "$T/before.json"
status || fail "$(cat "$T/status")"
doctor
! grep -q '^FAIL *datastore' "$T/out" || fail "$(cat "$T/out")"
exits 0 "$CTL" export "$T/after.json"
cmp "$T/before.json" "$T/after.json" || fail "the doctor has written"

printf '{"key": "eA==", "value": "%s"}' "$(head -c 600000 /dev/urandom | base64 -w 0)" >"$T/put.json"
puts=0
until curl -sS --data-binary @"$T/put.json" "$CALICO_ETCD_ENDPOINTS/v3/kv/put" | grep -q 'space exceeded'; do
	puts=$((puts + 1))
	[ "$puts" -lt 20 ] || fail "etcd does not become full"
done
doctor
says "$T/out" "database space exceeded"
grep -q '^FAIL *datastore .*etcdctl alarm list' "$T/out" || fail "$(cat "$T/out")"

! status || fail "STATUS is ready where each ADD is refused"
for words in '"code": 50' "$CALICO_ETCD_ENDPOINTS" 'database space exceeded' 'etcdctl alarm disarm'; do
	says "$T/status" "$words"
done
ETCDCTL_API=3 etcdctl --endpoints "$CALICO_ETCD_ENDPOINTS" alarm disarm >/dev/null
status || fail "$(cat "$T/status")"
