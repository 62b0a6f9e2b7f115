/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/record/block.h"

#include "base/clock.h"
#include "ipam/record/keys.h"
#include "ipam/record/parse.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const known_fields[] = {
	"cidr",       "affinity",       "affinity_claim_time",         "allocations", "unallocated",
	"attributes", "sequenceNumber", "sequenceNumberForAllocation", "deleted",
};

void block_done(struct block *b)
{
	free(b->affinity);
	free(b->claim_time);
	free(b->allocations);
	free(b->unallocated);
	for (unsigned i = 0; i < b->n_attributes; i++)
		json_free(b->attributes[i]);
	free(b->attributes);
	json_free(b->sequence_for);
	json_free(b->unknown);
	*b = (struct block){ 0 };
}

static int out_of_memory(struct err *e)
{
	return err_set(e, ERR_INTERNAL, "out of memory");
}

static int make_tables(struct block *b, struct err *e)
{
	b->allocations = malloc(b->size * sizeof(*b->allocations));
	b->unallocated = malloc(b->size * sizeof(*b->unallocated));
	if (!b->allocations || !b->unallocated)
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

	if (json_get_string(root, name, &text, e) < 0)
		return -1;
	if (text && !(*ret = strdup(text)))
		return out_of_memory(e);
	return 0;
}

static int read_allocations(struct block *b, const struct cJSON *root, struct err *e)
{
	struct cJSON *list;
	unsigned i = 0;
	uint64_t n;

	if (json_get_array(root, "allocations", &list, e) < 0)
		return -1;
	for (struct cJSON *item = json_first(list); item; item = json_next(item), i++) {
		if (i >= b->size)
			break;
		if (json_type(item) == JSON_NULL)
			continue;
		if (json_u64(item, &n) < 0 || n >= b->n_attributes)
			return err_set(e, ERR_CORRUPT,
				       "field \"allocations\": entry %u is not an index of an "
				       "attribute",
				       i);
		b->allocations[i] = (int)n;
	}
	if (i != b->size || json_count(list) != b->size)
		return err_set(e, ERR_CORRUPT, "field \"allocations\" must have %u entries",
			       b->size);
	return 0;
}

static int read_unallocated(struct block *b, const struct cJSON *root, struct err *e)
{
	struct cJSON *list;
	uint64_t n;

	if (json_get_array(root, "unallocated", &list, e) < 0)
		return -1;
	for (struct cJSON *item = json_first(list); item; item = json_next(item)) {
		if (b->n_unallocated >= b->size || json_u64(item, &n) < 0 || n >= b->size)
			return err_set(e, ERR_CORRUPT,
				       "field \"unallocated\": entry %u is not an ordinal below %u",
				       b->n_unallocated, b->size);
		b->unallocated[b->n_unallocated++] = (unsigned)n;
	}
	return 0;
}

static int add_attribute(struct block *b, struct cJSON *attribute, struct err *e)
{
	struct cJSON **bigger;

	bigger = realloc(b->attributes, (b->n_attributes + 1) * sizeof(struct cJSON *));
	if (!bigger || !attribute) {
		if (bigger)
			b->attributes = bigger;
		json_free(attribute);
		return out_of_memory(e);
	}
	b->attributes = bigger;
	b->attributes[b->n_attributes++] = attribute;
	b->attributes_null = false;
	return 0;
}

static int read_attributes(struct block *b, const struct cJSON *root, struct err *e)
{
	struct cJSON *list, *item;

	if (json_get_array(root, "attributes", &list, e) < 0)
		return -1;
	b->attributes_null = !list;
	while ((item = json_first(list))) {
		if (json_type(item) != JSON_OBJECT)
			return err_set(e, ERR_CORRUPT,
				       "field \"attributes\": entry %u is not an object",
				       b->n_attributes);
		if (add_attribute(b, json_detach(list, item), e) < 0)
			return -1;
	}
	return 0;
}

