/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/record/handle.h"

#include "base/list.h"
#include "ipam/record/tree.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *handle_entry_name(const struct handle_entry *entry)
{
	return entry->stored ? entry->stored : entry->text;
}

static int compare_names(const void *left, const void *right)
{
	return strcmp(handle_entry_name(left), handle_entry_name(right));
}

void handle_sort(struct handle *h)
{
	if (h->n > 1)
		qsort(h->list, h->n, sizeof(*h->list), compare_names);
}

static int read_entry(const struct cJSON *item, struct handle_entry *ret, struct err *e)
{
	char canonical[CIDR_TEXT];

	*ret = (struct handle_entry){ .stored = json_name(item) };
	if (json_i64(item, &ret->count) < 0)
		return err_set(e, ERR_CORRUPT,
			       "field \"block\": the count of %.60s is not a number", ret->stored);
	ret->names_block = cidr_parse(ret->stored, &ret->block) == 0 && cidr_is_masked(ret->block);
	if (ret->names_block) {
		cidr_print(ret->block, canonical);
		ret->canonical = strcmp(canonical, ret->stored) == 0;
	}
	return 0;
}

static int compare_places(const void *left, const void *right)
{
	const struct handle_entry *const *a = left, *const *b = right;
	int order = compare_names(*a, *b);

	return order ? order : *a < *b ? -1 : *a > *b;
}

/* Of entries of one name all but the last are taken out; mostly none has to be looked for. */
static int keep_last_ones(struct handle *h, struct err *e)
{
	struct handle_entry **sorted;
	size_t i = 1;

	while (i < h->n && compare_names(&h->list[i - 1], &h->list[i]) < 0)
		i++;
	if (i >= h->n)
		return 0;
	sorted = malloc(h->n * sizeof(struct handle_entry *));
	if (!sorted)
		return err_set(e, ERR_INTERNAL, "out of memory");
	for (i = 0; i < h->n; i++)
		sorted[i] = &h->list[i];
	qsort(sorted, h->n, sizeof(struct handle_entry *), compare_places);
	for (i = 1; i < h->n; i++)
		sorted[i - 1]->gone = compare_names(sorted[i - 1], sorted[i]) == 0;
	free(sorted);
	return 0;
}

static int read_entries(struct handle *h, struct err *e)
{
	struct cJSON *map;
	bool deleted;

	if (json_get_object(h->kept, "block", &map, e) < 0 ||
	    json_get_bool(h->kept, "deleted", &deleted, e) < 0)
		return -1;
	for (const struct cJSON *i = json_first(map); i; i = json_next(i)) {
		if (list_room(&h->list, h->n, &h->cap) < 0)
			return err_set(e, ERR_INTERNAL, "out of memory");
		if (read_entry(i, &h->list[h->n], e) < 0)
			return -1;
		h->n++;
	}
	return keep_last_ones(h, e);
}

int handle_read(const struct record *record, struct handle *ret, struct err *e)
{
	struct handle h = { 0 };

	if (record) {
		h.kept = record_parse(record, e);
		if (!h.kept || read_entries(&h, e) < 0) {
			handle_done(&h);
			return record_corrupt(record, e);
		}
	}
	*ret = h;
	return 0;
}

void handle_done(struct handle *h)
{
	free(h->list);
	json_free(h->kept);
	*h = (struct handle){ 0 };
}

static void print_entries(const struct handle *h, struct buf *out)
{
	buf_putc(out, '{');
	for (size_t i = 0; i < h->n; i++) {
		if (h->list[i].gone)
			continue;
		record_print_comma(out);
		json_print_string(handle_entry_name(&h->list[i]), out);
		buf_printf(out, ":%lld", (long long)h->list[i].count);
	}
	buf_putc(out, '}');
}

static bool is_entries(const struct cJSON *field)
{
	return strcasecmp(json_name(field), "block") == 0;
}

void handle_print(const struct handle *h, struct buf *out)
{
	const struct cJSON *entries = json_field(h->kept, "block");

	out->failed |= h->failed;
	buf_putc(out, '{');
	for (const struct cJSON *i = json_first(h->kept); i; i = json_next(i)) {
		if (is_entries(i) && i != entries)
			continue;
		record_print_comma(out);
		json_print_string(json_name(i), out);
		buf_putc(out, ':');
		if (i == entries)
			print_entries(h, out);
		else
			json_print(i, out);
	}
	if (!entries) {
		buf_puts(out, json_first(h->kept) ? ",\"block\":" : "\"block\":");
		print_entries(h, out);
	}
	buf_puts(out, json_field(h->kept, "deleted") ? "}" : ",\"deleted\":false}");
}

static struct handle_entry *find(const struct handle *h, struct cidr block)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->list[i].canonical && !h->list[i].gone &&
		    cidr_equal(h->list[i].block, block))
			return &h->list[i];
	return NULL;
}

int64_t handle_count(const struct handle *h, struct cidr block)
{
	const struct handle_entry *entry = find(h, block);

	return entry ? entry->count : 0;
}

/* Before the first of a greater name, so that what was in order stays so. */
static void insert(struct handle *h, struct cidr block, int64_t n)
{
	struct handle_entry entry = { .block = block, .count = n, .names_block = true,
				      .canonical = true };
	size_t at = 0;

	if (list_room(&h->list, h->n, &h->cap) < 0) {
		h->failed = true;
		return;
	}
	cidr_print(block, entry.text);
	while (at < h->n && compare_names(&h->list[at], &entry) <= 0)
		at++;
	memmove(&h->list[at + 1], &h->list[at], (h->n - at) * sizeof(entry));
	h->list[at] = entry;
	h->n++;
}

void handle_set(struct handle *h, struct cidr block, int64_t n)
{
	struct handle_entry *entry = find(h, block);

	if (entry) {
		entry->count = n;
		entry->gone = !n;
	} else if (n) {
		insert(h, block, n);
	}
}

bool handle_is_empty(const struct handle *h)
{
	for (size_t i = 0; i < h->n; i++)
		if (!h->list[i].gone)
			return false;
	return true;
}
