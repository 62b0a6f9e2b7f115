/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks: docs/DATA-MODEL.md 3. */
#include "ipam/record/block.h"
#include "ipam/assign/block_head.h"
#include "ipam/record/keys.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>

#define SECOND 1000000000LL
#define NOW (1787392800LL * SECOND) /* 2026-08-22T10:00:00Z */

static const char fresh[] =
    "{\"cidr\":\"10.0.0.0/"
    "30\",\"affinity\":\"host:node-a\",\"affinity_claim_time\":\"2026-08-22T10:00:00Z\","
    "\"allocations\":[null,null,null,null],\"unallocated\":[0,1,2,3],\"attributes\":null,"
    "\"sequenceNumber\":1787392800000000000,\"sequenceNumberForAllocation\":{},\"deleted\":false}";

static struct cidr net(const char *text)
{
	struct cidr c;

	ck_assert_int_eq(cidr_parse(text, &c), 0);
	return c;
}

static int try_read(const char *text, struct block *b, struct err *e)
{
	struct record r = { .key = KEY_BLOCKS_4 "10.0.0.0-30",
			    .value = text,
			    .value_len = strlen(text),
			    .revision = 7 };

	return block_read(&r, b, e);
}

static struct block read_block(const char *text)
{
	struct err e = {0};
	struct block b;

	ck_assert_msg(try_read(text, &b, &e) == 0, "%s", e.text);
	return b;
}

static void assert_prints(const struct block *b, const char *text)
{
	struct buf out __cleanup(buf_done) = BUF(1 << 20);

	block_print(b, &out);
	ck_assert(!out.failed);
	ck_assert_str_eq(out.data, text);
}

static void assign(struct block *b, unsigned ordinal, const char *handle)
{
	static const struct secondary secondary = { { { "node", "node-a" } }, 1 };
	struct err e = {0};

	ck_assert_int_eq(block_assign(b, ordinal, handle, &secondary, &e), 0);
}

static void release(struct block *b, unsigned ordinal, int64_t now)
{
	struct err e = {0};
	unsigned attribute;

	ck_assert_int_eq(block_begin_release(b, now, &attribute, &e), 0);
	block_release(b, ordinal, attribute);
}

START_TEST(a_fresh_block_is_written_as_calico_creates_it)
{
	struct block b __cleanup(block_done) = {0};
	struct err e = {0};

	ck_assert_int_eq(block_new(net("10.0.0.0/30"), "host:node-a", NOW, &b, &e), 0);
	assert_prints(&b, fresh);
}
END_TEST

START_TEST(a_block_read_and_written_unchanged_is_the_same_to_the_byte)
{
	struct block b __cleanup(block_done) = read_block(fresh);

	assert_prints(&b, fresh);
}
END_TEST

START_TEST(the_first_address_of_a_fresh_block_carries_the_number_as_read)
{
	struct block b __cleanup(block_done) = read_block(fresh);

	assign(&b, 0, "net.c1");
	block_touch(&b);
	assert_prints(&b, "{\"cidr\":\"10.0.0.0/"
			  "30\",\"affinity\":\"host:node-a\",\"affinity_claim_time\":\"2026-08-"
			  "22T10:00:00Z\","
			  "\"allocations\":[0,null,null,null],\"unallocated\":[1,2,3],"
			  "\"attributes\":[{\"handle_id\":\"net.c1\",\"secondary\":{\"node\":"
			  "\"node-a\"}}],"
			  "\"sequenceNumber\":1787392800000000001,"
			  "\"sequenceNumberForAllocation\":{\"0\":1787392800000000000},\"deleted\":"
			  "false}");
}
END_TEST

START_TEST(allocations_of_one_owner_share_an_attribute)
{
	struct block b __cleanup(block_done) = read_block(fresh);

	assign(&b, 0, "net.c1");
	assign(&b, 1, "net.c1");
	assign(&b, 2, "net.c2");
	ck_assert_uint_eq(b.n_attributes, 2);
	ck_assert_ptr_eq(block_attribute(&b, 0), block_attribute(&b, 1));
	ck_assert_ptr_ne(block_attribute(&b, 0), block_attribute(&b, 2));
}
END_TEST

