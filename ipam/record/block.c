/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/record/block.h"

#include "base/clock.h"
#include "base/list.h"
#include "ipam/record/keys.h"
#include "ipam/record/tree.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void block_done(struct block *b)
{
	free(b->affinity);
	free(b->claim_time);
	free(b->allocations);
	free(b->unallocated);
	free(b->sequences);
	for (unsigned i = 0; i < b->n_attributes; i++)
		attribute_done(&b->attributes[i]);
	free(b->attributes);
	json_free(b->kept);
	*b = (struct block){ 0 };
}

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

/* Room for what is listed already, and for every ordinal that is not. */
static int make_room_for_free(struct block *b, size_t listed, struct err *e)
{
	if (listed > BLOCK_UNALLOCATED_MAX)
		return err_set(e, ERR_CORRUPT, "field \"unallocated\" has more than %d entries",
			       BLOCK_UNALLOCATED_MAX);
	b->unallocated = malloc((listed + b->size) * sizeof(*b->unallocated));
	return b->unallocated ? 0 : out_of_memory(e);
}

static int read_unallocated(struct block *b, const struct cJSON *root, struct err *e)
{
	struct cJSON *list;

	if (json_get_array(root, "unallocated", &list, e) < 0 ||
	    make_room_for_free(b, json_count(list), e) < 0)
		return -1;
	for (struct cJSON *item = json_first(list); item; item = json_next(item))
		if (json_i64(item, &b->unallocated[b->n_unallocated++]) < 0)
			return err_set(e, ERR_CORRUPT, "field \"unallocated\": entry %u is no "
				       "number of 64 bits", b->n_unallocated - 1);
	return 0;
}