static int read_sequences(struct block *b, struct cJSON *root, struct err *e)
{
	struct cJSON *map;

	if (json_get_u64(root, "sequenceNumber", &b->sequence, e) < 0 ||
	    json_get_object(root, "sequenceNumberForAllocation", &map, e) < 0)
		return -1;
	if (map)
		b->sequence_for = json_detach(root, map);
	return 0;
}

static int read_fields(struct block *b, struct cJSON *root, const char *key, struct err *e)
{
	if (read_cidr(b, root, key, e) < 0 || read_text(root, "affinity", &b->affinity, e) < 0 ||
	    read_text(root, "affinity_claim_time", &b->claim_time, e) < 0 ||
	    read_attributes(b, root, e) < 0 || read_allocations(b, root, e) < 0 ||
	    read_unallocated(b, root, e) < 0 || read_sequences(b, root, e) < 0 ||
	    json_get_bool(root, "deleted", &b->deleted, e) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(known_fields); i++)
		json_remove(root, known_fields[i]);
	return 0;
}

int block_read(const struct record *record, struct block *ret, struct err *e)
{
	struct block b = { .revision = record->revision };

	b.unknown = record_parse(record, e);
	if (!b.unknown || read_fields(&b, b.unknown, record->key, e) < 0) {
		block_done(&b);
		return record_corrupt(record, e);
	}
	*ret = b;
	return 0;
}

int block_new(struct cidr cidr, const char *owner, int64_t now_ns, struct block *ret, struct err *e)
{
	struct block b = { .attributes_null = true, .sequence = (uint64_t)now_ns };
	char now[CLOCK_RFC3339_LEN];

	clock_rfc3339(now_ns, now);
	b.affinity = strdup(owner);
	b.claim_time = strdup(now);
	b.sequence_for = json_new_object();
	if (!b.affinity || !b.claim_time || !b.sequence_for) {
		block_done(&b);
		return out_of_memory(e);
	}
	if (set_cidr(&b, cidr, e) < 0) {
		block_done(&b);
		return -1;
	}
	for (unsigned i = 0; i < b.size; i++)
		b.unallocated[i] = i;
	b.n_unallocated = b.size;
	*ret = b;
	return 0;
}

static void print_text(struct buf *out, const char *text)
{
	struct cJSON *item __cleanup(json_freep) = text ? json_new_string(text) : json_new_null();

	json_print(item, out);
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
		buf_number(out, b->unallocated[i]);
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
		json_print(b->attributes[i], out);
	}
	buf_putc(out, ']');
}