START_TEST(an_attribute_with_an_alternate_owner_is_not_shared)
{
	struct block b __cleanup(block_done) = read_block(
	    "{\"cidr\":\"10.0.0.0/30\",\"allocations\":[0,null,null,null],\"unallocated\":[1,2,3],"
	    "\"attributes\":[{\"handle_id\":\"net.c1\",\"secondary\":{\"node\":\"node-a\"},"
	    "\"alternateOwnerAttrs\":{}}]}");

	assign(&b, 1, "net.c1");
	ck_assert_uint_eq(b.n_attributes, 2);
}
END_TEST

/* The text's own length, or 0 where it does not show a full block of the owner. */
static size_t head_of(const char *text, const char *cidr, const char *owner)
{
	struct record r = { .value = text, .value_len = strlen(text) };
	size_t len = 0;

	return block_head_is_full(&r, net(cidr), owner, &len) ? len : 0;
}

START_TEST(a_full_block_is_known_by_its_head)
{
	struct block b __cleanup(block_done) = read_block(fresh);
	struct buf text __cleanup(buf_done) = BUF(1 << 16);
	size_t len;

	for (unsigned i = 0; i < 4; i++) {
		buf_reset(&text);
		block_print(&b, &text);
		ck_assert_uint_eq(head_of(text.data, "10.0.0.0/30", "host:node-a"), 0);
		assign(&b, i, i % 2 ? "net.c1" : "net.c2");
	}
	buf_reset(&text);
	block_print(&b, &text);
	len = head_of(text.data, "10.0.0.0/30", "host:node-a");
	ck_assert_uint_gt(len, 0);
	ck_assert_int_eq(strncmp(text.data + len, "\"attributes\":[", 14), 0);
	ck_assert_uint_eq(head_of(text.data, "10.0.0.4/30", "host:node-a"), 0);
	ck_assert_uint_eq(head_of(text.data, "10.0.0.0/30", "host:node-b"), 0);
	ck_assert_uint_eq(head_of(text.data, "10.0.0.0/30", "host:node-"), 0);
	while (text.len > len) {
		ck_assert_uint_eq(head_of(text.data, "10.0.0.0/30", "host:node-a"), len);
		text.data[--text.len] = '\0';
	}
	while (text.len) {
		text.data[--text.len] = '\0';
		ck_assert_uint_eq(head_of(text.data, "10.0.0.0/30", "host:node-a"), 0);
	}
}
END_TEST

START_TEST(a_head_of_another_order_tells_nothing)
{
	ck_assert_uint_gt(head_of("{\"cidr\":\"10.0.0.0/30\",\"affinity\":\"host:a\","
				  "\"allocations\":[0,0,0,0],\"unallocated\":[],\"attributes\":",
				  "10.0.0.0/30", "host:a"), 0);
	ck_assert_uint_eq(head_of("{\"cidr\":\"10.0.0.0/30\",\"affinity\":\"host:a\","
				  "\"unallocated\":[],\"allocations\":[0,0,0,0],\"attributes\":",
				  "10.0.0.0/30", "host:a"), 0);
	ck_assert_uint_eq(head_of("{ \"cidr\":\"10.0.0.0/30\"", "10.0.0.0/30", "host:a"), 0);
}
END_TEST

START_TEST(without_cooldown_a_released_address_is_free_at_once_and_last_in_order)
{
	struct block b __cleanup(block_done) = read_block(fresh);

	assign(&b, 0, "net.c1");
	release(&b, 0, NOW);
	block_collect(&b, 0, NOW);
	block_touch(&b);
	assert_prints(&b, "{\"cidr\":\"10.0.0.0/"
			  "30\",\"affinity\":\"host:node-a\",\"affinity_claim_time\":\"2026-08-"
			  "22T10:00:00Z\","
			  "\"allocations\":[null,null,null,null],\"unallocated\":[1,2,3,0],"
			  "\"attributes\":[],"
			  "\"sequenceNumber\":1787392800000000001,\"sequenceNumberForAllocation\":{"
			  "},\"deleted\":false}");
}
END_TEST

START_TEST(a_cooling_address_is_neither_free_nor_held)
{
	struct block b __cleanup(block_done) = read_block(fresh);

	assign(&b, 0, "net.c1");
	release(&b, 0, NOW);
	block_collect(&b, 60, NOW + 60 * SECOND);
	ck_assert(!block_is_free(&b, 0));
	ck_assert(attribute_is_released(block_attribute(&b, 0)));
	ck_assert(!block_is_empty(&b));
	ck_assert_uint_eq(b.n_attributes, 1);
}
END_TEST

