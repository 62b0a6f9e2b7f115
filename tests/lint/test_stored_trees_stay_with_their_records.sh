# SPDX-License-Identifier: Apache-2.0
# What is stored is read once, by ipam/record, into structs: nobody else in ipam/ knows of a
# tree, and no header but that of the room's own files, tree.h, names one.  What a record
# keeps of its tree has no type, and nobody outside reaches for it; so nobody holds a pointer
# into what another changes.
. "$SOURCE/tests/lint.inc.sh"

# trees FILES: lines that name a tree, or what is done with one.
trees() {
	grep -nE '\bcJSON\b|\bjson_[a-z0-9_]+\(|base/json\.h' "$@" /dev/null || true
}

# reaching FILES: lines that reach for what a record keeps, or for its room's header.
reaching() {
	grep -nE '(\.|->)kept\b|record/tree\.h' "$@" /dev/null || true
}

proof=$(mktemp -d)
trap 'rm -rf "$proof"' EXIT
cat >"$proof/trees.h" <<-'END'
	#include "base/json.h"
	struct cJSON *resource;	/* owned: the whole record */
	int node_new(const char *name, const struct cJSON *labels);
	x = json_field(tree, "a");
	for (i = json_first(list); i; i = json_next(i))
	json_set(tree, "a", NULL);
	json_append(list, node.resource);
END
cat >"$proof/reaching.c" <<-'END'
	#include "ipam/record/tree.h"
	cell_tree(p->attribute.kept);
	free(p->kept);
END
cat >"$proof/good.h" <<-'END'
	void *kept;	/* owned, never changed: the record, whole */
	const char *stored;	/* its record's JSON, in `view` */
	my_json_field(x);
END
[ "$(trees "$proof/trees.h" "$proof/good.h" | wc -l)" = 7 ] &&
	[ "$(reaching "$proof/reaching.c" "$proof/good.h" | wc -l)" = 3 ] || {
	echo "the lint does not tell a tree that leaves its record" >&2
	exit 1
}

trees $(sources '*.c' '*.h' | grep '^ipam/' | grep -v '^ipam/record/') |
	none_of "trees outside of ipam/record"
trees $(sources '*.h' | grep '^ipam/record/' | grep -v '/tree\.h$') |
	none_of "trees in headers of ipam/record"
reaching $(sources '*.c' '*.h' | grep -E '^(ipam|ctl|plugin)/' | grep -v '^ipam/record/') |
	none_of "what records keep, outside of ipam/record"
