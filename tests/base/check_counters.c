/* SPDX-License-Identifier: Apache-2.0 */
/* Requests are counted by many at once, and by none at the cost of another. */
#include "base/counters/counters.h"
#include "base/io.h"
#include "tests/suite.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64], path[96], deeper[96];
static struct counters c;
static struct err e;

static void setup(void)
{
	strcpy(folder, "/tmp/check_counters.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/" COUNTERS_NAME, folder);
	snprintf(deeper, sizeof(deeper), "%s/a/b", folder);
	e = (struct err){ 0 };
}

static void teardown(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static void add(enum counted command, enum err_kind outcome, uint64_t us)
{
	struct counted_request r = { command, outcome, us, 3, 1 };

	counters_add(folder, &r);
}

static void read_all(void)
{
	ck_assert_msg(counters_read(folder, &c, &e) == 0, "%s", e.text);
}

START_TEST(each_command_is_counted_by_what_came_of_it)
{
	add(COUNTED_ADD, ERR_NONE, 900);
	add(COUNTED_ADD, ERR_NONE, 1000);
	add(COUNTED_ADD, ERR_EXHAUSTED, 1001);
	add(COUNTED_DEL, ERR_INTERNAL, UINT64_C(3600000000));
	add(COUNTED_STATUS, ERR_NONE, 5);
	read_all();
	ck_assert_uint_eq(c.requests[COUNTED_ADD][ERR_NONE], 2);
	ck_assert_uint_eq(c.requests[COUNTED_ADD][ERR_EXHAUSTED], 1);
	ck_assert_uint_eq(c.requests[COUNTED_DEL][ERR_INTERNAL], 1);
	ck_assert_uint_eq(c.requests[COUNTED_STATUS][ERR_NONE], 1);
	ck_assert_uint_eq(c.buckets[COUNTED_ADD][0], 2);
	ck_assert_uint_eq(c.buckets[COUNTED_ADD][1], 1);
	ck_assert_uint_eq(c.buckets[COUNTED_DEL][COUNTERS_BUCKETS - 1], 1);
	ck_assert_uint_eq(c.sum_us[COUNTED_ADD], 2901);
	ck_assert_uint_eq(c.store_requests, 15);
	ck_assert_uint_eq(c.conflicts, 5);
}
END_TEST

/* Who waits in vain is left out, as a whole. */
START_TEST(many_at_once_are_counted_whole)
{
	pid_t pids[8];
	uint64_t n;

	for (int i = 0; i < 8; i++) {
		pids[i] = fork();
		ck_assert_int_ge(pids[i], 0);
		for (int k = 0; !pids[i] && k < 500; k++)
			add(COUNTED_ADD, ERR_NONE, 10);
		if (!pids[i])
			_exit(0);
	}
	for (int i = 0; i < 8; i++)
		waitpid(pids[i], NULL, 0);
	read_all();
	n = c.requests[COUNTED_ADD][ERR_NONE];
	ck_assert_uint_gt(n, 3000);
	ck_assert_uint_le(n, 4000);
	ck_assert_uint_eq(c.buckets[COUNTED_ADD][0], n);
	ck_assert_uint_eq(c.sum_us[COUNTED_ADD], 10 * n);
	ck_assert_uint_eq(c.store_requests, 3 * n);
}
END_TEST

START_TEST(nothing_is_made_but_by_an_add)
{
	struct counted_request r = { .command = COUNTED_DEL };
	struct stat st;

	ck_assert_int_lt(counters_read(deeper, &c, &e), 0);
	ck_assert_int_eq(e.kind, ERR_NOT_FOUND);
	counters_add(deeper, &r);
	ck_assert_int_lt(stat(deeper, &st), 0);
	r.command = COUNTED_ADD;
	counters_add(deeper, &r);
	ck_assert_int_eq(counters_read(deeper, &c, &e), 0);
	ck_assert_int_eq(stat(deeper, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0700);
}
END_TEST

static void begins_anew(void)
{
	struct stat st;

	err_reset(&e);
	ck_assert_int_lt(counters_read(folder, &c, &e), 0);
	add(COUNTED_DEL, ERR_NONE, 10);
	read_all();
	ck_assert_uint_eq(c.requests[COUNTED_DEL][ERR_NONE], 1);
	ck_assert_uint_eq(c.store_requests, 3);
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert(S_ISREG(st.st_mode));
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	ck_assert_int_eq(unlink(path), 0);
}

static void write_file(const void *bytes, size_t len)
{
	ck_assert_int_eq(io_replace_file(path, bytes, len, 0600, &e), 0);
}

START_TEST(what_is_no_record_of_this_version_is_begun_anew)
{
	static char large[3 * sizeof(struct counters)];
	char other[128];

	add(COUNTED_ADD, ERR_NONE, 10);
	ck_assert_int_eq(truncate(path, 100), 0);
	begins_anew();
	write_file("counters?\n", 10);
	begins_anew();
	write_file(large, sizeof(large));
	begins_anew();
	memset(&c, 'x', sizeof(c));
	write_file(&c, sizeof(c));
	begins_anew();
	memset(&c, 0, sizeof(c));
	c.version = COUNTERS_VERSION + 1;
	write_file(&c, sizeof(c));
	begins_anew();
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	begins_anew();
	snprintf(other, sizeof(other), "%s/other", folder);
	ck_assert_int_eq(symlink(other, path), 0);
	begins_anew();
	ck_assert_int_lt(access(other, F_OK), 0);
}
END_TEST

START_TEST(nobody_waits_for_who_was_stopped_while_counting)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct deadline second = deadline_in_ms(1000);
	int fd;

	add(COUNTED_ADD, ERR_NONE, 10);
	ck_assert_ptr_null(io_open(path, O_RDWR, 0, &fd));
	ck_assert_int_eq(fcntl(fd, F_OFD_SETLK, &whole), 0);
	add(COUNTED_ADD, ERR_NONE, 10);
	ck_assert(!deadline_passed(second));
	close(fd);
	add(COUNTED_ADD, ERR_NONE, 10);
	read_all();
	ck_assert_uint_eq(c.requests[COUNTED_ADD][ERR_NONE], 2);
}
END_TEST

START_TEST(another_name_of_a_file_is_not_written_through)
{
	static const char secret[] = "not ours";
	struct buf kept __cleanup(buf_done) = BUF(64);
	char other[128];

	snprintf(other, sizeof(other), "%s/other", folder);
	ck_assert_int_eq(io_replace_file(other, secret, sizeof(secret), 0600, &e), 0);
	ck_assert_int_eq(link(other, path), 0);
	add(COUNTED_ADD, ERR_NONE, 10);
	read_all();
	ck_assert_uint_eq(c.requests[COUNTED_ADD][ERR_NONE], 1);
	ck_assert_int_eq(io_read_file(other, &kept, &e), 0);
	ck_assert_str_eq(kept.data, secret);
}
END_TEST

START_TEST(what_cannot_be_counted_is_not)
{
	ck_assert_int_eq(mkdir(path, 0700), 0);
	add(COUNTED_ADD, ERR_NONE, 10);
	ck_assert_int_lt(counters_read(folder, &c, &e), 0);
	ck_assert_ptr_nonnull(strstr(e.text, "counters is a folder: remove it"));
	snprintf(deeper, sizeof(deeper), "/proc/none/such");
	counters_add(deeper, &(struct counted_request){ .command = COUNTED_ADD });
	ck_assert_int_lt(counters_read(deeper, &c, &e), 0);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("counters");
	TCase *t = tcase_create("counters");

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, each_command_is_counted_by_what_came_of_it);
	tcase_add_test(t, many_at_once_are_counted_whole);
	tcase_add_test(t, nothing_is_made_but_by_an_add);
	tcase_add_test(t, what_is_no_record_of_this_version_is_begun_anew);
	tcase_add_test(t, nobody_waits_for_who_was_stopped_while_counting);
	tcase_add_test(t, another_name_of_a_file_is_not_written_through);
	tcase_add_test(t, what_cannot_be_counted_is_not);
	return s;
}
