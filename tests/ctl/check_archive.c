/* SPDX-License-Identifier: Apache-2.0 */
/* The file of export and import: what is written reads back, and what is damaged is refused. */
#include "base/io.h"
#include "ctl/transfer/archive.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Made with Python: hashlib, and its uuid5() over the chain of version 1. */
#define SUM_OF_NONE \
	"sha256:e3b0c44298fc1c149afbf4c8996fb924" \
	"27ae41e4649b934ca495991b7852b855"
#define SUM_OF_A1 \
	"sha256:86600010862fcbbeb72b6d39f4cb4c56" \
	"a035ecd388801be68d8966d7a89958ae"
#define SUM_OF_A1_B \
	"sha256:6021262a53e2bb201bb4f34812cf2274" \
	"de74bef5575a6850169bed387b750ebd"
#define SUM_OF_ODD \
	"sha256:bd5571dff339359acc4eb2e771982d18" \
	"291ac3daeb4efbd5453848ca46886305"
#define OLD_SUM_OF_NONE "uuid5:00000000-0000-0000-0000-000000000000"
#define OLD_SUM_OF_A1_B "uuid5:3ea5a73a-6c97-56e3-bf34-18cca322f9ea"

#define TWO_RECORDS \
	"{\"version\":2,\"records\":[\n" \
	"{\"key\":\"/calico/a\",\"value\":\"1\"},\n" \
	"{\"key\":\"/calico/b\",\"value\":\"\"}\n" \
	"],\"count\":2,\"sum\":\"" SUM_OF_A1_B "\"}\n"

/* Each version of the file that is read. */
static const char *const versions[] = {
	TWO_RECORDS,
	"{\"version\":1,\"records\":[\n"
	"{\"key\":\"/calico/a\",\"value\":\"1\"},\n"
	"{\"key\":\"/calico/b\",\"value\":\"\"}\n"
	"],\"count\":2,\"sum\":\"" OLD_SUM_OF_A1_B "\"}\n",
};

static struct err e;
static char folder[32], path[64];
static struct archive_reader reader;
static bool opened;

static void setup(void)
{
	err_reset(&e);
	opened = false;
	strcpy(folder, "/tmp/archive.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/export.json", folder);
}

static void close_reader(void)
{
	if (opened)
		archive_reader_done(&reader);
	opened = false;
}

static void teardown(void)
{
	close_reader();
	unlink(path);
	rmdir(folder);
}

static struct record record_of(const char *key, const char *value, size_t len)
{
	return (struct record){ .key = key, .value = value, .value_len = len };
}

static void write_all(const struct record *records, size_t n)
{
	struct archive_writer w __cleanup(archive_writer_done) = {0};
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	archive_write_begin(&w, file, path);
	for (size_t i = 0; i < n; i++)
		ck_assert_msg(archive_write(&w, &records[i], &e) == 0, "%s", e.text);
	ck_assert_msg(archive_write_end(&w, &e) == 0, "%s", e.text);
	ck_assert_uint_eq(w.n, n);
	fclose(file);
}

static void write_text(const char *text, size_t len)
{
	ck_assert_msg(io_replace_file(path, text, len, 0600, &e) == 0, "%s", e.text);
}

static void assert_text(const char *want)
{
	struct buf text __cleanup(buf_done) = BUF(1 << 20);

	ck_assert_msg(io_read_file(path, &text, &e) == 0, "%s", e.text);
	ck_assert_str_eq(text.data, want);
}

static void open_reader(void)
{
	close_reader();
	opened = true;
	err_reset(&e);
	ck_assert_msg(archive_read_open(&reader, path, &e) == 0, "%s", e.text);
}

/* The next record is this one. */
static void reads(const struct record *want)
{
	ck_assert_msg(archive_read(&reader, &e) == 1, "%s", e.text);
	ck_assert_str_eq(reader.record.key, want->key);
	ck_assert_uint_eq(reader.record.value_len, want->value_len);
	ck_assert_mem_eq(reader.record.value, want->value, want->value_len);
}

static void ends(void)
{
	ck_assert_msg(archive_read(&reader, &e) == 0, "%s", e.text);
	ck_assert_int_eq(archive_read(&reader, &e), 0);
}

