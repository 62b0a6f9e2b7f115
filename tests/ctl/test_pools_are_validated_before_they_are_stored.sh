# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/ctl/ctl.inc.sh"

use_local_store

# refused "WHAT IS SAID" OPTIONS...
refused() {
	refused_words=$1
	shift
	exits 1 "$CTL" pool create p "$@"
	says "$T/err" "calico-ipamctl: pool create p: "
	says "$T/err" "$refused_words"
}

refused 'is not a CIDR' --cidr 10.0.0.0
refused 'did you mean 10.0.0.0/16?' --cidr 10.0.1.0/16
refused 'link-local' --cidr fe80::/64
refused 'blockSize 19: IPv4 block size must be between 20 and 32' --cidr 10.0.0.0/16 --block-size 19
refused 'set blockSize (--block-size) to at least 28' --cidr 10.0.0.0/28
refused 'ipipMode and vxlanMode' --cidr 10.0.0.0/16 --ipip-mode Always --vxlan-mode Always
refused 'nodeSelector: selector: expected' --cidr 10.0.0.0/16 --node-selector 'rack = 1'
refused 'must not use global()' --cidr 10.0.0.0/16 --node-selector 'global()'
refused 'allowedUses to Workload alone' --cidr 10.0.0.0/16 --namespace-selector 'has(x)'
refused 'allowedUses "Pods"' --cidr 10.0.0.0/16 --allowed-uses Workload,Pods
refused 'assignmentMode "auto"' --cidr 10.0.0.0/16 --assignment-mode auto
exits 1 "$CTL" pool create My_Pool --cidr 10.0.0.0/16
says "$T/err" 'must be lower-case'
exits 1 "$CTL" pool create a/b --cidr 10.0.0.0/16
exits 1 "$CTL" node create Node_1
says "$T/err" 'must be lower-case'

exits 0 "$CTL" pool list -o json
is "$T/out" <<-END
[]
END

# What passes is what calicoctl would have stored.
exits 0 "$CTL" pool create p --cidr FD00:0::/64 --block-size 124 --namespace-selector 'has(x)' --allowed-uses Workload \
	--assignment-mode Manual --nat-outgoing --disable-bgp-export --disabled --vxlan-mode CrossSubnet
exits 0 "$CTL" pool list -o json
sed -e 's/"uid": "[0-9a-f-]\{36\}"/"uid": "UID"/' \
	-e 's/"\(....-..-..T..:..:..Z\)"/"TIME"/' "$T/out" >"$T/normal"
is "$T/normal" <<END
[
    {
        "kind": "IPPool",
        "apiVersion": "projectcalico.org/v3",
        "metadata": {
            "name": "p",
            "uid": "UID",
            "creationTimestamp": "TIME"
        },
        "spec": {
            "cidr": "fd00::/64",
            "vxlanMode": "CrossSubnet",
            "ipipMode": "Never",
            "natOutgoing": true,
            "disabled": true,
            "disableBGPExport": true,
            "blockSize": 124,
            "nodeSelector": "all()",
            "namespaceSelector": "has(x)",
            "allowedUses": [
                "Workload"
            ],
            "assignmentMode": "Manual"
        }
    }
]
END
exits 0 "$CTL" pool list
says "$T/out" disabled
