# SPDX-License-Identifier: Apache-2.0
# Every local with a cleanup has a value at its declaration: an early return cleans up what
# the stack held otherwise.
. "$SOURCE/tests/lint.inc.sh"

born_without() {
	grep -nE '__cleanup\([a-z0-9_]+\)[[:space:]]*([;,]|$)' "$@" /dev/null | grep -v '#[[:space:]]*define' || true
}

proof=$(mktemp -d)
trap 'rm -rf "$proof"' EXIT
cat >"$proof/bad.c" <<-'END'
	struct buf a __cleanup(buf_done);
	struct buf b __cleanup(buf_done), c __cleanup(buf_done) = BUF(1);
	struct buf *d __cleanup(buf_freep)
		= NULL;
END
cat >"$proof/good.c" <<-'END'
	struct buf a __cleanup(buf_done) = BUF(64);
	struct view v __cleanup(view_done) = {0};
	char *text __cleanup(free_text) = NULL;
END
[ "$(born_without "$proof/bad.c" "$proof/good.c" | wc -l)" = 3 ] || {
	echo "the lint does not tell a local with a value from one without" >&2
	exit 1
}

born_without $(sources '*.c' '*.h') | none_of "locals with a cleanup and without a value"
