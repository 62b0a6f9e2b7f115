# SPDX-License-Identifier: Apache-2.0
# What one command wrote, the other shows, over a Kubernetes API server.
interop_store=kubernetes
. "$SOURCE/tests/interop/test_each_command_reads_what_the_other_wrote.sh"
