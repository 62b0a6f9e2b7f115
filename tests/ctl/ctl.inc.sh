# SPDX-License-Identifier: Apache-2.0
# Sourced first by each test of calico-ipamctl: a folder of its own, a local store in
# it, and nothing of the caller's environment that speaks of a store.
#
# Given: BUILD (the build folder), SOURCE (the repository).
# Sets:  T (an empty folder), CTL, PLUGIN, and the functions below and of typed.inc.sh.

set -eu
: "${BUILD:?the build folder}" "${SOURCE:?the folder of the repository}"
CTL=$BUILD/ctl/calico-ipamctl
PLUGIN=$BUILD/plugin/calico-ipam
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
trap 'exit 1' INT TERM HUP

for name in $(env | sed -n 's/^\(\(CALICO_\)\{0,1\}\(ETCD_\|K8S\|DATASTORE_TYPE\|KUBECONFIG\|LOCAL_PATH\|RUN_PATH\|MIRROR\|API_GROUP\|USE_POD_CIDR\)[A-Z0-9_]*\)=.*/\1/p'); do
	unset "$name"
done

use_local_store() {
	export CALICO_DATASTORE_TYPE=local CALICO_LOCAL_PATH="$T/store" CALICO_RUN_PATH="$T/run"
}

. "$SOURCE/tests/verdict.inc.sh"

. "$SOURCE/tests/ctl/typed.inc.sh"
