# SPDX-License-Identifier: Apache-2.0
# Whatever stands under a pool's key can be seen with its key and taken away, without the
# store's own tools, of which a local store has none.
. "$SOURCE/tests/ctl/ctl.inc.sh"
. "$SOURCE/tests/ctl/etcd.inc.sh"
. "$SOURCE/tests/ctl/stores.inc.sh"

pools=/calico/resources/v3/projectcalico.org/ippools

job() {
	exits 0 "$CTL" pool create good --cidr 10.86.0.0/16
	put $pools/broken '{"spec":'
	put $pools/odd '{"kind":"IPPool","metadata":{"name":"odd"},"spec":{"cidr":"10.87.0.0"}}'
	exits 0 "$CTL" pool list
	awk '{ print $1, $2, $4 }' "$T/out" >"$T/columns"
	is "$T/columns" <<-END
	NAME CIDR STATE
	broken - unreadable
	good 10.86.0.0/16 enabled
	odd - unreadable
	END
	says "$T/err" "pool broken cannot be read: record $pools/broken: invalid JSON"
	says "$T/err" "pool odd cannot be read: record $pools/odd: spec.cidr \"10.87.0.0\" is not a CIDR"
	says "$T/err" "mend it, or: calico-ipamctl pool delete odd --force"
	exits 0 "$CTL" pool list -o json
	has cidr '"10.86.0.0/16"'
	says "$T/err" "pool odd cannot be read"

	exits 6 "$CTL" check
	says "$T/out" "unreadable-record  $pools/odd"
	says "$T/out" 'calico-ipamctl pool delete NAME --force'

	exits 1 "$CTL" pool delete odd
	says "$T/err" "record $pools/odd"
	says "$T/err" "--force deletes it all the same"
	exits 0 "$CTL" pool delete odd --force --yes
	says "$T/out" "pool odd deleted, which could not be read"
	exits 0 "$CTL" pool delete broken --force -o json --yes
	has deleted '"broken"'
	has unreadable true
	exits 3 "$CTL" pool delete broken --force
	exits 0 "$CTL" pool list
	silent "$T/err"
	[ "$(wc -l <"$T/out")" = 2 ] || fail "not one pool: $(cat "$T/out")"
}

over_each_store job
