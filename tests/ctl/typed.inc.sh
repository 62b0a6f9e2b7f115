# SPDX-License-Identifier: Apache-2.0
# Sourced by ctl.inc.sh, and after sandbox.inc.sh: commands are typed, and what they say is looked at.
# Given: T (a folder), CTL, PLUGIN.

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
