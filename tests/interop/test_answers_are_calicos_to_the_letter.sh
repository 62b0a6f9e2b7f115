# SPDX-License-Identifier: Apache-2.0
# For the main plugin calico, what we answer is what Calico's own IPAM plugin answers, byte for byte;
# but v3.28 does not have the routes yet that later ones give.
. "$SOURCE/tests/interop/interop.inc.sh"

create_pool v4 10.86.0.0/16
create_pool v6 fd86::/64

# Which address is next, is not the question here.
comparable() {
	awk '/^    "routes": \[/ { skip = 1 } !skip { sub(/,$/, ""); print } /^    \]/ { skip = 0 }' "$1" |
		sed 's|"10\.86\.[0-9.]*/26"|"v4/26"|; s|"fd86:[0-9a-f:]*/122"|"v6/122"|'
}

# both NAME KEYS CNI_ARGS: the same request to one and, once that is released, to the other.
both() {
	for who in ours theirs; do
		call $who ADD "$1" node-1 "$2" "${3:-}" >"$T/answers/$1.$who" && status=0 || status=$?
		echo "exit $status" >>"$T/answers/$1.$who"
		del theirs "$1"
	done
	comparable "$T/answers/$1.ours" >"$T/ours"
	comparable "$T/answers/$1.theirs" >"$T/theirs"
	diff "$T/ours" "$T/theirs" >"$T/difference" || {
		cat "$T/difference" >&2
		fail "$1 at $version differs (<: ours)"
	}
	say "$1 at $version is the same"
}

for version in 0.3.1 0.4.0 1.0.0; do
	both dual ''
	both four '"assign_ipv6": "false"'
	both six '"assign_ipv4": "false"'
	both exact-four '' IP=10.86.3.4
	both exact-six '' IP=fd86::3:4
done
