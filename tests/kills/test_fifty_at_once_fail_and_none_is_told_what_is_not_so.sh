# SPDX-License-Identifier: Apache-2.0
# A system call of each fails, or an allocation: also of whoever has the host's turn and works for
# all who wait.  Those whose allocations fail are of the tests' own build, with its sanitizers.
. "$SOURCE/tests/kills/kills.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"

want_etcd
start_etcd
for nodes in 5 1; do
	for store in local "$etcd_url"; do
		for what in calls "$DEVELOPED/tests/short-calico-ipam"; do
			kills many_at_once "$store" "$rounds" "$nodes" "$what"
			rm -rf "$T/many_at_once"
		done
	done
done
