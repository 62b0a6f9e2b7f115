# SPDX-License-Identifier: Apache-2.0
# cppcheck, over what is built for users, has nothing to say but what tests/compilers/cppcheck.suppressed names.
# It keeps what it found of each file, and reads again the files that have changed.
set -eu
. "$SOURCE/tests/rooms.inc.sh"

command -v cppcheck >/dev/null || exit 77
cd "$SOURCE"

# Before 2.13 it does not know __VA_OPT__, in which the macros of base/log.h end: calls of log_at() it reads.
check() {
	cppcheck --quiet --enable=warning,performance,portability --error-exitcode=1 --std=c11 -j 2 -I "$SOURCE" \
		-D_GNU_SOURCE -Ulog_at -ULOG_TEXT -ULOG_NUMBER --suppressions-list=tests/compilers/cppcheck.suppressed \
		--template='{file}:{line}: {severity}: {id}: {message}' "$@"
}

proof=$(mktemp -d)
trap 'rm -rf "$proof"' EXIT
cat >"$proof/fault.c" <<END
int last(void);
int last(void)
{
	int list[4] = { 0 };

	return list[4];
}
END
if check "$proof/fault.c" 2>"$proof/said"; then
	echo "cppcheck does not see a read behind an array" >&2
	exit 1
fi

# How it is asked, it does not compare.
cmp -s "$0" "$BUILD/cppcheck/asked" || rm -rf "$BUILD/cppcheck"
mkdir -p "$BUILD/cppcheck"
cp "$0" "$BUILD/cppcheck/asked"
check --cppcheck-build-dir="$BUILD/cppcheck" $(rooms)
