# SPDX-License-Identifier: Apache-2.0
# Each conflist is run by a test of this folder, and described in the README beside it.
. "$SOURCE/tests/lint.inc.sh"

for file in conf-examples/*.conflist; do
	name=${file##*/}
	case $name in
	local-*) ;;
	*) grep -q "^run_example $name$" tests/examples/test_*.sh || echo "$name is not run by a test" ;;
	esac
	grep -q "\`$name\`" conf-examples/README.md || echo "$name is not in conf-examples/README.md"
done | none_of "examples that nobody vouches for"
