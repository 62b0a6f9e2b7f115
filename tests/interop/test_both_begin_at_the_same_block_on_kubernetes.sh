# SPDX-License-Identifier: Apache-2.0
# The same blocks over a Kubernetes API server.
interop_store=kubernetes
. "$SOURCE/tests/interop/test_both_begin_at_the_same_block.sh"