static int read_attributes(struct block *b, const struct cJSON *root, struct err *e)
{
	struct cJSON *list, *item;

	if (json_get_array(root, "attributes", &list, e) < 0)
		return -1;
	b->attributes_null = !list;
	while ((item = json_first(list))) {
		if (list_room(&b->attributes, b->n_attributes, &b->cap_attributes) < 0)
			return out_of_memory(e);
		if (attribute_read(json_detach(list, item), &b->attributes[b->n_attributes], e) < 0)
			return err_wrap(e, "field \"attributes\": entry %u", b->n_attributes);
		b->n_attributes++;
	}
	return 0;
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

static int read_sequences(struct block *b, const struct cJSON *root, struct err *e)
{
	struct cJSON *map;

	if (json_get_u64(root, "sequenceNumber", &b->sequence, e) < 0 ||
	    json_get_object(root, "sequenceNumberForAllocation", &map, e) < 0)
		return -1;
	b->sequences_null = !map;
	for (const struct cJSON *i = json_first(map); i; i = json_next(i))
		if (read_sequence(b, i, e) < 0)
			return -1;
	return 0;
}

static int read_fields(struct block *b, const struct cJSON *root, const char *key, struct err *e)
{
	if (read_cidr(b, root, key, e) < 0 || read_text(root, "affinity", &b->affinity, e) < 0 ||
	    read_text(root, "affinity_claim_time", &b->claim_time, e) < 0 ||
	    read_attributes(b, root, e) < 0 || read_allocations(b, root, e) < 0 ||
	    read_unallocated(b, root, e) < 0 || read_sequences(b, root, e) < 0)
		return -1;
	return json_get_bool(root, "deleted", &b->deleted, e);
}

int block_read(const struct record *record, struct block *ret, struct err *e)
{
	struct block b = { .revision = record->revision };

	b.kept = record_parse(record, e);
	if (!b.kept || read_fields(&b, b.kept, record->key, e) < 0) {
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

bool block_is_owned_by(const struct block *b, const char *owner)
{
	return b->affinity && strcmp(b->affinity, owner) == 0;
}

static bool is_windows(const struct attribute *attribute)
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

unsigned block_listed(const struct block *b, unsigned i)
{
	int64_t n = b->unallocated[i];

	return n >= 0 && n < b->size ? (unsigned)n : b->size;
}

bool block_is_free(const struct block *b, unsigned ordinal)
{
	return b->allocations[ordinal] == BLOCK_FREE;
}

const struct attribute *block_attribute(const struct block *b, unsigned ordinal)
{
	return block_is_free(b, ordinal) ? NULL : &b->attributes[b->allocations[ordinal]];
}

unsigned block_count(const struct block *b, const char *handle)
{
	unsigned n = 0;

	for (unsigned i = 0; i < b->size; i++) {
		const struct attribute *a = block_attribute(b, i);

		n += a && !attribute_is_released(a) && attribute_has_handle(a, handle);
	}
	return n;
}

unsigned block_held(const struct block *b)
{
	unsigned n = 0;

	for (unsigned i = 0; i < b->size; i++)
		n += b->allocations[i] != BLOCK_FREE;
	return n;
}

static int compare_uses(const void *left, const void *right)
{
	const struct block_use *a = left, *b = right;

	return a->attribute < b->attribute ? -1 : a->attribute > b->attribute;
}

unsigned block_uses(const struct block *b, struct block_use ret[BLOCK_SIZE_MAX])
{
	unsigned n = 0, kept = 0;

	for (unsigned i = 0; i < b->size; i++)
		if (b->allocations[i] != BLOCK_FREE)
			ret[n++] = (struct block_use){ (unsigned)b->allocations[i], 1 };
	qsort(ret, n, sizeof(*ret), compare_uses);
	for (unsigned i = 0; i < n; i++) {
		if (kept && ret[kept - 1].attribute == ret[i].attribute)
			ret[kept - 1].n++;
		else
			ret[kept++] = ret[i];
	}
	return kept;
}

static bool cooldown_is_over(const struct attribute *attribute, int64_t cooldown_s, int64_t now_ns)
{
	const char *text = attribute_released_at(attribute);
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

/* At the end of the list, unless they are in it. */
static void list_freed(struct block *b, bool freed[BLOCK_SIZE_MAX + 1])
{
	for (unsigned i = 0; i < b->n_unallocated; i++)
		freed[block_listed(b, i)] = false;
	for (unsigned i = 0; i < b->size; i++)
		if (freed[i])
			b->unallocated[b->n_unallocated++] = i;
}

static bool drop_unused_attributes(struct block *b)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < b->n_attributes; i++)
		b->attributes[i].new_index = -1;
	for (unsigned i = 0; i < b->size; i++)
		if (b->allocations[i] != BLOCK_FREE)
			b->attributes[b->allocations[i]].new_index = 0;
	for (unsigned i = 0; i < b->n_attributes; i++)
		if (b->attributes[i].new_index == 0)
			b->attributes[i].new_index = (int)kept++;
	if (kept == b->n_attributes)
		return false;
	for (unsigned i = 0; i < b->size; i++)
		if (b->allocations[i] != BLOCK_FREE)
			b->allocations[i] = b->attributes[b->allocations[i]].new_index;
	for (unsigned i = 0; i < b->n_attributes; i++) {
		if (b->attributes[i].new_index < 0)
			attribute_done(&b->attributes[i]);
		else
			b->attributes[b->attributes[i].new_index] = b->attributes[i];
	}
	b->n_attributes = kept;
	return true;
}

bool block_collect(struct block *b, int64_t cooldown_s, int64_t now_ns)
{
	bool freed[BLOCK_SIZE_MAX + 1], any = false;

	for (unsigned i = 0; i < b->size; i++) {
		freed[i] = cooldown_is_over(block_attribute(b, i), cooldown_s, now_ns);
		if (!freed[i])
			continue;
		any = true;
		b->allocations[i] = BLOCK_FREE;
		b->sequences[i] = (struct block_sequence){ 0 };
	}
	if (any)
		list_freed(b, freed);
	return drop_unused_attributes(b) || any;
}

static int add_attribute(struct block *b, const char *handle, const char *released_at,
			 const struct secondary *secondary, unsigned *ret, struct err *e)
{
	if (list_room(&b->attributes, b->n_attributes, &b->cap_attributes) < 0)
		return out_of_memory(e);
	if (attribute_new(handle, released_at, secondary, &b->attributes[b->n_attributes], e) < 0)
		return -1;
	b->attributes_null = false;
	*ret = b->n_attributes++;
	return 0;
}

static int attribute_for(struct block *b, const char *handle, const struct secondary *secondary,
			 unsigned *ret, struct err *e)
{
	for (unsigned i = 0; i < b->n_attributes; i++) {
		if (attribute_is_of(&b->attributes[i], handle, secondary)) {
			*ret = i;
			return 0;
		}
	}
	return add_attribute(b, handle, NULL, secondary, ret, e);
}

int block_assign(struct block *b, unsigned ordinal, const char *handle,
		 const struct secondary *secondary, struct err *e)
{
	unsigned kept = 0, attribute;

	if (attribute_for(b, handle, secondary, &attribute, e) < 0)
		return -1;
	b->allocations[ordinal] = (int)attribute;
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
	char now[CLOCK_RFC3339_LEN];

	clock_rfc3339(now_ns, now);
	return add_attribute(b, NULL, now, NULL, ret_attribute, e);
}

void block_release(struct block *b, unsigned ordinal, unsigned attribute)
{
	b->allocations[ordinal] = (int)attribute;
}

uint64_t block_sequence_of(const struct block *b, unsigned ordinal)
{
	return b->sequences[ordinal].n;
}

void block_set_sequence_of(struct block *b, unsigned ordinal, uint64_t sequence)
{
	b->sequences[ordinal] = (struct block_sequence){ sequence, true };
	b->sequences_null = false;
}

void block_repair_unallocated(struct block *b)
{
	bool listed[BLOCK_SIZE_MAX] = { false };
	unsigned kept = 0;

	for (unsigned i = 0; i < b->n_unallocated; i++) {
		unsigned ordinal = block_listed(b, i);

		if (ordinal == b->size || listed[ordinal] || !block_is_free(b, ordinal))
			continue;
		listed[ordinal] = true;
		b->unallocated[kept++] = ordinal;
	}
	for (unsigned i = 0; i < b->size; i++)
		if (block_is_free(b, i) && !listed[i])
			b->unallocated[kept++] = i;
	b->n_unallocated = kept;
}
