/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/record/reservation.h"

#include "base/list.h"
#include "base/utf8.h"
#include "ipam/record/keys.h"
#include "ipam/record/tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RESERVED_MAX 1000000	/* reserved CIDRs in all reservations together */
#define STORED_ENTRY_MAX (16 << 20)	/* bytes of one entry, as JSON */

static int compare_cidrs(const void *left, const void *right)
{
	const struct cidr *a = left, *b = right;

	return cidr_compare(*a, *b);
}

static int make_room(struct reserved *r, struct err *e)
{
	if (r->n == RESERVED_MAX)
		return err_set(e, ERR_LIMIT, "more than %d reserved CIDRs", RESERVED_MAX);
	if (list_room(&r->list, r->n, &r->cap) < 0)
		return err_set(e, ERR_INTERNAL, "out of memory");
	return 0;
}

int reserved_put(struct reserved *r, struct cidr c, struct err *e)
{
	if (make_room(r, e) < 0)
		return -1;
	r->list[r->n++] = cidr_masked(c);
	return 0;
}

/* Two CIDRs are apart or one lies in the other, and that one comes behind it. */
static void drop_inner_ones(struct reserved *r)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->n; i++)
		if (!kept || !cidr_holds_cidr(r->list[kept - 1], r->list[i]))
			r->list[kept++] = r->list[i];
	r->n = kept;
}

void reserved_settle(struct reserved *r)
{
	if (!r->n)
		return;
	qsort(r->list, r->n, sizeof(*r->list), compare_cidrs);
	drop_inner_ones(r);
}

/* As Go's TrimSpace does. */
int reservation_parse_entry(const char *text, struct cidr *ret)
{
	static const char white[] = " \t\n\v\f\r";
	char copy[2 * CIDR_TEXT];
	struct cidr c;
	size_t len;

	text += strspn(text, white);
	len = strlen(text);
	while (len && strchr(white, text[len - 1]))
		len--;
	if (len >= sizeof(copy))
		return -1;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (cidr_parse_lenient(copy, &c) < 0)
		return -1;
	*ret = cidr_masked(c);
	return 0;
}

static struct cJSON *list_of(const struct reservation_spec *spec)
{
	struct cJSON *list = json_new_array();
	char text[CIDR_TEXT];

	for (size_t i = 0; i < spec->n_cidrs; i++) {
		cidr_print(cidr_masked(spec->cidrs[i]), text);
		json_append(list, json_new_string(text));
	}
	return list;
}

static void set_maps(struct cJSON *resource, const struct reservation_spec *spec)
{
	struct cJSON *metadata = json_field(resource, "metadata");

	resource_set_map(metadata, "labels", spec->labels);
	resource_set_map(metadata, "annotations", spec->annotations);
}

int reservation_new(const struct reservation_spec *spec, const char *uid, int64_t now_ns,
		    struct buf *out, struct err *e)
{
	struct cJSON *resource __cleanup(json_freep) = resource_new("IPReservation", spec->name,
								    uid, now_ns);

	set_maps(resource, spec);
	json_set(json_field(resource, "spec"), "reservedCIDRs", list_of(spec));
	return resource_print(resource, out, e);
}

static bool reserves_the_same(const struct reservation *r, const struct reservation_spec *spec)
{
	struct cidr c;

	if (r->n != spec->n_cidrs)
		return false;
	for (size_t i = 0; i < r->n; i++)
		if (!r->entries[i] || reservation_parse_entry(r->entries[i], &c) < 0 ||
		    cidr_compare(c, cidr_masked(spec->cidrs[i])) != 0)
			return false;
	return true;
}

int reservation_update(const struct reservation *r, const struct reservation_spec *spec,
		       struct buf *out, bool *ret_changed, struct err *e)
{
	struct cJSON *resource __cleanup(json_freep) = json_copy(r->kept);

	if (json_type(json_field(resource, "metadata")) != JSON_OBJECT)
		return err_set(e, ERR_CORRUPT, "the record has no metadata; delete it and create "
			       "it anew");
	set_maps(resource, spec);
	if (!reserves_the_same(r, spec))
		json_set(resource_object(resource, "spec"), "reservedCIDRs", list_of(spec));
	if (resource_print(resource, out, e) < 0)
		return -1;
	*ret_changed = !json_equal(resource, r->kept);
	return 0;
}

void reservation_done(struct reservation *r)
{
	json_free(r->kept);
	free(r->entries);
	*r = (struct reservation){ 0 };
}

static int read_entries(struct reservation *r, struct err *e)
{
	struct cJSON *metadata, *spec, *list = NULL;

	if (json_get_object(r->kept, "metadata", &metadata, e) < 0 ||
	    json_get_object(r->kept, "spec", &spec, e) < 0)
		return -1;
	if (json_get_array(spec, "reservedCIDRs", &list, e) < 0)
		return err_wrap(e, "spec");
	r->entries = calloc(json_count(list) + 1, sizeof(*r->entries));
	if (!r->entries)
		return err_set(e, ERR_INTERNAL, "out of memory");
	for (const struct cJSON *i = json_first(list); i; i = json_next(i))
		r->entries[r->n++] = json_string(i);
	return 0;
}

