# SPDX-License-Identifier: Apache-2.0
# Three members of an etcd fail while four nodes start and stop containers and an
# administrator splits and deletes pools: no address has two owners at any time, nothing
# acknowledged is lost, each call ends in time, and nothing is left in the end.
#
# Ten minutes of it: HISTORY_SECONDS=600 SANDBOX_SECONDS=900.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/store.inc.sh"
. "$SOURCE/tests/histories/cluster.inc.sh"
. "$SOURCE/tests/histories/faults.inc.sh"
. "$SOURCE/tests/histories/histories.inc.sh"

want_etcd
start_plain_cluster
play_history
