# SPDX-License-Identifier: Apache-2.0
# A file is named for what it holds, and none holds "the rest".
. "$SOURCE/tests/lint.inc.sh"

find . -path ./build -prune -o -path ./.git -prune -o -type f -print |
	grep -iE '/(utils?|commons?|helpers?|misc)([._-][^/]*)?$' | none_of "files with names that say nothing"