/* The text is refused, now or after some records, and the error holds the words. */
static void refused(const char *text, size_t len, const char *words)
{
	int rc;

	write_text(text, len);
	open_reader();
	while ((rc = archive_read(&reader, &e)) == 1)
		;
	ck_assert_msg(rc == -1, "%s", text);
	ck_assert_int_eq(e.kind, ERR_DECODE);
	ck_assert_msg(strstr(e.text, words) != NULL, "%s", e.text);
	ck_assert_ptr_nonnull(strstr(e.text, path));
}

START_TEST(records_stand_a_line_each_with_their_count_and_sum)
{
	const struct record records[] = { record_of("/calico/a", "1", 1),
					  record_of("/calico/b", "", 0) };

	write_all(records, 2);
	assert_text(TWO_RECORDS);
	write_all(records, 1);
	assert_text("{\"version\":2,\"records\":[\n{\"key\":\"/calico/a\",\"value\":\"1\"}\n"
		    "],\"count\":1,\"sum\":\"" SUM_OF_A1 "\"}\n");
	write_all(NULL, 0);
	assert_text("{\"version\":2,\"records\":[\n],\"count\":0,\"sum\":\"" SUM_OF_NONE "\"}\n");
}
END_TEST

START_TEST(an_empty_archive_reads_back)
{
	write_all(NULL, 0);
	open_reader();
	ends();
	ck_assert_uint_eq(reader.n, 0);
}
END_TEST

START_TEST(any_bytes_read_back)
{
	static const char nul[] = "a\0b", odd[] = "\xff\xc3\x28 \xed\xa0\x80";
	static const char text[] = "<\"\\&>\n\t\x01\x7f \xc3\xa4 \xe2\x80\xa8";
	const struct record records[] = {
		record_of("/calico/\xff", "x", 1),
		record_of("/calico/\xff\xfe", nul, sizeof(nul) - 1),
		record_of("/calico/\xff\xff", odd, sizeof(odd) - 1),
		record_of("/calico/\xff\xff\x01", text, sizeof(text) - 1),
		record_of("/calico/\xff\xff\x02", "", 0),
		record_of("/calico/\xff\xff\x03", "\0", 1),
	};

	write_all(records, ARRAY_LEN(records));
	open_reader();
	for (size_t i = 0; i < ARRAY_LEN(records); i++)
		reads(&records[i]);
	ends();
	ck_assert_uint_eq(reader.n, ARRAY_LEN(records));
}
END_TEST

START_TEST(what_text_can_say_stands_as_text_and_the_rest_in_base64)
{
	static const char odd[] = "<\"\\&>\n\t\x01\x7f \xc3\xa4 \xe2\x80\xa8";
	const struct record records[] = { record_of("/calico/a", odd, sizeof(odd) - 1),
					  record_of("/calico/b", "a\xff\x80" "b", 4) };
	struct buf text __cleanup(buf_done) = BUF(1 << 16);

	write_all(records, 2);
	ck_assert_int_eq(io_read_file(path, &text, &e), 0);
	ck_assert_ptr_nonnull(strstr(text.data, "\"/calico/a\",\"value\":\"\\u003c\\\"\\\\"));
	ck_assert_ptr_nonnull(strstr(text.data, "\"/calico/b\",\"value64\":\"Yf+AYg==\"}"));
	ck_assert_ptr_nonnull(strstr(text.data, SUM_OF_ODD));
}
END_TEST

START_TEST(a_large_record_reads_back)
{
	char *value = calloc(1, 3 << 20);
	struct record record = record_of("/calico/a", value, 3 << 20);

	for (size_t i = 0; i < record.value_len; i++)
		value[i] = (char)(i * 7 + i / 256);
	write_all(&record, 1);
	open_reader();
	reads(&record);
	ends();
	free(value);
}
END_TEST

START_TEST(a_record_beyond_the_limit_is_not_written)
{
	struct archive_writer w __cleanup(archive_writer_done) = {0};
	char *value = calloc(1, ARCHIVE_RECORD_MAX + 1);
	struct record record = record_of("/calico/a", value, ARCHIVE_RECORD_MAX);

	archive_write_begin(&w, stderr, path);
	ck_assert_int_eq(archive_write(&w, &record, &e), -1);
	ck_assert_int_eq(e.kind, ERR_LIMIT);
	ck_assert_ptr_nonnull(strstr(e.text, "/calico/a"));
	free(value);
}
END_TEST

