# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/ctl/ctl.inc.sh"
. "$SOURCE/tests/ctl/etcd.inc.sh"
. "$SOURCE/tests/ctl/stores.inc.sh"

reserves() {
	plugin_uses ''
	exits 0 "$CTL" pool create v4 --cidr 10.86.0.0/30 --block-size 30
	exits 0 "$CTL" pool create v6 --cidr fd86::/120
	exits 0 "$CTL" node create node-1
	exits 0 "$CTL" reservation create some --cidr 10.86.0.0/31 --cidr 10.86.0.3 --cidr fd86::/121
	is "$T/out" <<-END
	reservation some created
	END
	exits 4 "$CTL" reservation create some --cidr 10.86.0.2
	says "$T/err" 'resource already exists: IPReservation(some)'
	exits 0 "$CTL" reservation list
	says "$T/out" '10.86.0.0/31,10.86.0.3/32,fd86::/121'
	plugin ADD first
	says "$T/result" '"10.86.0.2/30"'
	says "$T/result" '"fd86::80/122"'
	plugin DEL first

	exits 2 "$CTL" reservation create none
	exits 2 "$CTL" reservation create bad --cidr 10.86.0.1/30
	says "$T/err" 'did you mean 10.86.0.0/30'
	exits 2 "$CTL" reservation create bad --cidr 10.86.0
	exits 1 "$CTL" reservation create Bad_Name --cidr 10.86.0.1
	exits 1 "$CTL" reservation create calico-ipam-gateway-v4 --cidr 10.86.0.1
	says "$T/err" "plugin's own"

	put /calico/resources/v3/projectcalico.org/ipreservations/calico-ipam-gateway-v4 \
		'{"kind":"IPReservation","metadata":{"name":"calico-ipam-gateway-v4"},"spec":{"reservedCIDRs":["10.86.0.1"]}}'
	exits 4 "$CTL" reservation delete calico-ipam-gateway-v4
	exits 0 "$CTL" reservation delete calico-ipam-gateway-v4 --force --yes
	exits 0 "$CTL" reservation delete some -o json --yes
	has deleted '"some"'
	exits 3 "$CTL" reservation delete some
	put /calico/resources/v3/projectcalico.org/ipreservations/odd '{"spec":'
	exits 0 "$CTL" reservation list
	says "$T/out" unreadable
	says "$T/err" 'reservation odd cannot be read: record /calico/resources/v3/projectcalico.org/ipreservations/odd: invalid JSON'
	says "$T/err" 'mend it, or: calico-ipamctl reservation delete odd'
	exits 0 "$CTL" reservation delete odd --yes
	put /calico/resources/v3/projectcalico.org/ipreservations/half '{"metadata":{"name":"half"},"spec":{"reservedCIDRs":["10.86.0.0","10.86.0.1-10.86.0.3"]}}'
	exits 0 "$CTL" reservation list
	says "$T/out" '10.86.0.0; 1 unreadable'
	says "$T/err" 'reservation half: spec.reservedCIDRs: "10.86.0.1-10.86.0.3" is neither a CIDR nor an address'
	exits 6 "$CTL" check
	says "$T/out" unreadable-record
	exits 0 "$CTL" reservation delete half --yes
	exits 0 "$CTL" reservation list -o json
	is "$T/out" <<-END
	[]
	END
}

over_each_store reserves
