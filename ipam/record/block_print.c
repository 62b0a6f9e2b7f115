/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/record/block.h"

#include "ipam/record/tree.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

/* What the struct has; all else of a record is printed as it was read. */
static const char *const known_fields[] = {
	"cidr",       "affinity",       "affinity_claim_time",         "allocations", "unallocated",
	"attributes", "sequenceNumber", "sequenceNumberForAllocation", "deleted",
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
	if (ordinal >= b->size)
		return;
	print_sequence(b, ordinal, out);
	for (unsigned digit = 0; ordinal && digit < 10; digit++)
		print_sequences_from(b, ordinal * 10 + digit, out);
}

/* Keys that are no ordinals of this block. */
static void print_strange_sequences(const struct block *b, struct buf *out)
{
	const struct cJSON *map = json_field(b->kept, "sequenceNumberForAllocation");

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
	for (unsigned digit = 0; digit < 10; digit++)
		print_sequences_from(b, digit, out);
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
