# SPDX-License-Identifier: Apache-2.0
# No secrets in the tree, and no promises in the code instead of the code.
. "$SOURCE/tests/lint.inc.sh"

# The words are put together here, so that this file does not hold them.
promises="TO""DO|FIX""ME|XX""X|for n""ow|not yet implem""ented"
grep -nE "\\b($promises)\\b" $(sources '*.c' '*.h' '*.sh') CMakeLists.txt conf-examples/* /dev/null |
	none_of "promises instead of code"

grep -rnIE --exclude-dir=build --exclude-dir=.git -e "-----BEGIN ([A-Z]+ )?PRIV""ATE KEY-----|AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}" . |
	none_of "private keys or tokens in the tree"

grep -rnIE --exclude-dir=build --exclude-dir=.git -e '^(<{7}|>{7}) ' . | none_of "two versions of a file in one"
