# SPDX-License-Identifier: Apache-2.0
# A folder holds at most 18 .c files, and a .c file at most 500 lines, tables excepted.
. "$SOURCE/tests/lint.inc.sh"

# A table says so: most of its lines are rows of numbers or texts.
is_table() {
	awk '/^[[:space:]]*[-{"0-9]/ { rows++ } END { exit !(rows * 2 > NR) }' "$1"
}

too_large() {
	for file in "$@"; do
		lines=$(wc -l <"$file")
		[ "$lines" -le 500 ] || is_table "$file" || echo "$file: $lines lines"
	done
	printf '%s\n' "$@" | sed 's|/[^/]*$||' | sort | uniq -c | awk '$1 > 18 { print $2 ": " $1 " files" }'
}

proof=$(mktemp -d)
trap 'rm -rf "$proof"' EXIT
mkdir "$proof/full"
for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19; do
	: >"$proof/full/$n.c"
done
yes 'x();' | head -n 501 >"$proof/long.c"
yes '	17, 4,' | head -n 501 >"$proof/table.c"
yes 'x();' | head -n 500 >"$proof/fits.c"
[ "$(too_large "$proof"/*.c "$proof"/full/*.c | wc -l)" = 2 ] || {
	echo "the lint does not see a file of 501 lines and a folder of 19 files" >&2
	exit 1
}

too_large $(sources '*.c' | grep -v '^tests/') | none_of "rooms and files that are too large"