START_TEST(cooldown_ends_strictly_after_its_seconds)
{
	struct block b __cleanup(block_done) = read_block(fresh);

	assign(&b, 0, "net.c1");
	release(&b, 0, NOW);
	block_collect(&b, 60, NOW + 60 * SECOND + 1);
	ck_assert(block_is_free(&b, 0));
	ck_assert_uint_eq(b.unallocated[3], 0);
}
END_TEST

START_TEST(a_cooldown_longer_than_the_clock_never_ends)
{
	struct block b __cleanup(block_done) = read_block(fresh);

	assign(&b, 0, "net.c1");
	release(&b, 0, NOW);
	block_collect(&b, INT64_MAX / SECOND + 1, NOW + 60 * SECOND);
	ck_assert(!block_is_free(&b, 0));
	block_collect(&b, INT64_MAX, NOW + 60 * SECOND);
	ck_assert(!block_is_free(&b, 0));
}
END_TEST

START_TEST(collection_renumbers_the_attributes_that_stay)
{
	struct block b __cleanup(block_done) = read_block(fresh);

	assign(&b, 0, "net.c1");
	assign(&b, 1, "net.c2");
	release(&b, 0, NOW);
	block_collect(&b, 0, NOW);
	ck_assert_uint_eq(b.n_attributes, 1);
	ck_assert(attribute_has_handle(block_attribute(&b, 1), "net.c2"));
}
END_TEST

START_TEST(a_block_of_windows_reservations_only_is_empty)
{
	struct block b __cleanup(block_done) = read_block(fresh);

	assign(&b, 0, "Windows-Reserved-IPAM-Handle");
	ck_assert(block_is_empty(&b));
	assign(&b, 1, "net.c1");
	ck_assert(!block_is_empty(&b));
}
END_TEST

START_TEST(handles_are_cut_at_the_first_carriage_return)
{
	struct block b __cleanup(block_done) = read_block(fresh);

	assign(&b, 0, "net.c1\r\n");
	ck_assert(attribute_has_handle(block_attribute(&b, 0), "net.c1"));
	ck_assert(!attribute_has_handle(block_attribute(&b, 0), "net.c"));
}
END_TEST

START_TEST(old_blocks_without_the_newer_fields_are_read)
{
	struct block b __cleanup(block_done) = read_block(
	    "{\"cidr\":\"10.0.0.0/30\",\"affinity\":null,\"allocations\":[null,0,null,null],"
	    "\"unallocated\":[0,2,3],\"attributes\":[{\"handle_id\":\"x\"}]}");

	ck_assert_ptr_null(b.affinity);
	ck_assert(block_is_older_than(&b, INT64_MAX / 2, NOW));
	ck_assert_uint_eq(block_sequence_of(&b, 1), 0);
	assign(&b, 0, "net.c1");
	ck_assert_uint_eq(block_sequence_of(&b, 0), 0);
}
END_TEST

START_TEST(fields_that_nobody_knows_survive)
{
	static const char text[] =
	    "{\"cidr\":\"10.0.0.0/30\",\"affinity\":null,\"allocations\":[null,null,null,null],"
	    "\"unallocated\":[0,1,2,3],\"attributes\":[],\"sequenceNumber\":18446744073709551615,"
	    "\"sequenceNumberForAllocation\":null,\"deleted\":false,\"hostAffinity\":\"old\","
	    "\"new\":{\"n\":12345678901234567890}}";
	struct block b __cleanup(block_done) = read_block(text);

	assert_prints(&b, text);
}
END_TEST

START_TEST(a_full_block_lists_nothing_unallocated)
{
	struct block b __cleanup(block_done) = read_block(fresh);
	struct buf out __cleanup(buf_done) = BUF(4096);

	for (unsigned i = 0; i < 4; i++)
		assign(&b, i, "net.c1");
	block_print(&b, &out);
	ck_assert_ptr_nonnull(strstr(out.data, "\"unallocated\":[]"));
}
END_TEST

#define LISTING(allocations, unallocated, attributes) \
	"{\"cidr\":\"10.0.0.0/30\",\"affinity\":null,\"allocations\":[" allocations "]," \
	"\"unallocated\":[" unallocated "],\"attributes\":[" attributes "]," \
	"\"sequenceNumber\":1,\"sequenceNumberForAllocation\":{},\"deleted\":false}"
