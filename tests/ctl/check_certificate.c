/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/doctor/certificate.h"

#include "base/b64.h"
#include "base/clock.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>

/* An object identifier as an algorithm, an empty name, an empty bit string. */
#define ALGORITHM "\x30\x03\x06\x01\x2a"
#define NAME "\x30\x00"
#define BITS "\x03\x01\x00"

static void add_element(struct buf *out, unsigned char tag, const void *data, size_t len)
{
	unsigned char head[2] = { tag, (unsigned char)len };

	ck_assert_uint_lt(len, 128);
	buf_add(out, head, 2);
	buf_add(out, data, len);
}

static void add_times(struct buf *out, unsigned char tag, const char *from, const char *until)
{
	struct buf both __cleanup(buf_done) = BUF(200);

	add_element(&both, tag, from, strlen(from));
	add_element(&both, tag, until, strlen(until));
	add_element(out, 0x30, both.data, both.len);
}

/* The shortest that RFC 5280, 4.1 allows to be read. */
static void add_pem(struct buf *out, bool version, unsigned char tag, const char *from,
		    const char *until)
{
	struct buf tbs __cleanup(buf_done) = BUF(200);
	struct buf cert __cleanup(buf_done) = BUF(200);
	struct buf all __cleanup(buf_done) = BUF(200);

	if (version)
		add_element(&tbs, 0xa0, "\x02\x01\x02", 3);
	add_element(&tbs, 0x02, "\x01", 1);
	buf_puts(&tbs, ALGORITHM);
	buf_add(&tbs, NAME, 2);
	add_times(&tbs, tag, from, until);
	buf_add(&tbs, NAME, 2);
	add_element(&tbs, 0x30, ALGORITHM BITS, sizeof(ALGORITHM BITS) - 1);
	add_element(&cert, 0x30, tbs.data, tbs.len);
	buf_add(&cert, ALGORITHM BITS, sizeof(ALGORITHM BITS) - 1);
	add_element(&all, 0x30, cert.data, cert.len);
	buf_puts(out, "Subject: words before it\n-----BEGIN CERTIFICATE-----\n");
	b64_encode(out, all.data, all.len);
	buf_puts(out, "\n-----END CERTIFICATE-----\n");
}

static struct buf text;

static void setup(void)
{
	buf_init(&text, 4096);
}

static void teardown(void)
{
	buf_done(&text);
}

static void assert_dates(const char *from, const char *until)
{
	char got[CLOCK_RFC3339_LEN];
	struct validity v = { 0 };
	struct err e = { 0 };

	ck_assert_msg(certificate_read_text(text.data, "x.crt", &v, &e) == 0, "%s", e.text);
	clock_rfc3339(v.from_ns, got);
	ck_assert_str_eq(got, from);
	clock_rfc3339(v.until_ns, got);
	ck_assert_str_eq(got, until);
}

START_TEST(both_forms_of_time_are_read_with_and_without_a_version)
{
	add_pem(&text, true, 0x17, "260101000000Z", "491231235959Z");
	assert_dates("2026-01-01T00:00:00Z", "2049-12-31T23:59:59Z");
	buf_reset(&text);
	add_pem(&text, false, 0x18, "19990101000000Z", "20500101000000Z");
	assert_dates("1999-01-01T00:00:00Z", "2050-01-01T00:00:00Z");
	buf_reset(&text);
	add_pem(&text, true, 0x17, "500101000000Z", "991231235959Z");
	assert_dates("1950-01-01T00:00:00Z", "1999-12-31T23:59:59Z");
}
END_TEST

START_TEST(of_several_the_one_that_runs_out_first_counts)
{
	add_pem(&text, true, 0x17, "260101000000Z", "300101000000Z");
	add_pem(&text, true, 0x17, "250101000000Z", "270101000000Z");
	add_pem(&text, true, 0x17, "240101000000Z", "280101000000Z");
	assert_dates("2025-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
}
END_TEST

static const char *const wrong[] = {
	"",
	"-----BEGIN PRIVATE SOMETHING-----\nAAAA\n",
	"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
	"-----BEGIN CERTIFICATE-----\nMIIB\n",
	"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
	"-----BEGIN CERTIFICATE-----\nMIT/////\n-----END CERTIFICATE-----\n",
	"-----BEGIN CERTIFICATE-----\n***\n-----END CERTIFICATE-----\n",
};

START_TEST(what_is_no_certificate_is_refused_and_named)
{
	struct validity v = { 7, 7 };
	struct err e = { 0 };

	ck_assert_int_eq(certificate_read_text(wrong[_i], "x.crt", &v, &e), -1);
	ck_assert_int_eq(e.kind, ERR_DECODE);
	ck_assert_ptr_nonnull(strstr(e.text, "x.crt"));
	ck_assert_int_eq(v.from_ns, 7);
}
END_TEST

START_TEST(a_cut_certificate_is_refused_wherever_it_is_cut)
{
	struct buf whole __cleanup(buf_done) = BUF(4096);
	struct buf cut __cleanup(buf_done) = BUF(4096);
	struct validity v;
	const char *begin, *end;

	add_pem(&whole, true, 0x17, "260101000000Z", "300101000000Z");
	begin = strstr(whole.data, "-----BEGIN CERTIFICATE-----\n") + 28;
	end = strstr(whole.data, "\n-----END");
	for (const char *at = begin; at < end; at += 4) {
		struct err e = { 0 };

		buf_reset(&cut);
		buf_add(&cut, whole.data, (size_t)(at - whole.data));
		buf_puts(&cut, end);
		ck_assert_int_eq(certificate_read_text(cut.data, "x.crt", &v, &e), -1);
	}
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("certificate");
	TCase *t = tcase_create("certificate");

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, both_forms_of_time_are_read_with_and_without_a_version);
	tcase_add_test(t, of_several_the_one_that_runs_out_first_counts);
	tcase_add_loop_test(t, what_is_no_certificate_is_refused_and_named, 0,
			    (int)(sizeof(wrong) / sizeof(wrong[0])));
	tcase_add_test(t, a_cut_certificate_is_refused_wherever_it_is_cut);
	return s;
}
