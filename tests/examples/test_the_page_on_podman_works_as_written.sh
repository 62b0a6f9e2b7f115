# SPDX-License-Identifier: Apache-2.0
# The commands of docs/RUNTIMES.md with podman 4, as they stand; then what the page says beside them.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/cni.inc.sh"
. "$SOURCE/tests/store.inc.sh"
. "$SOURCE/tests/runtimes.inc.sh"
. "$SOURCE/tests/pages.inc.sh"

for needed in podman conmon runc curl iptables nft; do
	command -v "$needed" >/dev/null || skip "no $needed"
done
case $(podman --version) in
*" 4."*) ;;
*) skip "$(podman --version) has no CNI" ;;
esac

# What of podman's outlives its commands; only this sandbox's processes are seen.
# A monitor that outlives its container starts podman once more, to tidy up.
kill_containers() {
	for monitor in $(pgrep -x conmon); do
		kill -KILL "$monitor" $(pgrep -P "$monitor") 2>/dev/null || true
	done
	for try in 1 2 3 4 5 6 7 8 9 10; do
		pkill -KILL -x podman || break
		sleep 0.1
	done
}

clean_up() {
	kill_containers
	umount -l /var/lib/containers/storage/overlay /var/lib/containers 2>/dev/null || true
	rm_groups libpod_parent
	leave_sandbox
}
trap clean_up EXIT

# inspected NAME NETWORK: its addresses there, as podman tells them.
inspected() {
	podman inspect -f "{{with index .NetworkSettings.Networks \"$2\"}}{{.IPAddress}} {{.GlobalIPv6Address}}{{end}}" "$1"
}

# has NAME NETWORK ADDRESS ADDRESS: podman says so, and the store.
has() {
	has_name=$1 has_network=$2
	shift 2
	[ "$#" = 2 ] && [ "$(inspected "$has_name" "$has_network")" = "$*" ] ||
		fail "$has_name has $(inspected "$has_name" "$has_network"), not $*"
	"$CTL" show --addresses >"$T/said"
	for address in "$@"; do
		said "$address "
	done
}

# reaches NAME ADDRESS: the server there, from within a container.
reaches() {
	podman exec "$1" sh -c "printf 'GET / HTTP/1.0\r\n\r\n' | nc $2 80" | grep -q "from the container"
}

# All that a power cut ends is ended.
cut_power() {
	kill_containers
	for mounted in $(awk '$5 ~ "^/run/netns/netns-" || $5 ~ "^/var/lib/containers/storage/" { print $5 }' /proc/self/mountinfo | sort -r); do
		umount -l "$mounted" 2>/dev/null || true
	done
	rm -rf /run/libpod /run/containers /run/runc /run/netns/netns-* /dev/shm/*
	ip link del cni-nat
	ip link del cni-ports
	nft flush ruleset
}

cd "$SOURCE"
install_plugin
make_other_host
mkdir -p /var/lib/containers
mount -t tmpfs sandbox /var/lib/containers
mount -t tmpfs sandbox /dev/shm
writable_copy var/cache
make_images

type_section docs/RUNTIMES.md 'podman 4' "s|^podman run|podman load -qi $T/debian.tar; &|"
grep -qx cni "$T/said" || fail "podman's networks are not CNI's: $(cat "$T/said")"
[ "$(addresses_in "$T/said" | wc -l)" = 2 ] || fail "it names no two addresses: $(cat "$T/said")"
holds 0

podman load -qi "$T/nginx.tar" >/dev/null
install -D -m 644 conf-examples/local-bridge-ports.conflist /etc/cni/net.d/11-net.conflist
sed 's/"1\.0\.0"/"1.1.0"/; s/dual-nat/newer/' conf-examples/local-bridge-nat.conflist >/etc/cni/net.d/12-net.conflist
podman network ls >"$T/said" 2>&1
! grep -q 'newer *bridge' "$T/said" || fail "podman takes cniVersion 1.1.0: $(cat "$T/said")"
rm /etc/cni/net.d/12-net.conflist

say "two at once on our networks, and one on podman's own"
podman run -d --name web --network dual-ports -p 8080:80 nginx >/dev/null
podman run -d --name two --network dual-nat --ip 10.78.0.7 --ip6 fd78::7 nginx >/dev/null
podman run -d --name theirs nginx >/dev/null
holds 4
has two dual-nat 10.78.0.7 fd78::7
port_leads_into_the_container 8080
for address in $(inspected web dual-ports); do
	within 20 reaches two "$address"
	say "two reaches $address"
done
for address in 10.78.0.7 '[fd78::7]' "$(inspected theirs podman | tr -d ' ')"; do
	within 20 serves "http://$address/"
	say "this host reaches $address"
done
"$CTL" check >"$T/said" || fail "check: $(cat "$T/said")"
"$CTL" reclaim --dry-run >"$T/said" || fail "reclaim: $(cat "$T/said")"
said "0 of 4 addresses are dead"

say "stopped and started again"
podman stop web theirs >/dev/null
holds 2
podman start web >/dev/null
port_leads_into_the_container 8080
has web dual-ports $(inspected web dual-ports)
podman restart two >/dev/null
has two dual-nat 10.78.0.7 fd78::7
podman network disconnect dual-nat two
holds 2
podman network connect --ip 10.79.0.7 --ip6 fd79::7 dual-ports two
has two dual-ports 10.79.0.7 fd79::7
holds 4

say "the power is cut, and what ran is started again"
cut_power
podman start web >"$T/said" 2>&1 || fail "podman start: $(cat "$T/said")"
refused "$T/said" podman start two
said 'resource already exists: 10.79.0.7'
podman start two >/dev/null
has two dual-ports 10.79.0.7 fd79::7
holds 4
port_leads_into_the_container 8080
podman rm -f web two theirs >/dev/null
holds 0

say "what ends by itself, and what cannot begin"
podman run --name ends --network dual-nat debian ip -o address >"$T/said"
[ "$(addresses_in "$T/said" | wc -l)" = 2 ] || fail "it has no two addresses: $(cat "$T/said")"
refused "$T/refused" podman run --name never --network dual-nat debian /nowhere
podman run --rm --network dual-nat --ip 10.78.0.7 debian ip -o address >"$T/said"
[ "$(addresses_in "$T/said")" = 10.78.0.7 ] || fail "IPv4 alone was asked for: $(cat "$T/said")"
podman run -d --name mute --network dual-nat -p 8081:80 nginx >/dev/null
podman ps >"$T/said"
said 8081
sleep 1
refused "$T/refused" curl -s --max-time 2 http://192.0.2.1:8081/
podman rm -f mute ends never >/dev/null
holds_soon 0

say "networks"
podman network create theirs >/dev/null
podman network inspect theirs >"$T/said"
said '"10.89.0.0/24"'
"$CTL" check >"$T/said" || fail "check: $(cat "$T/said")"