static const char *const reformatted[] = {
	" {\t\"version\" : 1 ,\r\n\"records\" :[{\"value\":\"1\" , \"key\" :\"/calico/a\"} ,"
	"{\"key\":\"/calico/b\",\"value\":\"\",\"more\":[{}]}] ,\"count\":2,\"sum\":\"" SUM_OF_A1_B
	"\" } \n\n",
	"{\"note\":[{\"a\":\"]}\\\"\"}],\"x\":-1.5e3,\"version\":1,\"records\":["
	"{\"key64\":\"L2NhbGljby9h\",\"value64\":\"MQ==\"},{\"key\":\"\\u002fcalico/b\","
	"\"value64\":\"\"}],\"sum\":\"" OLD_SUM_OF_A1_B "\",\"y\":null}",
	"{\"sum\":\"" SUM_OF_A1_B "\",\"records\":[{\"key64\":\"L2NhbGljby9h\",\"value\":\"1\"},"
	"{\"key\":\"\\u002fcalico/b\",\"value64\":\"\"}],\"version\":2}",
};

START_TEST(a_reformatted_file_is_the_same_file)
{
	const struct record a = record_of("/calico/a", "1", 1), b = record_of("/calico/b", "", 0);

	write_text(reformatted[_i], strlen(reformatted[_i]));
	open_reader();
	reads(&a);
	reads(&b);
	ends();
}
END_TEST

START_TEST(it_can_be_read_again_from_the_first_record)
{
	const struct record a = record_of("/calico/a", "1", 1), b = record_of("/calico/b", "", 0);

	write_text(TWO_RECORDS, strlen(TWO_RECORDS));
	open_reader();
	reads(&a);
	ck_assert_int_eq(archive_rewind(&reader, &e), 0);
	for (int i = 0; i < 2; i++) {
		reads(&a);
		reads(&b);
		ends();
		ck_assert_uint_eq(reader.n, 2);
		ck_assert_int_eq(archive_rewind(&reader, &e), 0);
	}
}
END_TEST

START_TEST(a_file_of_any_version_reads_back)
{
	const struct record a = record_of("/calico/a", "1", 1), b = record_of("/calico/b", "", 0);

	write_text(versions[_i], strlen(versions[_i]));
	open_reader();
	reads(&a);
	reads(&b);
	ends();
}
END_TEST

START_TEST(a_cut_file_is_refused_wherever_it_is_cut)
{
	/* The line end behind the last brace may go. */
	for (size_t len = 0; len < strlen(versions[_i]) - 1; len++)
		refused(versions[_i], len, "");
}
END_TEST

START_TEST(a_changed_byte_is_found_wherever_it_is)
{
	char text[512];
	char *from, *to;

	ck_assert_int_lt(snprintf(text, sizeof(text), "%s", versions[_i]), sizeof(text));
	from = strstr(text, "/calico/a");
	to = strstr(text, "],\"count\"");
	for (char *c = from; c < to; c++) {
		char was = *c;

		if (was == '\n' || was == ' ')
			continue;
		*c = was == 'x' ? 'y' : 'x';
		refused(text, strlen(text), "");
		*c = was;
	}
}
END_TEST

#define RECORDS(list) "{\"version\":1,\"records\":[" list "],\"sum\":\"" SUM_OF_A1_B "\"}"
#define A "{\"key\":\"/calico/a\",\"value\":\"1\"}"
#define B "{\"key\":\"/calico/b\",\"value\":\"\"}"

