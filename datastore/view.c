/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/view.h"

#include "base/attr.h"
#include "base/list.h"
#include "base/same.h"

#include <stdlib.h>
#include <string.h>

/* A key that is compared with many. */
struct name {
	const char *text;
	size_t len;
};

static struct name name_of(const char *key)
{
	return (struct name){ key, strlen(key) };
}

static struct name name_of_record(const struct record *r)
{
	return (struct name){ r->key, r->key_len };
}

static bool is_named(const struct record *r, struct name name)
{
	return same_texts(r->key, r->key_len, name.text, name.len);
}

static bool is_under(struct name name, const char *prefix, size_t len)
{
	return name.len >= len && same_bytes(name.text, prefix, len);
}

/* Of a range whose key has this length. */
static bool holds(const struct range *r, size_t len, struct name name)
{
	if (r->kind == RANGE_KEY)
		return same_texts(r->key, len, name.text, name.len);
	return is_under(name, r->key, len);
}

bool key_is_under(const char *key, const char *prefix)
{
	return is_under(name_of(key), prefix, strlen(prefix));
}

bool range_holds(const struct range *r, const char *key)
{
	return holds(r, strlen(r->key), name_of(key));
}

static void record_done(struct record *r)
{
	free(unconst(r->key));
	free(unconst(r->value));
}

void view_init(struct view *v)
{
	*v = (struct view){0};
}

void view_reset(struct view *v)
{
	for (size_t i = 0; i < v->n_records; i++)
		record_done(&v->records[i]);
	for (size_t i = 0; i < v->n_ranges; i++)
		free(unconst(v->ranges[i].key));
	v->n_records = 0;
	v->n_ranges = 0;
	v->from_mirror = false;
	v->failed = false;
}

void view_done(struct view *v)
{
	view_reset(v);
	free(v->records);
	free(v->ranges);
	view_init(v);
}

static int compare_key(const void *key, const void *element)
{
	const struct record *record = element;
	const struct name *name = key;

	return compare_texts(name->text, name->len, record->key, record->key_len);
}

/* The index of the first record whose key is not below `key`. */
static size_t lower_bound(const struct view *v, struct name name)
{
	return list_place(v->records, v->n_records, &name, compare_key);
}

const struct record *view_peek(const struct view *v, const char *key)
{
	struct name name = name_of(key);
	size_t i = lower_bound(v, name);

	return i < v->n_records && is_named(&v->records[i], name) ? &v->records[i] : NULL;
}

void view_look_at_head(struct view *v, const struct record *record, size_t len)
{
	struct record *r = &v->records[record - v->records];

	if (r->looked_at < len)
		r->looked_at = len;
}

const struct record *view_look_at(struct view *v, const char *key)
{
	const struct record *r = view_peek(v, key);

	if (r)
		view_look_at_head(v, r, SIZE_MAX);
	return r;
}

bool view_knows_existence(const struct view *v, const char *key)
{
	struct name name = name_of(key);

	for (size_t i = 0; i < v->n_ranges; i++)
		if (holds(&v->ranges[i], v->ranges[i].key_len, name))
			return true;
	return false;
}

bool view_knows(const struct view *v, const char *key)
{
	const struct record *r = view_peek(v, key);

	return r ? r->value != NULL : view_knows_existence(v, key);
}

bool view_knows_prefix(const struct view *v, const char *prefix, enum range_kind kind)
{
	struct name name = name_of(prefix);

	for (size_t i = 0; i < v->n_ranges; i++) {
		const struct range *r = &v->ranges[i];

		if (r->kind != RANGE_KEY && holds(r, r->key_len, name) &&
		    (r->kind == RANGE_PREFIX || kind == RANGE_PREFIX_KEYS))
			return true;
	}
	return false;
}

void view_ask(struct view *v, const char *prefix)
{
	for (size_t i = 0; i < v->n_ranges; i++) {
		struct range *r = &v->ranges[i];

		if (r->unasked &&
		    (key_is_under(prefix, r->key) || key_is_under(r->key, prefix)))
			r->unasked = false;
	}
}

static unsigned long last_reading(const struct view *v, const char *key)
{
	struct name name = name_of(key);
	unsigned long last = 0;

	for (size_t i = 0; i < v->n_ranges; i++)
		if (holds(&v->ranges[i], v->ranges[i].key_len, name) && v->ranges[i].reading > last)
			last = v->ranges[i].reading;
	return last;
}

bool view_is_later(const struct view *v, const char *key, const char *than)
{
	return last_reading(v, key) > last_reading(v, than);
}

