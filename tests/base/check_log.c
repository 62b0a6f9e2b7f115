/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/io.h"
#include "base/log.h"
#include "tests/suite.h"

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <regex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char folder[64], path[128];
static int own_stderr;

static void setup(void)
{
	snprintf(folder, sizeof(folder), "/tmp/check_log.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/log/cni.log", folder);
	own_stderr = dup(STDERR_FILENO);
	ck_assert_int_ge(dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO), 0);
}

static void teardown(void)
{
	char command[128];

	log_close();
	dup2(own_stderr, STDERR_FILENO);
	close(own_stderr);
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	ck_assert_int_eq(system(command), 0);
}

static void open_log(const char *level)
{
	log_open(&(struct log_config){ .level = level, .file_path = path });
}

static void read_text(const char *name, struct buf *out)
{
	struct err e = {0};

	buf_init(out, 64 << 20);
	ck_assert_msg(io_read_file(name, out, &e) == 0, "%s", e.text);
}

static void expect_file(const char *pattern)
{
	struct buf text __cleanup(buf_done) = BUF(0);
	regex_t re;

	read_text(path, &text);
	ck_assert_int_eq(regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB), 0);
	ck_assert_msg(regexec(&re, text.data, 0, NULL, 0) == 0, "%s does not match %s", text.data,
		      pattern);
	regfree(&re);
}

static unsigned count_files(void)
{
	char log_folder[80];
	DIR *dir;
	unsigned n = 0;

	snprintf(log_folder, sizeof(log_folder), "%s/log", folder);
	dir = opendir(log_folder);
	for (struct dirent *d; (d = readdir(dir));)
		n += d->d_name[0] != '.';
	closedir(dir);
	return n;
}

START_TEST(a_line_has_time_level_pid_place_message_and_sorted_fields)
{
	open_log("info");
	log_info("Releasing address using handleID", LOG_TEXT("Workload", "n-cni-c-eth0"),
		 LOG_NUMBER("Count", 2), LOG_TEXT("HandleID", "net1.4f2a"));
	expect_file("^20[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3} "
		    "\\[INFO\\]\\[[0-9]+\\] "
		    "ipam/check_log\\.c [0-9]+: Releasing address using handleID "
		    "Count=2 HandleID=\"net1\\.4f2a\" Workload=\"n-cni-c-eth0\"\n$");
}
END_TEST

static const struct { const char *text, *quoted; } quotes[] = {
	{ "plain", "\"plain\"" },
	{ "", "\"\"" },
	{ NULL, "\"\"" },
	{ "a\"b\\c", "\"a\\\"b\\\\c\"" },
	{ "tab\tline\nbell\a", "\"tab\\tline\\nbell\\a\"" },
	{ "\x01\x7f", "\"\\x01\\x7f\"" },
	{ "gr\xc3\xbc\xc3\x9f", "\"gr\xc3\xbc\xc3\x9f\"" },
	{ "cut \xc3", "\"cut \\xc3\"" },
	{ "\xff", "\"\\xff\"" },
	{ "\xed\xa0\x80", "\"\\xed\\xa0\\x80\"" },
	{ "\xc2\x9b" "2J", "\"\\u009b2J\"" },
	{ "\xe2\x80\xae" "fdp", "\"\\u202efdp\"" },
};

START_TEST(texts_are_quoted_as_go_does)
{
	struct buf text __cleanup(buf_done) = BUF(0);

	open_log("info");
	log_info("m", LOG_TEXT("K", quotes[_i].text));
	read_text(path, &text);
	ck_assert_msg(strstr(text.data, quotes[_i].quoted) != NULL, "%s lacks %s", text.data,
		      quotes[_i].quoted);
}
END_TEST

START_TEST(a_message_never_makes_a_second_line)
{
	open_log("info");
	log_info("one\ntwo \"quoted\"");
	expect_file(": one\\\\ntwo \"quoted\"\n$");
}
END_TEST

static const struct { const char *level; const char *lines; } levels[] = {
	{ "debug", "DIWE" }, { "DEBUG", "DIWE" }, { "info", "IWE" }, { "Info", "IWE" },
			{ "error", "E" },
	{ "ERROR", "E" }, { "warning", "WIWE" }, { "", "IWE" }, { NULL, "IWE" },
	{ "nonsense", "WIWE" },
};

START_TEST(levels_below_the_configured_one_are_left_out)
{
	struct buf text __cleanup(buf_done) = BUF(0);
	char seen[8] = "";

	open_log(levels[_i].level);
	log_debug("m");
	log_info("m");
	log_warning("m");
	log_error("m");
	read_text(path, &text);
	for (char *p = text.data; (p = strchr(p, '[')); p = strchr(p, '\n'))
		strncat(seen, p + 1, 1);
	ck_assert_str_eq(seen, levels[_i].lines);
}
END_TEST

