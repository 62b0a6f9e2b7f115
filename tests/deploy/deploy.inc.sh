# SPDX-License-Identifier: Apache-2.0
# Sourced first by the scripts of this folder: the installer of a cluster's nodes, over folders
# of the test's own.
#
#	$BIN, $NET, $FROM	of the node's plugins and networks, and what is to be installed
. "$SOURCE/tests/sandbox.inc.sh"

BIN=$T/bin NET=$T/net FROM=$T/from
INSTALL=$BUILD/deploy/calico-ipam-install
FOLDERS="--bin-dir $BIN --net-dir $NET --from $FROM"
mkdir "$BIN" "$NET" "$FROM"
installer=

# ours VERSION: an executable with our mark.
ours() {
	{
		cat "$BUILD/tests/stand_in"
		echo "version $1"
	} >"$FROM/new"
	chmod 755 "$FROM/new"
	mv "$FROM/new" "$FROM/calico-ipam"
	cp "$CTL" "$FROM/calico-ipamctl"
}

# theirs VERSION FILE: as Calico's is, without our mark.
theirs() {
	printf '#!/bin/sh\necho theirs %s\n' "$1" >"$2"
}

# calico_installs VERSION: step by step as Calico's own installer.
calico_installs() {
	theirs "$1" "$BIN/calico-ipam.tmp"
	mv "$BIN/calico-ipam.tmp" "$BIN/calico-ipam"
	chmod 755 "$BIN/calico-ipam"
}

# network [KEYS]: the node's, of this version.
network() {
	echo "{ \"cniVersion\": \"${version:-0.3.1}\", \"name\": \"k8s-pod-network\", \"plugins\": [
		{ \"type\": \"calico\", ${1:+$1,} \"ipam\": { \"type\": \"calico-ipam\" } } ] }" >"$NET/10-calico.conflist"
}

start_installer() {
	HOME=/root "$INSTALL" $FOLDERS run >"$T/log" 2>&1 &
	installer=$!
}

# stop_installer [SIGNAL]: TERM, if none is given, and then it must end well.
stop_installer() {
	kill "-${1:-TERM}" "$installer"
	stopped=0
	wait "$installer" 2>/dev/null || stopped=$?
	[ -n "${1:-}" ] || [ "$stopped" = 0 ] || fail "it ends with status $stopped: $(cat "$T/log")"
}

is_ours() {
	cmp "$BIN/calico-ipam" "$FROM/calico-ipam" && [ "$(stat -c %a "$BIN/calico-ipam")" = 755 ]
}

# is_theirs VERSION [NAME]: that of another stands there, and can be started.
is_theirs() {
	[ "$("$BIN/${2:-calico-ipam}")" = "theirs $1" ]
}

# has NAME...: the folder of plugins has these and no others.
has() {
	[ "$(ls -A "$BIN" | xargs)" = "$*" ] || fail "$BIN has $(ls -A "$BIN" | xargs), not $*"
}

ready() {
	HOME=/root "$INSTALL" $FOLDERS ready
}

# is_said WORDS: in the log of the installer that was started last.
is_said() {
	grep -q -e "$1" "$T/log"
}
