# SPDX-License-Identifier: Apache-2.0
# A file that is written whole is written by base/new_file.c, which no link and no planted name
# leads astray, and what is read is opened by io_open(), which waits for no FIFO.  A log, a lock and the local store grow in place, each in its own file; and deploy/install/slot.c
# gives an executable its name; plugin/crowd/queue.c takes a request by renaming it, and folder.c gives an entry its name.
. "$SOURCE/tests/lint.inc.sh"

writers() {
	grep -nE '\bfopen\(.*"[wa]|\bfreopen\(|\bcreat\(|\bmkstemp|\bopen(at)?\(.*O_(CREAT|WRONLY|RDWR)|\brename(at2?)?\(|O_TMPFILE' \
		/dev/null "$@" || true
}

# The lint itself is tried on one file of each kind.
proof=$(mktemp -d)
trap 'rm -rf "$proof"' EXIT
printf 'fd = open(path, O_WRONLY | O_TRUNC);\nfile = fopen(path, "we");\nrename(a, b);\n' >"$proof/bad.c"
printf 'fd = open(path, O_RDONLY | O_CLOEXEC);\nfile = fopen(path, "re");\n' >"$proof/good.c"
[ "$(writers "$proof/bad.c" "$proof/good.c" | wc -l)" = 3 ] || {
	echo "the lint does not see a file being written" >&2
	exit 1
}

allowed='base/new_file\.c|deploy/install/slot\.c|base/log\.c|base/io\.c|datastore/local/folder\.c|base/process/standard\.c|plugin/crowd/(queue|folder)\.c'
writers $(sources '*.c' | grep -v '^tests/' | grep -vE "^($allowed)\$") |
	none_of "files written elsewhere than in base/new_file.c"

openers() {
	grep -nE '\b(open|openat|fopen)\(' /dev/null "$@" | grep -vE 'O_DIRECTORY|->open\(' || true
}

[ "$(openers "$proof/bad.c" "$proof/good.c" | wc -l)" = 4 ] || {
	echo "the lint does not see a file being opened" >&2
	exit 1
}

# A report may come through a pipe that the administrator names; an archive is looked at first.
openers $(sources '*.c' | grep -v '^tests/' | grep -vE "^($allowed|base/json_file\.c)\$") |
	none_of "files opened elsewhere than by io_open() of base/io.h"