START_TEST(a_level_that_is_none_is_told)
{
	struct buf text __cleanup(buf_done) = BUF(0);

	open_log("warning");
	read_text(path, &text);
	ck_assert_ptr_nonnull(strstr(text.data, "log_level is not debug, info or error: taken as "
						"info log_level=\"warning\"\n"));
}
END_TEST

START_TEST(the_file_and_its_folder_obey_the_umask)
{
	mode_t old = umask(077);
	struct stat st;

	open_log("info");
	umask(old);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	*strrchr(path, '/') = '\0';
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0700);
}
END_TEST

START_TEST(a_file_that_cannot_be_opened_fails_nothing)
{
	struct buf text __cleanup(buf_done) = BUF(0);
	char taken[160];

	snprintf(taken, sizeof(taken), "%s/stderr", folder);
	dup2(open(taken, O_WRONLY | O_CREAT | O_CLOEXEC, 0600), STDERR_FILENO);
	log_open(&(struct log_config){ .file_path = "/proc/no/such/file" });
	log_info("still here");
	read_text(taken, &text);
	ck_assert_ptr_nonnull(strstr(text.data, "[WARNING]"));
	ck_assert_ptr_nonnull(strstr(text.data, "path=\"/proc/no/such/file\""));
	ck_assert_ptr_nonnull(strstr(text.data, "still here"));
}
END_TEST

START_TEST(what_answers_go_to_is_no_log)
{
	static const char *const names[] = { "/dev/stdout", "/proc/self/fd/1" };
	int own_stdout = dup(STDOUT_FILENO), pipes[2];
	char answer[8];

	ck_assert_int_eq(pipe2(pipes, O_NONBLOCK | O_CLOEXEC), 0);
	fflush(stdout);
	ck_assert_int_ge(dup2(pipes[1], STDOUT_FILENO), 0);
	for (size_t i = 0; i < 2; i++) {
		log_open(&(struct log_config){ .level = "info", .file_path = names[i] });
		log_info("hello");
	}
	dup2(own_stdout, STDOUT_FILENO);
	close(own_stdout);
	ck_assert_int_eq(read(pipes[0], answer, sizeof(answer)), -1);
	close(pipes[0]);
	close(pipes[1]);
}
END_TEST

START_TEST(a_pipe_that_nobody_reads_holds_nobody_up)
{
	struct deadline soon = deadline_in_ms(20000);
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	log_open(&(struct log_config){ .level = "info" });
	for (int i = 0; i < 5000; i++)
		log_info("a line of some length that fills the pipe in the end, since nobody reads "
			 "it");
	ck_assert(!deadline_passed(soon));
	close(ends[0]);
	close(ends[1]);
}
END_TEST

START_TEST(a_very_long_line_is_cut_and_ends)
{
	struct buf text __cleanup(buf_done) = BUF(0);
	char *longest = malloc(100001);

	memset(longest, 'x', 100000);
	longest[100000] = '\0';
	open_log("info");
	log_info("m", LOG_TEXT("Long", longest));
	log_info(longest);
	free(longest);
	read_text(path, &text);
	ck_assert_uint_le(text.len, 2 * LOG_LINE_MAX);
	ck_assert_int_eq(text.data[text.len - 1], '\n');
}
END_TEST

static void fill_to(off_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	ck_assert_int_eq(ftruncate(fd, size), 0);
	close(fd);
}

START_TEST(a_full_file_is_renamed_and_begun_afresh)
{
	struct stat st;

	open_log("info");
	log_open(&(struct log_config){ .file_path = path, .max_size_mb = 1 });
	fill_to((1 << 20) - 10);
	log_info("the line that would pass the limit");
	ck_assert_uint_eq(count_files(), 2);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_lt(st.st_size, 200);
	expect_file("the line that would pass");
}
END_TEST

START_TEST(renaming_never_replaces_an_older_file)
{
	log_open(&(struct log_config){ .file_path = path, .max_size_mb = 1 });
	for (int i = 0; i < 5; i++) {
		fill_to(1 << 20);
		log_info("full again within one millisecond");
	}
	ck_assert_uint_eq(count_files(), 6);
}
END_TEST

