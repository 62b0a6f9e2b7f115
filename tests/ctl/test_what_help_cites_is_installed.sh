# SPDX-License-Identifier: Apache-2.0
# cmake --install puts both executables, both manual pages and the completion in place.
. "$SOURCE/tests/ctl/ctl.inc.sh"

root=$T/root
DESTDIR=$root cmake --install "$BUILD" --prefix /usr/local >"$T/log" || fail "$(cat "$T/log")"
[ -x "$root/opt/cni/bin/calico-ipam" ] || fail "no plugin"
[ -x "$root/usr/local/bin/calico-ipamctl" ] || fail "no command"

# cited EXECUTABLE: the manual pages that its help sends the reader to.
cited() {
	"$1" --help 2>&1 | grep -oE 'calico-ipam(ctl)?\(8\)' | sed 's/(8)//' | sort -u
}

for page in calico-ipam calico-ipamctl $(cited "$root/opt/cni/bin/calico-ipam") $(cited "$root/usr/local/bin/calico-ipamctl"); do
	cmp "$SOURCE/docs/$page.8" "$root/usr/local/share/man/man8/$page.8" || fail "$page.8 is not installed"
done
[ -f "$root/usr/local/share/bash-completion/completions/calico-ipamctl" ] || fail "no completion"
