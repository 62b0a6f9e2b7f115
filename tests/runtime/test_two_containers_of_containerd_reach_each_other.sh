# SPDX-License-Identifier: Apache-2.0
# containerd and runc start two containers through our conflist, as `ctr run --cni`
# does it: configuration from /etc/cni/net.d, plugins from /opt/cni/bin.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/cni.inc.sh"
. "$SOURCE/tests/store.inc.sh"
. "$SOURCE/tests/containerd.inc.sh"

inside() {
	inside_name=$1
	shift
	ctr_ task exec --exec-id "exec-$(cat /proc/sys/kernel/random/uuid)" "$inside_name" "$@"
}

inside_address() {
	inside "$2" /bin/ip -o addr show dev eth0 | awk -v family="$1" \
		'$3 == family && !/scope link/ { sub("/.*", "", $4); print $4; exit }'
}

inside_reach() {
	inside_other=$(inside_address "$3" "$2")
	[ -n "$inside_other" ] || fail "$2 has no $3 address"
	within 20 inside "$1" /bin/ping -c 1 -W 1 "$inside_other"
	say "$1 reaches $2 at $inside_other"
}

start one
start two
for family in inet inet6; do
	inside_reach one two "$family"
	inside_reach two one "$family"
done
holds 4
stop one
holds 2
stop two
holds 0
