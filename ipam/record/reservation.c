/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/record/reservation.h"

#include "base/json.h"
#include "base/list.h"
#include "ipam/record/keys.h"

#include <stdlib.h>
#include <string.h>

#define RESERVED_MAX 1000000	/* reserved CIDRs in all reservations together */

static int compare_cidrs(const void *left, const void *right)
{
	const struct cidr *a = left, *b = right;

	return cidr_compare(*a, *b);
}

static int append(struct reserved *r, struct cidr c, struct err *e)
{
	if (r->n == RESERVED_MAX)
		return err_set(e, ERR_LIMIT, "more than %d reserved CIDRs", RESERVED_MAX);
	if (list_room(&r->list, r->n, &r->cap) < 0)
		return err_set(e, ERR_INTERNAL, "out of memory");
	r->list[r->n++] = cidr_masked(c);
	return 0;
}

/* Blanks around the entry do not count, as with Go's TrimSpace. */
static int parse_entry(const char *text, struct cidr *ret)
{
	static const char white[] = " \t\n\v\f\r";
	char copy[2 * CIDR_TEXT];
	size_t len;

	text += strspn(text, white);
	len = strlen(text);
	while (len && strchr(white, text[len - 1]))
		len--;
	if (len >= sizeof(copy))
		return -1;
	memcpy(copy, text, len);
	copy[len] = '\0';
	return cidr_parse_lenient(copy, ret);
}

static int read_reservation(const struct record *record, struct reserved *r, struct err *e)
{
	struct err skipped = { 0 };
	struct cJSON *tree __cleanup(json_freep) = NULL;
	const struct cJSON *list;
	struct cidr c;

	if (!record->value)
		return 0;
	tree = json_parse(record->value, record->value_len, &skipped);
	list = json_field(json_field(tree, "spec"), "reservedCIDRs");
	if (json_type(list) != JSON_ARRAY)
		return 0;
	for (const struct cJSON *i = json_first(list); i; i = json_next(i))
		if (json_string(i) && parse_entry(json_string(i), &c) == 0 && append(r, c, e) < 0)
			return -1;
	return 0;
}

int reserved_read(const struct view *view, struct reserved *ret, struct err *e)
{
	struct reserved r __cleanup(reserved_done) = { 0 };
	size_t i = view_first(view, KEY_RESERVATIONS);
	const struct record *record;

	for (; (record = view_at(view, i, KEY_RESERVATIONS)); i++)
		if (read_reservation(record, &r, e) < 0)
			return -1;
	if (r.n)
		qsort(r.list, r.n, sizeof(*r.list), compare_cidrs);
	*ret = r;
	r = (struct reserved){ 0 };
	return 0;
}

void reserved_done(struct reserved *r)
{
	free(r->list);
	*r = (struct reserved){ 0 };
}

int reserved_add(struct reserved *r, struct cidr c)
{
	struct err e = { 0 };
	size_t at;

	if (append(r, c, &e) < 0)
		return -1;
	c = cidr_masked(c);
	for (at = r->n - 1; at && cidr_compare(r->list[at - 1], c) > 0; at--)
		r->list[at] = r->list[at - 1];
	r->list[at] = c;
	return 0;
}

/* Entries ascend by base, so what covers `from` onwards can be joined in one pass. */
static bool covers(const struct reserved *r, struct addr from, struct addr to)
{
	for (size_t i = 0; i < r->n; i++) {
		struct cidr c = r->list[i];
		struct addr last = cidr_last(c);

		if (c.base.family < from.family)
			continue;
		if (c.base.family != from.family || c.base.n > from.n)
			return false;
		if (last.n >= to.n)
			return true;
		if (last.n >= from.n)
			from.n = last.n + 1;
	}
	return false;
}

bool reserved_holds(const struct reserved *r, struct addr a)
{
	return covers(r, a, a);
}

bool reserved_covers(const struct reserved *r, struct cidr c)
{
	return covers(r, cidr_first(c), cidr_last(c));
}
