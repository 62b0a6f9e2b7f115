/* SPDX-License-Identifier: Apache-2.0 */
/* The mirror's file alone; before a store it is tried in tests/mirror. */
#include "datastore/mirror.h"
#include "base/fnv.h"
#include "base/io.h"
#include "tests/fake/settings_of.h"
#include "tests/suite.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NONCE "AAAAAAAAAAAAAAAA"
#define SUM_AT 21 /* bytes: where the checksum stands in the file */

static char folder[] = "/tmp/check_mirror.XXXXXX";
static char path[sizeof(folder) + 300];
static struct mirror *m;

/* A record, and a prefix of one, which the nonce proves. */
static void setup(void)
{
	const struct datastore_traits traits = { .transactions = true, .in_order = true,
						 .mirrored = true,
						 .place = "etcd http://192.0.2.1" };
	struct settings s __cleanup(settings_done) =
		SETTINGS("etcd_endpoints", "http://192.0.2.1", "run_path", mkdtemp(folder));
	struct view view __cleanup(view_done) = {0};
	struct wants keep __cleanup(wants_done) = {0};
	const struct range range = { .key = "/a", .kind = RANGE_KEY };
	const struct range prefix = { .key = "/p/", .kind = RANGE_PREFIX };

	m = mirror_open(&s, &traits, "node-a");
	ck_assert_ptr_nonnull(m);
	view_cover(&view, &prefix, 7);
	view.ranges[0].proven = true;
	view_put(&view, "/p/1", "p", 1, 5);
	view_cover(&view, &range, 7);
	view_put(&view, "/a", "one", 3, 7);
	memcpy(mirror_nonce(m)->value, NONCE, sizeof(NONCE));
	mirror_nonce(m)->revision = 7;
	view_put(&view, mirror_nonce(m)->key, NONCE, strlen(NONCE), 7);
	for (size_t i = 0; i < view.n_records; i++)
		view.records[i].proven = true;
	wants_add(&keep, "/a", RANGE_KEY);
	wants_add(&keep, "/p/", RANGE_PREFIX);
	mirror_save(m, &view, &keep);
}

static void find_file(void)
{
	DIR *d = opendir(folder);
	struct dirent *entry;

	ck_assert_ptr_nonnull(d);
	while ((entry = readdir(d)))
		if (entry->d_name[0] != '.')
			snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
	closedir(d);
}

static void teardown(void)
{
	mirror_close(m);
	find_file();
	unlink(path);
	rmdir(folder);
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
}

static void sign(struct buf *file)
{
	size_t head = SUM_AT + sizeof(uint64_t);
	uint64_t sum = fnv1a_words(file->data + head, file->len - head);

	memcpy(file->data + SUM_AT, &sum, sizeof(sum));
}

/* Changes the last byte of the text where it first stands in the file, and signs that. */
static void forge(const char *text, char last)
{
	struct buf file __cleanup(buf_done) = BUF(1 << 16);
	struct err e = {0};
	char *at;

	find_file();
	ck_assert_msg(io_read_file(path, &file, &e) == 0, "%s", e.text);
	at = memmem(file.data, file.len, text, strlen(text));
	ck_assert_ptr_nonnull(at);
	at[strlen(text) - 1] = last;
	sign(&file);
	ck_assert_int_eq(io_replace_file(path, file.data, file.len, 0600, &e), 0);
}

static bool is_believed(void)
{
	struct view view __cleanup(view_done) = {0};

	mirror_load(m, &view);
	ck_assert(view.from_mirror || !view.n_records);
	return view.from_mirror;
}

START_TEST(a_file_that_is_signed_is_believed)
{
	ck_assert(is_believed());
	forge("one", 'x');
	ck_assert(is_believed());
}
END_TEST

static void assert_is_doubted(struct buf *file, size_t at, size_t other)
{
	struct err e = {0};

	file->data[at] ^= (char)0x80;
	file->data[other] ^= (char)0x80;
	ck_assert_int_eq(io_replace_file(path, file->data, file->len, 0600, &e), 0);
	ck_assert(!is_believed());
	file->data[at] ^= (char)0x80;
	file->data[other] ^= (char)0x80;
}

