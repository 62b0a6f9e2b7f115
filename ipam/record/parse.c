/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/record/parse.h"

struct cJSON *record_parse(const struct record *record, struct err *e)
{
	struct cJSON *root = json_parse(record->value, record->value_len, e);

	if (root && json_type(root) != JSON_OBJECT) {
		err_set(e, ERR_CORRUPT, "must be an object, not %s",
			json_type_name(json_type(root)));
		json_free(root);
		return NULL;
	}
	return root;
}

static void make_corrupt(struct err *e)
{
	if (e->kind != ERR_INTERNAL)
		e->kind = ERR_CORRUPT;
}

int record_corrupt(const struct record *record, struct err *e)
{
	make_corrupt(e);
	return err_wrap(e, "the record at key %s cannot be read (mend or delete it)", record->key);
}

int resource_corrupt(const struct record *record, struct err *e)
{
	make_corrupt(e);
	return err_wrap(e, "record %s", record->key);
}

void record_print_comma(struct buf *out)
{
	if (out->len && out->data[out->len - 1] != '{')
		buf_putc(out, ',');
}
