# SPDX-License-Identifier: Apache-2.0
# gcc -fanalyzer, over what is built for users, has nothing to say.
set -eu

folder=$BUILD/analyzer
log=$folder/log
mkdir -p "$folder"

# -Wno-analyzer-malloc-leak	gcc 12 calls leaked what moves into a list that its caller owns, 36 times of 36;
#				LeakSanitizer looks at each test, ipam.lost_memory and plugin.out_of_memory fail each allocation
flags='-fanalyzer -Wno-analyzer-malloc-leak'

proof=$(mktemp -d)
trap 'rm -rf "$proof"' EXIT
cat >"$proof/fault.c" <<END
#include <stdlib.h>
void twice(char *p);
void twice(char *p)
{
	free(p);
	free(p);
}
END
# shellcheck disable=SC2086
if gcc $flags -Werror -c -o "$proof/fault.o" "$proof/fault.c" 2>"$proof/said"; then
	echo "the analyzer does not see a double free" >&2
	exit 1
fi

builds() {
	cd "$SOURCE"
	cmake --preset default -B "$folder" -DCMAKE_C_COMPILER=gcc -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS="$flags" \
		-DCMAKE_COMPILE_WARNING_AS_ERROR=ON >"$log" 2>&1 && cmake --build "$folder" -j2 >>"$log" 2>&1
}

builds || {
	grep -E -A40 '(error|warning):' "$log" >&2 || tail -n 20 "$log" >&2
	exit 1
}
