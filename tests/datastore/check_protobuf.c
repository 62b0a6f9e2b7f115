/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/etcd/protobuf.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>
#include <time.h>

static struct buf out;

static void begin(void)
{
	buf_init(&out, 64 << 20);
}

static void end(void)
{
	buf_done(&out);
}

#define BYTES(text) (text), sizeof(text) - 1
#define IS(text) (out.len == sizeof(text) - 1 && memcmp(out.data, (text), out.len) == 0)

static const struct {
	uint64_t n;
	const char *bytes;
	size_t len;
} numbers[] = {
	{ 1, BYTES("\x01") },
	{ 127, BYTES("\x7f") },
	{ 128, BYTES("\x80\x01") },
	{ 300, BYTES("\xac\x02") },
	{ (UINT64_C(1) << 14) - 1, BYTES("\xff\x7f") },
	{ UINT64_C(1) << 14, BYTES("\x80\x80\x01") },
	{ UINT64_C(1) << 21, BYTES("\x80\x80\x80\x01") },
	{ UINT64_C(1) << 28, BYTES("\x80\x80\x80\x80\x01") },
	{ UINT64_C(1) << 35, BYTES("\x80\x80\x80\x80\x80\x01") },
	{ UINT64_C(1) << 42, BYTES("\x80\x80\x80\x80\x80\x80\x01") },
	{ UINT64_C(1) << 49, BYTES("\x80\x80\x80\x80\x80\x80\x80\x01") },
	{ UINT64_C(1) << 56, BYTES("\x80\x80\x80\x80\x80\x80\x80\x80\x01") },
	{ INT64_MAX, BYTES("\xff\xff\xff\xff\xff\xff\xff\xff\x7f") },
	{ UINT64_C(1) << 63, BYTES("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01") },
	{ UINT64_MAX, BYTES("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01") },
};

START_TEST(a_number_of_any_length_is_read_as_it_was_written)
{
	struct protobuf p;

	protobuf_number(&out, 1, numbers[_i].n);
	ck_assert_uint_eq(out.len, 1 + numbers[_i].len);
	ck_assert_int_eq(out.data[0], 0x08);
	ck_assert_mem_eq(out.data + 1, numbers[_i].bytes, numbers[_i].len);
	p = protobuf_of(out.data, out.len);
	ck_assert(protobuf_next(&p));
	ck_assert(p.field == 1 && p.type == PROTOBUF_NUMBER);
	ck_assert_uint_eq(p.number, numbers[_i].n);
	ck_assert(!protobuf_next(&p) && !p.bad);
}
END_TEST

START_TEST(zero_is_left_out_and_no_bytes_are_a_field)
{
	protobuf_number(&out, 1, 0);
	ck_assert_uint_eq(out.len, 0);
	protobuf_bytes(&out, 7, NULL, 0);
	ck_assert(IS("\x3a\x00"));
}
END_TEST

START_TEST(a_field_above_fifteen_has_a_longer_tag)
{
	struct protobuf p;

	protobuf_bytes(&out, 64, "b", 1);
	ck_assert(IS("\x82\x04\x01" "b"));
	p = protobuf_of(out.data, out.len);
	ck_assert(protobuf_next(&p));
	ck_assert_uint_eq(p.field, 64);
}
END_TEST

START_TEST(a_message_within_a_message_has_its_own_length)
{
	size_t outer = protobuf_begin(&out, 1), inner = protobuf_begin(&out, 2);
	struct protobuf p, within;

	protobuf_bytes(&out, 3, "x", 1);
	protobuf_end(&out, inner);
	protobuf_number(&out, 4, 5);
	protobuf_end(&out, outer);
	ck_assert(IS("\x0a\x8a\x80\x80\x00\x12\x83\x80\x80\x00\x1a\x01x\x20\x05"));
	p = protobuf_of(out.data, out.len);
	ck_assert(protobuf_next(&p) && p.field == 1 && p.len == 10);
	within = protobuf_within(&p);
	ck_assert(protobuf_next(&within) && within.field == 2 && within.len == 3);
	ck_assert(protobuf_next(&within) && within.field == 4 && within.number == 5);
	ck_assert(!protobuf_next(&within) && !within.bad && !protobuf_next(&p));
}
END_TEST

START_TEST(a_message_within_may_be_empty)
{
	struct protobuf p;

	protobuf_end(&out, protobuf_begin(&out, 1));
	p = protobuf_of(out.data, out.len);
	ck_assert(protobuf_next(&p) && p.type == PROTOBUF_BYTES && !p.len);
	p = protobuf_within(&p);
	ck_assert(!protobuf_next(&p) && !p.bad);
}
END_TEST

/* It is said to be as long as the field can tell at most, without a quarter of a GiB of it. */
START_TEST(a_message_too_long_for_its_length_is_lost)
{
	struct buf fake = { .data = out.data, .len = (1 << 28) + 4, .limit = SIZE_MAX / 4 };

	protobuf_end(&fake, 4);
	ck_assert(fake.failed && fake.full);
}
END_TEST

START_TEST(what_passes_the_limit_of_a_buffer_is_lost_and_its_lengths_with_it)
{
	struct buf small __cleanup(buf_done) = BUF(8);
	size_t begun = protobuf_begin(&small, 1), inner;

	inner = protobuf_begin(&small, 1);
	protobuf_bytes(&small, 1, "a text", 6);
	protobuf_end(&small, inner);
	protobuf_end(&small, begun);
	ck_assert(small.failed && small.full);
	ck_assert_uint_le(small.len, 8);
}
END_TEST

