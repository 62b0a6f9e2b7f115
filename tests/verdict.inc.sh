# SPDX-License-Identifier: Apache-2.0
# Sourced by what tests source first: how a script ends that does not pass.

fail() {
	echo "FAILED: $*" >&2
	exit 1
}

# Leaves a test out, loudly; in CI none may be left out.
skip() {
	if [ -n "${CI:-}" ]; then
		fail "this must not be left out in CI: $*"
	fi
	echo "SKIPPED: $*" >&2
	exit 77
}
