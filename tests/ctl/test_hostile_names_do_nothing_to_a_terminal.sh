# SPDX-License-Identifier: Apache-2.0
# Whatever stands in the store, a terminal shows it and acts on nothing of it, and a command
# that is suggested names what it means and nothing else.
. "$SOURCE/tests/ctl/ctl.inc.sh"
. "$SOURCE/tests/ctl/etcd.inc.sh"
. "$SOURCE/tests/ctl/stores.inc.sh"

pools=/calico/resources/v3/projectcalico.org/ippools
nodes=/calico/resources/v3/projectcalico.org/nodes

# The name as bytes for printf; how a sentence shows it; how a command does.
hostile='
esc\033[2Jx|esc\x1b[2Jx|$'"'"'esc\033[2Jx'"'"'
c1\302\2332Jx|c1\u009b2Jx|$'"'"'c1\302\2332Jx'"'"'
del\1772Jx|del\x7f2Jx|$'"'"'del\1772Jx'"'"'
bidi\342\200\256gpj|bidi\u202egpj|$'"'"'bidi\342\200\256gpj'"'"'
isolate\342\201\246x|isolate\u2066x|$'"'"'isolate\342\201\246x'"'"'
zero\342\200\213width|zero\u200bwidth|$'"'"'zero\342\200\213width'"'"'
line\nfeed|line\nfeed|$'"'"'line\012feed'"'"'
$(reboot);x|$(reboot);x|'"'"'$(reboot);x'"'"'
two words|two words|'"'"'two words'"'"'
plain|plain|plain
'

tame() {
	! LC_ALL=C grep -qaP '[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8b-\x8f\xa8-\xae]|\xe2\x81[\xa0-\xaf]' \
		"$1" || {
		od -c "$1" | head -40 >&2
		fail "$1 does something to a terminal: $name"
	}
}

shown() {
	for file in "$T/out" "$T/err"; do
		tame "$file"
	done
}

try() {
	name=$(printf "$bytes.")
	name=${name%.}
	put "$pools/$name" '{"spec":'
	put "$nodes/$name" '{"kind":"Node","metadata":{"name":"x","labels":{"a":"'"$in_json"'"}},"spec":{},"status":{}}'
	exits 0 "$CTL" pool list
	shown
	says "$T/out" "$shown  "
	says "$T/err" "pool $shown cannot be read"
	says "$T/err" "mend it, or: calico-ipamctl pool delete $word --force"
	exits 0 "$CTL" pool list -o json
	shown
	exits 0 "$CTL" node list
	shown
	exits 0 "$CTL" node list -o json
	shown
	exits 0 "$CTL" node list -o yaml
	shown
	for form in wide json yaml name 'jsonpath={.items}' custom-columns=NAME:.metadata.name,ALL:.metadata; do
		exits 0 "$CTL" get nodes -o "$form"
		shown
	done
	exits 0 "$CTL" show
	shown
	exits 6 "$CTL" check
	shown
	says "$T/out" "$pools/$shown "
	exits 6 "$CTL" check -o json
	shown
	exits 1 "$CTL" pool delete "$name"
	shown
	exits 0 "$CTL" show --node "$name"
	shown
	exits 3 "$CTL" show --node "${name}x"
	shown
	says "$T/err" "did you mean $shown?"

	printf '{"cniVersion":"1.0.0","name":"net1","type":"ptp","nodename":"node-1","ipam_lock_file":"%s",%s' \
		"$T/lock" '"ipam":{"type":"calico-ipam"}}' >"$T/stdin.json"
	CNI_COMMAND=ADD CNI_CONTAINERID=c CNI_IFNAME=eth0 CNI_NETNS=/no CNI_PATH=/opt/cni/bin \
		"$PLUGIN" <"$T/stdin.json" >"$T/out" 2>"$T/err" && fail "ADD with $name"
	shown

	put "$pools/$name" '{"kind":"IPPool","metadata":{"name":"'"$in_json"'"},"spec":{"cidr":"10.9.0.0/16","disabled":true}}'
	CNI_COMMAND=ADD CNI_CONTAINERID=c CNI_IFNAME=eth0 CNI_NETNS=/no CNI_PATH=/opt/cni/bin \
		"$PLUGIN" <"$T/stdin.json" >"$T/out" 2>"$T/err" && fail "ADD with $name"
	shown
	# In a JSON string each backslash of the command is two.
	says "$T/out" "enable one: calico-ipamctl pool enable $(printf '%s' "$word" | sed 's/\\/\\\\/g')\""
	drop "$pools/$name"
	drop "$nodes/$name"
}

use_local_store
exits 0 "$CTL" node create node-1
printf '%s' "$hostile" | sed '/^$/d' >"$T/hostile"
while IFS='|' read -r bytes shown word; do
	in_json=$(printf '%s' "$shown" | sed 's/\\x/\\u00/')
	try
done <"$T/hostile"

# A name that reads as a command is no command of ours, whatever the doctor is told.
name="calico-ipamctl pool delete other"
mkdir -p "$T/net.d" "$T/bin"
ln -s "$PLUGIN" "$T/bin/calico-ipam"
cat >"$T/net.d/10-net1.conflist" <<END
{"cniVersion": "1.1.0", "name": "net1", "plugins": [{"type": "calico-ipam", "nodename": "node-1",
 "datastore_type": "local", "local_path": "$T/store", "run_path": "$T/run", "ipam_lock_file": "$T/lock",
 "ipam": {"type": "calico-ipam", "ipv4_pools": ["$name"]}}]}
END
put "$pools/$name" '{"kind":"IPPool","metadata":{"name":"'"$name"'"},"spec":{"cidr":"10.9.0.0/16","disabled":true}}'
exits 6 "$CTL" doctor --conf-dir "$T/net.d" --cni-path "$T/bin"
shown
says "$T/out" "pool \"$name\" is disabled; enable it: calico-ipamctl pool enable '$name'"
! grep -qF "conflist pool delete" "$T/out" || fail "the doctor takes a name for a command: $(cat "$T/out")"
