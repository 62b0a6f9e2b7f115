# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/ctl/ctl.inc.sh"
. "$SOURCE/tests/ctl/etcd.inc.sh"
. "$SOURCE/tests/ctl/stores.inc.sh"

POOL=/calico/resources/v3/projectcalico.org/ippools/pool-4

manifest() {
	cat >"$T/all.yaml" <<-END
	# Two documents, the second a list.
	apiVersion: projectcalico.org/v3
	kind: IPPool
	metadata:
	  name: pool-4
	  labels: {team: net}
	spec:
	  cidr: 10.86.0.0/24
	  natOutgoing: ${1:-false}
	---
	apiVersion: v1
	kind: List
	items:
	- {apiVersion: crd.projectcalico.org/v1, kind: IPReservation, metadata: {name: kept}, spec: {reservedCIDRs: [10.86.0.1, 10.86.0.8/29]}}
	- {"apiVersion": "projectcalico.org/v3", "kind": "Node", "metadata": {"name": "node-1", "labels": {"rack": "1"}}}
	- apiVersion: projectcalico.org/v3
	  kind: IPAMConfig
	  metadata: {name: default}
	  spec: {strict_affinity: true, autoAllocateBlocks: true, maxBlocksPerHost: 4}
	END
}

answers() {
	is "$T/out" <<-END
	ippool/pool-4 $1
	ipreservation/kept $2
	node/node-1 $2
	ipamconfiguration/default $3
	END
}

job() {
	manifest
	exits 6 "$CTL" diff -f "$T/all.yaml"
	says "$T/out" '+  cidr: "10.86.0.0/24"'
	exits 0 "$CTL" apply -f "$T/all.yaml" --dry-run
	says "$T/out" 'ippool/pool-4 created (dry run)'
	[ -z "$(keys /calico/)" ] || fail "a dry run has written $(keys /calico/)"
	exits 0 "$CTL" apply -f "$T/all.yaml"
	answers created created configured
	value $POOL >"$T/stored"
	says "$T/stored" '"labels":{"team":"net"}'
	says "$T/stored" '"spec":{"cidr":"10.86.0.0/24","vxlanMode":"Never","ipipMode":"Never","blockSize":26,"nodeSelector":"all()","allowedUses":["Workload","Tunnel"],"assignmentMode":"Automatic"}'
	value /calico/ipam/v2/config >"$T/stored"
	says "$T/stored" '"strict_affinity":true'
	exits 0 "$CTL" apply -f - <"$T/all.yaml"
	answers unchanged unchanged unchanged
	exits 0 "$CTL" diff -f "$T/all.yaml"
	silent "$T/out"

	# A change is shown, and keeps what the store made.
	manifest true
	value $POOL | sed 's/.*\("uid":"[^"]*","creationTimestamp":"[^"]*"\).*/\1/' >"$T/made"
	exits 6 "$CTL" diff -f "$T/all.yaml"
	is "$T/out" <<-END
	--- ippool/pool-4, as it is stored
	+++ ippool/pool-4, as the manifest says
	@@
	   blockSize: 26
	   cidr: "10.86.0.0/24"
	   ipipMode: Never
	+  natOutgoing: true
	   nodeSelector: "all()"
	   vxlanMode: Never
	END
	exits 0 "$CTL" apply -f "$T/all.yaml"
	answers configured unchanged unchanged
	says "$T/made" uid
	value $POOL | grep -qF "$(cat "$T/made")" || fail "uid or creationTimestamp changed"

	# A resourceVersion must be the stored one.
	exits 0 "$CTL" get ippool pool-4 -o yaml
	mv "$T/out" "$T/old.yaml"
	exits 0 "$CTL" pool disable pool-4
	exits 4 "$CTL" apply -f "$T/old.yaml"
	says "$T/err" 'old.yaml:1: ippool/pool-4: update conflict: IPPool(pool-4): resourceVersion'
	exits 4 "$CTL" replace -f "$T/old.yaml"
	exits 1 "$CTL" create -f "$T/old.yaml"
	says "$T/err" "error with field Metadata.ResourceVersion = '"
	says "$T/err" "' (field must not be set for a Create request)"

	# What cannot change is refused in Calico's words, and the others are done all the same.
	sed -i 's/cidr: .*/cidr: 10.86.0.0\/25/; s/team: net/team: other/' "$T/all.yaml"
	sed -i 's/rack": "1"/rack": "2"/' "$T/all.yaml"
	exits 1 "$CTL" apply -f "$T/all.yaml"
	says "$T/err" 'ippool/pool-4: cidr "10.86.0.0/25": IPPool CIDR cannot be modified'
	says "$T/out" 'node/node-1 configured'
	value $POOL | grep -q '"team":"net"' || fail "half of a refused manifest is stored"

	# create and replace
	manifest true
	exits 4 "$CTL" create -f "$T/all.yaml"
	says "$T/err" 'resource already exists: IPReservation(kept)'
	sed -n '1,/---/p' "$T/all.yaml" | sed '/---/d' >"$T/pool.yaml"
	exits 0 "$CTL" create -f "$T/pool.yaml" --skip-exists
	is "$T/out" <<-END
	ippool/pool-4 unchanged
	END
	exits 0 "$CTL" replace -f "$T/pool.yaml"
	is "$T/out" <<-END
	ippool/pool-4 replaced
	END
	sed 's/pool-4/other/' "$T/pool.yaml" >"$T/other.yaml"
	exits 3 "$CTL" replace -f "$T/other.yaml"
	says "$T/err" 'resource does not exist: IPPool(other)'
	exits 4 "$CTL" apply -f "$T/other.yaml"
	says "$T/err" 'IPPool(other) CIDR overlaps with IPPool(pool-4) CIDR 10.86.0.0/24'

	# Two of one manifest that overlap are told, by --dry-run too, and the first is no worse for it.
	for pool in first 10.87.0.0/24 second 10.87.0.0/25; do
		case $pool in
		*/*) echo "{apiVersion: projectcalico.org/v3, kind: IPPool, metadata: {name: $name}, spec: {cidr: $pool}}" ;;
		*) name=$pool && echo --- ;;
		esac
	done >"$T/two.yaml"
	for option in --dry-run --skip-empty; do
		exits 4 "$CTL" apply -f "$T/two.yaml" $option
		says "$T/out" 'ippool/first created'
		says "$T/err" 'two.yaml:4: ippool/second: IPPool(second) CIDR overlaps with IPPool(first) CIDR 10.87.0.0/24'
	done
	exits 0 "$CTL" delete ippool first --yes

	# delete asks, and one that is not there leaves the others to be deleted.
	exits 2 "$CTL" delete -f "$T/pool.yaml" </dev/null
	says "$T/err" '--yes'
	exits 0 "$CTL" delete -f "$T/pool.yaml" --dry-run
	says "$T/out" 'ippool/pool-4 would be deleted'
	exits 3 "$CTL" delete ippool pool-5 pool-4 --yes
	is "$T/out" <<-END
	ippool/pool-4 deleted
	END
	says "$T/err" 'resource does not exist: IPPool(pool-5)'
	exits 0 "$CTL" delete node/node-1 ipreservation/kept pool/pool-4 --yes --skip-not-exists
	exits 1 "$CTL" delete ipamconfig default --yes
	exits 2 "$CTL" delete ippool --yes
}

over_each_store job
