/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/record/affinity.h"

#include "ipam/record/tree.h"

#include <string.h>

int affinity_read(const struct record *record, enum affinity_state *ret, struct err *e)
{
	struct cJSON *root __cleanup(json_freep) = NULL;
	const char *state = "";

	if (!record->value_len) {
		*ret = AFFINITY_CONFIRMED;
		return 0;
	}
	root = record_parse(record, e);
	if (!root || json_get_string(root, "state", &state, e) < 0)
		return record_corrupt(record, e);
	if (!*state || strcmp(state, "confirmed") == 0)
		*ret = AFFINITY_CONFIRMED;
	else
		*ret = strcmp(state, "pendingDeletion") == 0 ? AFFINITY_PENDING_DELETION
							     : AFFINITY_PENDING;
	return 0;
}

void affinity_print(const struct record *record, enum affinity_state state, struct buf *out)
{
	static const char *const names[] = { "confirmed", "pending", "pendingDeletion" };
	struct cJSON *root __cleanup(json_freep) = NULL;
	struct err ignored = {0};

	if (record && record->value && record->value_len)
		root = record_parse(record, &ignored);
	if (!root)
		root = json_new_object();
	json_set(root, "state", json_new_string(names[state]));
	if (!json_field(root, "deleted"))
		json_set(root, "deleted", json_new_bool(false));
	json_print(root, out);
}
