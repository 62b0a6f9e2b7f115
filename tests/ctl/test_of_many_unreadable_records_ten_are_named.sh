# SPDX-License-Identifier: Apache-2.0
# The rest is counted, so that a defect of a thousand records does not bury what is asked for.
. "$SOURCE/tests/ctl/ctl.inc.sh"
. "$SOURCE/tests/ctl/etcd.inc.sh"
. "$SOURCE/tests/ctl/stores.inc.sh"

use_local_store
v3=/calico/resources/v3/projectcalico.org
exits 0 "$CTL" pool create v4 --cidr 10.86.0.0/24 --block-size 28
# broken N: the store with N records of each kind that cannot be read.
broken() {
	for i in $(seq 1 "$1"); do
		put /calico/ipam/v2/assignment/ipv4/block/10.86.0.$((i * 16 - 16))-28 "{\"cidr\":"
		put $v3/ippools/broken-$i "{\"spec\":"
		put $v3/ipreservations/broken-$i "{\"spec\":"
	done
}

# told NAMED "WHAT IS SAID OF THE REST" WORDS...
told() {
	told_named=$1 told_rest=$2
	shift 2
	exits 0 "$CTL" "$@"
	named=$(grep -c -e 'not counted: ' -e 'not drawn: ' -e 'broken-[0-9]* cannot be read: ' "$T/err") || :
	[ "$named" = "$told_named" ] || fail "$*: $named are named: $(cat "$T/err")"
	if [ "$told_rest" ]; then
		says "$T/err" "$told_rest"
	else
		! grep -q ' more ' "$T/err" || fail "$*: $(cat "$T/err")"
	fi
}

all() {
	told "$1" "${2:+and $2 more blocks cannot be read; calico-ipamctl check lists them}" show
	told "$1" "${2:+and $2 more blocks cannot be read; calico-ipamctl check lists them}" map "$T/map.html"
	told "$1" "${2:+and $2 more pools cannot be read}" pool list
	told "$1" "${2:+and $2 more reservations cannot be read}" reservation list
}

# What is shown stands without them: said in a sentence each, with the first.
left_out() {
	for command in show "map $T/map.html"; do
		exits 0 "$CTL" $command
		says "$T/err" "pools that cannot be read and are left out: $1 (record $v3/ippools/broken-1: "
		says "$T/err" "what they keep counts as free: $1 ("
	done
}

broken 10
all 10 ''
left_out 10
broken 12
all 10 2
exits 0 "$CTL" show -o json
has unreadableBlocks 12
