# SPDX-License-Identifier: Apache-2.0
# What a comment cites is in the tree: the file, and the section if one is named, as in
# docs/DATA-MODEL.md 9.3.
. "$SOURCE/tests/lint.inc.sh"

# citations FILE...: "file docs/NAME.md [section]", whether or not a line ends in between.
citations() {
	awk '
		function tell() {
			while (match(text, "docs/[A-Z][A-Z-]*[.]md( +[0-9]+([.][0-9]+)*)?")) {
				print file, substr(text, RSTART, RLENGTH)
				text = substr(text, RSTART + RLENGTH)
			}
		}
		FNR == 1 { tell(); text = ""; file = FILENAME }
		{ sub("^[ \t]*[*][ \t]?", ""); sub("^[ \t]*#[ \t]?", ""); text = text $0 " " }
		END { tell() }' "$@"
}

# leading_nowhere: of those on stdin, the ones without a file, or without such a heading in it.
leading_nowhere() {
	awk '
		function read_headings(document, line, words, number) {
			while ((there[document] = getline line <document) > 0)
				if (line ~ "^#+ [0-9]") {
					split(line, words, " ")
					number = words[2] "."
					while (sub("[.][^.]*$", "", number))
						heading[document, number] = 1
				}
		}
		!($2 in there) { read_headings($2) }
		there[$2] < 0 { print $1 ": " $2 " is not there"; next }
		$3 != "" && !(($2, $3) in heading) { print $1 ": " $2 " has no section " $3 }'
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
