/* SPDX-License-Identifier: Apache-2.0 */
/* A block as the text of its record: read, made and printed. */
#include "ipam/record/block.h"

#include "base/clock.h"
#include "base/list.h"
#include "ipam/record/tree.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int out_of_memory(struct err *e)
{
	return err_set(e, ERR_INTERNAL, "out of memory");
}

static int make_tables(struct block *b, struct err *e)
{
	b->allocations = malloc(b->size * sizeof(*b->allocations));
	b->sequences = calloc(b->size, sizeof(*b->sequences));
	if (!b->allocations || !b->sequences)
		return out_of_memory(e);
	for (unsigned i = 0; i < b->size; i++)
		b->allocations[i] = BLOCK_FREE;
	return 0;
}

static int set_cidr(struct block *b, struct cidr cidr, struct err *e)
{
	unsigned host_bits = family_bits(cidr.base.family) - cidr.len;

	if (host_bits > 12)
		return err_set(e, ERR_CORRUPT, "has more than %d addresses", BLOCK_SIZE_MAX);
	b->cidr = cidr;
	b->size = 1U << host_bits;
	return make_tables(b, e);
}

static int read_cidr(struct block *b, const struct cJSON *root, const char *key, struct err *e)
{
	const char *text = "", *name = strrchr(key, '/');
	struct cidr cidr, of_key;

	if (json_get_string(root, "cidr", &text, e) < 0)
		return -1;
	if (cidr_parse(text, &cidr) < 0 || !cidr_is_masked(cidr))
		return err_set(e, ERR_CORRUPT, "field \"cidr\" is not a CIDR: \"%.60s\"", text);
	if (!name || cidr_parse_key(name + 1, &of_key) < 0 || !cidr_equal(cidr, of_key))
		return err_set(e, ERR_CORRUPT, "field \"cidr\" is %s, which does not fit the key",
			       text);
	return set_cidr(b, cidr, e);
}

static int read_text(const struct cJSON *root, const char *name, char **ret, struct err *e)
{
	const char *text = NULL;

	if (json_get_nullable(root, name, &text, e) < 0)
		return -1;
	if (text && !(*ret = strdup(text)))
		return out_of_memory(e);
	return 0;
}

#define SEQUENCES_NAME "sequenceNumberForAllocation"

/* What is read from the text, since trees of lists are many times as large and slow. */
enum list { ALLOCATIONS, UNALLOCATED, ATTRIBUTES, SEQUENCES, N_LISTS };

static const char *const list_names[N_LISTS] = {
	[ALLOCATIONS] = "allocations", [UNALLOCATED] = "unallocated",
	[ATTRIBUTES] = "attributes", [SEQUENCES] = SEQUENCES_NAME,
};

/* 1: into it; 0: absent or null. */
static int enter_list(struct json_walk lists[N_LISTS], enum list which, struct err *e)
{
	struct json_walk *w = &lists[which];

	if (!w->text || json_walk_type(w) == JSON_NULL)
		return 0;
	if (json_walk_enter(w, JSON_ARRAY))
		return 1;
	return err_set(e, ERR_CORRUPT, "field \"%s\" must be a list, not %s", list_names[which],
		       json_type_name(json_walk_type(w)));
}

static int read_allocations(struct block *b, struct json_walk lists[N_LISTS], struct err *e)
{
	int there = enter_list(lists, ALLOCATIONS, e);
	struct json_walk *w = &lists[ALLOCATIONS];
	unsigned i = 0;
	uint64_t n;

	for (; there > 0 && json_walk_next(w) && i <= b->size; i++) {
		if (i == b->size || json_walk_type(w) == JSON_NULL)
			continue;
		if (json_walk_u64(w, &n) < 0 || n >= b->n_attributes)
			return err_set(e, ERR_CORRUPT,
				       "field \"allocations\": entry %u is not an index of an "
				       "attribute",
				       i);
		b->allocations[i] = (int)n;
	}
	if (there >= 0 && i != b->size)
		return err_set(e, ERR_CORRUPT, "field \"allocations\" must have %u entries",
			       b->size);
	return there < 0 ? -1 : 0;
}

