#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Lines and branches of what is built for users that the tests run, room by room.
#
#	sh tests/coverage.sh [ctest arguments]	e.g. sh tests/coverage.sh -R '^ipam\.'
#
# Not part of tests/run.sh, which installs what the tests need: run that once before.  Builds in build/coverage
# (cmake --preset coverage) and runs what works with a plain build: programs of rules, the command, the plugin, the agent, the installer.
# Its table goes to stdout, each file's to build/coverage/files.csv, and each line to build/coverage/lines/index.html.
set -eu
cd "$(dirname "$0")/.."
build=$PWD/build/coverage
[ $# -gt 0 ] || set -- -R '^(base|datastore|ipam|openstack|plugin|ctl|contract|mirror|golden|cni|deploy)\.|^sim\.hosts'

. tests/packages.inc.sh
. tests/rooms.inc.sh
install_packages gcovr >&2

cmake --preset coverage >&2
cmake --build "$build" -j"$(nproc)" >&2
find "$build" -name '*.gcda' -exec rm {} +
ctest --test-dir "$build" --no-tests=error -j$((4 * $(nproc))) -O "$build/ctest.log" "$@" >&2 || {
	echo "some tests failed ($build/ctest.log): what follows is what the others ran" >&2
	failed=yes
}

# A branch is a way out of a line, as gcc counts them.
mkdir -p "$build/lines"
gcovr --root "$PWD" --object-directory "$build" --filter "$PWD/($(rooms | paste -sd "|"))/" \
	--exclude '.*map_html\.c' --csv "$build/files.csv" --html-details "$build/lines/index.html" >&2

awk -F, -v names="$(rooms | paste -sd ' ') all" '
	NR == 1 { next }
	{
		room = $1
		sub("/.*", "", room)
		count(room)
		count("all")
	}
	function count(what) {
		lines[what] += $2; lines_run[what] += $3; ways[what] += $5; ways_run[what] += $6
	}
	END {
		n = split(names, rooms, " ")
		printf "%-10s %14s %18s\n", "", "lines", "branches"
		for (i = 1; i <= n; i++) {
			r = rooms[i]
			if (lines[r])
				printf "%-10s %6d %6.1f %% %8d %7.1f %%\n", r, lines[r], 100 * lines_run[r] / lines[r],
					ways[r], 100 * ways_run[r] / ways[r]
		}
	}' "$build/files.csv"
[ -z "${failed:-}" ]
