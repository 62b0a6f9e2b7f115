/* SPDX-License-Identifier: Apache-2.0 */
/* The two owners that an allocation of a virtual machine has while it moves. */
#include "ipam/record/block.h"

#include "base/list.h"
#include "ipam/record/tree.h"

#include <string.h>

#define ATTRIBUTE_MAX (1 << 16) /* bytes of one */

static const char *const fields[] = {
	[ATTRIBUTE_ACTIVE] = "secondary", [ATTRIBUTE_ALTERNATE] = "alternateOwnerAttrs",
};

static struct cJSON *tree_of(const struct attribute *a, struct err *e)
{
	struct buf text __cleanup(buf_done) = BUF(ATTRIBUTE_MAX);

	attribute_print(a, &text);
	if (text.failed) {
		err_set(e, ERR_LIMIT, "an allocation's attributes are larger than %d bytes",
			ATTRIBUTE_MAX);
		return NULL;
	}
	return json_parse(text.data, text.len, e);
}

static struct cJSON *map_of(const struct secondary *texts)
{
	struct cJSON *map = json_new_object();

	for (unsigned i = 0; i < texts->n; i++)
		json_set(map, texts->list[i].key, json_new_string(texts->list[i].value));
	return map;
}

/* Calico's order, and behind it what is not known. */
static struct cJSON *in_order(struct cJSON *tree)
{
	static const char *const order[] = { "handle_id", "secondary", "alternateOwnerAttrs" };
	struct cJSON *sorted = json_new_object(), *item;

	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		if ((item = json_field(tree, order[i])))
			json_set(sorted, order[i], json_detach(tree, item));
	while ((item = json_first(tree))) {
		struct buf name __cleanup(buf_done) = BUF(ATTRIBUTE_MAX);

		buf_puts(&name, json_name(item));
		json_set(sorted, name.data, json_detach(tree, item));
	}
	json_free(tree);
	return sorted;
}

static int read_changed(struct cJSON *tree, struct attribute *ret, struct err *e)
{
	if (json_lost() || !tree) {
		json_free(tree);
		return err_set(e, ERR_INTERNAL, "out of memory");
	}
	return attribute_read(tree, ret, e);
}

int attribute_with_owner(const struct attribute *attribute, enum attribute_owner which,
			 const struct secondary *texts, struct attribute *ret, struct err *e)
{
	struct cJSON *tree = tree_of(attribute, e);

	if (!tree)
		return -1;
	json_remove(tree, fields[which]);
	if (texts)
		json_set(tree, fields[which], map_of(texts));
	return read_changed(in_order(tree), ret, e);
}

int attribute_with_texts(const struct attribute *attribute, const struct secondary *texts,
			 struct attribute *ret, struct err *e)
{
	struct cJSON *tree = tree_of(attribute, e), *map;

	if (!tree)
		return -1;
	if (!json_field(tree, "secondary"))
		json_set(tree, "secondary", json_new_object());
	map = json_field(tree, "secondary");
	for (unsigned i = 0; i < texts->n; i++) {
		json_remove_entry(map, texts->list[i].key);
		if (texts->list[i].value)
			json_set_entry(map, texts->list[i].key,
				       json_new_string(texts->list[i].value));
	}
	return read_changed(in_order(tree), ret, e);
}

bool attribute_has_owner(const struct attribute *attribute, enum attribute_owner which)
{
	if (!attribute)
		return false;
	if (which == ATTRIBUTE_ACTIVE && attribute->n_secondary)
		return true;
	return json_first(attribute->of[which].map);
}

bool attribute_owner_is_pod(const struct attribute *attribute, enum attribute_owner which,
			    const char *namespace_name, const char *pod)
{
	const char *its = attribute_owner_text(attribute, which, "namespace"),
		   *name = attribute_owner_text(attribute, which, "pod");

	return its && name && strcmp(its, namespace_name) == 0 && strcmp(name, pod) == 0;
}

static unsigned find_equal(const struct block *b, const struct attribute *a)
{
	unsigned i = 0;

	while (i < b->n_attributes && !attribute_equal(&b->attributes[i], a))
		i++;
	return i;
}

/* Takes what it is given. */
static int point_at(struct block *b, unsigned ordinal, struct attribute *changed, struct err *e)
{
	unsigned i = find_equal(b, changed);

	if (i == b->n_attributes) {
		if (list_room(&b->attributes, b->n_attributes, &b->cap_attributes) < 0)
			return err_set(e, ERR_INTERNAL, "out of memory");
		b->attributes[b->n_attributes++] = *changed;
		*changed = (struct attribute){0};
	}
	b->allocations[ordinal] = (int)i;
	return 0;
}

int block_set_owner(struct block *b, unsigned ordinal, enum attribute_owner which,
		    const struct secondary *texts, struct err *e)
{
	struct attribute changed __cleanup(attribute_done) = {0};

	if (attribute_with_owner(block_attribute(b, ordinal), which, texts, &changed, e) < 0)
		return -1;
	return point_at(b, ordinal, &changed, e);
}

int block_set_texts(struct block *b, unsigned ordinal, const struct secondary *texts,
		    struct err *e)
{
	struct attribute changed __cleanup(attribute_done) = {0};

	if (attribute_with_texts(block_attribute(b, ordinal), texts, &changed, e) < 0 ||
	    point_at(b, ordinal, &changed, e) < 0)
		return -1;
	block_set_sequence_of(b, ordinal, b->sequence);
	return 0;
}
