# SPDX-License-Identifier: Apache-2.0
# What gcc builds for the other tests, clang builds too, without a warning: executables and check
# programs, in a folder of their own.
set -eu

command -v clang >/dev/null || exit 77
folder=$BUILD/clang
log=$folder/log
mkdir -p "$folder"

builds() {
	cd "$SOURCE"
	cmake --preset clang -B "$folder" -DCALICO_IPAM_TESTS=ON >"$log" 2>&1 && cmake --build "$folder" -j2 >>"$log" 2>&1
}

builds || {
	grep -E -A4 '(error|warning):' "$log" >&2 || tail -n 20 "$log" >&2
	exit 1
}
