# SPDX-License-Identifier: Apache-2.0
# clang-tidy, over what is built for users, has nothing to say; .clang-tidy names what it is asked, and
# why not more.  What it had nothing to say of is read again once it, a header of it or what is asked changes.
set -eu
. "$SOURCE/tests/rooms.inc.sh"

command -v clang-tidy >/dev/null || exit 77
folder=$BUILD/clang-tidy
log=$folder/log
cd "$SOURCE"

for room in $(rooms); do
	sed -n "s/^HeaderFilterRegex: '\(.*\)'$/\1/p" .clang-tidy | grep -q "[(|]$room[|)]" || {
		echo "clang-tidy does not look at headers of $room/" >&2
		exit 1
	}
done

proof=$(mktemp -d)
trap 'rm -rf "$proof"' EXIT
cp .clang-tidy "$proof/"
cat >"$proof/fault.c" <<END
int divide(int by);
int divide(int by)
{
	return by == 0 ? 1 / by : 0;
}
END
if clang-tidy --quiet "$proof/fault.c" -- >"$proof/said" 2>&1; then
	echo "clang-tidy does not see a division by zero" >&2
	exit 1
fi

cat >"$proof/twice.c" <<END
#include <stdlib.h>
void twice(char *p);
void twice(char *p)
{
	free(p);
	free(p);
}
END
if sh tests/compilers/tidy.sh "$proof/twice.c" -- >"$proof/said" 2>&1; then
	echo "clang-tidy does not see a second free" >&2
	exit 1
fi

clang-tidy --version | cat .clang-tidy tests/compilers/tidy.sh - >"$proof/asked"
cmp -s "$proof/asked" "$folder/asked" || rm -rf "$folder"
mkdir -p "$folder"
cp "$proof/asked" "$folder/asked"

builds() {
	cmake --preset clang -B "$folder" -DCMAKE_C_CLANG_TIDY="sh;$SOURCE/tests/compilers/tidy.sh" >"$log" 2>&1 &&
		cmake --build "$folder" -j2 >>"$log" 2>&1
}

builds || {
	grep -E -A40 '(error|warning):' "$log" >&2 || tail -n 20 "$log" >&2
	exit 1
}
