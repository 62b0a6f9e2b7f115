# SPDX-License-Identifier: Apache-2.0
# A path that is mistyped reads as an empty store: that is said, and no backup becomes one of nothing.
. "$SOURCE/tests/ctl/ctl.inc.sh"
use_local_store
not_there="the local store $T/typo is not there"

exits 0 "$CTL" pool create four --cidr 10.86.0.0/24
exits 0 "$CTL" export "$T/backup.json"
[ ! -s "$T/err" ] || fail "said of a store that is there: $(cat "$T/err")"
cp "$T/backup.json" "$T/before.json"

export CALICO_LOCAL_PATH="$T/typo"
exits 3 "$CTL" export "$T/backup.json"
says "$T/err" "$not_there"
cmp "$T/before.json" "$T/backup.json" || fail "the backup was replaced"
exits 3 "$CTL" export
[ ! -s "$T/out" ] || fail "exported: $(cat "$T/out")"

for words in show check metrics 'pool list' 'affinity list' 'check --mend --yes'; do
	exits 0 "$CTL" $words
	says "$T/err" "$not_there yet"
done
exits 3 "$CTL" pool update four --disabled
exits 3 "$CTL" release 10.86.0.1 --yes
status=0
"$CTL" doctor >"$T/out" 2>"$T/err" || status=$?
says "$T/out" "$not_there yet"
[ ! -e "$T/typo" ] || fail "who only looked, or had nothing to change, made it"

exits 0 "$CTL" import "$T/backup.json"
exits 0 "$CTL" show
[ ! -s "$T/err" ] || fail "said of a store that is there: $(cat "$T/err")"