/* Room for what is listed already, and for every ordinal that is not. */
static int make_room_for_free(struct block *b, size_t listed, struct err *e)
{
	if (listed > BLOCK_UNALLOCATED_MAX)
		return err_set(e, ERR_CORRUPT, "field \"unallocated\" has more than %d entries",
			       BLOCK_UNALLOCATED_MAX);
	b->unallocated = malloc((listed + b->size + 1) * sizeof(*b->unallocated));
	return b->unallocated ? 0 : out_of_memory(e);
}

static int read_unallocated(struct block *b, struct json_walk lists[N_LISTS], struct err *e)
{
	int there = enter_list(lists, UNALLOCATED, e);
	struct json_walk *w = &lists[UNALLOCATED], ahead = *w;
	size_t listed = 0;

	while (there > 0 && json_walk_next(&ahead))
		listed++;
	if (there < 0 || make_room_for_free(b, listed, e) < 0)
		return -1;
	while (there > 0 && json_walk_next(w))
		if (json_walk_i64(w, &b->unallocated[b->n_unallocated++]) < 0)
			return err_set(e, ERR_CORRUPT, "field \"unallocated\": entry %u is no "
				       "number of 64 bits", b->n_unallocated - 1);
	return 0;
}

static int read_attributes(struct block *b, struct json_walk lists[N_LISTS], struct err *e)
{
	int there = enter_list(lists, ATTRIBUTES, e);
	struct json_walk *w = &lists[ATTRIBUTES];

	b->attributes_null = !there;
	while (there > 0 && json_walk_next(w)) {
		if (list_room(&b->attributes, b->n_attributes, &b->cap_attributes) < 0)
			return out_of_memory(e);
		if (attribute_walk(w, &b->attributes[b->n_attributes], e) < 0)
			return err_wrap(e, "field \"attributes\": entry %u", b->n_attributes);
		b->n_attributes++;
	}
	return there < 0 ? -1 : 0;
}

unsigned block_sequence_key(const struct block *b, const char *key)
{
	unsigned ordinal = 0;

	if (!*key || (*key == '0' && key[1]))
		return b->size;
	for (; *key >= '0' && *key <= '9' && ordinal < b->size; key++)
		ordinal = ordinal * 10 + (unsigned)(*key - '0');
	return *key || ordinal > b->size ? b->size : ordinal;
}

static int read_sequence(struct block *b, const struct cJSON *item, struct err *e)
{
	unsigned ordinal = block_sequence_key(b, json_name(item));
	uint64_t n = 0;

	if (json_type(item) != JSON_NULL && json_u64(item, &n) < 0)
		return err_set(e, ERR_CORRUPT,
			       "field \"sequenceNumberForAllocation\": the number of %.60s must "
			       "be a whole number of at most 64 bits", json_name(item));
	if (ordinal < b->size)
		b->sequences[ordinal] = (struct block_sequence){ n, true };
	else
		b->has_strange_sequences = true;
	return 0;
}

/* False: a name is no ordinal, or a number is none. */
static bool walk_sequences(struct block *b, struct json_walk w)
{
	char name[8];
	uint64_t n;

	if (!json_walk_enter(&w, JSON_OBJECT))
		return false;
	while (json_walk_next(&w)) {
		unsigned ordinal = b->size;

		if (w.name_len < sizeof(name)) {
			memcpy(name, w.name, w.name_len);
			name[w.name_len] = '\0';
			ordinal = block_sequence_key(b, name);
		}
		if (ordinal == b->size || json_walk_u64(&w, &n) < 0)
			return false;
		b->sequences[ordinal] = (struct block_sequence){ n, true };
	}
	return true;
}

