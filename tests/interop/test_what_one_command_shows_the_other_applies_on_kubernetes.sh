# SPDX-License-Identifier: Apache-2.0
# The same over a Kubernetes API server.
interop_store=kubernetes
. "$SOURCE/tests/interop/test_what_one_command_shows_the_other_applies.sh"
