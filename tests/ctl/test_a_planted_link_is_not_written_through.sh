# SPDX-License-Identifier: Apache-2.0
# Who may write into a folder plants links under every name that can be guessed of the files that
# a command will write there.  What the links lead to stays as it is.
. "$SOURCE/tests/ctl/ctl.inc.sh"
use_local_store

exits 0 "$CTL" pool create v4 --cidr 10.86.0.0/24
mkdir "$T/shared"

# planted FILE COMMAND...: the command is started where its process number is known.
planted() {
	echo precious >"$T/target"
	rm -f "$T/shared/"*
	exits 0 sh -c 'for end in ".$$" .tmp .new .part "~" ""; do ln -s "$0" "$1$end"; done; shift; exec "$@"' \
		"$T/target" "$@"
	[ "$(cat "$T/target")" = precious ] || fail "what a link led to was overwritten: $*"
	[ -s "$1" ] && [ ! -L "$1" ] || fail "$1 was not written: $*"
	[ -z "$(find "$T/shared" -name '.*' -type f)" ] || fail "a file that was being written is left: $*"
}

planted "$T/shared/report.json" "$CTL" check --report "$T/shared/report.json"
planted "$T/shared/ipam.json" "$CTL" export "$T/shared/ipam.json"
planted "$T/shared/map.html" "$CTL" map "$T/shared/map.html"
planted "$T/shared/ipam.prom" "$CTL" metrics --output-file "$T/shared/ipam.prom"