/* The highest bits of two words, which a sum of words may take for none. */
START_TEST(a_file_of_which_bits_are_others_is_not_believed)
{
	struct buf file __cleanup(buf_done) = BUF(1 << 16);
	struct err e = {0};

	find_file();
	ck_assert_int_eq(io_read_file(path, &file, &e), 0);
	for (size_t i = SUM_AT; i + 16 < file.len; i++) {
		assert_is_doubted(&file, i, i + 1);
		assert_is_doubted(&file, i, i + 8);
		assert_is_doubted(&file, i, i + 16);
	}
	ck_assert_int_eq(io_replace_file(path, file.data, file.len, 0600, &e), 0);
	ck_assert(is_believed());
}
END_TEST

/* It would be planned from, and nothing would compare it. */
START_TEST(a_record_that_no_range_covers_is_not_believed)
{
	forge("/a", 'b');
	ck_assert(!is_believed());
}
END_TEST

static bool proves_the_prefix(const struct view *view)
{
	uint64_t newest;

	return view_proves_prefix(view, "/p/", &newest) && newest == 5;
}

START_TEST(the_nonce_and_what_it_proves_are_remembered_together)
{
	struct view view __cleanup(view_done) = {0};
	struct wants keep __cleanup(wants_done) = {0};

	mirror_load(m, &view);
	ck_assert(nonce_stands(mirror_nonce(m), &view));
	ck_assert(view_knows_existence(&view, mirror_nonce(m)->key));
	ck_assert(view_peek(&view, "/a")->proven);
	ck_assert(proves_the_prefix(&view));
	view_remove(&view, mirror_nonce(m)->key);
	wants_add(&keep, "/a", RANGE_KEY);
	wants_add(&keep, "/p/", RANGE_PREFIX);
	mirror_save(m, &view, &keep);
	view_reset(&view);
	mirror_load(m, &view);
	ck_assert(view.from_mirror);
	ck_assert(!nonce_stands(mirror_nonce(m), &view));
	ck_assert(view_knows_existence(&view, mirror_nonce(m)->key));
	ck_assert(!view_peek(&view, "/a")->proven);
	ck_assert(!proves_the_prefix(&view));
}
END_TEST

START_TEST(a_mirror_that_is_not_there_forgets_the_nonce)
{
	struct view view __cleanup(view_done) = {0};

	find_file();
	ck_assert_int_eq(truncate(path, SUM_AT), 0);
	mirror_load(m, &view);
	ck_assert_str_eq(mirror_nonce(m)->value, "");
	ck_assert(!view.n_ranges);
}
END_TEST

START_TEST(a_refusal_is_remembered)
{
	struct view view __cleanup(view_done) = {0};
	struct wants keep __cleanup(wants_done) = {0};

	wants_add(&keep, "/a", RANGE_KEY);
	mirror_load(m, &view);
	mirror_nonce(m)->refused = true;
	nonce_leave(mirror_nonce(m), &view);
	mirror_save(m, &view, &keep);
	mirror_nonce(m)->refused = false;
	view_reset(&view);
	mirror_load(m, &view);
	ck_assert(!nonce_is_used(mirror_nonce(m)));
	ck_assert(!view_knows_existence(&view, mirror_nonce(m)->key));
}
END_TEST

START_TEST(a_nonce_that_is_too_long_is_not_believed)
{
	struct view view __cleanup(view_done) = {0};
	struct buf file __cleanup(buf_done) = BUF(1 << 16);
	uint64_t len = strlen(NONCE) + 1;
	struct err e = {0};
	char *at;

	find_file();
	ck_assert_int_eq(io_read_file(path, &file, &e), 0);
	at = memmem(file.data, file.len, NONCE, strlen(NONCE));
	ck_assert_ptr_nonnull(at);
	memcpy(at - sizeof(len), &len, sizeof(len));
	sign(&file);
	ck_assert_int_eq(io_replace_file(path, file.data, file.len, 0600, &e), 0);
	mirror_load(m, &view);
	ck_assert(!view.from_mirror);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("mirror");
	TCase *t = tcase_create("mirror");

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_file_that_is_signed_is_believed);
	tcase_add_test(t, a_file_of_which_bits_are_others_is_not_believed);
	tcase_add_test(t, a_record_that_no_range_covers_is_not_believed);
	tcase_add_test(t, the_nonce_and_what_it_proves_are_remembered_together);
	tcase_add_test(t, a_mirror_that_is_not_there_forgets_the_nonce);
	tcase_add_test(t, a_refusal_is_remembered);
	tcase_add_test(t, a_nonce_that_is_too_long_is_not_believed);
	return s;
}