size_t view_first(const struct view *v, const char *prefix)
{
	return lower_bound(v, name_of(prefix));
}

const struct record *view_at(const struct view *v, size_t index, const char *prefix)
{
	const struct record *r = index < v->n_records ? &v->records[index] : NULL;

	return r && is_under(name_of_record(r), prefix, strlen(prefix)) ? r : NULL;
}

uint64_t view_prefix_revision(const struct view *v, const char *prefix)
{
	struct name name = name_of(prefix);
	uint64_t oldest = 0;

	for (size_t i = 0; i < v->n_ranges; i++) {
		const struct range *r = &v->ranges[i];

		if (r->kind != RANGE_KEY && holds(r, r->key_len, name) &&
		    (!oldest || r->revision < oldest))
			oldest = r->revision;
	}
	return oldest;
}

/* The record of the key, made if need be; NULL on lack of memory. */
static struct record *record_for(struct view *v, const char *key)
{
	struct name name = name_of(key);
	size_t i = v->n_records;

	/* Stores answer in key order, so most records go to the end. */
	if (i && compare_key(&name, &v->records[i - 1]) <= 0)
		i = lower_bound(v, name);
	if (i < v->n_records && is_named(&v->records[i], name))
		return &v->records[i];
	v->failed |= list_room(&v->records, v->n_records, &v->cap_records) < 0;
	key = v->failed ? NULL : strdup(key);
	if (!key) {
		v->failed = true;
		return NULL;
	}
	memmove(&v->records[i + 1], &v->records[i], (v->n_records - i) * sizeof(struct record));
	v->records[i] = (struct record){ .key = key, .key_len = name.len };
	v->n_records++;
	return &v->records[i];
}

void view_put(struct view *v, const char *key, const void *value, size_t value_len,
	      uint64_t revision)
{
	struct record *r;
	char *copy = malloc(value_len + 1);

	if (!copy) {
		v->failed = true;
		return;
	}
	if (value_len)
		memcpy(copy, value, value_len);
	copy[value_len] = '\0';
	r = record_for(v, key);
	if (!r) {
		free(copy);
		return;
	}
	free(unconst(r->value));
	r->value = copy;
	r->value_len = value_len;
	r->revision = revision;
	r->looked_at = 0;
	r->unseen = r->proven = false;
}

void view_put_key(struct view *v, const char *key, uint64_t revision)
{
	struct record *r = record_for(v, key);

	if (!r)
		return;
	r->unseen = false;
	if (r->value && r->revision == revision)
		return;
	free(unconst(r->value));
	r->value = NULL;
	r->value_len = 0;
	r->revision = revision;
	r->proven = false;
}

void view_put_as(struct view *v, const struct range *range, const struct record *record)
{
	if (range->kind != RANGE_PREFIX_KEYS &&
	    (!range->keep || range->keep(record, range->keep_arg)))
		view_put(v, record->key, record->value, record->value_len, record->revision);
	else
		view_put_key(v, record->key, record->revision);
}

static bool is_of(const struct record *r, const struct range *range)
{
	return holds(range, strlen(range->key), name_of_record(r));
}

void view_forget(struct view *v, const struct range *range)
{
	for (size_t i = view_first(v, range->key); i < v->n_records &&
	     is_of(&v->records[i], range); i++)
		v->records[i].unseen = true;
}

static void drop_unseen(struct view *v, const struct range *range)
{
	size_t i = view_first(v, range->key), kept = i;

	for (; i < v->n_records && is_of(&v->records[i], range); i++) {
		if (v->records[i].unseen)
			record_done(&v->records[i]);
		else
			v->records[kept++] = v->records[i];
	}
	if (kept == i)
		return;
	memmove(&v->records[kept], &v->records[i], (v->n_records - i) * sizeof(struct record));
	v->n_records -= i - kept;
}

void view_remove(struct view *v, const char *key)
{
	struct name name = name_of(key);
	size_t i = lower_bound(v, name);

	if (i == v->n_records || !is_named(&v->records[i], name))
		return;
	record_done(&v->records[i]);
	memmove(&v->records[i], &v->records[i + 1], (v->n_records - i - 1) * sizeof(struct record));
	v->n_records--;
}

static struct range *find_range(const struct view *v, const char *key, enum range_kind kind)
{
	struct name name = name_of(key);

	for (size_t i = 0; i < v->n_ranges; i++)
		if (v->ranges[i].kind == kind &&
		    same_texts(v->ranges[i].key, v->ranges[i].key_len, name.text, name.len))
			return &v->ranges[i];
	return NULL;
}

