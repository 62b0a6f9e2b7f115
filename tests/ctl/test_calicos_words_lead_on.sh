# SPDX-License-Identifier: Apache-2.0
# Each of calicoctl's words does what ours does; what cannot be done is said, with the nearest command.
. "$SOURCE/tests/ctl/ctl.inc.sh"

use_local_store
exits 0 "$CTL" pool create v4 --cidr 10.86.0.0/24 --block-size 28
exits 0 "$CTL" node create node-1 --label rack=1
cat >"$T/stdin.json" <<-END
	{ "cniVersion": "1.0.0", "name": "net1", "type": "bridge", "nodename": "node-1", "local_path": "$T/store",
	"run_path": "$T/run", "ipam_lock_file": "$T/lock", "ipam": { "type": "calico-ipam", "assign_ipv6": "false" } }
END
plugin ADD c1
address=$(sed -n 's/.*"address": "\(10[0-9.]*\).*/\1/p' "$T/result")

# same "THEIR WORDS" "OUR WORDS": one output, and one exit status.
same() {
	same_status=0
	"$CTL" $2 >"$T/ours" || same_status=$?
	exits "$same_status" "$CTL" $1
	is "$T/out" <"$T/ours"
	exits "$same_status" "$CTL" $1 -c "$T/stdin.json" --allow-version-mismatch
	is "$T/out" <"$T/ours"
}

same 'ipam show' show
same 'ipam show --show-blocks' 'show --blocks'
same 'ipam show --show-borrowed' 'show --borrowed'
same 'ipam show --show-configuration' 'config get'
same "ipam show --ip=$address" "show --ip $address"
same "ipam show --ip $address" "show --ip $address"
exits 2 "$CTL" ipam show --show-blocks --show-borrowed
same 'ipam check --show-problem-ips' check
"$CTL" ipam check -o "$T/report.json" --show-all-ips >"$T/out" 2>"$T/err" || [ $? = 7 ] || fail "ipam check"
says "$T/err" 'calico-ipamctl show --addresses'
grep -q "\"$address\"" "$T/report.json" || fail "no report in report.json"

exits 0 "$CTL" ipam configure --strictaffinity=true
exits 0 "$CTL" config get -o json
has strict_affinity true
exits 2 "$CTL" ipam configure --strictaffinity=maybe
exits 2 "$CTL" ipam configure

exits 2 "$CTL" ipam release --ip="$address" </dev/null
says "$T/err" '--yes does it'
exits 0 "$CTL" ipam release --ip="$address" --dry-run
says "$T/out" '1 addresses to release'
exits 0 "$CTL" ipam release --ip="$address" --yes
says "$T/out" '1 addresses released'
exits 2 "$CTL" ipam release
exits 3 "$CTL" ipam release --ip="$address" --yes

exits 0 "$CTL" ipam split --cidr=10.86.0.0/24 4 --dry-run
says "$T/out" 'would be split into 4 pools'
says "$T/out" '10.86.0.192/26'
# Both are of one pool, or none is split.
exits 3 "$CTL" ipam split 2 --name=v4 --cidr=10.87.0.0/24 --yes
says "$T/err" 'unable to find IP pool v4 covering the specified CIDR 10.87.0.0/24'
exits 0 "$CTL" ipam split 2 --name=v4 --cidr=10.86.0.0/24 --dry-run
exits 0 "$CTL" ipam split 2 --name=v4 --yes
says "$T/out" 'split into 2 pools'
exits 3 "$CTL" ipam split 2 --name=v4 --yes
says "$T/err" 'unable to find IP pool v4'
for bad in 0 1 3 x ''; do
	exits 2 "$CTL" ipam split "$bad" --name=v4-0 --yes
done
exits 2 "$CTL" ipam split 2
says "$T/err" 'no name or CIDR provided'

for kind in node nodes no Node; do
	exits 0 "$CTL" label $kind node-1 zone=$kind --overwrite
done
exits 4 "$CTL" label nodes node-1 rack=2
says "$T/err" "failed to update label of node node-1, key rack is already present. please use '--overwrite' to set a new value."
exits 0 "$CTL" label nodes node-1 rack=2 --overwrite --namespace=default
exits 0 "$CTL" label nodes node-1 zone --remove
exits 3 "$CTL" label nodes node-1 zone --remove
says "$T/err" 'cannot remove label of node node-1, key zone does not exist'
! grep -q 'did you mean' "$T/err" || fail "the node is there, and another is offered"
exits 0 "$CTL" node list
says "$T/out" 'rack=2'
! grep -q zone "$T/out" || fail "the label is not removed"
exits 3 "$CTL" label nodes node-2 a=b
says "$T/err" 'did you mean node-1?'
exits 2 "$CTL" label nodes node-1
exits 2 "$CTL" label nodes node-1 a=b c=d
exits 2 "$CTL" label nodes node-1 a
exits 2 "$CTL" label nodes node-1 a=b --remove
exits 2 "$CTL" label nodes node-1 a=b --context x
says "$T/err" 'KUBECONFIG'
exits 2 "$CTL" label ippool v4-0 a=b
says "$T/err" 'calico-ipamctl get ippool NAME -o yaml'
exits 2 "$CTL" label nodse node-1 a=b
says "$T/err" 'did you mean node?'

exits 0 "$CTL" datastore migrate export
cp "$T/out" "$T/all.json"
exits 0 "$CTL" export
is "$T/out" <"$T/all.json"
export CALICO_LOCAL_PATH="$T/other"
exits 0 "$CTL" datastore migrate import -f "$T/all.json"
exits 0 "$CTL" datastore migrate import --filename="$T/all.json"
says "$T/out" '0 records imported'
exits 2 "$CTL" datastore migrate import
exits 2 "$CTL" datastore migrate import -f -
for action in lock unlock; do
	exits 1 "$CTL" datastore migrate $action
	says "$T/err" "calicoctl datastore migrate $action"
done
exits 2 "$CTL" datastore migrate improt
says "$T/err" 'did you mean import?'

exits 0 "$CTL" version --poll=0
exits 2 "$CTL" version --poll=1s
says "$T/err" 'calicoctl version --poll'

# Where people look on, our own words are told.
command -v script >/dev/null || exit 0
exits 0 script -qec "$CTL ipam show --show-blocks" /dev/null
says "$T/out" "in calico-ipamctl's own words: calico-ipamctl show --blocks"
