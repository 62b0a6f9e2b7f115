/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/record/handle.h"

#include "ipam/record/parse.h"

#include <string.h>

static int check_counts(const struct cJSON *blocks, struct err *e)
{
	int64_t n;

	for (struct cJSON *i = json_first(blocks); i; i = json_next(i))
		if (json_i64(i, &n) < 0)
			return err_set(e, ERR_CORRUPT,
				       "field \"block\": the count of %.60s is not a number",
				       json_name(i));
	return 0;
}

int handle_read(const struct record *record, struct handle *ret, struct err *e)
{
	struct handle h = {0};

	h.root = record ? record_parse(record, e) : json_new_object();
	if (!h.root)
		return record ? record_corrupt(record, e)
			      : err_set(e, ERR_INTERNAL, "out of memory");
	if (json_get_object(h.root, "block", &h.blocks, e) < 0 || check_counts(h.blocks, e) < 0) {
		handle_done(&h);
		return record_corrupt(record, e);
	}
	if (!h.blocks) {
		h.blocks = json_new_object();
		json_set(h.root, "block", h.blocks);
	}
	if (!json_field(h.root, "deleted"))
		json_set(h.root, "deleted", json_new_bool(false));
	*ret = h;
	return 0;
}

void handle_print(const struct handle *h, struct buf *out)
{
	json_print(h->root, out);
}

void handle_done(struct handle *h)
{
	json_free(h->root);
	*h = (struct handle){ 0 };
}

int64_t handle_count(const struct handle *h, struct cidr block)
{
	char cidr[CIDR_TEXT];
	int64_t n = 0;

	cidr_print(block, cidr);
	json_i64(json_entry(h->blocks, cidr), &n);
	return n;
}

void handle_set(struct handle *h, struct cidr block, int64_t n)
{
	char cidr[CIDR_TEXT];

	cidr_print(block, cidr);
	if (n)
		json_set_entry(h->blocks, cidr, json_new_i64(n));
	else
		json_remove_entry(h->blocks, cidr);
}

bool handle_is_empty(const struct handle *h)
{
	return !json_first(h->blocks);
}
