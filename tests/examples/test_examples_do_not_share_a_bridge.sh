# SPDX-License-Identifier: Apache-2.0
# A bridge keeps the addresses of the conflist that made it: the next example on the same
# one would be refused by the main plugin until somebody deletes it.
. "$SOURCE/tests/lint.inc.sh"

sed -n 's/.*"bridge": "\(.*\)".*/\1/p' conf-examples/*.conflist | sort | uniq -d |
	none_of "bridges that two examples name"
sed -n 's/^\t"name": "\(.*\)",$/\1/p' conf-examples/*.conflist | sort | uniq -d |
	none_of "network names that two examples have"
