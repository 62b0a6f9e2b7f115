# SPDX-License-Identifier: Apache-2.0
# C: at most 100 columns with tabs of 8, indented with tabs, nothing after the last word.
. "$SOURCE/tests/lint.inc.sh"

wide_lines() {
	expand -t 8 "$1" | awk -v file="$1" 'length($0) > 100 { print file ":" NR ": " length($0) " columns" }'
}

for file in $(sources '*.c' '*.h'); do
	LC_ALL=C.UTF-8 wide_lines "$file"
done | none_of "lines of more than 100 columns"

grep -nE '^ {8}|^	* {8}' $(sources '*.c' '*.h') /dev/null | none_of "indented with eight spaces instead of a tab"
grep -nE '[ 	]+$' $(sources '*.c' '*.h' '*.sh') /dev/null | none_of "white space at the end of a line"
grep -nE '^\t*\[^ \t].*\r$' $(sources '*.c' '*.h' '*.sh') /dev/null | none_of "lines that end with a carriage return"
