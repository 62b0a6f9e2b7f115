# SPDX-License-Identifier: Apache-2.0
# --help names each verb and option, and whatever is no such thing ends with status 2 before a
# node is touched.
. "$SOURCE/tests/deploy/deploy.inc.sh"

network
ours 1
calico_installs 1

"$INSTALL" --help >"$T/help"
for word in run ready --bin-dir --net-dir --from --help --version; do
	grep -q -e "^  \(-h, \)\?$word " "$T/help" || fail "--help does not tell of $word"
done
for folder in /opt/cni/bin /etc/cni/net.d; do
	grep -q "; $folder\$" "$T/help" || fail "--help does not tell of $folder"
	grep -q "path: $folder, type: DirectoryOrCreate" "$SOURCE/deploy/calico-ipam.yaml" || fail "the DaemonSet has another folder than $folder"
done
[ "calico-ipamctl $("$INSTALL" --version)" = "$("$CTL" --version | head -n 1)" ] || fail "--version says $("$INSTALL" --version), and $("$CTL" --version | head -n 1)"

# wrong TOLD WORDS...
wrong() {
	wrong_status=0 wrong_told=$1
	shift
	"$INSTALL" $FOLDERS "$@" >"$T/said" 2>&1 || wrong_status=$?
	[ "$wrong_status" = 2 ] && grep -qF "wrong use$wrong_told; see calico-ipam-install --help" "$T/said" ||
		fail "\"$*\": status $wrong_status, $(cat "$T/said")"
}
wrong ''
wrong ': stop' stop
wrong ': ready' run ready
wrong ': --folder' --folder /tmp run
wrong ': --bin-dir' run --bin-dir
is_theirs 1
has calico-ipam
