# SPDX-License-Identifier: Apache-2.0
# What a comment cites is in the tree: the file, and the section if one is named, as in
# docs/DATA-MODEL.md 9.3.
. "$SOURCE/tests/lint.inc.sh"

# citations FILE...: "file docs/NAME.md [section]", whether or not a line ends in between.
citations() {
	for file in "$@"; do
		sed 's/^[[:space:]]*\*[[:space:]]\{0,1\}//; s/^[[:space:]]*#[[:space:]]\{0,1\}//' "$file" | tr '\n' ' ' |
			grep -oE 'docs/[A-Z][A-Z-]*\.md( +[0-9]+(\.[0-9]+)*)?' | sed "s|^|$file |" || true
	done
}

# leading_nowhere: of those on stdin, the ones without a file, or without such a heading in it.
leading_nowhere() {
	while read -r file document section; do
		if [ ! -f "$document" ]; then
			echo "$file: $document is not there"
		elif [ -n "$section" ] && ! grep -qE "^##* $section(\.|[[:space:]])" "$document"; then
			echo "$file: $document has no section $section"
		fi
	done
}

proof=$(mktemp -d)
trap 'rm -rf "$proof"' EXIT
cat >"$proof/bad.c" <<-'END'
	/* By docs/DATA-MODEL.md 99. */
	/*
	 * And docs/DATA-MODEL.md
	 * 99.7, or docs/NOWHERE.md.
	 */
END
echo '/* Both of docs/DATA-MODEL.md 9.3, and docs/DESIGN.md 4: good. */' >"$proof/good.c"
[ "$(citations "$proof/bad.c" "$proof/good.c" | leading_nowhere | wc -l)" = 3 ] || {
	echo "the lint does not tell a citation that leads nowhere" >&2
	exit 1
}

citations $(sources '*.c' '*.h' '*.sh' | grep -v '^tests/lint/') README.md docs/*.md conf-examples/README.md |
	leading_nowhere | none_of "citations that lead nowhere"
grep -nE '\b(the|model) sheet\b|\bsheet,? [0-9(]|\(design, ?[0-9]' $(sources '*.c' '*.h' '*.sh' | grep -v '^tests/lint/') docs/HACKING.md /dev/null |
	none_of "citations of what is not in the tree"