#define TWO_HANDLES "{\"handle_id\":\"net.a\"},{\"handle_id\":\"net.b\"}"

static const char *const repeating[] = {
	LISTING("0,1,null,null", "2,3,3", TWO_HANDLES),
	LISTING("0,1,null,null", "2,3,3,3,3,3,3,3,2", TWO_HANDLES),
	LISTING("0,1,null,null", "0,1,0,2,3", TWO_HANDLES),
	LISTING("0,1,null,null", "4,2,3", TWO_HANDLES),
	LISTING("0,1,null,null", "-1,2,9223372036854775807,3,-9223372036854775808", TWO_HANDLES),
};

/* As releases of an old Calico left it; and Calico reads and writes any number. */
START_TEST(a_free_list_that_names_any_numbers_is_read_and_written_as_it_is)
{
	struct block b __cleanup(block_done) = read_block(repeating[_i]);

	assert_prints(&b, repeating[_i]);
}
END_TEST

START_TEST(what_is_freed_is_listed_however_long_the_list_is)
{
	struct block b __cleanup(block_done) = read_block(repeating[0]);

	release(&b, 0, NOW);
	block_collect(&b, 0, NOW);
	release(&b, 1, NOW);
	block_collect(&b, 0, NOW);
	assert_prints(&b, LISTING("null,null,null,null", "2,3,3,0,1", ""));
	for (unsigned i = 0; i < 4; i++)
		assign(&b, i, "net.c1");
	ck_assert_uint_eq(b.n_unallocated, 0);
	ck_assert_uint_eq(block_held(&b), 4);
	for (unsigned i = 4; i--; ) {
		release(&b, i, NOW);
		block_collect(&b, 0, NOW);
	}
	assert_prints(&b, LISTING("null,null,null,null", "3,2,1,0", ""));
}
END_TEST

START_TEST(what_is_freed_is_listed_behind_what_is_no_ordinal)
{
	struct block b __cleanup(block_done) = read_block(repeating[4]);

	release(&b, 1, NOW);
	block_collect(&b, 0, NOW);
	assign(&b, 2, "net.c");
	assert_prints(&b, "{\"cidr\":\"10.0.0.0/30\",\"affinity\":null,\"allocations\":[0,null,1,"
			  "null],\"unallocated\":[-1,9223372036854775807,3,-9223372036854775808,1"
			  "],\"attributes\":[{\"handle_id\":\"net.a\"},{\"handle_id\":\"net.c\","
			  "\"secondary\":{\"node\":\"node-a\"}}],\"sequenceNumber\":1,"
			  "\"sequenceNumberForAllocation\":{\"2\":1},\"deleted\":false}");
	block_repair_unallocated(&b);
	ck_assert_uint_eq(b.n_unallocated, 2);
}
END_TEST

