# SPDX-License-Identifier: Apache-2.0
# The commands of docs/RUNTIMES.md with nerdctl, as they stand, over Debian's containerd; then what the page says
# beside them.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/cni.inc.sh"
. "$SOURCE/tests/store.inc.sh"
. "$SOURCE/tests/runtimes.inc.sh"
. "$SOURCE/tests/pages.inc.sh"

[ -x "$TOOLS/kubernetes/nerdctl" ] || skip "no nerdctl in $TOOLS/kubernetes (sh tests/kubernetes/build.sh builds it)"
for needed in containerd runc curl iptables; do
	command -v "$needed" >/dev/null || skip "no $needed"
done

start_containerd() {
	printf 'version = 2\nroot = "%s"\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n' "$T/containerd" >"$T/containerd.toml"
	containerd -c "$T/containerd.toml" >>"$T/containerd.log" 2>&1 &
	containerd=$!
	within 200 ctr version
}

# What lives here and is no child of this script's; only this sandbox's processes are seen.
kill_containers() {
	for shim in $(pgrep containerd-shim); do
		kill -KILL "$shim" $(pgrep -P "$shim") 2>/dev/null || true
	done
}

clean_up() {
	clean_status=$?
	[ "$clean_status" = 0 ] || [ "$clean_status" = 77 ] || tail -n 20 "$T/containerd.log" >&2 2>/dev/null || true
	kill_containers
	kill -KILL "${containerd:-}" 2>/dev/null || true
	rm_groups default
	leave_sandbox
}
trap clean_up EXIT

# inspected NAME: its addresses, as nerdctl tells them.
inspected() {
	nerdctl inspect -f '{{.NetworkSettings.IPAddress}} {{.NetworkSettings.GlobalIPv6Address}}' "$1"
}

# has NAME ADDRESS ADDRESS: nerdctl says so, and the store.
has() {
	has_name=$1
	shift
	[ "$#" = 2 ] && [ "$(inspected "$has_name")" = "$*" ] || fail "$has_name has $(inspected "$has_name"), not $*"
	"$CTL" show --addresses >"$T/said"
	for address in "$@"; do
		said "$address "
	done
}

# reaches NAME ADDRESS: the server there, from within a container.
reaches() {
	nerdctl exec "$1" sh -c "printf 'GET / HTTP/1.0\r\n\r\n' | nc $2 80" | grep -q "from the container"
}

mkdir -p "$T/bin"
ln -s "$TOOLS/kubernetes/nerdctl" "$T/bin/"
PATH=$T/bin:$PATH
cd "$SOURCE"
install_plugin
make_other_host
make_images
start_containerd
nerdctl load -qi "$T/nginx.tar" >/dev/null

# A server is not there at once.
type_section docs/RUNTIMES.md nerdctl 's/^curl /&--retry 20 --retry-delay 1 --retry-all-errors /'
said "from the container"
[ "$(addresses_in "$T/said" | wc -l)" = 2 ] || fail "it names no two addresses: $(cat "$T/said")"
holds 0

say "two at once, one with ports, one with addresses of its choice"
nerdctl run -d --name web --net dual-ports -p 8080:80 -p '[::]:8080:80' nginx >/dev/null
nerdctl run -d --name two --net dual-ports --ip 10.79.0.7 --ip6 fd79::7 nginx >/dev/null
holds 4
has two 10.79.0.7 fd79::7
port_leads_into_the_container 8080
for address in $(inspected web); do
	within 20 reaches two "$address"
	say "two reaches $address"
done
"$CTL" check >"$T/said" || fail "check: $(cat "$T/said")"
"$CTL" reclaim --dry-run >"$T/said" || fail "reclaim: $(cat "$T/said")"
said "0 of 4 addresses are dead"

say "stopped and started again"
nerdctl stop web >"$T/said" 2>&1
said '[INFO]'
holds_soon 2
nerdctl start web >/dev/null
has web $(inspected web)
port_leads_into_the_container 8080
nerdctl restart two >/dev/null 2>&1
has two 10.79.0.7 fd79::7
holds 4

say "all that ran is killed, and started again"
kill_containers
kill -KILL "$containerd"
start_containerd
nerdctl start web two >/dev/null
holds 4
has two 10.79.0.7 fd79::7
port_leads_into_the_container 8080
nerdctl rm -f web two >/dev/null 2>&1
holds 0

say "what ends by itself, and what cannot begin"
nerdctl run --name ends --net dual-ports --entrypoint ip nginx -o address >"$T/said"
[ "$(addresses_in "$T/said" | wc -l)" = 2 ] || fail "it has no two addresses: $(cat "$T/said")"
holds 2
"$CTL" reclaim --dry-run >"$T/said"
said "2 of 2 addresses are dead"
nerdctl rm ends >/dev/null
holds 0
refused "$T/refused" nerdctl run --name never --net dual-ports --entrypoint /nowhere nginx
nerdctl run --rm --net dual-ports --ip 10.79.0.7 --entrypoint ip nginx -o address >"$T/said"
[ "$(addresses_in "$T/said")" = 10.79.0.7 ] || fail "IPv4 alone was asked for: $(cat "$T/said")"
holds_soon 0

say "networks"
refused "$T/said" nerdctl network create --ipam-driver calico-ipam ours
said 'unsupported ipam driver'
nerdctl network create theirs >/dev/null 2>&1
nerdctl network ls >"$T/said"
said /etc/cni/net.d/10-net.conflist /etc/cni/net.d/nerdctl-bridge.conflist /etc/cni/net.d/default/nerdctl-theirs.conflist
refused "$T/said" nerdctl network rm dual-ports
said 'managed outside nerdctl'
mv /opt/cni/bin "$T/elsewhere"
nerdctl --cni-path "$T/elsewhere" run --rm --net dual-ports --entrypoint true nginx
mkdir /opt/cni/bin
refused "$T/said" nerdctl run --rm --net dual-ports --entrypoint true nginx
said 'in path [/opt/cni/bin]'
rmdir /opt/cni/bin
mv "$T/elsewhere" /opt/cni/bin

say "ctr takes the first file, and /opt/cni/bin"
sed 's/dual-nat/first/' conf-examples/local-bridge-nat.conflist >/etc/cni/net.d/05-first.conflist
ctr run --rm --cni docker.io/library/nginx:latest by-ctr ip -o address >"$T/said"
[ "$(addresses_in "$T/said" | grep -c '78')" = 2 ] || fail "ctr gave $(cat "$T/said")"
holds_soon 0
"$CTL" check >"$T/said" || fail "check: $(cat "$T/said")"
