# SPDX-License-Identifier: Apache-2.0
# What ctl/ knows of the store it asks a verb of ipam/: it makes no key, reads no view and
# commits nothing. Export and import alone go by the records as they stand.
. "$SOURCE/tests/lint.inc.sh"

by_itself() {
	grep -nE '\bkey_(of|cidr|read|find)_?[a-z]*\(|\bKEY_[A-Z]|"/calico/|ipam/record/keys\.h' "$@" /dev/null || true
	grep -nE '\bdatastore_(read|commit|scan|history)[a-z_]*\(|\b(view|wants|changes)_[a-z]+\(' "$@" /dev/null || true
	grep -nE '\bstruct (view|wants|changes) |ipam/request/' "$@" /dev/null || true
}

proof=$(mktemp -d)
trap 'rm -rf "$proof"' EXIT
cat >"$proof/bad.c" <<-'END'
	#include "ipam/record/keys.h"
	#include "ipam/request/loop.h"
	key_of_node(name, key, e);
	snprintf(prefix, sizeof(prefix), KEY_NODES "%s", node);
	return "/calico/ipam/v2/config";
	datastore_read(ds, view, wants, e);
	datastore_commit(ds, view, changes, &outcome, e);
	datastore_scan_moment(ds, "", look, arg, &outcome, e);
	record = view_get(view, key);
	wants_add(wants, key, RANGE_KEY);
	changes_put(changes, key, text.data, text.len);
	struct view view = {0};
END
cat >"$proof/good.c" <<-'END'
	#include "ipam/node/nodes.h"
	return ipam_list_nodes(store.ds, &nodes, e);
	datastore_set_deadline(store.ds, deadline);
	doctor_say(d, HEALTH_FAIL, "etcdctl get --prefix --limit 1 /calico/");
	review_all(key, MONKEY_BUSINESS);
END
[ "$(by_itself "$proof/bad.c" | wc -l)" = 12 ] && [ -z "$(by_itself "$proof/good.c")" ] || {
	echo "the lint does not tell a verb of ipam from what stands below it" >&2
	exit 1
}

by_itself $(sources '*.c' '*.h' | grep '^ctl/' | grep -vE '^ctl/transfer/(archive|clashes|export|import|moment)\.[ch]$') |
	none_of "what ctl should ask a verb of ipam for"