int reservation_read(const struct record *record, struct reservation *ret, struct err *e)
{
	struct reservation r = { .kept = record_parse(record, e) };

	if (!r.kept || read_entries(&r, e) < 0) {
		reservation_done(&r);
		return resource_corrupt(record, e);
	}
	r.name = resource_metadata(r.kept, "name");
	r.created = resource_metadata(r.kept, "creationTimestamp");
	*ret = r;
	return 0;
}

unsigned reservation_unreadable(const struct reservation *r, char first[RESERVATION_ENTRY_TEXT])
{
	const struct cJSON *spec = json_field(r->kept, "spec");
	const struct cJSON *item = json_first(json_field(spec, "reservedCIDRs"));
	struct buf text __cleanup(buf_done) = BUF(STORED_ENTRY_MAX);
	struct cidr ignored;
	const char *told;
	unsigned n = 0;

	*first = '\0';
	for (size_t i = 0; i < r->n; i++, item = json_next(item)) {
		if (r->entries[i] && reservation_parse_entry(r->entries[i], &ignored) == 0)
			continue;
		if (n++)
			continue;
		json_print(item, &text);
		told = text.failed ? "?" : text.data;
		snprintf(first, RESERVATION_ENTRY_TEXT, "%.*s",
			 (int)utf8_within(told, RESERVATION_ENTRY_TEXT - 1), told);
	}
	return n;
}

bool reservation_tell_unreadable(const struct reservation *r, struct err *ret)
{
	char first[RESERVATION_ENTRY_TEXT];
	unsigned n = reservation_unreadable(r, first);

	if (!n)
		return false;
	err_set(ret, ERR_CORRUPT, "spec.reservedCIDRs: %s is neither a CIDR nor an address, and "
		"reserves nothing", first);
	if (n > 1)
		err_set(ret, ERR_CORRUPT, "%s; nor are %u more", ret->text, n - 1);
	return true;
}

static void note_unreadable(struct reserved *r, const struct record *record,
			    const struct err *why)
{
	if (r->n_unreadable++)
		return;
	r->unreadable = *why;
	if (!strstr(why->text, record->key))
		err_wrap(&r->unreadable, "%s", record->key);
}

/* What does not parse reserves nothing, as in any list; what cannot be known is an error. */
static int add_reservation(struct reserved *r, const struct record *record, struct err *e)
{
	struct reservation one __cleanup(reservation_done) = { 0 };
	struct err why = { 0 };
	struct cidr c;

	if (!record->value)
		return 0;
	if (reservation_read(record, &one, &why) < 0) {
		note_unreadable(r, record, &why);
		if (why.kind != ERR_INTERNAL)
			return 0;
		*e = why;
		return -1;
	}
	if (reservation_tell_unreadable(&one, &why))
		note_unreadable(r, record, &why);
	for (size_t i = 0; i < one.n; i++)
		if (one.entries[i] && reservation_parse_entry(one.entries[i], &c) == 0 &&
		    reserved_put(r, c, e) < 0)
			return -1;
	return 0;
}

int reserved_read(const struct view *view, struct reserved *ret, struct err *e)
{
	struct reserved r __cleanup(reserved_done) = { 0 };
	size_t i = view_first(view, KEY_RESERVATIONS);
	const struct record *record;

	for (; (record = view_at(view, i, KEY_RESERVATIONS)); i++)
		if (add_reservation(&r, record, e) < 0)
			return -1;
	reserved_settle(&r);
	*ret = r;
	r = (struct reserved){ 0 };
	return 0;
}

void reserved_done(struct reserved *r)
{
	free(r->list);
	*r = (struct reserved){ 0 };
}

static int compare_last(const void *address, const void *element)
{
	const struct addr *a = address;
	const struct cidr *c = element;

	return addr_compare(*a, cidr_last(*c));
}

size_t reserved_from(const struct reserved *r, struct addr a)
{
	return list_place(r->list, r->n, &a, compare_last);
}

const struct cidr *reserved_holding(const struct reserved *r, struct addr a)
{
	size_t at = reserved_from(r, a);

	return at < r->n && cidr_holds(r->list[at], a) ? &r->list[at] : NULL;
}

int reserved_add(struct reserved *r, struct cidr c, struct err *e)
{
	struct cidr added = cidr_masked(c);
	const struct cidr *there = reserved_holding(r, added.base);
	size_t at, behind;

	if (there && cidr_holds_cidr(*there, added))
		return 0;
	if (make_room(r, e) < 0)
		return -1;
	at = behind = reserved_from(r, added.base);
	while (behind < r->n && cidr_holds_cidr(added, r->list[behind]))
		behind++;
	memmove(&r->list[at + 1], &r->list[behind], (r->n - behind) * sizeof(*r->list));
	r->list[at] = added;
	r->n -= behind - at;
	r->n++;
	return 0;
}

static bool covers(const struct reserved *r, struct addr from, struct addr to)
{
	for (size_t i = reserved_from(r, from); i < r->n && cidr_holds(r->list[i], from); i++) {
		struct addr last = cidr_last(r->list[i]);

		if (last.n >= to.n)
			return true;
		from.n = last.n + 1;
	}
	return false;
}

bool reserved_holds(const struct reserved *r, struct addr a)
{
	return reserved_holding(r, a) != NULL;
}

bool reserved_covers(const struct reserved *r, struct cidr c)
{
	return covers(r, cidr_first(c), cidr_last(c));
}
