# SPDX-License-Identifier: Apache-2.0
# No function of C is longer than 60 lines, from its name to its closing brace.
. "$SOURCE/tests/lint.inc.sh"

long_functions() {
	awk '
	FNR == 1 { name = ""; inside = 0 }
	/^[a-zA-Z_].*\(/ && !/;[ \t]*$/ { name = $0; start = FNR }
	/^\{/ && name != "" { inside = 1 }
	/^\}/ {
		if (inside && FNR - start + 1 > 60)
			print FILENAME ":" start ": " FNR - start + 1 " lines: " name
		inside = 0
		name = ""
	}' "$@"
}

proof=$(mktemp -d)
trap 'rm -rf "$proof"' EXIT
{
	echo 'static int f(void)'
	echo '{'
	yes '	g();' | head -n 58
	echo '}'
} >"$proof/long.c"
sed 3d "$proof/long.c" >"$proof/fits.c"
[ "$(long_functions "$proof/long.c" "$proof/fits.c" | wc -l)" = 1 ] || {
	echo "the lint does not see a function of 61 lines" >&2
	exit 1
}

long_functions $(sources '*.c' '*.h') | none_of "functions of more than 60 lines"
