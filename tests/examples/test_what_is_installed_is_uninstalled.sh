# SPDX-License-Identifier: Apache-2.0
# cmake --build … --target uninstall takes back all that cmake --install put there, and nothing else.
. "$SOURCE/tests/sandbox.inc.sh"

export DESTDIR="$T/root"
mkdir -p "$DESTDIR/opt/cni/bin"
echo bridge >"$DESTDIR/opt/cni/bin/bridge"
cmake --install "$BUILD" >"$T/said"
[ -x "$DESTDIR/opt/cni/bin/calico-ipam" ] || fail "nothing was installed: $(cat "$T/said")"
[ "$(find "$DESTDIR" -type f | wc -l)" -gt 10 ] || fail "it is less than a package has"
cmake --build "$BUILD" --target uninstall >"$T/said" || fail "uninstall: $(cat "$T/said")"
[ "$(find "$DESTDIR" -type f)" = "$DESTDIR/opt/cni/bin/bridge" ] || fail "left: $(find "$DESTDIR" -type f)"
[ -z "$(find "$DESTDIR" -type d -name 'calico-*')" ] || fail "folders are left"
refused "$T/said" cmake --build "$BUILD" --target uninstall
grep -q 'nothing was installed' "$T/said" || fail "it says $(cat "$T/said")"