static void touch(const char *name)
{
	char full[256];

	snprintf(full, sizeof(full), "%s/log/%s", folder, name);
	close(open(full, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static bool exists(const char *name)
{
	char full[256];

	snprintf(full, sizeof(full), "%s/log/%s", folder, name);
	return access(full, F_OK) == 0;
}

START_TEST(only_the_newest_are_kept_compressed_ones_included)
{
	char today[64], name[128];
	time_t now = time(NULL);

	open_log("info");
	strftime(today, sizeof(today), "%Y-%m-%d", gmtime(&now));
	for (int i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "cni-%sT00-00-0%d.000.log%s", today, i,
			 i % 2 ? ".zst" : "");
		touch(name);
	}
	touch("cni-other.log");
	log_open(&(struct log_config){ .file_path = path, .max_count = 2 });
	ck_assert_uint_eq(count_files(), 4);
	ck_assert(exists("cni-other.log") && exists("cni.log"));
	snprintf(name, sizeof(name), "cni-%sT00-00-04.000.log", today);
	ck_assert(exists(name));
	snprintf(name, sizeof(name), "cni-%sT00-00-03.000.log.zst", today);
	ck_assert(exists(name));
}
END_TEST

START_TEST(those_older_than_the_age_are_removed)
{
	open_log("info");
	touch("cni-2020-01-01T00-00-00.000.log");
	touch("cni-2099-01-01T00-00-00.000.log");
	touch("cni-2020-01-01.log");
	log_open(&(struct log_config){ .file_path = path });
	ck_assert(!exists("cni-2020-01-01T00-00-00.000.log"));
	ck_assert(exists("cni-2099-01-01T00-00-00.000.log"));
	ck_assert(exists("cni-2020-01-01.log"));
}
END_TEST

#define WRITERS 4
#define LINES_EACH 6000

static void write_many(int writer)
{
	log_open(&(struct log_config){ .file_path = path, .max_size_mb = 1, .max_count = 1000 });
	for (int i = 0; i < LINES_EACH; i++)
		log_info("many processes write and rotate one file",
			 LOG_NUMBER("line", writer * LINES_EACH + i));
	log_close();
	_exit(0);
}

static void count_lines(const char *name, unsigned char *seen)
{
	struct buf text __cleanup(buf_done) = BUF(0);
	const char *end;

	read_text(name, &text);
	end = text.data + text.len;
	/* A sanitized strstr() measures all that follows, each time. */
	for (char *p = text.data; (p = memmem(p, (size_t)(end - p), "line=", 5)); p++)
		seen[atoi(p + 5)]++;
}

START_TEST(no_line_is_lost_when_many_processes_rotate_at_once)
{
	static unsigned char seen[WRITERS * LINES_EACH];
	char log_folder[80], full[400];
	struct dirent *d;
	DIR *dir;

	for (int i = 0; i < WRITERS; i++)
		if (fork() == 0)
			write_many(i);
	for (int i = 0, status; i < WRITERS; i++)
		ck_assert(wait(&status) > 0 && status == 0);
	snprintf(log_folder, sizeof(log_folder), "%s/log", folder);
	dir = opendir(log_folder);
	while ((d = readdir(dir))) {
		snprintf(full, sizeof(full), "%s/%s", log_folder, d->d_name);
		if (d->d_name[0] != '.')
			count_lines(full, seen);
	}
	closedir(dir);
	for (int i = 0; i < WRITERS * LINES_EACH; i++)
		ck_assert_msg(seen[i] == 1, "line %d was seen %d times", i, seen[i]);
	ck_assert_uint_ge(count_files(), 3);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("base.log");
	TCase *t = tcase_create("log");

	signal(SIGPIPE, SIG_IGN);
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_line_has_time_level_pid_place_message_and_sorted_fields);
	tcase_add_loop_test(t, texts_are_quoted_as_go_does, 0, ARRAY_LEN(quotes));
	tcase_add_test(t, a_message_never_makes_a_second_line);
	tcase_add_loop_test(t, levels_below_the_configured_one_are_left_out, 0, ARRAY_LEN(levels));
	tcase_add_test(t, a_level_that_is_none_is_told);
	tcase_add_test(t, the_file_and_its_folder_obey_the_umask);
	tcase_add_test(t, a_file_that_cannot_be_opened_fails_nothing);
	tcase_add_test(t, what_answers_go_to_is_no_log);
	tcase_add_test(t, a_pipe_that_nobody_reads_holds_nobody_up);
	tcase_add_test(t, a_very_long_line_is_cut_and_ends);
	tcase_add_test(t, a_full_file_is_renamed_and_begun_afresh);
	tcase_add_test(t, renaming_never_replaces_an_older_file);
	tcase_add_test(t, only_the_newest_are_kept_compressed_ones_included);
	tcase_add_test(t, those_older_than_the_age_are_removed);
	tcase_add_test(t, no_line_is_lost_when_many_processes_rotate_at_once);
	suite_add_tcase(s, t);
	return s;
}
