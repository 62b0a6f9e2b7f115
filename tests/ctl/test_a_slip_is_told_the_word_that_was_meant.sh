# SPDX-License-Identifier: Apache-2.0
# Commands, options, formats, fields, and names of pools, nodes and reservations; what is near nothing stays as it is.
. "$SOURCE/tests/ctl/ctl.inc.sh"

use_local_store

# meant STATUS WORD WORDS...
meant() {
	meant_status=$1 meant_word=$2
	shift 2
	exits "$meant_status" "$CTL" "$@"
	says "$T/err" "; did you mean $meant_word?"
}

# near_nothing STATUS WORDS...
near_nothing() {
	near_status=$1
	shift
	exits "$near_status" "$CTL" "$@"
	! grep -q 'did you mean' "$T/err" || fail "$*: $(cat "$T/err")"
}

meant 2 pool pol list
meant 2 pool pools list
meant 2 release realese 10.86.0.1
meant 2 help hlep
meant 2 create pool craete v4
meant 2 delete node del node-1
meant 2 --cidr pool create v4 --cird 10.86.0.0/24
meant 2 --cidr pool create v4 --cdir=10.86.0.0/24
meant 2 --dry-run pool delete v4 --dryrun
meant 2 --blocks show -blocks
meant 2 --output show --ouput json
meant 2 json show -o jsn
meant 2 strict_affinity config set strict_afinity=true
near_nothing 2 frob
near_nothing 2 pool frob
near_nothing 2 show --frob
near_nothing 2 show -x
near_nothing 2 show -o xml
near_nothing 2 config set frob=true

exits 0 "$CTL" pool create cluster-v4 --cidr 10.86.0.0/24
exits 0 "$CTL" pool create cluster-v6 --cidr fd86::/64
exits 0 "$CTL" node create worker-1
exits 0 "$CTL" reservation create routers --cidr 10.86.0.1
for verb in delete disable 'split --into 25' 'update --nat-outgoing true'; do
	meant 3 cluster-v4 pool $verb clutser-v4
	near_nothing 3 pool $verb storage
done
meant 3 worker-1 node delete wroker-1
meant 3 worker-1 node label worker1 a=b
meant 3 worker-1 show --node worker.1
meant 3 worker-1 affinity release --node worker
meant 3 worker-1 release --node worker-11
meant 3 routers reservation delete router
near_nothing 3 node delete storage
near_nothing 3 show --node storage
near_nothing 3 reservation delete storage

# Each spelling of a field is the field.
exits 0 "$CTL" config set strictAffinity=true autoAllocateBlocks=true max_blocks_per_host=3
exits 0 "$CTL" config get -o json
has strict_affinity true
has maxBlocksPerHost 3