static const struct {
	const char *bytes;
	size_t len;
} broken[] = {
	{ BYTES("\x08") },			/* no number */
	{ BYTES("\x08\x80") },			/* a number ends within */
	{ BYTES("\x80") },			/* a tag does */
	{ BYTES("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02") },	/* above 64 bits */
	{ BYTES("\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00") },	/* eleven bytes */
	{ BYTES("\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80") },
	{ BYTES("\x0a") },			/* no length */
	{ BYTES("\x0a\x01") },			/* a length beyond the end */
	{ BYTES("\x0a\x03" "ab") },
	{ BYTES("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01" "ab") },
	{ BYTES("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\x7f" "ab") },
	{ BYTES("\x09" "1234567") },		/* fixed ones that end within */
	{ BYTES("\x0d" "123") },
	{ BYTES("\x00\x01") },			/* field 0 */
	{ BYTES("\x02\x00") },
	{ BYTES("\x0b\x0c") },			/* groups */
	{ BYTES("\x0c") },
	{ BYTES("\x0e\x01") },			/* types that there are none of */
	{ BYTES("\x0f\x01") },
	{ BYTES("\x88\x80\x80\x80\x80\x80\x01\x01") },	/* a field above 32 bits */
};

START_TEST(what_is_no_message_is_bad_from_there_on)
{
	struct protobuf p = protobuf_of(broken[_i].bytes, broken[_i].len);

	ck_assert(!protobuf_next(&p));
	ck_assert(p.bad);
	ck_assert(!protobuf_next(&p));
	ck_assert(p.bad);
	ck_assert(p.at <= p.end);
}
END_TEST

START_TEST(what_stood_before_the_fault_is_seen)
{
	struct protobuf p = protobuf_of("\x08\x07\x0a\x09", 4);

	ck_assert(protobuf_next(&p) && p.number == 7);
	ck_assert(!protobuf_next(&p) && p.bad);
}
END_TEST

START_TEST(fields_of_any_type_are_gone_past_to_the_next)
{
	static const char bytes[] = "\x09" "12345678" "\x15" "1234" "\x1a\x02" "ab"
				    "\xf8\xff\xff\xff\x0f\x05\x28\x09";
	static const unsigned fields[] = { 1, 2, 3, (1u << 29) - 1, 5 };
	struct protobuf p = protobuf_of(bytes, sizeof(bytes) - 1);

	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		ck_assert(protobuf_next(&p));
		ck_assert_uint_eq(p.field, fields[i]);
	}
	ck_assert_uint_eq(p.number, 9);
	ck_assert(!protobuf_next(&p) && !p.bad);
}
END_TEST

START_TEST(a_number_may_be_written_longer_than_it_need_be)
{
	struct protobuf p = protobuf_of("\x08\x81\x80\x00\x12\x81\x80\x80\x00x", 10);

	ck_assert(protobuf_next(&p) && p.number == 1);
	ck_assert(protobuf_next(&p) && p.len == 1 && *p.data == 'x');
	ck_assert(!protobuf_next(&p) && !p.bad);
}
END_TEST

START_TEST(no_bytes_are_a_message_without_a_field)
{
	struct protobuf p = protobuf_of(NULL, 0);

	ck_assert(!protobuf_next(&p) && !p.bad);
	p = protobuf_of("", 0);
	ck_assert(!protobuf_next(&p) && !p.bad);
}
END_TEST

START_TEST(four_million_small_fields_are_gone_through_once)
{
	clock_t begun = clock();
	struct protobuf p;
	size_t n = 0;

	for (int i = 0; i < 4 << 20; i++)
		protobuf_number(&out, 1, 1);
	ck_assert(!out.failed);
	for (p = protobuf_of(out.data, out.len); protobuf_next(&p);)
		n++;
	ck_assert(!p.bad);
	ck_assert_uint_eq(n, 4 << 20);
	ck_assert_int_lt(clock() - begun, LINEAR_MAX_S * CLOCKS_PER_SEC);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("datastore.protobuf");
	TCase *t = tcase_create("protobuf");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_loop_test(t, a_number_of_any_length_is_read_as_it_was_written, 0,
			    ARRAY_LEN(numbers));
	tcase_add_test(t, zero_is_left_out_and_no_bytes_are_a_field);
	tcase_add_test(t, a_field_above_fifteen_has_a_longer_tag);
	tcase_add_test(t, a_message_within_a_message_has_its_own_length);
	tcase_add_test(t, a_message_within_may_be_empty);
	tcase_add_test(t, a_message_too_long_for_its_length_is_lost);
	tcase_add_test(t, what_passes_the_limit_of_a_buffer_is_lost_and_its_lengths_with_it);
	tcase_add_loop_test(t, what_is_no_message_is_bad_from_there_on, 0, ARRAY_LEN(broken));
	tcase_add_test(t, what_stood_before_the_fault_is_seen);
	tcase_add_test(t, fields_of_any_type_are_gone_past_to_the_next);
	tcase_add_test(t, a_number_may_be_written_longer_than_it_need_be);
	tcase_add_test(t, no_bytes_are_a_message_without_a_field);
	tcase_add_test(t, four_million_small_fields_are_gone_through_once);
	suite_add_tcase(s, t);
	return s;
}
