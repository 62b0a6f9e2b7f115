# SPDX-License-Identifier: Apache-2.0
# What the units run: at boot, before kubelet and runtime, what an earlier boot left; by the timer
# the rest. Where the store does not answer it fails in time, and holds nothing up.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/store.inc.sh"
use_store "CALICO_DATASTORE_TYPE=local" "CALICO_LOCAL_PATH=$T/store"
. "$SOURCE/tests/reclaim.inc.sh"

units=$SOURCE/ctl/reclaim
mkdir "$T/bin"
ln -s "$CTL" "$T/bin/calico-ipamctl"

# run UNIT: what it starts, with the time that it has.
run() {
	command=$(sed -n 's/^ExecStart=//p' "$units/$1")
	seconds=$(sed -n 's/^TimeoutStartSec=//p' "$units/$1")
	env $store_settings PATH="$T/bin:$PATH" timeout "${seconds%min}" $command >"$T/said" 2>&1 </dev/null
}

has_line() {
	grep -Eq "^$2" "$units/$1" || fail "$1 has no line $2"
}

has_line calico-ipam-reclaim.service 'Before=.*containerd\.service.*kubelet\.service'
has_line calico-ipam-reclaim.service 'Type=oneshot$'
has_line calico-ipam-reclaim.service 'TimeoutStartSec=([1-9]|10)$'
has_line calico-ipam-reclaim.timer 'Unit=calico-ipam-reclaim-again\.service$'
for unit in "$units"/*.service "$units"/*.timer; do
	! grep -Eq '^(Private|Protect|Requires|RequiredBy|ReadWritePaths|BindsTo)' "$unit" ||
		fail "$unit: a mount namespace of its own, or what others wait for"
	! command -v systemd-analyze >/dev/null || [ ! -d /run/systemd/system ] ||
		PATH="$T/bin:$PATH" systemd-analyze verify "$unit" || fail "$unit"
done

echo 3d1219c7c4c5404aaa1f6d2a48adfda4 >/etc/machine-id
born before
ip netns del before
reboot_as 00000001-0000-4000-8000-000000000000
run calico-ipam-reclaim.service || fail "at boot: $(cat "$T/said")"
holds 0
born after
ip netns del after
run calico-ipam-reclaim.service || fail "at boot: $(cat "$T/said")"
holds 2

say "the timer's has its grace"
command=$(sed -n 's/^ExecStart=//p' "$units/calico-ipam-reclaim-again.service")
[ "$command" = "calico-ipamctl reclaim --yes" ] || fail "the timer starts something else: $command"
reclaim
holds 0

say "a store that does not answer is told in time"
use_store CALICO_ETCD_ENDPOINTS=http://127.0.0.1:9
status=0
run calico-ipam-reclaim.service || status=$?
[ "$status" = 5 ] || fail "status $status, not 5: $(cat "$T/said")"
