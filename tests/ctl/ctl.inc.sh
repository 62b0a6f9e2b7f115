# SPDX-License-Identifier: Apache-2.0
# Sourced first by each test of calico-ipamctl: a folder of its own, a local store in
# it, and nothing of the caller's environment that speaks of a store.
#
# Given: BUILD (the build folder), SOURCE (the repository).
# Sets:  T (an empty folder), CTL, PLUGIN, and the functions below.

set -eu
: "${BUILD:?the build folder}" "${SOURCE:?the folder of the repository}"
CTL=$BUILD/ctl/calico-ipamctl
PLUGIN=$BUILD/plugin/calico-ipam
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
trap 'exit 1' INT TERM HUP

for name in $(env | sed -n 's/^\(\(CALICO_\)\{0,1\}\(ETCD_\|K8S\|DATASTORE_TYPE\|KUBECONFIG\|LOCAL_PATH\|RUN_PATH\|MIRROR\|API_GROUP\|USE_POD_CIDR\)[A-Z0-9_]*\)=.*/\1/p'); do
	unset "$name"
done

use_local_store() {
	export CALICO_DATASTORE_TYPE=local CALICO_LOCAL_PATH="$T/store" CALICO_RUN_PATH="$T/run"
}

. "$SOURCE/tests/verdict.inc.sh"

# exits STATUS COMMAND...: its output goes to $T/out and $T/err.
exits() {
	exits_want=$1 exits_got=0
	shift
	"$@" >"$T/out" 2>"$T/err" || exits_got=$?
	if [ "$exits_got" != "$exits_want" ]; then
		cat "$T/out" "$T/err" >&2
		fail "exit status $exits_got, not $exits_want: $*"
	fi
}

# says FILE WORDS: the file holds the words.
says() {
	grep -qF -e "$2" "$1" || {
		cat "$1" >&2
		fail "\"$2\" is not in $1"
	}
}

# is FILE: the file is exactly what comes on standard input.
is() {
	diff -u - "$1" >&2 || fail "$1 is not as expected"
}

silent() {
	[ ! -s "$1" ] || {
		cat "$1" >&2
		fail "$1 is not empty"
	}
}

# The plugin as a runtime starts it: add CONTAINER, with the configuration in $T/stdin.json.
plugin() {
	CNI_COMMAND=$1 CNI_CONTAINERID=$2 CNI_IFNAME=eth0 CNI_NETNS="$T/no-netns" CNI_PATH=/opt/cni/bin \
		"$PLUGIN" <"$T/stdin.json" >"$T/result" || {
		cat "$T/result" >&2
		fail "plugin $1 $2"
	}
}

plugin_uses() {
	cat >"$T/stdin.json" <<-CONF
	{"cniVersion": "1.0.0", "name": "net1", "type": "ptp", "nodename": "node-1", $1
	 "ipam_lock_file": "$T/lock",
	 "ipam": {"type": "calico-ipam", "assign_ipv4": "true", "assign_ipv6": "true"}}
	CONF
}

# has FIELD VALUES: the values of all fields of that name in the JSON of $T/out, in order.
has() {
	has_values=$(sed -n "s/^ *\"$1\": \(.*[^,]\),\{0,1\}\$/\1/p" "$T/out" | paste -s -d ' ' -)
	[ "$has_values" = "$2" ] || {
		cat "$T/out" >&2
		fail "the fields \"$1\" are $has_values, not $2"
	}
}
