/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/record/block.h"

#include "base/clock.h"
#include "base/list.h"
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
