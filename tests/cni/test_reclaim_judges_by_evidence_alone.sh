# SPDX-License-Identifier: Apache-2.0
# An earlier boot, another machine, another place, an empty cache, records that say nothing: what
# is given back, and what is left alone because nobody can tell.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/store.inc.sh"
use_store "CALICO_DATASTORE_TYPE=local" "CALICO_LOCAL_PATH=$T/store"
. "$SOURCE/tests/reclaim.inc.sh"

# rewrite SED: all blocks, past all rules.
rewrite() {
	for key in $(env $store_settings "$BUILD/tests/store_edit" keys /calico/ipam/v2/assignment/); do
		text=$(env $store_settings "$BUILD/tests/store_edit" get "$key" | sed "$1")
		env $store_settings "$BUILD/tests/store_edit" put "$key" "$text"
	done
}

# Everything ends with its machine.
end_all() {
	for name in $(ip netns list | cut -d' ' -f1); do
		ip netns del "$name"
	done
}

cached() {
	mkdir -p /var/lib/cni/results
	echo "{\"kind\":\"cniCacheV1\",\"netns\":\"/run/netns/$1\"}" >"/var/lib/cni/results/net1-$1-eth0"
}

echo 3d1219c7c4c5404aaa1f6d2a48adfda4 >/etc/machine-id

say "an earlier boot is evidence, with and without the runtime's records, and needs no second look"
born old
cached old
born older
reboot_as 00000001-0000-4000-8000-000000000000
born new
ctl reclaim --boot --yes --grace 3600 >"$T/said" 2>&1 || fail "reclaim --boot: $(cat "$T/said")"
holds 2
has new 2
grep -q 'made under an earlier boot' "$T/said" || fail "not told why: $(cat "$T/said")"

say "a container that comes again after the boot keeps what it has"
reboot_as 00000002-0000-4000-8000-000000000000
cni ADD new /run/netns/new
reclaim
has new 2

say "two machines of one name are refused"
echo 00000000000000000000000000000001 >/etc/machine-id
ip netns del new
refused "$T/said" ctl reclaim --yes --grace 0
grep -q 'nothing was judged: of node "node-1" 2 addresses' "$T/said" || fail "no reason: $(cat "$T/said")"
holds 2
reboot_as 00000003-0000-4000-8000-000000000000
refused "$T/said" ctl reclaim --yes --grace 0
holds 2
other=$(sed -n 's/.*--gone-machine \([0-9a-f]*\).*/\1/p' "$T/said")
reclaim --gone-machine "$other"
holds 0

say "a machine without an id of its own is not known again after a boot"
: >/etc/machine-id
born nameless
reboot_as 00000004-0000-4000-8000-000000000000
end_all
reclaim
holds 2
grep -q '2 not judged' "$T/said" || fail "nothing is said of what was not judged: $(cat "$T/said")"
ctl release --handle net1.nameless --yes >/dev/null

say "from another place nothing is missed"
echo 3d1219c7c4c5404aaa1f6d2a48adfda4 >/etc/machine-id
born placed
end_all
unshare -m env $store_settings "$CTL" reclaim --yes --grace 0 >"$T/said" 2>&1 ||
	fail "reclaim from elsewhere: $(cat "$T/said")"
grep -q '2 not judged: its network namespace cannot be missed from here' "$T/said" || fail "judged from elsewhere: $(cat "$T/said")"
holds 2
touch /run/calico-ipam/places/"$(tr -d - </proc/sys/kernel/random/boot_id | cut -c1-16)-1-2"
reclaim
holds 2
rm /run/calico-ipam/places/*-1-2
reclaim
holds 0

say "what cannot be seen whole is not judged"
# blind WORDS COMMAND...: reclaim so, which says the words and releases nothing.
blind() {
	blind_words=$1
	shift
	refused "$T/said" "$@" env $store_settings "$CTL" reclaim --yes --grace 0
	grep -q "$blind_words" "$T/said" || fail "does not say \"$blind_words\": $(cat "$T/said")"
	holds 2
}
born unseen
ip netns del unseen
blind "root's rights (CAP_SYS_PTRACE" setpriv --bounding-set -sys_ptrace
blind "processes of another PID namespace" unshare -p -f
mkdir "$T/covered"
touch "$T/covered/by"
ip netns add covered
mount --bind /run/netns/covered "$T/covered/by"
ip netns del covered
mount -t tmpfs cover "$T/covered"
blind "covered by another mount" env
umount "$T/covered"
chmod 777 /run/calico-ipam/places
blind "not a folder of this user" env
chmod 700 /run/calico-ipam/places
reclaim
holds 0
umount "$T/covered/by"

say "what says neither is judged by the cache, and an empty one is no evidence"
born attached
born left
rewrite 's/"boot":"[^"]*",//g; s/"netns":"[^"]*",//g'
rm -rf /var/lib/cni/results
reclaim
holds 4
mkdir -p /var/lib/cni/results
reclaim
holds 4
cached attached
reclaim
has attached 2
has left 0
ip netns del attached
reclaim
holds 0

say "an inode is believed only where the cache agrees"
born inode
rewrite 's/"netns":"[^.]*\./"netns":"i7./g'
rm -rf /var/lib/cni/results
reclaim
holds 2
cached another
reclaim
holds 0

say "what is no container's is never touched"
born vm
born tunnel
born later
end_all
rewrite 's/net1\.vm"/net1.vmi.default.vm"/; s/\(net1.tunnel"[^}]*\)"node"/\1"type":"x","node"/; s/\(net1.later"[^}]*"netns":"\)[^"]*/\1future:/'
reboot_as 00000005-0000-4000-8000-000000000000
reclaim
holds 6