/* What is strange stays with the rest that was read. */
static int read_sequences(struct block *b, struct json_walk lists[N_LISTS], struct err *e)
{
	struct json_walk *w = &lists[SEQUENCES];
	struct cJSON *map;

	if (json_get_u64(b->kept, "sequenceNumber", &b->sequence, e) < 0)
		return -1;
	b->sequences_null = !w->text || json_walk_type(w) == JSON_NULL;
	if (b->sequences_null || walk_sequences(b, *w))
		return 0;
	map = json_walk_parse(w, e);
	if (!map)
		return -1;
	json_set(b->kept, SEQUENCES_NAME, map);
	if (json_get_object(b->kept, SEQUENCES_NAME, &map, e) < 0)
		return -1;
	for (const struct cJSON *i = json_first(map); i; i = json_next(i))
		if (read_sequence(b, i, e) < 0)
			return -1;
	return 0;
}

static int read_fields(struct block *b, struct json_walk lists[N_LISTS], const char *key,
		       struct err *e)
{
	const struct cJSON *root = b->kept;

	if (read_cidr(b, root, key, e) < 0 || read_text(root, "affinity", &b->affinity, e) < 0 ||
	    read_text(root, "affinity_claim_time", &b->claim_time, e) < 0 ||
	    read_attributes(b, lists, e) < 0 || read_allocations(b, lists, e) < 0 ||
	    read_unallocated(b, lists, e) < 0 || read_sequences(b, lists, e) < 0)
		return -1;
	return json_get_bool(root, "deleted", &b->deleted, e);
}

int block_read(const struct record *record, struct block *ret, struct err *e)
{
	static const struct deadline never;
	struct block b = { .revision = record->revision };
	struct json_walk w, lists[N_LISTS];

	if (json_walk_begin(&w, record->value, record->value_len, never, e) == 0)
		b.kept = json_walk_parse_without(&w, list_names, N_LISTS, lists, e);
	if (!b.kept || read_fields(&b, lists, record->key, e) < 0) {
		block_done(&b);
		return record_corrupt(record, e);
	}
	*ret = b;
	return 0;
}

/* Writers of JSON differ in what they escape, and may escape anything. */
bool block_may_name(const struct record *record, const char *text)
{
	return strstr(record->value, text) || memchr(record->value, '\\', record->value_len);
}

int block_new(struct cidr cidr, const char *owner, int64_t now_ns, struct block *ret, struct err *e)
{
	struct block b = { .attributes_null = true, .sequence = (uint64_t)now_ns };
	char now[CLOCK_RFC3339_LEN];

	clock_rfc3339(now_ns, now);
	b.affinity = strdup(owner);
	b.claim_time = strdup(now);
	if (!b.affinity || !b.claim_time) {
		block_done(&b);
		return out_of_memory(e);
	}
	if (set_cidr(&b, cidr, e) < 0 || make_room_for_free(&b, 0, e) < 0) {
		block_done(&b);
		return -1;
	}
	for (unsigned i = 0; i < b.size; i++)
		b.unallocated[i] = i;
	b.n_unallocated = b.size;
	*ret = b;
	return 0;
}

/* What the struct has; all else of a record is printed as it was read. */
static const char *const known_fields[] = {
	"cidr",       "affinity",       "affinity_claim_time",         "allocations", "unallocated",
	"attributes", "sequenceNumber", SEQUENCES_NAME,                "deleted",
};

static void print_text(struct buf *out, const char *text)
{
	if (text)
		json_print_string(text, out);
	else
		buf_puts(out, "null");
}

static void print_signed(int64_t n, struct buf *out)
{
	if (n < 0)
		buf_putc(out, '-');
	buf_number(out, n < 0 ? -(uint64_t)n : (uint64_t)n);
}

