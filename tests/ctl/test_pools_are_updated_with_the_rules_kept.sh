# SPDX-License-Identifier: Apache-2.0
# pool update, enable, disable: what is not named stays, the rules of a new pool hold,
# and what this project does not know survives.
. "$SOURCE/tests/ctl/ctl.inc.sh"
. "$SOURCE/tests/ctl/etcd.inc.sh"
. "$SOURCE/tests/ctl/stores.inc.sh"

pools=/calico/resources/v3/projectcalico.org/ippools
stored='{"kind":"IPPool","apiVersion":"projectcalico.org/v3","metadata":{"name":"v4","uid":"u-1","creationTimestamp":"2020-01-01T00:00:00Z","labels":{"a":"b"}},"spec":{"cidr":"10.86.0.0/24","vxlanMode":"Never","ipipMode":"Never","natOutgoing":true,"blockSize":28,"nodeSelector":"all()","allowedUses":["Workload","Tunnel"],"assignmentMode":"Automatic","newField":{"x":18446744073709551615}},"status":{"y":1}}'

pool_is() {
	value $pools/v4 >"$T/value"
	echo "$1" | is "$T/value"
}

change() {
	stored=$(echo "$stored" | sed "$1")
}

updates() {
	stored_at_first=$stored
	put $pools/v4 "$stored"
	exits 0 "$CTL" pool update v4 --node-selector 'rack == "1"' --vxlan-mode Always --assignment-mode Manual
	is "$T/out" <<-END
	pool v4 updated
	END
	change 's/"all()"/"rack == \\"1\\""/; s/"vxlanMode":"Never"/"vxlanMode":"Always"/; s/Automatic/Manual/'
	pool_is "$stored"
	exits 0 "$CTL" pool update v4 --nat-outgoing false --disable-bgp-export true -o json
	has changed true
	change 's/"natOutgoing":true,//; s/}},"status"/},"disableBGPExport":true},"status"/'
	pool_is "$stored"
	exits 0 "$CTL" pool update v4 --nat-outgoing=false
	is "$T/out" <<-END
	pool v4 was updated already
	END
	pool_is "$stored"

	exits 0 "$CTL" pool disable v4
	is "$T/out" <<-END
	pool v4 disabled
	END
	exits 0 "$CTL" pool list
	says "$T/out" disabled
	exits 0 "$CTL" pool disable v4
	says "$T/out" 'was disabled already'
	exits 0 "$CTL" pool enable v4
	pool_is "$stored"
	exits 0 "$CTL" pool update v4 --disabled
	exits 0 "$CTL" pool update v4 --enabled --namespace-selector 'a == "b"' --allowed-uses Workload
	exits 0 "$CTL" pool list -o wide
	says "$T/out" 'a == "b"'
	exits 0 "$CTL" pool update v4 --namespace-selector ''
	exits 0 "$CTL" pool update v4 --node-selector '' --disable-bgp-export false --vxlan-mode Never
	value $pools/v4 >"$T/value"
	says "$T/value" '"uid":"u-1","creationTimestamp":"2020-01-01T00:00:00Z","labels":{"a":"b"}'
	! grep -q namespaceSelector "$T/value" || fail "an empty namespaceSelector is stored"

	refused 'ipipMode and vxlanMode are both on' --ipip-mode Always --vxlan-mode Always
	refused 'vxlanMode "Often"' --vxlan-mode Often
	refused 'nodeSelector' --node-selector 'rack =='
	refused 'allowedUses "Work"' --allowed-uses Work
	refused 'cannot go with allowedUses Tunnel' --namespace-selector 'a == "b"' --allowed-uses Workload,Tunnel
	refused 'must stand alone' --allowed-uses Workload,LoadBalancer
	exits 0 "$CTL" pool update v4 --allowed-uses LoadBalancer
	refused 'cannot be changed back' --allowed-uses Workload
	exits 2 "$CTL" pool update v4
	exits 2 "$CTL" pool update v4 --enabled --disabled
	exits 2 "$CTL" pool update v4 --nat-outgoing yes
	exits 2 "$CTL" pool update v4 --cidr 10.0.0.0/8
	exits 3 "$CTL" pool update nowhere --enabled
	exits 3 "$CTL" pool disable nowhere

	# Whatever else is wrong with it, a pool can be disabled.
	put $pools/odd '{"kind":"IPPool","metadata":{"name":"odd"},"spec":{"cidr":"10.87.0.0/24","nodeSelector":"odd =="}}'
	exits 1 "$CTL" pool update odd --nat-outgoing true
	exits 0 "$CTL" pool disable odd
	exits 1 "$CTL" pool enable odd
	stored=$stored_at_first
}

refused() {
	refused_words=$1
	shift
	value $pools/v4 >"$T/before"
	exits 1 "$CTL" pool update v4 "$@"
	says "$T/err" "$refused_words"
	silent "$T/out"
	value $pools/v4 | is "$T/before"
}

over_each_store updates