static const struct {
	const char *text, *words;
} damaged[] = {
	{ "", "no export of calico-ipamctl" },
	{ "hello", "no export of calico-ipamctl" },
	{ "[]", "no export of calico-ipamctl" },
	{ "{1:2}", "no export of calico-ipamctl" },
	{ "{\"version\":1}", "has no records" },
	{ "{\"version\":3,\"records\":[" A "," B "],\"sum\":\"" SUM_OF_A1_B "\"}",
	  "its version is neither 1 nor 2" },
	{ "{\"version\":0,\"records\":[]}", "its version is neither 1 nor 2" },
	{ "{\"version\":\"1\",\"records\":[]}", "its version is neither 1 nor 2" },
	{ RECORDS(A), "it has been changed" },
	{ RECORDS(A "," B ",{\"key\":\"/calico/c\",\"value\":\"\"}"), "it has been changed" },
	{ RECORDS(B "," A), "not in ascending order" },
	{ RECORDS(A "," A), "not in ascending order" },
	{ RECORDS("{\"key\":\"/other/a\",\"value\":\"1\"}"), "not under /calico/" },
	{ RECORDS("{\"key\":\"/calico\",\"value\":\"1\"}"), "not under /calico/" },
	{ RECORDS("{\"key64\":\"L2NhbGljby8AYQ==\",\"value\":\"1\"}"), "not under /calico/" },
	{ RECORDS("{\"key\":\"/calico/a\"}"), "no key and value" },
	{ RECORDS("{\"key\":\"/calico/a\",\"value\":1}"), "no key and value" },
	{ RECORDS("{\"key\":\"/calico/a\",\"value64\":\"M\"}"), "no key and value" },
	{ RECORDS("1"), "no key and value" },
	{ RECORDS("{\"key\":\"/calico/a\",\"value\":\"1\",}"), "no JSON" },
	{ RECORDS(A ";" B), "is not followed by a comma" },
	{ RECORDS(A " " B), "is not followed by a comma" },
	{ "{\"version\":1,\"records\":[" A "," B "]}", "has no sum" },
	{ "{\"version\":1,\"records\":[" A "," B "],\"sum\":7}", "has no sum" },
	{ "{\"version\":1,\"records\":[" A "],\"sum\":\"" OLD_SUM_OF_A1_B "\"}",
	  "it has been changed" },
	{ "{\"version\":2,\"records\":[" A "," B "],\"sum\":\"md5:0\"}", "it has been changed" },
	{ "{\"version\":1,\"records\":[],\"records\":[],\"sum\":\"" SUM_OF_NONE "\"}",
	  "two lists of records" },
	{ TWO_RECORDS "{}", "the end of the file" },
};

START_TEST(a_damaged_file_is_refused_and_the_error_says_how)
{
	refused(damaged[_i].text, strlen(damaged[_i].text), damaged[_i].words);
}
END_TEST

START_TEST(a_key_longer_than_a_store_can_have_is_refused)
{
	char text[1024], key[VIEW_KEY_MAX + 2] = "/calico/";

	memset(key + strlen(key), 'k', VIEW_KEY_MAX + 1 - strlen(key));
	snprintf(text, sizeof(text), RECORDS("{\"key\":\"%s\",\"value\":\"\"}"), key);
	refused(text, strlen(text), "no key and value");
}
END_TEST

START_TEST(a_record_beyond_the_limit_is_refused)
{
	struct buf text __cleanup(buf_done) = BUF(ARCHIVE_RECORD_MAX + 1000);

	buf_puts(&text, "{\"version\":1,\"records\":[{\"key\":\"/calico/a\",\"value\":\"");
	for (size_t i = 0; i < ARCHIVE_RECORD_MAX; i++)
		buf_putc(&text, 'x');
	buf_puts(&text, "\"}],\"sum\":\"" SUM_OF_NONE "\"}");
	refused(text.data, text.len, "too large");
}
END_TEST

START_TEST(a_file_that_is_not_there_is_named)
{
	opened = true;
	ck_assert_int_eq(archive_read_open(&reader, path, &e), -1);
	ck_assert_int_eq(e.kind, ERR_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(e.text, path));
}
END_TEST

#define TEST(name) tcase_add_test(t, name)
#define LOOP(name, list) tcase_add_loop_test(t, name, 0, (int)ARRAY_LEN(list))

Suite *suite(void)
{
	Suite *s = suite_create("ctl.archive");
	TCase *t = tcase_create("archive");

	tcase_add_checked_fixture(t, setup, teardown);
	TEST(records_stand_a_line_each_with_their_count_and_sum);
	TEST(an_empty_archive_reads_back);
	TEST(any_bytes_read_back);
	TEST(what_text_can_say_stands_as_text_and_the_rest_in_base64);
	TEST(a_large_record_reads_back);
	TEST(a_record_beyond_the_limit_is_not_written);
	LOOP(a_reformatted_file_is_the_same_file, reformatted);
	TEST(it_can_be_read_again_from_the_first_record);
	LOOP(a_file_of_any_version_reads_back, versions);
	LOOP(a_cut_file_is_refused_wherever_it_is_cut, versions);
	LOOP(a_changed_byte_is_found_wherever_it_is, versions);
	LOOP(a_damaged_file_is_refused_and_the_error_says_how, damaged);
	TEST(a_key_longer_than_a_store_can_have_is_refused);
	TEST(a_record_beyond_the_limit_is_refused);
	TEST(a_file_that_is_not_there_is_named);
	suite_add_tcase(s, t);
	return s;
}
