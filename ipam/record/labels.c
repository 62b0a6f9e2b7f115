/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/record/labels.h"

#include "ipam/record/parse.h"

#include <stdlib.h>
#include <string.h>

static int read_label(const struct cJSON *item, struct label *ret, struct err *e)
{
	const char *value = json_type(item) == JSON_NULL ? "" : json_string(item);

	if (!value)
		return err_set(e, ERR_CORRUPT, "label \"%.60s\" must be a string, not %s",
			       json_name(item), json_type_name(json_type(item)));
	*ret = (struct label){ json_name(item), value };
	return 0;
}

int labels_read(const struct cJSON *map, struct labels *ret, struct err *e)
{
	struct labels labels __cleanup(labels_done) = { 0 };
	size_t n = json_count(map);

	if (n) {
		labels.list = calloc(n, sizeof(*labels.list));
		if (!labels.list)
			return err_set(e, ERR_INTERNAL, "out of memory");
	}
	for (const struct cJSON *i = json_first(map); i; i = json_next(i))
		if (read_label(i, &labels.list[labels.n++], e) < 0)
			return -1;
	*ret = labels;
	labels = (struct labels){ 0 };
	return 0;
}

void labels_done(struct labels *labels)
{
	free(labels->list);
	*labels = (struct labels){ 0 };
}

const char *labels_value(const struct labels *labels, const char *key)
{
	for (size_t i = labels ? labels->n : 0; i > 0; i--)
		if (strcmp(labels->list[i - 1].key, key) == 0)
			return labels->list[i - 1].value;
	return NULL;
}

void labels_print(const struct labels *labels, struct buf *out)
{
	buf_putc(out, '{');
	for (size_t i = 0; i < labels->n; i++) {
		record_print_comma(out);
		json_print_string(labels->list[i].key, out);
		buf_putc(out, ':');
		json_print_string(labels->list[i].value, out);
	}
	buf_putc(out, '}');
}
