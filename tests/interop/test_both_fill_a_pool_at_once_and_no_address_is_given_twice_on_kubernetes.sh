# SPDX-License-Identifier: Apache-2.0
# A pool that both fill over a Kubernetes API server.
interop_store=kubernetes
. "$SOURCE/tests/interop/test_both_fill_a_pool_at_once_and_no_address_is_given_twice.sh"
