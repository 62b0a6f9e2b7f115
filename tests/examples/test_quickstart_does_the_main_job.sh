# SPDX-License-Identifier: Apache-2.0
# The quickstart as a reader runs it; here the packages are installed already.
. "$SOURCE/tests/sandbox.inc.sh"

sh "$SOURCE/conf-examples/quickstart.sh" >"$T/screen" 2>&1 || {
	cat "$T/screen" >&2
	fail "the quickstart"
}
cat "$T/screen"
for expected in '"address": "10\.80\.' '"address": "fd80:'; do
	[ "$(grep -c "$expected" "$T/screen")" = 2 ] || fail "not two times $expected"
	[ -z "$(grep "$expected" "$T/screen" | sort | uniq -d)" ] || fail "the same address twice"
done
[ -z "$(ip -o link | grep -v ' lo:')" ] || fail "the quickstart made network devices"
[ -z "$(ls -A /var/lib/calico-ipam 2>/dev/null)" ] || fail "the quickstart wrote to /var/lib/calico-ipam"
tail -n 1 "$T/screen" | grep -q '^Nothing is left' || fail "the last line does not tell that nothing is left"
