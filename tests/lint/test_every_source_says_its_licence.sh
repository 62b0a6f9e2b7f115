# SPDX-License-Identifier: Apache-2.0
# Each source begins by saying under which licence it may be used; LICENSE has the text.
. "$SOURCE/tests/lint.inc.sh"

grep -q 'Apache License' LICENSE
line='SPDX-License-Identifier: Apache-2\.0'

without() {
	for file in "$@"; do
		head -n 2 "$file" | grep -qE "$line" || echo "$file"
	done
}

proof=$(mktemp -d)
trap 'rm -rf "$proof"' EXIT
echo 'int x;' >"$proof/bad.c"
printf '/* SPDX-License-Identifier: Apache-2.0 */\nint x;\n' >"$proof/good.c"
[ "$(without "$proof/bad.c" "$proof/good.c")" = "$proof/bad.c" ] || {
	echo "the lint does not tell a source with a licence from one without" >&2
	exit 1
}

without $(sources '*.c' '*.h' '*.sh' '*.go' '*.awk' '*.cmake' '*.bash' CMakeLists.txt) CMakeLists.txt .ci/run $(find conf-examples -name '*.sh') | none_of "sources without a licence"