static void print_unknown(const struct block *b, struct buf *out)
{
	for (struct cJSON *i = json_first(b->unknown); i; i = json_next(i)) {
		buf_putc(out, ',');
		print_text(out, json_name(i));
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
	if (b->sequence_for)
		json_print(b->sequence_for, out);
	else
		buf_puts(out, "null");
	buf_printf(out, ",\"deleted\":%s", b->deleted ? "true" : "false");
	print_unknown(b, out);
	buf_putc(out, '}');
}

bool block_is_owned_by(const struct block *b, const char *owner)
{
	return b->affinity && strcmp(b->affinity, owner) == 0;
}

static bool is_windows(const struct cJSON *attribute)
{
	const char *handle = attribute_handle(attribute);
	size_t len = handle ? strcspn(handle, "\r") : 0;

	return len == strlen(BLOCK_WINDOWS_HANDLE) &&
	       strncasecmp(handle, BLOCK_WINDOWS_HANDLE, len) == 0;
}

bool block_is_empty(const struct block *b)
{
	for (unsigned i = 0; i < b->size; i++)
		if (b->allocations[i] != BLOCK_FREE && !is_windows(block_attribute(b, i)))
			return false;
	return true;
}

bool block_is_older_than(const struct block *b, int64_t ns, int64_t now_ns)
{
	int64_t claimed;

	if (!b->claim_time || clock_parse_rfc3339(b->claim_time, &claimed) < 0)
		return true;
	return claimed <= now_ns - ns;
}

void block_disown(struct block *b)
{
	free(b->affinity);
	free(b->claim_time);
	b->affinity = NULL;
	b->claim_time = NULL;
}

struct addr block_addr(const struct block *b, unsigned ordinal)
{
	return cidr_nth(b->cidr, ordinal);
}

unsigned block_ordinal(const struct block *b, struct addr a)
{
	return (unsigned)(a.n - b->cidr.base.n);
}

bool block_is_free(const struct block *b, unsigned ordinal)
{
	return b->allocations[ordinal] == BLOCK_FREE;
}

const struct cJSON *block_attribute(const struct block *b, unsigned ordinal)
{
	return b->allocations[ordinal] == BLOCK_FREE ? NULL
						     : b->attributes[b->allocations[ordinal]];
}

const char *attribute_handle(const struct cJSON *attribute)
{
	return json_string(json_field(attribute, "handle_id"));
}

bool attribute_has_handle(const struct cJSON *attribute, const char *handle)
{
	const char *stored = attribute_handle(attribute);
	size_t len = stored ? strcspn(stored, "\r") : 0;

	return stored && len == strlen(handle) && memcmp(stored, handle, len) == 0;
}

const char *attribute_secondary(const struct cJSON *attribute, const char *key)
{
	return json_string(json_entry(json_field(attribute, "secondary"), key));
}

bool attribute_is_released(const struct cJSON *attribute)
{
	return json_string(json_field(attribute, "releasedAt")) != NULL;
}

unsigned block_count(const struct block *b, const char *handle)
{
	unsigned n = 0;

	for (unsigned i = 0; i < b->size; i++) {
		const struct cJSON *a = block_attribute(b, i);

		n += a && !attribute_is_released(a) && attribute_has_handle(a, handle);
	}
	return n;
}

static bool cooldown_is_over(const struct cJSON *attribute, int64_t cooldown_s, int64_t now_ns)
{
	const char *text = json_string(json_field(attribute, "releasedAt"));
	int64_t released, cooldown_ns, over;

	if (!text)
		return false;
	if (cooldown_s <= 0)
		return true;
	if (__builtin_mul_overflow(cooldown_s, 1000000000LL, &cooldown_ns) ||
	    __builtin_sub_overflow(now_ns, cooldown_ns, &over))
		return false;
	return clock_parse_rfc3339(text, &released) == 0 && released < over;
}

static void ordinal_text(unsigned ordinal, char out[16])
{
	snprintf(out, 16, "%u", ordinal);
}

static bool is_listed_free(const struct block *b, unsigned ordinal)
{
	for (unsigned i = 0; i < b->n_unallocated; i++)
		if (b->unallocated[i] == ordinal)
			return true;
	return false;
}

static void free_ordinal(struct block *b, unsigned ordinal)
{
	char text[16];

	ordinal_text(ordinal, text);
	b->allocations[ordinal] = BLOCK_FREE;
	if (!is_listed_free(b, ordinal) && b->n_unallocated < b->size)
		b->unallocated[b->n_unallocated++] = ordinal;
	if (b->sequence_for)
		json_remove_entry(b->sequence_for, text);
}

static void drop_unused_attributes(struct block *b)
{
	unsigned kept = 0;
	int *new_index = calloc(b->n_attributes + 1, sizeof(*new_index));

	if (!new_index)
		return;
	for (unsigned i = 0; i < b->size; i++)
		if (b->allocations[i] != BLOCK_FREE)
			new_index[b->allocations[i]] = 1;
	for (unsigned i = 0; i < b->n_attributes; i++) {
		if (!new_index[i]) {
			json_free(b->attributes[i]);
			continue;
		}
		new_index[i] = (int)kept;
		b->attributes[kept++] = b->attributes[i];
	}
	b->n_attributes = kept;
	for (unsigned i = 0; i < b->size; i++)
		if (b->allocations[i] != BLOCK_FREE)
			b->allocations[i] = new_index[b->allocations[i]];
	free(new_index);
}

void block_collect(struct block *b, int64_t cooldown_s, int64_t now_ns)
{
	for (unsigned i = 0; i < b->size; i++)
		if (cooldown_is_over(block_attribute(b, i), cooldown_s, now_ns))
			free_ordinal(b, i);
	drop_unused_attributes(b);
}

static bool is_same_owner(const struct cJSON *attribute, const char *handle,
			  const struct cJSON *secondary)
{
	const char *stored = attribute_handle(attribute);

	return stored && strcmp(stored, handle) == 0 &&
	       !json_field(attribute, "alternateOwnerAttrs") &&
	       !json_field(attribute, "releasedAt") &&
	       json_equal(json_field(attribute, "secondary"), secondary);
}

static int attribute_for(struct block *b, const char *handle, const struct cJSON *secondary,
			 int *ret, struct err *e)
{
	struct cJSON *attribute;

	for (unsigned i = 0; i < b->n_attributes; i++) {
		if (is_same_owner(b->attributes[i], handle, secondary)) {
			*ret = (int)i;
			return 0;
		}
	}
	attribute = json_new_object();
	json_set(attribute, "handle_id", json_new_string(handle));
	json_set(attribute, "secondary", json_copy(secondary));
	if (add_attribute(b, attribute, e) < 0)
		return -1;
	*ret = (int)b->n_attributes - 1;
	return 0;
}

int block_assign(struct block *b, unsigned ordinal, const char *handle,
		 const struct cJSON *secondary, struct err *e)
{
	unsigned kept = 0;
	int attribute;

	if (attribute_for(b, handle, secondary, &attribute, e) < 0)
		return -1;
	b->allocations[ordinal] = attribute;
	for (unsigned i = 0; i < b->n_unallocated; i++)
		if (b->unallocated[i] != ordinal)
			b->unallocated[kept++] = b->unallocated[i];
	b->n_unallocated = kept;
	block_set_sequence_of(b, ordinal, b->sequence);
	return 0;
}

void block_touch(struct block *b)
{
	b->sequence++;
}

int block_begin_release(struct block *b, int64_t now_ns, unsigned *ret_attribute, struct err *e)
{
	struct cJSON *attribute = json_new_object();
	char now[CLOCK_RFC3339_LEN];

	clock_rfc3339(now_ns, now);
	json_set(attribute, "releasedAt", json_new_string(now));
	if (add_attribute(b, attribute, e) < 0)
		return -1;
	*ret_attribute = b->n_attributes - 1;
	return 0;
}

void block_release(struct block *b, unsigned ordinal, unsigned attribute)
{
	b->allocations[ordinal] = (int)attribute;
}

uint64_t block_sequence_of(const struct block *b, unsigned ordinal)
{
	uint64_t sequence = 0;
	char text[16];

	ordinal_text(ordinal, text);
	json_u64(json_entry(b->sequence_for, text), &sequence);
	return sequence;
}

void block_set_sequence_of(struct block *b, unsigned ordinal, uint64_t sequence)
{
	char text[16];

	ordinal_text(ordinal, text);
	if (!b->sequence_for)
		b->sequence_for = json_new_object();
	json_set_entry(b->sequence_for, text, json_new_u64(sequence));
}

void block_repair_unallocated(struct block *b)
{
	bool listed[BLOCK_SIZE_MAX] = { false };
	unsigned kept = 0;

	for (unsigned i = 0; i < b->n_unallocated; i++) {
		unsigned ordinal = b->unallocated[i];

		if (listed[ordinal] || !block_is_free(b, ordinal))
			continue;
		listed[ordinal] = true;
		b->unallocated[kept++] = ordinal;
	}
	for (unsigned i = 0; i < b->size; i++)
		if (block_is_free(b, i) && !listed[i])
			b->unallocated[kept++] = i;
	b->n_unallocated = kept;
}