START_TEST(a_free_list_that_no_store_of_calicos_can_hold_is_refused)
{
	struct buf text __cleanup(buf_done) = BUF(8 << 20);
	struct err e = { 0 };
	struct block b;

	buf_puts(&text, "{\"cidr\":\"10.0.0.0/30\",\"allocations\":[null,null,null,null],"
			"\"unallocated\":[0");
	for (unsigned i = 0; i < BLOCK_UNALLOCATED_MAX; i++)
		buf_puts(&text, ",0");
	buf_puts(&text, "]}");
	ck_assert(!text.failed);
	ck_assert_int_eq(try_read(text.data, &b, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CORRUPT);
	ck_assert_ptr_nonnull(strstr(e.text, "unallocated"));
}
END_TEST

static const char *const bad[] = {
	"",
	"[]",
	"{",
	"{}",
	"{\"cidr\":7}",
	"{\"cidr\":\"10.0.0.4/30\",\"allocations\":[null,null,null,null]}",
	"{\"cidr\":\"10.0.0.0/30\",\"allocations\":[null,null,null]}",
	"{\"cidr\":\"10.0.0.0/30\",\"allocations\":[null,null,null,null,null]}",
	"{\"cidr\":\"10.0.0.0/30\",\"allocations\":[0,null,null,null],\"attributes\":[]}",
	"{\"cidr\":\"10.0.0.0/30\",\"allocations\":[-1,null,null,null],\"attributes\":[{}]}",
	"{\"cidr\":\"10.0.0.0/30\",\"allocations\":[null,null,null,null],\"unallocated\":[1.5]}",
	"{\"cidr\":\"10.0.0.0/30\",\"allocations\":[null,null,null,null],\"unallocated\":[\"1\"]}",
	("{\"cidr\":\"10.0.0.0/30\",\"allocations\":[null,null,null,null],"
		"\"unallocated\":[9223372036854775808]}"),
	"{\"cidr\":\"10.0.0.0/30\",\"allocations\":[null,null,null,null],\"attributes\":[3]}",
	"{\"cidr\":\"10.0.0.0/30\",\"allocations\":[null,null,null,null],\"sequenceNumber\":-1}",
	"{\"cidr\":\"10.0.0.0/30\",\"affinity\":{},\"allocations\":[null,null,null,null]}",
};

START_TEST(a_block_that_cannot_be_read_is_an_error_that_names_its_key)
{
	struct err e = {0};
	struct block b;

	ck_assert_int_eq(try_read(bad[_i], &b, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CORRUPT);
	ck_assert_ptr_nonnull(strstr(e.text, KEY_BLOCKS_4 "10.0.0.0-30"));
}
END_TEST

START_TEST(a_block_larger_than_the_limit_is_refused)
{
	struct record r = { .key = KEY_BLOCKS_4 "10.0.0.0-8",
			    .value = "{\"cidr\":\"10.0.0.0/8\"}",
			    .value_len = 21,
			    .revision = 1 };
	struct err e = {0};
	struct block b;

	ck_assert_int_eq(block_read(&r, &b, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CORRUPT);
}
END_TEST

START_TEST(releasing_keeps_the_sequence_entry_until_the_ordinal_is_free)
{
	struct block b __cleanup(block_done) = read_block(fresh);

	assign(&b, 0, "net.c1");
	release(&b, 0, NOW);
	block_collect(&b, 60, NOW);
	ck_assert_uint_eq(block_sequence_of(&b, 0), 1787392800000000000ULL);
	block_collect(&b, 60, NOW + 61 * SECOND);
	ck_assert_uint_eq(block_sequence_of(&b, 0), 0);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("block");
	TCase *t = tcase_create("block");

	suite_add_tcase(s, t);
	tcase_add_test(t, a_fresh_block_is_written_as_calico_creates_it);
	tcase_add_test(t, a_block_read_and_written_unchanged_is_the_same_to_the_byte);
	tcase_add_test(t, the_first_address_of_a_fresh_block_carries_the_number_as_read);
	tcase_add_test(t, allocations_of_one_owner_share_an_attribute);
	tcase_add_test(t, an_attribute_with_an_alternate_owner_is_not_shared);
	tcase_add_test(t, a_full_block_is_known_by_its_head);
	tcase_add_test(t, a_head_of_another_order_tells_nothing);
	tcase_add_test(t, without_cooldown_a_released_address_is_free_at_once_and_last_in_order);
	tcase_add_test(t, a_cooling_address_is_neither_free_nor_held);
	tcase_add_test(t, cooldown_ends_strictly_after_its_seconds);
	tcase_add_test(t, a_cooldown_longer_than_the_clock_never_ends);
	tcase_add_test(t, collection_renumbers_the_attributes_that_stay);
	tcase_add_test(t, a_block_of_windows_reservations_only_is_empty);
	tcase_add_test(t, handles_are_cut_at_the_first_carriage_return);
	tcase_add_test(t, old_blocks_without_the_newer_fields_are_read);
	tcase_add_test(t, fields_that_nobody_knows_survive);
	tcase_add_test(t, a_full_block_lists_nothing_unallocated);
	tcase_add_loop_test(
		t, a_free_list_that_names_any_numbers_is_read_and_written_as_it_is, 0,
		(int)ARRAY_LEN(repeating));
	tcase_add_test(t, what_is_freed_is_listed_behind_what_is_no_ordinal);
	tcase_add_test(t, what_is_freed_is_listed_however_long_the_list_is);
	tcase_add_test(t, a_free_list_that_no_store_of_calicos_can_hold_is_refused);
	tcase_add_loop_test(t, a_block_that_cannot_be_read_is_an_error_that_names_its_key, 0,
			    (int)(sizeof(bad) / sizeof(bad[0])));
	tcase_add_test(t, a_block_larger_than_the_limit_is_refused);
	tcase_add_test(t, releasing_keeps_the_sequence_entry_until_the_ordinal_is_free);
	return s;
}
