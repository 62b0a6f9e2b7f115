# SPDX-License-Identifier: Apache-2.0
# clang-tidy, over what is built for users, has nothing to say; .clang-tidy names what it is asked, and
# why not more.
set -eu

command -v clang-tidy >/dev/null || exit 77
folder=$BUILD/clang-tidy
mkdir -p "$folder"
cd "$SOURCE"

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

cmake --preset clang -B "$folder" -DCMAKE_EXPORT_COMPILE_COMMANDS=ON >"$folder/log" 2>&1 || {
	tail -n 20 "$folder/log" >&2
	exit 1
}
# What is there only after a build: the page of `map`, which is bytes, and one word.
files=$(sed -n 's/^ *"file": "\(.*\)",*$/\1/p' "$folder/compile_commands.json" | grep -vE '/((live_)?map_html|version_build)\.c$')
[ "$(echo "$files" | wc -l)" -gt 100 ] || {
	echo "the sources were not found in $folder/compile_commands.json" >&2
	exit 1
}
echo "$files" | xargs -P 2 -n 8 clang-tidy --quiet -p "$folder" >"$folder/said" 2>"$folder/counts" || {
	cat "$folder/said" >&2
	exit 1
}
