# SPDX-License-Identifier: Apache-2.0
# Pools, nodes, reservations and the configuration that one command wrote, the other shows.
. "$SOURCE/tests/interop/interop.inc.sh"

shows() {
	grep -q -- "$2" "$1" || {
		cat "$1" >&2
		fail "not shown: $2"
	}
}

ctl pool create ours-4 --cidr 10.86.0.0/16 --block-size 27 --node-selector 'zone == "a"' >/dev/null
ctl pool create ours-6 --cidr fd86::/64 >/dev/null
ctl pool disable ours-6 >/dev/null
label_node node-1 zone=a
ctl reservation create kept --cidr 10.86.0.0/28 >/dev/null
ctl config set strict_affinity=true maxBlocksPerHost=4 >/dev/null
calicoctl get ippool ours-4 -o yaml >"$T/pool"
for line in 'cidr: 10.86.0.0/16' 'blockSize: 27' 'nodeSelector: zone == "a"' 'ipipMode: Never' 'vxlanMode: Never'; do
	shows "$T/pool" "$line"
done
calicoctl get ippool ours-6 -o yaml >"$T/pool"
shows "$T/pool" 'disabled: true'
calicoctl get node node-1 -o yaml >"$T/node"
shows "$T/node" 'zone: a'
calicoctl get ipreservation kept -o yaml >"$T/reservation"
shows "$T/reservation" '- 10.86.0.0/28'
calicoctl ipam show --show-configuration >"$T/configuration"
shows "$T/configuration" 'StrictAffinity *| *true'
shows "$T/configuration" 'MaxBlocksPerHost *| *4'

calicoctl create -f - <<END >/dev/null
apiVersion: projectcalico.org/v3
kind: IPPool
metadata: {name: theirs-4}
spec: {cidr: 10.87.0.0/16, blockSize: 28, ipipMode: Always, natOutgoing: true, nodeSelector: 'zone == "b"'}
---
apiVersion: projectcalico.org/v3
kind: IPReservation
metadata: {name: spared}
spec: {reservedCIDRs: [10.87.0.0/17]}
END
create_their_node node-3 zone b
ctl pool list -o yaml >"$T/pools"
shows "$T/pools" '"10.87.0.0/16"'
shows "$T/pools" 'ipipMode: Always'
ctl reservation list >"$T/reservations"
shows "$T/reservations" '10.87.0.0/17'
ctl node list >"$T/nodes"
shows "$T/nodes" 'node-3 .*zone=b'
for who in ours theirs; do
	add $who "of-$who" node-3 '"assign_ipv6": "false"'
	shows "$T/answers/of-$who" '^10\.87\.\(12[89]\|1[3-9].\|2..\)\.'
done

# What ctl rewrites keeps what calicoctl wrote.
ctl pool disable theirs-4 >/dev/null
calicoctl get ippool theirs-4 -o yaml >"$T/pool"
for line in 'disabled: true' 'ipipMode: Always' 'natOutgoing: true' 'blockSize: 28'; do
	shows "$T/pool" "$line"
done
ctl config set maxBlocksPerHost=0 >/dev/null
calicoctl ipam configure --strictaffinity=false >/dev/null
ctl config get >"$T/configuration"
shows "$T/configuration" 'strict_affinity *false'

# Each releases by address what the other assigned.
calicoctl ipam release --ip="$(cut -d / -f 1 "$T/answers/of-ours")" >/dev/null
ctl release "$(cut -d / -f 1 "$T/answers/of-theirs")" --yes >/dev/null
holds 0

# Each acts on the other's report of a leaked handle.  Of an object in Kubernetes calicoctl wants the
# UID too, in the form in which it sees it itself.
leak_handle net.gone 10.87.128.0/28
ctl check --report "$T/report" >"$T/check" 2>&1 && fail "a leaked handle is no fault"
calicoctl ipam release --from-report="$T/report" --force >"$T/released"
shows "$T/released" 'Released 1 handles'
no_handle_is_left
leak_handle net.gone 10.87.128.0/28
calicoctl ipam check -o "$T/report.theirs" >/dev/null
ctl release --from-report "$T/report.theirs" --force --yes >/dev/null
no_handle_is_left
no_fault_is_found
