# SPDX-License-Identifier: Apache-2.0
# Each source package that a static executable is made of stands in deploy/licences/THIRD-PARTY.md with its
# licence, and those under the LGPL have its text beside it.
. "$SOURCE/tests/lint.inc.sh"

list=deploy/licences/THIRD-PARTY.md
packages=$(sed -n "s/^packages='\(.*\)'$/\1/p" plugin/release/libraries.sh)
[ -n "$packages" ] || {
	echo "the lint finds no packages in plugin/release/libraries.sh" >&2
	exit 1
}
{
	for package in $packages; do
		grep -q "^| \`$package\` | .* | .* | .*[A-Za-z].* | [0-9]" $list || echo "$package is not in $list"
	done
	for text in 'Permission is hereby granted, free of charge' 'CURL\|Permission to use, copy, modify' 'OpenLDAP Public License' \
		'Redistributions in binary form must reproduce'; do
		grep -q "$text" $list || echo "$list has no text with: $text"
	done
	grep -q 'Version 2.1, February 1999' deploy/licences/LGPL-2.1 || echo "deploy/licences/LGPL-2.1 is another text"
} | none_of "libraries without a licence"
