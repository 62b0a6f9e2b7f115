# SPDX-License-Identifier: Apache-2.0
# Calico's plugin and ours in turn over a Kubernetes API server.
interop_store=kubernetes
. "$SOURCE/tests/interop/test_each_releases_what_the_other_assigned.sh"
