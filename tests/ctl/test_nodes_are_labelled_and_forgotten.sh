# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/ctl/ctl.inc.sh"
. "$SOURCE/tests/ctl/etcd.inc.sh"
. "$SOURCE/tests/ctl/stores.inc.sh"

node=/calico/resources/v3/projectcalico.org/nodes/node-1

nodes() {
	plugin_uses ''
	# The local store implies its node, and so do its pools.
	selector='all()'
	[ -z "${etcd_pid:-}" ] || selector='rack == "2"'
	exits 0 "$CTL" pool create v4 --cidr 10.86.0.0/24 --node-selector "$selector"
	exits 0 "$CTL" pool create v6 --cidr fd86::/64 --node-selector "$selector"
	put $node '{"kind":"Node","metadata":{"name":"node-1","uid":"u","annotations":{"a":"b"}},"spec":{"x":1},"status":{}}'
	exits 0 "$CTL" node label node-1 rack=2 zone=eu empty=
	is "$T/out" <<-END
	node node-1 labelled
	END
	value $node >"$T/value"
	is "$T/value" <<-END
	{"kind":"Node","metadata":{"name":"node-1","uid":"u","annotations":{"a":"b"},"labels":{"empty":"","rack":"2","zone":"eu"}},"spec":{"x":1},"status":{}}
	END
	plugin ADD first
	exits 0 "$CTL" node label node-1 zone- empty- nothing-
	exits 0 "$CTL" node list
	says "$T/out" 'rack=2'
	exits 0 "$CTL" node label node-1 rack=2 -o json
	has changed false
	exits 3 "$CTL" node label nowhere a=b
	says "$T/err" 'node create makes it known'
	for bad in rack a~=b =b - 'a b-'; do
		exits 2 "$CTL" node label node-1 "$bad"
	done
	exits 2 "$CTL" node label node-1

	exits 4 "$CTL" node delete node-1
	says "$T/err" 'has 2 blocks; give back what is empty first (affinity release --node node-1), or delete it with --force'
	exits 0 "$CTL" node delete node-1 --force --yes
	says "$T/out" '2 blocks still belong to it'
	exits 3 "$CTL" node delete node-1
	exits 0 "$CTL" release --node node-1 --yes
	exits 3 "$CTL" affinity release --node node-1 --yes
	plugin DEL first
	exits 0 "$CTL" node create node-2
	exits 0 "$CTL" node delete node-2 --yes
	is "$T/out" <<-END
	node node-2 deleted
	END
	exits 3 "$CTL" node delete node-2
}

over_each_store nodes
