# SPDX-License-Identifier: Apache-2.0
# C: at most 100 columns with tabs of 8, indented with tabs, nothing after the last word.
. "$SOURCE/tests/lint.inc.sh"

wide_lines() {
	awk -F '\t' '
		{
			wide = length($NF)
			for (column = i = 0; ++i < NF; column -= column % 8)
				column += length($i) + 8
			if (column + wide > 100)
				print FILENAME ":" FNR ": " column + wide " columns"
		}' "$@"
}

proof=$(mktemp -d)
trap 'rm -rf "$proof"' EXIT
awk 'BEGIN {
	printf "%c%093d\n", 9, 0; printf "ab%c%093d\n", 9, 0; printf "%c%c%c%077d\n", 9, 9, 9, 0
	printf "%c%092d\n", 9, 0; printf "1234567%c%092d\n", 9, 0; printf "\n%0100d\n", 0
}' >"$proof/lines.c"
[ "$(wide_lines "$proof/lines.c" | wc -l)" = 3 ] || {
	echo "the lint does not tell 101 columns from 100" >&2
	exit 1
}
LC_ALL=C.UTF-8 wide_lines $(sources '*.c' '*.h') | none_of "lines of more than 100 columns"

grep -nE '^ {8}|^	* {8}' $(sources '*.c' '*.h') /dev/null | none_of "indented with eight spaces instead of a tab"
grep -nE '[ 	]+$' $(sources '*.c' '*.h' '*.sh') /dev/null | none_of "white space at the end of a line"
grep -nE '^\t*\[^ \t].*\r$' $(sources '*.c' '*.h' '*.sh') /dev/null | none_of "lines that end with a carriage return"
