# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/ctl/ctl.inc.sh"

use_local_store
exits 0 "$CTL" node create node-1

# refused "WORDS" <MANIFEST: behind a good one, which is not written either.
refused() {
	{
		printf 'apiVersion: projectcalico.org/v3\nkind: IPPool\nmetadata: {name: good}\nspec: {cidr: 10.1.0.0/16}\n---\n'
		cat
	} >"$T/m.yaml"
	exits 1 "$CTL" apply -f "$T/m.yaml"
	says "$T/err" "$1"
	exits 0 "$CTL" get ippools -o name
	silent "$T/out"
}

resource() {
	printf '{apiVersion: projectcalico.org/v3, kind: %s, metadata: {name: %s}, %s}\n' "$@"
}

resource IPPool p 'spec: {cidr: 10.0.0.0/16, nodeselector: all()}' |
	refused 'm.yaml:6: ippool/p: spec.nodeselector is not known; did you mean nodeSelector?'
resource IPPool p 'spec: {}, stats: 1' | refused 'stats is not known; did you mean status?'
resource IPPool 'p, lables: {}' 'spec: {}' | refused 'metadata.lables is not known; did you mean labels?'
resource IPPol p 'spec: {}' | refused 'm.yaml:6: kind: "IPPol" is no kind that is kept here; there are ippool, ipreservation, ipamconfiguration and node; did you mean ippool?'
resource Node node-1 'spec: {bgp: {}}' | refused "spec.bgp: what is in the spec of a Node is calico-node's to write"
printf '{apiVersion: v3, kind: IPPool, metadata: {name: p}}' | refused 'apiVersion "v3" must be projectcalico.org/v3 or crd.projectcalico.org/v1'
printf '{apiVersion: projectcalico.org/v3, kind: IPPool}' | refused 'metadata.name is missing'
printf '{apiVersion: projectcalico.org/v3}' | refused 'kind is missing'
printf 'just a text' | refused 'a resource must be an object, not a string'
resource IPPool 'p, namespace: x' 'spec: {}' | refused 'IPPool is in no namespace'
printf 'kind: *x' | refused 'anchors and aliases (& and *) are not supported'
printf '{' | refused 'invalid YAML'
resource IPPool 5 'spec: {}' | refused 'metadata.name must be a text, not a number: write it in quotes'
resource IPPool 'p, resourceVersion: 5' 'spec: {}' | refused 'metadata.resourceVersion must be a text, not a number'
resource IPPool 'p, namespace: true' 'spec: {}' | refused 'metadata.namespace must be a text, not a boolean'
resource 7 p 'spec: {}' | refused 'kind must be a text, not a number'
printf '{apiVersion: 3, kind: IPPool, metadata: {name: p}}' | refused 'apiVersion must be a text, not a number'
printf '{apiVersion: v1, kind: List, items: text}' | refused 'm.yaml:6: items must be a list, not a string'
printf '{apiVersion: v1, kind: List, items: {a: {}}}' | refused 'items must be a list, not an object'

# In JSON as in YAML: which of the two was meant, nobody knows.
for double in '"metadata":{"name":"p","name":"q"}' '"metadata":{"name":"p"},"metadata":{"name":"q"}'; do
	echo '{"apiVersion":"projectcalico.org/v3","kind":"IPPool",'"$double"',"spec":{"cidr":"10.0.0.0/16"}}' >"$T/double.json"
	exits 1 "$CTL" apply -f "$T/double.json"
	says "$T/err" 'is given twice'
done

# fails "WORDS" <MANIFEST: its resource is understood, but is against a rule.
fails() {
	exits 1 "$CTL" apply -f -
	says "$T/err" "$1"
}
resource IPPool p 'spec: {cidr: 10.0.0.0/16, blockSize: 33}' | fails 'IPv4 block size must be between 20 and 32'
resource IPPool p 'spec: {cidr: 10.0.0.0/16, natOutgoing: "yes"}' | fails natOutgoing
resource IPPool p 'spec: {cidr: 10.0.0.0/16, allowedUses: Workload}' | fails allowedUses
resource IPReservation r 'spec: {reservedCIDRs: [10.0.0.7/24]}' | fails '"10.0.0.7/24" has host bits set; did you mean 10.0.0.0/24?'
resource IPReservation r 'spec: {reservedCIDRs: [all]}' | fails '"all" must be a CIDR or an address'
resource IPReservation calico-ipam-gateway-p 'spec: {}' | fails "the plugin's own"
resource IPAMConfiguration default 'spec: {autoAllocateBlocks: false}' | fails "Cannot disable 'StrictAffinity' and 'AutoAllocateBlocks' at the same time"
resource IPAMConfiguration default 'spec: {ipCooldownSeconds: 2000}' | fails 'ipCooldownSeconds "2000" must be a whole number from 0 to 1200'
resource IPAMConfiguration other 'spec: {}' | fails 'Cannot create a IPAMConfiguration resource with a name other than "default"'
resource Node 'node-1, labels: {rack: 1}' 'spec: {}' | fails 'metadata.labels.rack must be a text, not a number: write it in quotes'
resource Node 'node-1, resourceVersion: "x"' 'spec: {}' | fails 'metadata.resourceVersion "x" is none of this store'

# Files and folders.
exits 3 "$CTL" apply -f "$T/nowhere.yaml"
exits 2 "$CTL" apply
mkdir -p "$T/m/deep"
echo '# nothing' >"$T/m/empty.yaml"
exits 1 "$CTL" apply -f "$T/m"
says "$T/err" "m/empty.yaml: there is no resource in it"
exits 0 "$CTL" apply -f "$T/m" --skip-empty
ln -s nowhere "$T/m/link.yaml"
exits 3 "$CTL" apply -f "$T/m" --skip-empty
says "$T/err" "m/link.yaml: No such file or directory"
rm "$T/m/link.yaml"
resource IPPool a 'spec: {cidr: 10.1.0.0/16}' >"$T/m/a.json"
resource IPPool b 'spec: {cidr: 10.2.0.0/16}' >"$T/m/deep/b.yml"
echo 'no manifest' >"$T/m/README"
exits 0 "$CTL" apply -f "$T/m" --skip-empty
is "$T/out" <<-END
ippool/a created
END
exits 0 "$CTL" apply -R -f "$T/m" --skip-empty
is "$T/out" <<-END
ippool/a unchanged
ippool/b created
END
