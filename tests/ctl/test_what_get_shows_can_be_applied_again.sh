# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/ctl/ctl.inc.sh"
. "$SOURCE/tests/ctl/etcd.inc.sh"
. "$SOURCE/tests/ctl/stores.inc.sh"
. "$SOURCE/tests/ctl/manifests.inc.sh"

POOLS=/calico/resources/v3/projectcalico.org/ippools
RESERVATIONS=/calico/resources/v3/projectcalico.org/ipreservations

# What other tools and later versions write stays, and is no error when it is said again.
put_others() {
	put $POOLS/later '{"kind":"IPPool","apiVersion":"projectcalico.org/v3","metadata":{"name":"later","uid":"u","labels":{"a/b.c":"1"},"annotations":{"x":"y: z"}},"spec":{"cidr":"10.99.0.0/16","later":{"y":[1.50]},"allowedUses":["Workload"]},"status":{"conditions":[]}}'
	put $RESERVATIONS/spelt '{"kind":"IPReservation","apiVersion":"projectcalico.org/v3","metadata":{"name":"spelt"},"spec":{"reservedCIDRs":[" 10.99.0.7/24 ","10.99.1.1"]}}'
	put $RESERVATIONS/calico-ipam-gateway-v4 '{"kind":"IPReservation","apiVersion":"projectcalico.org/v3","metadata":{"name":"calico-ipam-gateway-v4"},"spec":{"reservedCIDRs":["10.86.0.1/32"]}}'
}

exported() {
	for named in ippool/v4 ipreservation/routers node/node-1 ipamconfig/default; do
		"$CTL" get $named -o yaml --export
		echo ---
	done
}

round() {
	exits 0 "$CTL" pool create v4 --cidr 10.86.0.0/24 --node-selector 'rack == "1"' --nat-outgoing
	exits 0 "$CTL" reservation create routers --cidr 10.86.0.0/29 --cidr 10.86.0.254
	exits 0 "$CTL" node create node-1 --label rack=1 --label 'net.example/a.b_c=yes'
	put_others
	keys /calico/ >"$T/keys"
	for key in $(cut -d ' ' -f 1 "$T/keys"); do value "$key"; done >"$T/before"
	goes_round
	# So does the form of the list commands.
	exits 0 "$CTL" pool list -o yaml
	mv "$T/out" "$T/list.yaml"
	exits 0 "$CTL" apply -f "$T/list.yaml"
	is "$T/out" <<-END
	ippool/later unchanged
	ippool/v4 unchanged
	END
	for key in $(cut -d ' ' -f 1 "$T/keys"); do value "$key"; done | is "$T/before"
	keys /calico/ | is "$T/keys"

	# Another store gets the same.
	exits 0 "$CTL" config set strictAffinity=true maxBlocksPerHost=4
	exported >"$T/all.yaml"
	! grep -q 'uid\|resourceVersion\|creationTimestamp' "$T/all.yaml" || fail "--export left what the store made"
	(
		export CALICO_DATASTORE_TYPE=local CALICO_LOCAL_PATH="$T/other"
		exits 0 "$CTL" apply -f "$T/all.yaml"
		is "$T/out" <<-END
		ippool/v4 created
		ipreservation/routers created
		node/node-1 created
		ipamconfiguration/default configured
		END
		exported | is "$T/all.yaml"
	)
	rm -rf "$T/other"
}

over_each_store round
