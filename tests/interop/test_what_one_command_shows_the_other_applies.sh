# SPDX-License-Identifier: Apache-2.0
# What ours shows, calicoctl applies, and the other way round; neither changes anything by it, and
# each sees in it that the other has written meanwhile.
. "$SOURCE/tests/interop/interop.inc.sh"

says() {
	grep -qF -e "$2" "$1" || {
		cat "$1" >&2
		fail "\"$2\" is not in $1"
	}
}

# ours_applies FILE WORDS, theirs_applies FILE WORDS: what they answer.
ours_applies() {
	ctl apply -f "$1" >"$T/answer" 2>&1 || true
	says "$T/answer" "$2"
}
# v3.28.5 refuses every field that is newer than itself, as assignmentMode is.
theirs_applies() {
	sed -i 's/^ *"assignmentMode": "Automatic",$//; s/^ *assignmentMode: Automatic$//' "$1"
	calicoctl apply -f "$1" >"$T/answer" 2>&1 || true
	says "$T/answer" "$2"
}

# what_is_stored: but for the revision of the last write, and what theirs does not know.
what_is_stored() {
	for kind in ippool ipreservation node; do
		ctl get $kind -o yaml | sed '/resourceVersion:\|assignmentMode:/d'
	done
}

ctl pool create ours --cidr 10.86.0.0/16 --block-size 27 --node-selector 'zone == "a"' --nat-outgoing >/dev/null
ctl reservation create kept --cidr 10.86.0.0/28 --cidr 10.86.1.1 >/dev/null
label_node node-1 zone=a
calicoctl create -f - <<END >/dev/null
apiVersion: projectcalico.org/v3
kind: IPPool
metadata: {name: theirs, labels: {team: net}, annotations: {"a.b/c": "d: e"}}
spec: {cidr: 10.87.0.0/16, blockSize: 28, ipipMode: CrossSubnet, disabled: true}
---
apiVersion: projectcalico.org/v3
kind: IPReservation
metadata: {name: spared}
spec: {reservedCIDRs: [10.87.0.1/32, 10.87.1.9/24]}
END
what_is_stored >"$T/before"

# Ours shows, theirs applies: one and a list, in YAML and in JSON.
for named in 'ippool ours' 'ippool theirs' 'ipreservation kept' ippools ipreservations; do
	for form in yaml json; do
		ctl get $named -o $form >"$T/shown.$form"
		theirs_applies "$T/shown.$form" Successfully
	done
done
what_is_stored | diff -u "$T/before" - >&2 || fail "what ours showed is another once theirs has applied it"

# Theirs shows, ours applies. A cluster's node is kubelet's, and theirs shows more than is Calico's of it.
node='node node-1'
[ "$interop_store" != kubernetes ] || node=ippools
for named in 'ippool ours' 'ippool theirs' ippools 'ipreservation spared' ipreservations "$node"; do
	for form in yaml json; do
		calicoctl get $named -o $form >"$T/shown.$form"
		ours_applies "$T/shown.$form" unchanged
		! grep -vF unchanged "$T/answer" || fail "what theirs shows of $named is another to ours"
	done
done
what_is_stored | diff -u "$T/before" - >&2 || fail "what theirs showed is another once ours has applied it"

# A change is one to both, and a resourceVersion that the other has passed is a conflict to both.
ctl get ippool theirs -o yaml >"$T/old_ours.yaml"
calicoctl get ippool theirs -o yaml >"$T/old_theirs.yaml"
sed 's/disabled: true/disabled: false/' "$T/old_ours.yaml" >"$T/enabled.yaml"
theirs_applies "$T/enabled.yaml" Successfully
[ "$(ctl get ippool theirs -o jsonpath='{.spec.disabled}')" != true ] || fail "theirs has not enabled the pool"
ours_applies "$T/old_theirs.yaml" 'update conflict: IPPool(theirs)'
ctl get ippool theirs -o yaml | sed 's/ipipMode: .*/ipipMode: Never/' >"$T/never.yaml"
calicoctl get ippool theirs -o yaml >"$T/old_theirs.yaml"
ours_applies "$T/never.yaml" 'ippool/theirs configured'
calicoctl get ippool theirs -o yaml >"$T/shown.yaml"
says "$T/shown.yaml" 'ipipMode: Never'
says "$T/shown.yaml" 'a.b/c'
theirs_applies "$T/old_theirs.yaml" 'update conflict'
