# SPDX-License-Identifier: Apache-2.0
# Every command that README.md shows is run here as it stands, one after the other, on a machine that has
# none of it yet; but for those that a test of their own runs, and they are named with it.
export SANDBOX_SECONDS=1100
. "$SOURCE/tests/sandbox.inc.sh"

mkdir -p "$T/lib/systemd"
writable_copy usr/local
rm -rf /etc/cni /opt/cni /usr/local/bin/calico-ipamctl
PATH=/usr/local/bin:$PATH
cd "$SOURCE"

# What stands after a tab in a block, without its remark, is a command; "How it is built" also draws.
commands() {
	awk '/^## / { part = $0 } /^	/ && !/^	[a-z]+\/ / { print }' README.md | sed 's/^	//; s/	*#.*//'
}

# elsewhere COMMAND: the test that runs it.
elsewhere() {
	case $1 in
	"sh conf-examples/quickstart.sh") echo tests/examples/test_quickstart_does_the_main_job.sh ;;
	"apt-get install -y $(sed -n 's/^install_packages //p' conf-examples/quickstart.sh)") echo tests/packages.inc.sh ;;
	"sh tests/run.sh") echo tests/run.sh ;;
	"sh deploy/image.sh") echo tests/release/test_the_image_is_made_of_the_release_and_always_the_same.sh ;;
	"kubectl apply -f deploy/calico-ipam.yaml") echo tests/kubernetes/test_a_daemonset_takes_calicos_place_and_gives_it_back.sh ;;
	"sh plugin/release/libraries.sh" | "cmake --preset release && "*) echo tests/release/release.inc.sh ;;
	esac
}

# What serves is asked once, and ended.
serve() {
	sh -c "exec $1" >"$T/said" 2>&1 &
	server=$!
	within 100 busybox wget -q -O "$T/page" "$2"
	kill "$server"
	wait "$server" || true
	[ -s "$T/page" ] || fail "$1 serves nothing"
}

as_written() {
	sh -c "$1" >"$T/said" 2>&1 </dev/null || {
		cat "$T/said" >&2
		fail "README.md: $1"
	}
}

run() {
	say "$1"
	case $1 in
	*"map --serve "*) serve "$1" "http://127.0.0.1:${1##* }/" ;;
	*"metrics --listen "*) serve "$1" "http://127.0.0.1:${1##* }/metrics" ;;
	# 6: something is FAIL, as it may be on a machine without a network.
	"calico-ipamctl doctor") as_written "$1 || [ \$? = 6 ]" ;;
	*) as_written "$1" ;;
	esac
}

add() {
	sed -e '/^\t"plugins": \[$/,/^\t\t{$/d; /^\t\t}$/d; /^\t\]$/d' /etc/cni/net.d/10-net.conflist |
		CNI_COMMAND=ADD CNI_CONTAINERID=one CNI_IFNAME=eth0 CNI_NETNS=/run/netns/one CNI_PATH=/opt/cni/bin /opt/cni/bin/calico-ipam >"$T/added" 2>"$T/log" ||
		fail "the first ADD: $(cat "$T/added" "$T/log")"
}

commands >"$T/commands"
ran=0
while read -r command; do
	cd "$SOURCE"
	test=$(elsewhere "$command")
	if [ -n "$test" ]; then
		[ -e "$test" ] || fail "$test is not there, which runs: $command"
		continue
	fi
	# What they write goes where this test is.
	case $command in
	calico-ipamctl*) cd "$T" ;;
	esac
	run "$command"
	ran=$((ran + 1))
	case $command in
	*/etc/cni/net.d/10-net.conflist) add ;;
	esac
done <"$T/commands"
[ "$ran" -ge 9 ] || fail "only $ran commands were found in README.md"
[ -s "$T/map.html" ] || fail "there is no picture"
calico-ipamctl show --addresses >"$T/said"
grep -q '10\.80\.' "$T/said" && grep -q 'fd80:' "$T/said" || fail "the container of the test has no addresses: $(cat "$T/said")"