static void print_allocations(const struct block *b, struct buf *out)
{
	buf_puts(out, ",\"allocations\":[");
	for (unsigned i = 0; i < b->size; i++) {
		if (i)
			buf_putc(out, ',');
		if (b->allocations[i] == BLOCK_FREE)
			buf_puts(out, "null");
		else
			buf_number(out, (uint64_t)b->allocations[i]);
	}
	buf_puts(out, "],\"unallocated\":[");
	for (unsigned i = 0; i < b->n_unallocated; i++) {
		if (i)
			buf_putc(out, ',');
		print_signed(b->unallocated[i], out);
	}
	buf_putc(out, ']');
}

static void print_attributes(const struct block *b, struct buf *out)
{
	if (b->attributes_null && !b->n_attributes) {
		buf_puts(out, ",\"attributes\":null");
		return;
	}
	buf_puts(out, ",\"attributes\":[");
	for (unsigned i = 0; i < b->n_attributes; i++) {
		if (i)
			buf_putc(out, ',');
		attribute_print_again(&b->attributes[i], out);
	}
	buf_putc(out, ']');
}

static void print_sequence(const struct block *b, unsigned ordinal, struct buf *out)
{
	if (!b->sequences[ordinal].is_there)
		return;
	record_print_comma(out);
	buf_putc(out, '"');
	buf_number(out, ordinal);
	buf_puts(out, "\":");
	buf_number(out, b->sequences[ordinal].n);
}

/* In bytewise order of their texts: each ordinal, then those that begin with it. */
static void print_sequences_from(const struct block *b, unsigned ordinal, struct buf *out)
{
	print_sequence(b, ordinal, out);
	for (unsigned i = ordinal * 10; ordinal && i < ordinal * 10 + 10 && i < b->size; i++)
		print_sequences_from(b, i, out);
}

/* Keys that are no ordinals of this block. */
static void print_strange_sequences(const struct block *b, struct buf *out)
{
	const struct cJSON *map = json_field(b->kept, SEQUENCES_NAME);

	for (const struct cJSON *i = json_first(map); i; i = json_next(i)) {
		if (block_sequence_key(b, json_name(i)) < b->size)
			continue;
		record_print_comma(out);
		json_print_string(json_name(i), out);
		buf_putc(out, ':');
		json_print(i, out);
	}
}

static void print_sequences(const struct block *b, struct buf *out)
{
	if (b->sequences_null) {
		buf_puts(out, "null");
		return;
	}
	buf_putc(out, '{');
	for (unsigned i = 0; i < 10 && i < b->size; i++)
		print_sequences_from(b, i, out);
	if (b->has_strange_sequences)
		print_strange_sequences(b, out);
	buf_putc(out, '}');
}

static bool is_known(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(known_fields); i++)
		if (strcasecmp(known_fields[i], name) == 0)
			return true;
	return false;
}

static void print_unknown(const struct block *b, struct buf *out)
{
	for (const struct cJSON *i = json_first(b->kept); i; i = json_next(i)) {
		if (is_known(json_name(i)))
			continue;
		buf_putc(out, ',');
		json_print_string(json_name(i), out);
		buf_putc(out, ':');
		json_print(i, out);
	}
}

void block_print(const struct block *b, struct buf *out)
{
	char cidr[CIDR_TEXT];

	cidr_print(b->cidr, cidr);
	buf_printf(out, "{\"cidr\":\"%s\",\"affinity\":", cidr);
	print_text(out, b->affinity);
	if (b->claim_time) {
		buf_puts(out, ",\"affinity_claim_time\":");
		print_text(out, b->claim_time);
	}
	print_allocations(b, out);
	print_attributes(b, out);
	buf_printf(out,
		   ",\"sequenceNumber\":%" PRIu64 ",\"sequenceNumberForAllocation\":", b->sequence);
	print_sequences(b, out);
	buf_printf(out, ",\"deleted\":%s", b->deleted ? "true" : "false");
	print_unknown(b, out);
	buf_putc(out, '}');
}
