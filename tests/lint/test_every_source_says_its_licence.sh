# SPDX-License-Identifier: Apache-2.0
# Each source begins by saying under which licence it may be used; LICENSE has the text.
. "$SOURCE/tests/lint.inc.sh"

grep -q 'Apache License' LICENSE
proof=$(mktemp -d)
trap 'rm -rf "$proof"' EXIT

without() {
	awk 'FNR <= 2 && /SPDX-License-Identifier: Apache-2\.0/ { print FILENAME }' "$@" | sort -u >"$proof/with"
	printf '%s\n' "$@" | sort -u | comm -23 - "$proof/with"
}

echo 'int x;' >"$proof/bad.c"
printf '/* SPDX-License-Identifier: Apache-2.0 */\nint x;\n' >"$proof/good.c"
: >"$proof/empty.c"
[ "$(without "$proof/bad.c" "$proof/empty.c" "$proof/good.c" | wc -l)" = 2 ] || {
	echo "the lint does not tell a source with a licence from one without" >&2
	exit 1
}

without $(sources '*.c' '*.h' '*.sh' '*.go' '*.awk' '*.cmake' '*.bash' CMakeLists.txt) CMakeLists.txt .ci/run $(find conf-examples -name '*.sh') | none_of "sources without a licence"