bool view_proves_prefix(const struct view *v, const char *prefix, uint64_t *ret_newest)
{
	const struct range *range = find_range(v, prefix, RANGE_PREFIX);
	const struct record *r;

	*ret_newest = 0;
	if (!range || !range->proven)
		return false;
	for (size_t i = view_first(v, prefix); (r = view_at(v, i, prefix)); i++) {
		if (!r->proven)
			return false;
		if (r->revision > *ret_newest)
			*ret_newest = r->revision;
	}
	return true;
}

static void drop_range(struct view *v, struct range *r)
{
	if (!r)
		return;
	free(unconst(r->key));
	v->n_ranges--;
	memmove(r, r + 1, (size_t)(&v->ranges[v->n_ranges] - r) * sizeof(*r));
}

void view_leave(struct view *v, const char *key)
{
	drop_range(v, find_range(v, key, RANGE_KEY));
	view_remove(v, key);
}

static void add_to_ranges(struct view *v, const struct range *range, uint64_t revision)
{
	char *key;

	v->failed |= v->n_ranges >= VIEW_RANGES_MAX ||
		     list_room(&v->ranges, v->n_ranges, &v->cap_ranges) < 0;
	key = v->failed ? NULL : strdup(range->key);
	if (!key) {
		v->failed = true;
		return;
	}
	v->ranges[v->n_ranges++] = (struct range){
		.key = key, .kind = range->kind, .keep = range->keep, .keep_arg = range->keep_arg,
		.key_len = strlen(key), .revision = revision, .reading = v->readings,
	};
}

/* What is read of a prefix may be newer than what was proven of it. */
static void prove_nothing_of(struct view *v, const struct range *range)
{
	for (size_t i = 0; i < v->n_ranges; i++)
		if (v->ranges[i].proven && (key_is_under(v->ranges[i].key, range->key) ||
					    key_is_under(range->key, v->ranges[i].key)))
			v->ranges[i].proven = false;
}

/*
 * A listing of keys says nothing more once the values are read too; and read again
 * after them, at a later revision, it would take values away.  So a view has one
 * or the other.  Which, is settled when a range comes new: those who read a view's
 * ranges again walk them while they are covered, and none may move.
 */
void view_cover(struct view *v, const struct range *range, uint64_t revision)
{
	struct range *r = find_range(v, range->key, range->kind);

	drop_unseen(v, range);
	prove_nothing_of(v, range);
	if (r) {
		r->revision = revision;
		r->reading = v->readings;
		r->keep = range->keep;
		r->keep_arg = range->keep_arg;
		return;
	}
	if (range->kind == RANGE_PREFIX_KEYS && find_range(v, range->key, RANGE_PREFIX))
		return;
	if (range->kind == RANGE_PREFIX)
		drop_range(v, find_range(v, range->key, RANGE_PREFIX_KEYS));
	add_to_ranges(v, range, revision);
}

static void copy_record(struct view *to, const struct record *from)
{
	struct record *r;

	if (from->value)
		view_put(to, from->key, from->value, from->value_len, from->revision);
	else
		view_put_key(to, from->key, from->revision);
	r = to->failed ? NULL : &to->records[to->n_records - 1];
	if (!r)
		return;
	r->looked_at = from->looked_at;
	r->proven = from->proven;
}

void view_copy(struct view *to, const struct view *from)
{
	for (size_t i = 0; i < from->n_records && !to->failed; i++)
		copy_record(to, &from->records[i]);
	for (size_t i = 0; i < from->n_ranges && !to->failed; i++) {
		add_to_ranges(to, &from->ranges[i], from->ranges[i].revision);
		if (to->failed)
			return;
		to->ranges[i].reading = from->ranges[i].reading;
		to->ranges[i].unasked = from->ranges[i].unasked;
		to->ranges[i].proven = from->ranges[i].proven;
	}
	to->readings = from->readings;
	to->from_mirror = from->from_mirror;
}

void view_look_at_the_same(struct view *v, const struct view *copy)
{
	for (size_t i = 0; i < v->n_records; i++) {
		const struct record *looked = view_peek(copy, v->records[i].key);

		if (looked)
			view_look_at_head(v, &v->records[i], looked->looked_at);
	}
	for (size_t i = 0; i < copy->n_ranges; i++)
		if (copy->ranges[i].kind != RANGE_KEY && !copy->ranges[i].unasked)
			view_ask(v, copy->ranges[i].key);
}
