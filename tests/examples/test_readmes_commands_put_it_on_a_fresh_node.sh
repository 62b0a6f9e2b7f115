# SPDX-License-Identifier: Apache-2.0
# The commands of README's "Install" work where /etc/cni does not exist yet, and its
# page of examples copies a conflist in the same way.
. "$SOURCE/tests/sandbox.inc.sh"

cd "$SOURCE"
for page in README.md conf-examples/README.md; do
	rm -rf /etc/cni
	command=$(grep -oE '^	(cp|install) .* /etc/cni/net.d/.*' "$page") || fail "$page copies no conflist"
	say "$command"
	sh -ec "$command" || fail "$page: $command"
	cmp conf-examples/local-bridge.conflist /etc/cni/net.d/10-net.conflist || fail "it is not the example"
	[ "$(stat -c %a /etc/cni/net.d/10-net.conflist)" = 644 ] || fail "the runtime cannot read it"
done
