# SPDX-License-Identifier: Apache-2.0
# kubelet, containerd and runc with the cluster itself as the store: all that tests/kubernetes/life_of_pods.inc.sh
# has pods go through.
pods_store=kubernetes
. "$SOURCE/tests/kubernetes/pods.inc.sh"
. "$SOURCE/tests/kubernetes/life_of_pods.inc.sh"
