# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/ctl/ctl.inc.sh"
. "$SOURCE/tests/ctl/etcd.inc.sh"
. "$SOURCE/tests/ctl/stores.inc.sh"

config=/calico/ipam/v2/config

config_is() {
	value $config >"$T/value"
	echo "$1" | is "$T/value"
}

sets() {
	exits 0 "$CTL" pool create v4 --cidr 10.86.0.0/24
	exits 0 "$CTL" config get
	is "$T/out" <<-END
	FIELD                         VALUE
	strict_affinity               false
	auto_allocate_blocks          true
	maxBlocksPerHost              0
	kubeVirtVMAddressPersistence  Enabled
	ipCooldownSeconds             0
	END
	[ -z "$(keys $config)" ] || fail "reading has written"

	exits 1 "$CTL" config set auto_allocate_blocks=false
	says "$T/err" 'needs strict_affinity=true'
	exits 1 "$CTL" config set maxBlocksPerHost=3
	says "$T/err" 'needs strict_affinity=true'
	for bad in strict_affinity=yes ipCooldownSeconds=1201 ipCooldownSeconds=-1 maxBlocksPerHost= frob=1 strict_affinity; do
		exits 2 "$CTL" config set $bad
	done
	exits 2 "$CTL" config set
	[ -z "$(keys $config)" ] || fail "something refused was written"

	exits 0 "$CTL" config set ipCooldownSeconds=60
	config_is '{"auto_allocate_blocks":true,"kubeVirtVMAddressPersistence":"Enabled","ipCooldownSeconds":60}'
	exits 0 "$CTL" config set strict_affinity=true maxBlocksPerHost=3 auto_allocate_blocks=false kubeVirtVMAddressPersistence=Disabled
	exits 0 "$CTL" config get -o yaml
	is "$T/out" <<-END
	strict_affinity: true
	auto_allocate_blocks: false
	maxBlocksPerHost: 3
	kubeVirtVMAddressPersistence: Disabled
	ipCooldownSeconds: 60
	END
	exits 1 "$CTL" config set strict_affinity=false

	put $config '{"maxBlocksPerHost":2,"newField":[1]}'
	exits 0 "$CTL" config set strict_affinity=true
	config_is '{"maxBlocksPerHost":2,"newField":[1],"strict_affinity":true}'
	put $config 'broken'
	exits 1 "$CTL" config set strict_affinity=true
	says "$T/err" "$config"
	config_is broken
}

over_each_store sets
