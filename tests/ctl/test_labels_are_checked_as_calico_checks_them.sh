# SPDX-License-Identifier: Apache-2.0
# Names and values of labels, and names of annotations, keep to the rules of Calico's validator, in
# its words, wherever they are given; what is stored against them can still be removed.
. "$SOURCE/tests/ctl/ctl.inc.sh"
. "$SOURCE/tests/ctl/stores.inc.sh"

NODE=/calico/resources/v3/projectcalico.org/nodes/node-1
long=$(printf '%064d' 0)

# refused NAME VALUE WORDS: as a word of a call, and in a manifest.
refused() {
	exits 2 "$CTL" node label node-1 "$1=$2"
	says "$T/err" "$3"
	exits 2 "$CTL" node create node-2 --label "$1=$2"
	says "$T/err" "$3"
	exits 2 "$CTL" label nodes node-1 "$1=$2"
	says "$T/err" "$3"
	echo "{apiVersion: projectcalico.org/v3, kind: IPReservation, metadata: {name: r, labels: {\"$1\": \"$2\"}}, spec: {reservedCIDRs: [10.0.0.0/31]}}" >"$T/r.yaml"
	exits 1 "$CTL" apply -f "$T/r.yaml"
	says "$T/err" "$3"
	says "$T/err" "metadata.labels."
}

use_local_store
exits 0 "$CTL" node create node-1 --label rack=1
refused rack 'two words' 'a valid label must be an empty string or consist of alphanumeric characters'
refused rack -a "must start and end with an alphanumeric character (e.g. 'MyValue'"
refused rack "$long" 'must be no more than 63 characters'
refused "$long" a 'name part must be no more than 63 characters'
refused _rack a "name part must consist of alphanumeric characters, '-', '_' or '.'"
refused example.com/ a 'name part must be non-empty'
refused /rack a 'prefix part must be non-empty'
refused Example.com/rack a 'prefix part a lowercase RFC 1123 subdomain must consist of'
refused a/b/c a "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
refused "$(printf '%0254d' 0)/rack" a 'prefix part must be no more than 253 characters'
exits 0 "$CTL" node label node-1 "example.com/My_name.x-1=${long#0}" empty= a=B

# An annotation may have capitals before the slash, and any value.
annotated() {
	echo "{apiVersion: projectcalico.org/v3, kind: IPReservation, metadata: {name: r, annotations: {\"$1\": \"$2\"}}, spec: {reservedCIDRs: [10.0.0.0/31]}}" >"$T/r.yaml"
}
annotated Example.com/Note 'two words'
exits 0 "$CTL" apply -f "$T/r.yaml"
annotated 'two words' a
exits 1 "$CTL" apply -f "$T/r.yaml"
says "$T/err" 'metadata.annotations.two words: name part must consist of'
annotated note "$(printf '%0262144d' 0)"
exits 1 "$CTL" apply -f "$T/r.yaml"
says "$T/err" 'metadata.annotations: total size of annotations is too large by 4 bytes'

# What an earlier version took stands beside new ones, and goes.
put "$NODE" '{"kind":"Node","metadata":{"name":"node-1","uid":"u","labels":{"rack_":"two words"}},"spec":{},"status":{}}'
exits 0 "$CTL" node label node-1 zone=eu
exits 0 "$CTL" node label node-1 rack_-
[ "$(value "$NODE")" = '{"kind":"Node","metadata":{"name":"node-1","uid":"u","labels":{"zone":"eu"}},"spec":{},"status":{}}' ] ||
	fail "the node is $(value "$NODE")"
