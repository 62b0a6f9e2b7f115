# SPDX-License-Identifier: Apache-2.0
# calico-ipamctl tells what others stored or sent through ctl/cli/aside.c alone, which escapes
# it: standard error is named elsewhere only where nothing but our own words is printed.
. "$SOURCE/tests/lint.inc.sh"

tellers() {
	grep -nE '\b(stderr|STDERR_FILENO)\b|\bperror\(' /dev/null "$@" || true
}

# The lint itself is tried on one file of each kind.
proof=$(mktemp -d)
trap 'rm -rf "$proof"' EXIT
printf 'fprintf(stderr, "%%s", key);\nperror(key);\nwrite(STDERR_FILENO, key, n);\n' >"$proof/bad.c"
printf 'aside("%%s\\n", key);\n' >"$proof/good.c"
[ "$(tellers "$proof/bad.c" "$proof/good.c" | wc -l)" = 3 ] || {
	echo "the lint does not see standard error being written" >&2
	exit 1
}

allowed='ctl/cli/(aside|confirm|progress)\.c'
tellers $(sources '*.c' | grep '^ctl/' | grep -vE "^($allowed)\$") |
	none_of "standard error written elsewhere than in ctl/cli/aside.c"
