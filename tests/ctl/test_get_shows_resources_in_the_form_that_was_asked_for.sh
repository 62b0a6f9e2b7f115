# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/ctl/ctl.inc.sh"

use_local_store
exits 0 "$CTL" pool create v4 --cidr 10.86.0.0/24 --nat-outgoing
exits 0 "$CTL" pool create v6 --cidr fd86::/64

for kind in ippool ippools IPPool ipp ipps POOLS; do
	exits 0 "$CTL" get $kind
	is "$T/out" <<-END
	NAME  CIDR          SELECTOR
	v4    10.86.0.0/24  all()
	v6    fd86::/64     all()
	END
done
for kind in ipreservation ipreservations node nodes no ipamconfig IPAMConfiguration; do
	exits 0 "$CTL" get $kind
done
exits 0 "$CTL" get ipp v4 -o wide
is "$T/out" <<-END
NAME  CIDR          NAT   IPIPMODE  VXLANMODE  DISABLED  SELECTOR
v4    10.86.0.0/24  true  Never     Never      false     all()
END
exits 0 "$CTL" get ippool/v6 -o name
is "$T/out" <<-END
ippool/v6
END
exits 0 "$CTL" get ippool v4 -o yaml
sed 's/creationTimestamp: .*/creationTimestamp: T/; s/uid: .*/uid: U/; s/resourceVersion: .*/resourceVersion: R/' "$T/out" >"$T/shown"
is "$T/shown" <<-END
apiVersion: projectcalico.org/v3
kind: IPPool
metadata:
  creationTimestamp: T
  name: v4
  resourceVersion: R
  uid: U
spec:
  allowedUses:
  - Workload
  - Tunnel
  assignmentMode: Automatic
  blockSize: 26
  cidr: "10.86.0.0/24"
  ipipMode: Never
  natOutgoing: true
  nodeSelector: "all()"
  vxlanMode: Never
END
exits 0 "$CTL" get ipp -o json
has kind '"IPPool" "IPPool" "IPPoolList"'
exits 0 "$CTL" get ipp v4 v6 -o yaml
says "$T/out" "kind: IPPoolList"
exits 0 "$CTL" get ipp -o jsonpath='{range .items[*]}{.metadata.name}={.spec.blockSize}{"\n"}{end}'
is "$T/out" <<-END
v4=26
v6=122
END
exits 0 "$CTL" get ipp -o custom-columns=POOL:.metadata.name,USES:.spec.allowedUses[*],NONE:.spec.none
is "$T/out" <<-END
POOL  USES             NONE
v4    Workload,Tunnel  <none>
v6    Workload,Tunnel  <none>
END
exits 0 "$CTL" get ipp -o custom-columns=NAME,CIDR
says "$T/out" 'v6    fd86::/64'

exits 3 "$CTL" get ipp v5
says "$T/err" 'resource does not exist: IPPool(v5); did you mean v4?'
exits 2 "$CTL" get ipppool
says "$T/err" 'did you mean ippool?'
exits 2 "$CTL" get
exits 2 "$CTL" get ipp -o jsonpath='{.items[}'
says "$T/err" 'the path is not understood'
exits 2 "$CTL" get ipp --context there
says "$T/err" "--context is not known here"
exits 0 "$CTL" get ipp -n somewhere -A
exits 2 "$CTL" get ipp -o custom-columns=A:.b,C
exits 2 "$CTL" pool list -o name
says "$T/err" '--output "name" must be'

exits 0 "$CTL" pool list v6
says "$T/out" fd86::/64
! grep -q v4 "$T/out" || fail "pool list v6 lists v4"
exits 3 "$CTL" pool list v7

# What a record is, its key says: of whatever shape it is, no form hides it or calls it another's.
odd=/calico/resources/v3/projectcalico.org/ippools/odd
for record in '{"metadata":{}' '{"kind":"Node","metadata":{"name":7}' '{"kind":3,"apiVersion":4,"metadata":{"name":"v4"}'; do
	"$BUILD/tests/store_edit" put $odd "$record"',"spec":{"cidr":"10.9.0.0/16"}}'
	exits 0 "$CTL" get ipp odd -o name
	is "$T/out" <<-END
	ippool/odd
	END
	exits 0 "$CTL" get ipp
	says "$T/out" 'odd   10.9.0.0/16'
done

# One that cannot be read is there all the same.
for record in '{' '"text"' '{"metadata":3}'; do
	"$BUILD/tests/store_edit" put $odd "$record"
	exits 0 "$CTL" get ipp
	says "$T/err" 'odd cannot be read and is passed over'
	exits 1 "$CTL" get ipp odd
	says "$T/err" 'IPPool(odd) is stored and cannot be read: '
done
