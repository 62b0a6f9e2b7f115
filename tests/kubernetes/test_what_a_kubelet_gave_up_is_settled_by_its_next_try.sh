# SPDX-License-Identifier: Apache-2.0
# The answer of a commit is lost, and etcd keeps silent while kubelet's sandbox fails, with the DEL
# that containerd makes of it. Nobody asks of that sandbox again: what its addresses wait for is the
# ADD of the next one, which has another container id.
pods_store=mutable_etcd
. "$SOURCE/tests/kubernetes/pods.inc.sh"

is_swallowed() {
	[ -e "$T/swallowed" ]
}

sandbox_has_failed() {
	kubectl get events -n default -o 'jsonpath={range .items[*]}{.reason}{"\n"}{end}' | grep -q '^FailedCreatePodSandBox$'
}

# So that the next one's first request is its commit.
pods first
in_time 60 run_pods 1
holds 2

touch "$T/mute"
pods given-up
in_time 30 is_swallowed
in_time 60 sandbox_has_failed
run_pods 1 || fail "the pod runs although etcd keeps silent"
holds 4
say "two addresses are held by a sandbox that is no more"

rm "$T/mute"
in_time 90 run_pods 2
holds 4
no_address_twice 4
while read -r address; do
	ctl show --ip "$address" >"$T/shown" && grep -q assigned "$T/shown" || fail "$address, which a pod has, is not held: $(cat "$T/shown")"
done <"$T/ips"
say "and now by the pods alone"
delete_pods
holds_soon 0
