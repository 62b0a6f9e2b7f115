# SPDX-License-Identifier: Apache-2.0
# YAML, wide tables, colours on a terminal only, exit statuses.
. "$SOURCE/tests/ctl/ctl.inc.sh"

use_local_store
exits 0 "$CTL" pool create v4 --cidr 10.86.0.0/24 --node-selector 'rack == "1"'
exits 0 "$CTL" pool list -o yaml
says "$T/out" '- kind: IPPool'
says "$T/out" '    cidr: "10.86.0.0/24"'
says "$T/out" '    nodeSelector: "rack == \"1\""'
exits 0 "$CTL" pool list -o wide
says "$T/out" 'NAMESPACES'
exits 0 "$CTL" version -o yaml
says "$T/out" 'version: "'
exits 0 "$CTL" --help -o yaml
says "$T/out" 'Commands:'

# Colours: not in a file, not without wanting them; on a terminal, the heading is bold.
bold=$(printf '\033[1m')
exits 0 "$CTL" pool list
! grep -qF "$bold" "$T/out" || fail "colours in a file"
on_terminal() {
	script -qec "$*" "$T/typescript" </dev/null >/dev/null
}
if command -v script >/dev/null; then
	TERM=xterm on_terminal "$CTL" pool list
	says "$T/typescript" "${bold}NAME"
	TERM=xterm NO_COLOR=1 on_terminal "$CTL" pool list
	says "$T/typescript" "NAME"
	! grep -qF "$bold" "$T/typescript" || fail "colours in spite of NO_COLOR"
	TERM=dumb on_terminal "$CTL" pool list
	! grep -qF "$bold" "$T/typescript" || fail "colours on a dumb terminal"
fi

exits 3 "$CTL" pool delete nowhere
exits 4 "$CTL" pool create v4 --cidr 10.99.0.0/16
exits 2 "$CTL" pool create
exits 1 "$CTL" pool create bad --cidr 10.99.0.1/16
