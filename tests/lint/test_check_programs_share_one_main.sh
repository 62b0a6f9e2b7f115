# SPDX-License-Identifier: Apache-2.0
# A check program offers a suite (tests/suite.h); the main that runs it is tests/main.c's.
. "$SOURCE/tests/lint.inc.sh"

grep -lE '\bmain\(' $(sources 'check_*.c') /dev/null | none_of "check programs with a main of their own"
grep -LE '^Suite \*suite\(void\)$' $(sources 'check_*.c') | none_of "check programs without a suite"
