# SPDX-License-Identifier: Apache-2.0
# export and import: from the local store to etcd and back, with the plugin at work on
# the result; nothing that differs is overwritten, no damaged file is believed.
. "$SOURCE/tests/ctl/ctl.inc.sh"
. "$SOURCE/tests/ctl/etcd.inc.sh"
. "$SOURCE/tests/ctl/stores.inc.sh"

pools=/calico/resources/v3/projectcalico.org/ippools
odd=/calico/odd

holds() {
	exits 0 "$CTL" show --addresses -o json
	[ "$(grep -c '"state": "assigned"' "$T/out")" = "$1" ] || fail "the store does not hold $1 addresses"
}

sum_of() {
	sed -n 's/.*"sum":"\([^"]*\)".*/\1/p' "$1"
}

# On the local store.
use_local_store
plugin_uses ''
exits 0 "$CTL" pool create v4 --cidr 10.86.0.0/24 --node-selector 'rack == "<1>" || has(x)'
exits 0 "$CTL" pool update v4 --node-selector 'all()'
exits 0 "$CTL" pool create v6 --cidr fd86::/64
exits 0 "$CTL" node create node-1 --label a=b.c_d-e
plugin ADD first
plugin ADD second
put $odd/text "$(printf 'line\n\t"\\ \302\205 end')"
put $odd/bytes "$(printf 'a\377\200b')"
put $odd/empty ''
exits 0 "$CTL" export "$T/local.json"
says "$T/out" "records exported to $T/local.json, sum sha256:"
[ "$(stat -c %a "$T/local.json")" = 600 ] || fail "others may read the export"
says "$T/local.json" '"value64":"Yf+AYg=="'
[ "sha256:$(sed '1d;$d' "$T/local.json" | sha256sum | cut -d ' ' -f 1)" = "$(sum_of "$T/local.json")" ] ||
	fail "sha256sum finds another sum"
exits 0 "$CTL" export
is "$T/local.json" <"$T/out"
exits 0 "$CTL" export - -o json
[ "$(sum_of "$T/out")" = "$(sum_of "$T/local.json")" ] || fail "another sum on standard output"

# What is there already, alike, is passed over.
exits 0 "$CTL" import "$T/local.json"
says "$T/out" "0 records imported, $(grep -c '"key"' "$T/local.json") there already"

# To etcd.
unset CALICO_DATASTORE_TYPE CALICO_LOCAL_PATH
use_etcd
exits 0 "$CTL" import "$T/local.json" --dry-run
says "$T/out" 'would be imported, 0 there already'
[ -z "$(keys /calico/)" ] || fail "a dry run has written"
exits 0 "$CTL" import "$T/local.json"
says "$T/out" "$(sum_of "$T/local.json") in the file, $(sum_of "$T/local.json") in the store"
revision() {
	ETCDCTL_API=3 etcdctl --endpoints "$CALICO_ETCD_ENDPOINTS" get "$1" -w fields | sed -n 's/^"ModRevision" : //p'
}
[ "$(revision $pools/v4)" -gt "$(revision ${pools%ippools}nodes/node-1)" ] ||
	fail "pools were written before all else was there, so that an ADD may come in between"
exits 0 "$CTL" export "$T/etcd.json"
is "$T/etcd.json" <"$T/local.json"
holds 4
plugin ADD first
holds 4
plugin DEL first
plugin ADD third
holds 4

# What a node's mirror keeps in etcd is of this etcd alone.
nonce=$(keys /calico/ipam/v2/mirror/)
[ -n "$nonce" ] || fail "the mirror has no key"
exits 0 "$CTL" export "$T/without.json"
! grep -q /calico/ipam/v2/mirror/ "$T/without.json" || fail "the mirror's key was exported"
sed '0,/^{"key":"\/calico\/odd/s//{"key":"\/calico\/ipam\/v2\/mirror\/node-1\/0","value":"x"},\n&/;$d' "$T/without.json" >"$T/with.json"
printf '],"count":%s,"sum":"sha256:%s"}\n' "$(grep -c '"key' "$T/with.json")" \
	"$(sed 1d "$T/with.json" | sha256sum | cut -d ' ' -f 1)" >>"$T/with.json"
exits 0 "$CTL" import "$T/with.json"
says "$T/err" 'has no place in this store: /calico/ipam/v2/mirror/node-1/0'
put /calico/ipam/v2/mirror/node-1/0 y
exits 0 "$CTL" import "$T/with.json"
drop /calico/ipam/v2/mirror/node-1/0
[ "$(keys /calico/ipam/v2/mirror/)" = "$nonce" ] || fail "the mirror's key was imported"

# One record less is written again; one that differs stops everything.
drop $odd/text
put $odd/more x
exits 4 "$CTL" import "$T/local.json"
says "$T/err" "differs: /calico/ipam/v2/assignment/ipv4/block/"
says "$T/err" "nothing was written"
[ -z "$(keys $odd/text)" ] || fail "something was written all the same"
exits 0 "$CTL" export "$T/later.json"
put $pools/v4 changed
exits 4 "$CTL" import "$T/later.json"
says "$T/err" "differs: $pools/v4"
drop $pools/v4
exits 0 "$CTL" import "$T/later.json" -o json
has imported 1
has onlyInStore 0
put $odd/own x
exits 0 "$CTL" import "$T/later.json"
says "$T/out" "1 records of the store are not in the file"
drop $odd/own

