# SPDX-License-Identifier: Apache-2.0
# No two files need each other, however far around: what a file calls is below it.
. "$SOURCE/tests/lint.inc.sh"
: "${BUILD:?the folder of the build}"

# needs FOLDER: "a b" for each object file a in it that uses what b defines.
needs() {
	find "$1" -name '*.o' -exec nm -A -g {} + | awk '
		{
			object = $1
			sub(/:.*/, "", object)
			sub(/.*\.dir\//, "", object)
			sub(/\.c\.o$/, "", object)
		}
		$(NF - 1) == "U" { name[++n] = $NF; by[n] = object; next }
		{ owner[$NF] = object }
		END {
			for (i = 1; i <= n; i++)
				if (name[i] in owner && owner[name[i]] != by[i])
					print by[i], owner[name[i]]
		}'
}

circles() {
	needs "$1" | tsort 2>&1 >"$proof/order" | sed "s|^tsort: [^:]*: |$1: |"
}

proof=$(mktemp -d)
trap 'rm -rf "$proof"' EXIT
mkdir "$proof/ring" "$proof/row"
for pair in ring/a:b ring/b:a row/a:b row/b:puts; do
	file=${pair%:*}
	echo "void ${pair##*:}(void); void ${file#*/}(void); void ${file#*/}(void) { ${pair##*:}(); }" |
		cc -xc -w -fno-builtin -c -o "$proof/$file.c.o" -
done
[ -n "$(circles "$proof/ring")" ] && [ -z "$(circles "$proof/row")" ] || {
	echo "the lint does not tell a circle from a row" >&2
	exit 1
}

for room in $(rooms); do
	[ -n "$(needs "$BUILD/$room")" ] || {
		echo "$BUILD/$room has no objects" >&2
		exit 1
	}
	circles "$BUILD/$room"
done | none_of "files that need each other"
