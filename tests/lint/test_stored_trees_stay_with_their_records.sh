# SPDX-License-Identifier: Apache-2.0
# What is stored is read once, by ipam/record: no other file of ipam/ looks into a tree or
# changes one, so that nobody holds a pointer into what another changes.
. "$SOURCE/tests/lint.inc.sh"

# looking FILES: lines that look into a tree, change one or parse a text into one.
looking() {
	grep -nE '\bjson_(parse|field|entry|first|next|name|count|string|field_text|true|u64|i64|get_[a-z0-9]+|set|set_entry|remove|remove_entry|detach|sort)\(' \
		"$@" /dev/null || true
}

proof=$(mktemp -d)
trap 'rm -rf "$proof"' EXIT
cat >"$proof/bad.c" <<-'END'
	x = json_field(tree, "a");
	for (i = json_first(list); i; i = json_next(i))
	json_set(tree, "a", NULL);
	json_get_string(tree, "a", &text, e);
	tree = json_parse(text, len, e);
END
cat >"$proof/good.c" <<-'END'
	json_free(tree);
	json_append(list, node.resource);
	my_json_field(x);
END
[ "$(looking "$proof/bad.c" "$proof/good.c" | wc -l)" = 5 ] || {
	echo "the lint does not tell a file that looks into a tree" >&2
	exit 1
}

looking $(sources '*.c' '*.h' | grep '^ipam/' | grep -v '^ipam/record/') |
	none_of "trees looked into outside of ipam/record"

# Nor is a tree in a header of ipam/record, but one that a record owns and nobody changes,
# what is handed over to be owned, and in the header of this room alone.
grep -nE 'struct cJSON \*' $(sources '*.h' | grep '^ipam/record/' | grep -v '/resource\.h$') /dev/null |
	grep -vE '\*(kept|resource);[[:space:]]*/\* owned|const struct cJSON \*|attribute_read\(' |
	none_of "trees in headers of ipam/record"