# And back, into a local store that is new.
exits 0 "$CTL" export "$T/etcd.json"
stop_etcd
unset CALICO_ETCD_ENDPOINTS
export CALICO_DATASTORE_TYPE=local CALICO_LOCAL_PATH="$T/new/store"
exits 0 "$CTL" import "$T/etcd.json"
exits 0 "$CTL" export "$T/back.json"
is "$T/back.json" <"$T/etcd.json"
holds 4
plugin DEL second
plugin DEL third
holds 0
plugin ADD fourth
holds 2

# A file that was reformatted is read, one that was damaged is not.
damaged() {
	exits "${2:-1}" "$CTL" import "$T/damaged.json"
	says "$T/err" "$1"
	silent "$T/out"
}
tr -d '\n' <"$T/back.json" | sed 's/,"value/ ,\t"value/g; s/^{/ { "note" : [ {"a":"]}"} ] , /' >"$T/damaged.json"
exits 4 "$CTL" import "$T/damaged.json"
export CALICO_LOCAL_PATH="$T/other"
exits 0 "$CTL" import "$T/damaged.json"
exits 0 "$CTL" export "$T/again.json"
is "$T/again.json" <"$T/back.json"

# One that an older calico-ipamctl has written is read, and checked by its own sum.
old=$SOURCE/tests/ctl/archive_of_version_1.json
export CALICO_LOCAL_PATH="$T/old"
exits 0 "$CTL" import "$old"
says "$T/out" "$(sum_of "$old") in the file, $(sum_of "$old") in the store"
exits 0 "$CTL" export "$T/renewed.json"
sed '1d;$d' "$T/renewed.json" >"$T/renewed"
sed '1d;$d' "$old" | is "$T/renewed"
holds 4

# A pool or block of the file that overlaps with another of the store: an address would be given twice.
overlaps() {
	export CALICO_LOCAL_PATH="$T/beside-$1"
	exits 0 "$CTL" pool create other --cidr "$2" --block-size "$3"
	exits 0 "$CTL" export "$T/beside.json"
	exits 4 "$CTL" import "$T/beside-$4.json" --dry-run
	exits 4 "$CTL" import "$T/beside-$4.json"
	says "$T/err" "overlaps: $5 in the file, $pools/other in the store"
	says "$T/err" "nothing was written"
	silent "$T/out"
	exits 0 "$CTL" export "$T/after.json"
	is "$T/after.json" <"$T/beside.json"
}
blocks=/calico/ipam/v2/assignment/ipv4/block
export CALICO_LOCAL_PATH="$T/pools-alone"
exits 0 "$CTL" pool create alone --cidr 10.86.0.0/24
exits 0 "$CTL" export "$T/beside-pool.json"
plugin_uses ''
exits 0 "$CTL" pool create six --cidr fd86::/64
plugin ADD first
exits 0 "$CTL" pool delete six --force --yes
exits 0 "$CTL" pool delete alone --force --yes
exits 0 "$CTL" export "$T/beside-block.json"
block=$(keys $blocks/)
overlaps wider 10.86.0.0/16 26 pool $pools/alone
overlaps narrower 10.86.0.128/25 26 pool $pools/alone
overlaps size 10.86.0.0/24 28 block "$block"
export CALICO_LOCAL_PATH="$T/beside-block"
exits 0 "$CTL" pool create other --cidr 10.86.0.0/16
exits 0 "$CTL" import "$T/beside-block.json"
exits 4 "$CTL" import "$T/beside-pool.json"
says "$T/err" "overlaps: $pools/alone in the file, $pools/other in the store"

# What cannot be read twice is refused at once.
mkfifo "$T/fifo"
exits 1 "$CTL" import "$T/fifo"
says "$T/err" "$T/fifo is a FIFO, not a regular file"

export CALICO_LOCAL_PATH="$T/never"
sed 's/node-1/node-9/' "$old" >"$T/damaged.json"
damaged "it has been changed"
sed 's/node-1/node-9/' "$T/back.json" >"$T/damaged.json"
damaged "it has been changed"
sed '/odd.empty/d' "$T/back.json" >"$T/damaged.json"
damaged "it has been changed"
head -c 2000 "$T/back.json" >"$T/damaged.json"
damaged "the file ends early"
sed 's/"version":2/"version":3/' "$T/back.json" >"$T/damaged.json"
damaged "its version is neither 1 nor 2"
sed 's/,"sum":"[^"]*"//' "$T/back.json" >"$T/damaged.json"
damaged "it has no sum"
sed '2{h;d};3{G}' "$T/back.json" >"$T/damaged.json"
damaged "not in ascending order"
sed 's|/calico/odd|/calicO/odd|' "$T/back.json" >"$T/damaged.json"
damaged "not under /calico/"
echo '{"version":1}' >"$T/damaged.json"
damaged "has no records"
echo 'hello' >"$T/damaged.json"
damaged "no export of calico-ipamctl"
: >"$T/damaged.json"
damaged "no export of calico-ipamctl"
rm "$T/damaged.json"
damaged "damaged.json" 3
[ -z "$(keys /calico/)" ] || fail "something of a damaged file was written"
exits 1 "$CTL" export "$T/no/such/folder"
exits 2 "$CTL" import
