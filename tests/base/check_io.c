/* SPDX-License-Identifier: Apache-2.0 */
/* Files and locks.  A second process is a child that leaves by _exit(). */
#include "base/io.h"
#include "base/new_file.h"
#include "tests/suite.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64], path[96];
static struct err e;
static struct buf text;

static void begin(void)
{
	strcpy(folder, "/tmp/calico-ipam-io.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/file", folder);
	err_reset(&e);
	buf_init(&text, 1 << 20);
}

static void end(void)
{
	char command[96];

	buf_done(&text);
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	ck_assert_int_eq(system(command), 0);
}

static const char *below(const char *name)
{
	static char full[256];

	snprintf(full, sizeof(full), "%s/%s", folder, name);
	return full;
}

static void write_file(const void *data, size_t len)
{
	ck_assert_msg(io_replace_file(path, data, len, 0600, &e) == 0, "%s", e.text);
}

/* Waiting */

START_TEST(bytes_and_the_end_are_waited_for_until_the_deadline)
{
	struct deadline soon = deadline_in_ms(30);
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(io_wait_readable(ends[0], soon), 0);
	ck_assert(deadline_passed(soon));
	ck_assert_int_eq(write(ends[1], "x", 1), 1);
	ck_assert_int_gt(io_wait_readable(ends[0], deadline_in_ms(0)), 0);
	ck_assert_int_eq(read(ends[0], path, 1), 1);
	close(ends[1]);
	ck_assert_int_gt(io_wait_readable(ends[0], deadline_in_ms(10000)), 0);
	close(ends[0]);
}
END_TEST

/* Files */

START_TEST(it_is_known_that_nobody_reads_any_more)
{
	int ends[2] = { -1, -1 };

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert(io_has_reader(ends[1]));
	close(ends[0]);
	ck_assert(!io_has_reader(ends[1]));
	close(ends[1]);
	ends[1] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	ck_assert(io_has_reader(ends[1]));
	close(ends[1]);
}
END_TEST

START_TEST(a_file_is_read_to_its_end)
{
	static char data[100001];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * 7);
	write_file(data, sizeof(data));
	ck_assert_int_eq(io_read_file(path, &text, &e), 0);
	ck_assert_uint_eq(text.len, sizeof(data));
	ck_assert_mem_eq(text.data, data, sizeof(data));
}
END_TEST

START_TEST(an_empty_file_is_the_empty_text)
{
	write_file("", 0);
	ck_assert_int_eq(io_read_file(path, &text, &e), 0);
	ck_assert_str_eq(text.data, "");
}
END_TEST

START_TEST(a_file_larger_than_the_limit_is_refused)
{
	struct buf small __cleanup(buf_done) = BUF(5);

	write_file("12345", 5);
	ck_assert_int_eq(io_read_file(path, &small, &e), 0);
	buf_reset(&small);
	write_file("123456", 6);
	ck_assert_int_eq(io_read_file(path, &small, &e), -1);
	ck_assert_int_eq(e.kind, ERR_LIMIT);
	ck_assert_ptr_nonnull(strstr(e.text, path));
	ck_assert_ptr_nonnull(strstr(e.text, "5 bytes"));
}
END_TEST

START_TEST(what_cannot_be_read_is_named)
{
	ck_assert_int_eq(io_read_file(path, &text, &e), -1);
	ck_assert_int_eq(e.kind, ERR_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(e.text, path));
	ck_assert_int_eq(io_read_file(folder, &text, &e), -1);
	ck_assert_int_eq(e.kind, ERR_IO);
	ck_assert_ptr_nonnull(strstr(e.text, folder));
	write_file("x", 1);
	ck_assert_int_eq(io_read_file(below("file/below"), &text, &e), -1);
	ck_assert_int_eq(e.kind, ERR_IO);
}
END_TEST

START_TEST(an_own_file_is_a_regular_file_of_this_user)
{
	ck_assert_int_eq(io_read_own_file(path, &text, &e), -1);
	ck_assert_int_eq(e.kind, ERR_NOT_FOUND);
	write_file("mine", 4);
	ck_assert_int_eq(io_read_own_file(path, &text, &e), 0);
	ck_assert_str_eq(text.data, "mine");
	ck_assert_int_eq(symlink(path, below("link")), 0);
	ck_assert_int_eq(io_read_own_file(below("link"), &text, &e), -1);
	ck_assert_int_eq(e.kind, ERR_IO);
	ck_assert_int_eq(io_read_own_file(folder, &text, &e), -1);
	ck_assert_int_eq(e.kind, ERR_IO);
	ck_assert_ptr_nonnull(strstr(e.text, folder));
	if (geteuid() == 0) {
		ck_assert_int_eq(chown(path, 65534, 65534), 0);
		ck_assert_int_eq(io_read_own_file(path, &text, &e), -1);
		ck_assert_int_eq(e.kind, ERR_IO);
	}
}
END_TEST

START_TEST(a_file_of_the_kernels_is_opened_for_reading_and_not_inherited)
{
	int fd = io_open_of_kernel("/proc/self/ns/net");

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	close(fd);
	ck_assert_int_eq(io_open_of_kernel("/proc/self/ns/none"), -1);
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

START_TEST(a_fifo_is_no_own_file_and_is_not_waited_for)
{
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(io_read_own_file(path, &text, &e), -1);
	ck_assert_int_eq(e.kind, ERR_IO);
}
END_TEST

static const struct { mode_t mode; dev_t device; const char *says; } specials[] = {
	{ S_IFIFO | 0600, 0, "is a FIFO, not a regular file" },
	{ S_IFSOCK | 0600, 0, "is a socket, not a regular file" },
	{ S_IFCHR | 0600, 0x105, "is a device, not a regular file" },	/* zero, which never ends */
};

START_TEST(what_is_no_file_is_named_and_not_waited_for)
{
	const char *says = specials[_i].says;
	struct stat st;
	int fd = -1;

	if (mknod(path, specials[_i].mode, specials[_i].device) < 0)
		return;	/* devices are for root to make */
	alarm(10);
	ck_assert_int_eq(io_read_file(path, &text, &e), -1);
	ck_assert_msg(strstr(e.text, path) && strstr(e.text, says), "%s", e.text);
	ck_assert_int_eq(io_read_own_file(path, &text, &e), -1);
	ck_assert_int_eq(io_lock_file(path, deadline_in_ms(100), &fd, &e), -1);
	ck_assert_msg(strstr(e.text, path) && strstr(e.text, says), "%s", e.text);
	ck_assert_str_eq(io_open(path, O_WRONLY, 0, &fd), says);
	ck_assert_int_eq(fd, -1);
	ck_assert_int_eq(io_replace_file(path, "x", 1, 0600, &e), -1);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & S_IFMT, specials[_i].mode & S_IFMT);
	alarm(0);
}
END_TEST

START_TEST(what_cannot_be_written_is_named)
{
	int fd __cleanup(close_fd) = open("/dev/full", O_WRONLY | O_CLOEXEC);

	ck_assert_int_eq(io_write_fd(fd, "x", 1, "the full device", &e), -1);
	ck_assert_int_eq(e.kind, ERR_IO);
	ck_assert_ptr_nonnull(strstr(e.text, "the full device"));
	ck_assert_int_eq(io_replace_file(below("absent/file"), "x", 1, 0600, &e), -1);
	ck_assert_int_eq(e.kind, ERR_IO);
	ck_assert_ptr_nonnull(strstr(e.text, "absent/file"));
}
END_TEST

START_TEST(an_own_file_is_written_over_whatever_its_length)
{
	static const char *const texts[] = { "first", "", "a longer one", "short" };
	struct stat made, st;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		buf_reset(&text);
		ck_assert_int_eq(io_overwrite_own_file(path, texts[i], strlen(texts[i]), 0600, &e),
				 0);
		ck_assert_int_eq(io_read_file(path, &text, &e), 0);
		ck_assert_str_eq(text.data, texts[i]);
		ck_assert_int_eq(stat(path, i ? &st : &made), 0);
		if (i)
			ck_assert_uint_eq(st.st_ino, made.st_ino);
	}
	ck_assert_int_eq(made.st_mode & 07777, 0600);
}
END_TEST

START_TEST(what_has_another_name_or_owner_is_not_written_over)
{
	write_file("mine", 4);
	ck_assert_int_eq(symlink(path, below("link")), 0);
	ck_assert_int_eq(io_overwrite_own_file(below("link"), "x", 1, 0600, &e), -1);
	ck_assert_int_eq(link(path, below("other")), 0);
	ck_assert_int_eq(io_overwrite_own_file(path, "x", 1, 0600, &e), -1);
	ck_assert_int_eq(unlink(below("other")), 0);
	if (geteuid() == 0) {
		ck_assert_int_eq(chown(path, 65534, 65534), 0);
		ck_assert_int_eq(io_overwrite_own_file(path, "x", 1, 0600, &e), -1);
	}
	ck_assert_int_eq(io_read_file(path, &text, &e), 0);
	ck_assert_str_eq(text.data, "mine");
}
END_TEST

START_TEST(a_file_is_replaced_with_its_mode)
{
	mode_t old = umask(0);
	struct stat st;

	write_file("long enough", 11);
	ck_assert_int_eq(io_replace_file(path, "new", 3, 0640, &e), 0);
	umask(old);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0640);
	ck_assert_int_eq(io_read_file(path, &text, &e), 0);
	ck_assert_str_eq(text.data, "new");
}
END_TEST

static const char *only_entry(void)
{
	static char name[256];
	struct dirent *entry;
	DIR *dir = opendir(folder);

	name[0] = '\0';
	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		ck_assert_msg(!name[0], "%s beside %s", entry->d_name, name);
		snprintf(name, sizeof(name), "%s", entry->d_name);
	}
	closedir(dir);
	return name;
}

START_TEST(a_link_in_the_files_place_is_replaced_and_what_it_leads_to_is_left_alone)
{
	char target[128];
	struct stat st;

	write_file("precious", 8);
	snprintf(target, sizeof(target), "%s", below("target"));
	ck_assert_int_eq(rename(path, target), 0);
	ck_assert_int_eq(symlink(target, path), 0);
	write_file("whole", 5);
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert(S_ISREG(st.st_mode));
	ck_assert_int_eq(io_read_file(target, &text, &e), 0);
	ck_assert_str_eq(text.data, "precious");
}
END_TEST

START_TEST(the_name_of_a_file_being_written_is_never_the_same)
{
	struct new_file first __cleanup(new_file_done) = NO_NEW_FILE;
	struct new_file second __cleanup(new_file_done) = NO_NEW_FILE;

	ck_assert_int_eq(new_file_begin(&first, path, 0600, &e), 0);
	ck_assert_int_eq(new_file_begin(&second, path, 0600, &e), 0);
	ck_assert_str_ne(first.name, second.name);
	ck_assert_int_eq(access(path, F_OK), -1);
}
END_TEST

START_TEST(what_was_not_published_is_removed)
{
	struct new_file f = NO_NEW_FILE;

	ck_assert_int_eq(new_file_begin(&f, path, 0600, &e), 0);
	ck_assert_int_eq(new_file_open_stream(&f, path, &e), 0);
	ck_assert_int_ge(fputs("half", f.stream), 0);
	ck_assert_str_ne(only_entry(), "");
	new_file_done(&f);
	ck_assert_str_eq(only_entry(), "");
}
END_TEST

/* Begins a file, and is killed over it. */
static void leave_half_a_file(void)
{
	pid_t writer;
	int status;

	fflush(NULL);
	writer = fork();
	if (writer == 0) {
		struct new_file f = NO_NEW_FILE;

		if (new_file_begin(&f, path, 0600, &e) < 0 || write(f.fd, "half", 4) != 4)
			_exit(1);
		raise(SIGKILL);
	}
	ck_assert_int_eq(waitpid(writer, &status, 0), writer);
	ck_assert(WIFSIGNALED(status));
}

START_TEST(what_the_killed_have_left_is_gone_with_the_next_file)
{
	leave_half_a_file();
	ck_assert_str_ne(only_entry(), "");
	write_file("whole", 5);
	ck_assert_str_eq(only_entry(), "file");
}
END_TEST

START_TEST(what_the_living_write_is_left_to_them)
{
	struct new_file f __cleanup(new_file_done) = NO_NEW_FILE;

	ck_assert_int_eq(new_file_begin(&f, path, 0600, &e), 0);
	ck_assert_int_eq(io_replace_file(below("other"), "x", 1, 0600, &e), 0);
	ck_assert_int_eq(write(f.fd, "whole", 5), 5);
	ck_assert_int_eq(new_file_publish(&f, path, &e), 0);
	ck_assert_int_eq(io_read_file(path, &text, &e), 0);
	ck_assert_str_eq(text.data, "whole");
}
END_TEST

START_TEST(files_of_other_names_are_not_taken_for_left_ones)
{
	ck_assert_int_eq(io_replace_file(below(".calico-ipam-ne"), "x", 1, 0600, &e), 0);
	ck_assert_int_eq(symlink("/dev/null", below(".calico-ipam-new-link")), 0);
	ck_assert_int_eq(mkfifo(below(".calico-ipam-new-fifo"), 0600), 0);
	write_file("whole", 5);
	ck_assert_int_eq(access(below(".calico-ipam-ne"), F_OK), 0);
	ck_assert_int_eq(access(below(".calico-ipam-new-link"), F_OK), 0);
	ck_assert_int_eq(access(below(".calico-ipam-new-fifo"), F_OK), 0);
}
END_TEST

/* Each removes what it takes for left, and may take another's that is not yet locked. */
START_TEST(many_who_write_at_once_all_succeed)
{
	pid_t writers[8];
	int status;

	fflush(NULL);
	for (size_t i = 0; i < ARRAY_LEN(writers); i++) {
		writers[i] = fork();
		if (writers[i])
			continue;
		for (int n = 0; n < 200; n++)
			if (io_replace_file(path, "whole", 5, 0600, &e) < 0)
				_exit(1);
		_exit(0);
	}
	for (size_t i = 0; i < ARRAY_LEN(writers); i++) {
		ck_assert_int_eq(waitpid(writers[i], &status, 0), writers[i]);
		ck_assert_int_eq(status, 0);
	}
	ck_assert_str_eq(only_entry(), "file");
}
END_TEST

START_TEST(a_folder_is_not_replaced_and_nothing_is_left)
{
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(io_replace_file(path, "x", 1, 0600, &e), -1);
	ck_assert_int_eq(e.kind, ERR_IO);
	ck_assert_str_eq(only_entry(), "file");
}
END_TEST

START_TEST(a_reader_sees_the_old_bytes_or_the_new)
{
	static char data[50000];
	pid_t writer;
	int status;

	memset(data, 'a', sizeof(data));
	write_file(data, sizeof(data));
	fflush(NULL);
	writer = fork();
	if (writer == 0) {
		for (int i = 0; i < 300; i++) {
			memset(data, 'a' + i % 2, sizeof(data));
			if (io_replace_file(path, data, sizeof(data), 0600, &e) < 0)
				_exit(1);
		}
		_exit(0);
	}
	do {
		buf_reset(&text);
		ck_assert_int_eq(io_read_file(path, &text, &e), 0);
		ck_assert_uint_eq(text.len, sizeof(data));
		for (size_t i = 1; i < text.len; i++)
			ck_assert(text.data[i] == text.data[0]);
	} while (waitpid(writer, &status, WNOHANG) == 0);
	ck_assert_int_eq(status, 0);
}
END_TEST

/* Folders */

START_TEST(folders_are_made_with_their_parents)
{
	mode_t old = umask(0);
	struct stat st;

	ck_assert_int_eq(io_make_folders(below("a//b/c/"), 0750, &e), 0);
	ck_assert_int_eq(io_make_folders(below("a/b/c"), 0700, &e), 0);
	ck_assert_int_eq(io_make_parent(below("d/e/file"), 0700, &e), 0);
	umask(old);
	ck_assert_int_eq(stat(below("a/b/c"), &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0750);
	ck_assert_int_eq(stat(below("d/e"), &st), 0);
	ck_assert_int_eq(stat(below("d/e/file"), &st), -1);
	ck_assert_int_eq(io_make_folders("/", 0700, &e), 0);
	ck_assert_int_eq(io_make_parent("file", 0700, &e), 0);
	ck_assert_int_eq(io_make_parent("/file", 0700, &e), 0);
}
END_TEST

START_TEST(a_file_in_place_of_a_folder_is_named)
{
	write_file("x", 1);
	ck_assert_int_eq(io_make_folders(path, 0700, &e), -1);
	ck_assert_int_eq(e.kind, ERR_IO);
	ck_assert_ptr_nonnull(strstr(e.text, path));
	ck_assert_int_eq(io_make_folders(below("file/below"), 0700, &e), -1);
	ck_assert_int_eq(e.kind, ERR_IO);
	ck_assert_ptr_nonnull(strstr(e.text, path));
}
END_TEST

START_TEST(a_link_to_a_folder_is_a_folder)
{
	ck_assert_int_eq(symlink("/tmp", path), 0);
	ck_assert_int_eq(io_make_folders(path, 0700, &e), 0);
}
END_TEST

START_TEST(a_path_without_end_is_refused)
{
	static char endless[20000];

	memset(endless, 'p', sizeof(endless) - 1);
	endless[sizeof(endless) - 2] = '/';
	ck_assert_int_eq(io_make_folders(endless, 0700, &e), -1);
	ck_assert_int_eq(e.kind, ERR_LIMIT);
	ck_assert_int_eq(io_make_parent(endless, 0700, &e), -1);
	ck_assert_int_eq(e.kind, ERR_LIMIT);
	ck_assert_int_eq(io_replace_file(endless, "x", 1, 0600, &e), -1);
	ck_assert_int_eq(e.kind, ERR_LIMIT);
}
END_TEST

/* Locks */

/* A process that takes the lock, says so, and holds it for so long. */
static pid_t hold_lock(int hold_ms)
{
	int ends[2], fd;
	pid_t pid;
	char c;

	ck_assert_int_eq(pipe(ends), 0);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		if (io_lock_file(path, deadline_in_ms(1000), &fd, &e) < 0 ||
		    write(ends[1], "x", 1) != 1)
			_exit(1);
		deadline_sleep_ms(deadline_in_ms(hold_ms), hold_ms);
		_exit(0);
	}
	close(ends[1]);
	ck_assert_int_eq(read(ends[0], &c, 1), 1);
	close(ends[0]);
	return pid;
}

static void end_holder(pid_t pid)
{
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

START_TEST(a_free_lock_is_taken_and_its_file_made_private)
{
	mode_t old = umask(0);
	struct stat st;
	int fd = -1;

	ck_assert_int_eq(io_lock_file(path, deadline_in_ms(0), &fd, &e), 0);
	umask(old);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0600);
	ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	ck_assert_int_eq(access(path, F_OK), 0);
}
END_TEST

START_TEST(a_held_lock_is_waited_for_until_the_deadline)
{
	pid_t holder = hold_lock(20000);
	struct deadline begun = deadline_in_ms(10000);
	int fd = -7;

	ck_assert_int_eq(io_lock_file(path, deadline_in_ms(200), &fd, &e), -1);
	ck_assert_int_eq(e.kind, ERR_DEADLINE);
	ck_assert_ptr_nonnull(strstr(e.text, path));
	ck_assert_int_eq(fd, -7);
	ck_assert_int_le(deadline_left_ms(begun), 9801);
	ck_assert_int_ge(deadline_left_ms(begun), 9000);
	ck_assert_int_eq(io_lock_file(path, deadline_in_ms(-1), &fd, &e), -1);
	ck_assert_int_ge(deadline_left_ms(begun), 8500);
	end_holder(holder);
}
END_TEST

START_TEST(a_lock_given_up_meanwhile_is_taken)
{
	pid_t holder = hold_lock(150);
	struct deadline begun = deadline_in_ms(10000);
	int fd = -1;

	ck_assert_msg(io_lock_file(path, deadline_in_ms(5000), &fd, &e) == 0, "%s", e.text);
	ck_assert_int_ge(deadline_left_ms(begun), 8000);
	close(fd);
	end_holder(holder);
}
END_TEST

/* Each time it is woken it would stand at the end of those who wait. */
START_TEST(who_waits_for_a_lock_sleeps_until_it_is_free)
{
	pid_t holder = hold_lock(500);
	struct rusage before, after;
	int fd = -1;

	getrusage(RUSAGE_SELF, &before);
	ck_assert_msg(io_lock_file(path, deadline_in_ms(20000), &fd, &e) == 0, "%s", e.text);
	getrusage(RUSAGE_SELF, &after);
	ck_assert_int_le(after.ru_nvcsw - before.ru_nvcsw, 5);
	close(fd);
	end_holder(holder);
}
END_TEST

START_TEST(a_killed_holder_gives_its_lock_up)
{
	pid_t holder = hold_lock(20000);
	int fd = -1;

	end_holder(holder);
	ck_assert_msg(io_lock_file(path, deadline_in_ms(0), &fd, &e) == 0, "%s", e.text);
	close(fd);
}
END_TEST

START_TEST(the_deadline_holds_where_the_alarm_signal_was_blocked)
{
	pid_t holder = hold_lock(3000);
	struct deadline begun = deadline_in_ms(10000);
	sigset_t alarm_only, old, now;
	int fd = -1;

	sigemptyset(&alarm_only);
	sigaddset(&alarm_only, SIGALRM);
	sigprocmask(SIG_BLOCK, &alarm_only, &old);
	ck_assert_int_eq(io_lock_file(path, deadline_in_ms(100), &fd, &e), -1);
	sigprocmask(SIG_SETMASK, &old, &now);
	ck_assert_int_eq(e.kind, ERR_DEADLINE);
	ck_assert_int_ge(deadline_left_ms(begun), 9000);
	ck_assert_int_eq(sigismember(&now, SIGALRM), 1);
	end_holder(holder);
}
END_TEST

static volatile sig_atomic_t alarms;

static void on_alarm(int sig __unused_arg)
{
	alarms++;
}

START_TEST(waiting_leaves_the_alarm_as_it_was)
{
	struct sigaction act = { .sa_handler = on_alarm }, old, now;
	struct itimerval timer = { .it_value.tv_sec = 100 }, left;
	pid_t holder = hold_lock(20000);
	int fd = -1;

	sigaction(SIGALRM, &act, &old);
	setitimer(ITIMER_REAL, &timer, NULL);
	ck_assert_int_eq(io_lock_file(path, deadline_in_ms(100), &fd, &e), -1);
	sigaction(SIGALRM, NULL, &now);
	ck_assert(now.sa_handler == on_alarm);
	timer = (struct itimerval){0};
	setitimer(ITIMER_REAL, &timer, &left);
	ck_assert_int_ge(left.it_value.tv_sec, 90);
	sigaction(SIGALRM, &old, NULL);
	ck_assert_int_eq(alarms, 0);
	end_holder(holder);
}
END_TEST

/* Of the calls that begin and end the ticks of a wait this one fails; 0: none. */
static unsigned failing_call, calls;

static bool fails(void)
{
	if (++calls == failing_call)
		errno = ENOMEM;
	return calls == failing_call;
}

int __real_sigaction(int sig, const struct sigaction *act, struct sigaction *old);
int __wrap_sigaction(int sig, const struct sigaction *act, struct sigaction *old);
int __wrap_sigaction(int sig, const struct sigaction *act, struct sigaction *old)
{
	return fails() ? -1 : __real_sigaction(sig, act, old);
}

int __real_sigprocmask(int how, const sigset_t *set, sigset_t *old);
int __wrap_sigprocmask(int how, const sigset_t *set, sigset_t *old);
int __wrap_sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
	return fails() ? -1 : __real_sigprocmask(how, set, old);
}

int __real_setitimer(enum __itimer_which which, const struct itimerval *timer,
		     struct itimerval *old);
int __wrap_setitimer(enum __itimer_which which, const struct itimerval *timer,
		     struct itimerval *old);
int __wrap_setitimer(enum __itimer_which which, const struct itimerval *timer,
		     struct itimerval *old)
{
	return fails() ? -1 : __real_setitimer(which, timer, old);
}

/* The end, as of waitpid(), of a wait of 50 ms in which that call fails, and 60 ms more. */
static int wait_where_fails(unsigned call)
{
	int status = -1, fd;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		/* Check's own handler would kill all. */
		signal(SIGALRM, SIG_DFL);
		failing_call = call;
		calls = 0;
		if (io_lock_file(path, deadline_in_ms(50), &fd, &e) == 0)
			_exit(0);
		deadline_sleep_ms(deadline_in_ms(60), 60);
		_exit(e.kind == ERR_IO ? 1 : 2);
	}
	for (unsigned i = 0; i < 500 && waitpid(pid, &status, WNOHANG) == 0; i++)
		deadline_sleep_ms(deadline_in_ms(10), 10);
	if (waitpid(pid, NULL, WNOHANG) == 0)
		end_holder(pid);
	return status;
}

START_TEST(a_wait_that_cannot_be_ended_is_not_begun_and_none_is_killed_by_its_ticks)
{
	static const int ends[] = { 2, 1, 1, 1, 2, 2, 2 };
	pid_t holder = hold_lock(20000);

	for (unsigned call = 0; call < sizeof(ends) / sizeof(ends[0]); call++) {
		int status = wait_where_fails(call);

		ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == ends[call],
			      "call %u: status %x", call, (unsigned)status);
	}
	end_holder(holder);
}
END_TEST

START_TEST(one_byte_of_a_lock_file_is_waited_for_and_nothing_else_of_it)
{
	pid_t holder = hold_lock(20000);
	int whole = -1, seven = -1, eight = -1, fd = -7;

	ck_assert_msg(io_lock_byte(path, 7, deadline_in_ms(0), &seven, &e) == 0, "%s", e.text);
	ck_assert_msg(io_lock_byte(path, 8, deadline_in_ms(0), &eight, &e) == 0, "%s", e.text);
	ck_assert(fcntl(seven, F_GETFD) & FD_CLOEXEC);
	ck_assert_int_eq(io_lock_byte(path, 7, deadline_in_ms(100), &fd, &e), -1);
	ck_assert_int_eq(e.kind, ERR_DEADLINE);
	ck_assert_ptr_nonnull(strstr(e.text, path));
	ck_assert_int_eq(fd, -7);
	close(seven);
	ck_assert_msg(io_lock_byte(path, 7, deadline_in_ms(0), &fd, &e) == 0, "%s", e.text);
	end_holder(holder);
	ck_assert_msg(io_lock_file(path, deadline_in_ms(0), &whole, &e) == 0, "%s", e.text);
	close(whole);
	close(eight);
	close(fd);
}
END_TEST

static bool is_of_the_name(int fd)
{
	struct stat mine, named;

	return fstat(fd, &mine) == 0 && stat(path, &named) == 0 && mine.st_ino == named.st_ino;
}

static int lock_whole_or_byte(bool byte, int64_t ms, int *ret_fd)
{
	return byte ? io_lock_byte(path, 7, deadline_in_ms(ms), ret_fd, &e)
		    : io_lock_file(path, deadline_in_ms(ms), ret_fd, &e);
}

/* It holds what another waits for, removes the file and holds the next of its name. */
static pid_t exchange_lock(bool byte)
{
	int ends[2], old, fd;
	pid_t pid;
	char c;

	ck_assert_int_eq(pipe(ends), 0);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		if (lock_whole_or_byte(byte, 0, &old) < 0 || write(ends[1], "x", 1) != 1)
			_exit(1);
		deadline_sleep_ms(deadline_in_ms(200), 200);
		if (unlink(path) == 0 && lock_whole_or_byte(byte, 0, &fd) == 0 && close(old) == 0)
			pause();
		_exit(1);
	}
	close(ends[1]);
	ck_assert_int_eq(read(ends[0], &c, 1), 1);
	close(ends[0]);
	return pid;
}

START_TEST(whose_lock_file_is_removed_while_it_waits_waits_for_the_one_that_is_there)
{
	pid_t other = exchange_lock(_i);
	int fd = -7;

	ck_assert_int_eq(lock_whole_or_byte(_i, 1000, &fd), -1);
	ck_assert_int_eq(e.kind, ERR_DEADLINE);
	ck_assert_int_eq(fd, -7);
	end_holder(other);
	ck_assert_int_eq(lock_whole_or_byte(_i, 0, &fd), 0);
	ck_assert(is_of_the_name(fd));
	close(fd);
}
END_TEST

START_TEST(who_gets_the_lock_of_a_file_that_was_removed_waits_for_the_one_that_is_there)
{
	pid_t holder;
	int fd = -1, seven = -7;

	ck_assert_int_eq(io_lock_byte(path, 7, deadline_in_ms(0), &fd, &e), 0);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert(!io_try_lock(fd, path));
	holder = hold_lock(20000);
	ck_assert_int_eq(io_wait_for_lock(fd, path, 7, deadline_in_ms(100), &e), -1);
	ck_assert_int_eq(e.kind, ERR_DEADLINE);
	end_holder(holder);
	ck_assert_msg(io_wait_for_lock(fd, path, 7, deadline_in_ms(100), &e) == 0, "%s", e.text);
	ck_assert(is_of_the_name(fd) && io_try_lock(fd, path));
	ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	ck_assert_int_eq(io_lock_byte(path, 7, deadline_in_ms(50), &seven, &e), -1);
	close(fd);
}
END_TEST

/* As a folder of the host's that a container has the files of one by one. */
START_TEST(a_lock_file_that_is_mounted_and_removed_elsewhere_is_there_still)
{
	char elsewhere[] = "/tmp/check_io.XXXXXX";
	int fd = mkstemp(elsewhere);

	close(fd);
	if (unshare(CLONE_NEWNS) < 0 || mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
		unlink(elsewhere);
		return;	/* who may not mount has no such file */
	}
	close(open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600));
	ck_assert_int_eq(mount(elsewhere, path, NULL, MS_BIND, NULL), 0);
	ck_assert_int_eq(unlink(elsewhere), 0);
	ck_assert_int_eq(io_lock_byte(path, 7, deadline_in_ms(100), &fd, &e), 0);
	ck_assert(io_try_lock(fd, path));
	ck_assert_msg(io_wait_for_lock(fd, path, 7, deadline_in_ms(100), &e) == 0, "%s", e.text);
	close(fd);
	umount(path);
}
END_TEST

START_TEST(a_file_that_is_there_is_locked_and_none_is_made)
{
	int fd = -7;
	pid_t holder;

	ck_assert_int_eq(io_lock_existing(path, deadline_in_ms(0), &fd, &e), -1);
	ck_assert_int_eq(e.kind, ERR_IO);
	ck_assert_ptr_nonnull(strstr(e.text, path));
	ck_assert_int_eq(access(path, F_OK), -1);
	holder = hold_lock(20000);
	ck_assert_int_eq(io_lock_existing(path, deadline_in_ms(100), &fd, &e), -1);
	ck_assert_int_eq(e.kind, ERR_DEADLINE);
	ck_assert_int_eq(fd, -7);
	end_holder(holder);
	ck_assert_msg(io_lock_existing(path, deadline_in_ms(0), &fd, &e) == 0, "%s", e.text);
	ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
}
END_TEST

START_TEST(a_lock_file_that_cannot_be_made_is_named)
{
	int fd = -1;

	ck_assert_int_eq(io_lock_file(below("absent/lock"), deadline_in_ms(0), &fd, &e), -1);
	ck_assert_int_eq(e.kind, ERR_IO);
	ck_assert_ptr_nonnull(strstr(e.text, "absent/lock"));
}
END_TEST

static void add_case(Suite *suite, const char *name, const TTest *const *tests)
{
	TCase *tcase = tcase_create(name);

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_set_timeout(tcase, 30);
	for (; *tests; tests++)
		tcase_add_test(tcase, *tests);
	suite_add_tcase(suite, tcase);
}

Suite *suite(void)
{
	Suite *s = suite_create("io");
	TCase *special, *removed;

	add_case(s, "waiting", (const TTest *[]){
		bytes_and_the_end_are_waited_for_until_the_deadline, NULL });
	add_case(s, "files", (const TTest *[]){
		it_is_known_that_nobody_reads_any_more, a_file_is_read_to_its_end,
		an_empty_file_is_the_empty_text,
		a_file_larger_than_the_limit_is_refused,
		what_cannot_be_read_is_named, an_own_file_is_a_regular_file_of_this_user,
		a_file_of_the_kernels_is_opened_for_reading_and_not_inherited,
		a_fifo_is_no_own_file_and_is_not_waited_for, what_cannot_be_written_is_named,
		an_own_file_is_written_over_whatever_its_length,
		what_has_another_name_or_owner_is_not_written_over,
		a_file_is_replaced_with_its_mode,
		a_link_in_the_files_place_is_replaced_and_what_it_leads_to_is_left_alone,
		the_name_of_a_file_being_written_is_never_the_same,
		what_was_not_published_is_removed,
		what_the_killed_have_left_is_gone_with_the_next_file,
		what_the_living_write_is_left_to_them,
		files_of_other_names_are_not_taken_for_left_ones,
		many_who_write_at_once_all_succeed,
		a_folder_is_not_replaced_and_nothing_is_left,
		a_reader_sees_the_old_bytes_or_the_new, NULL });
	removed = tcase_create("removed locks");
	tcase_add_checked_fixture(removed, begin, end);
	tcase_add_loop_test(
		removed, whose_lock_file_is_removed_while_it_waits_waits_for_the_one_that_is_there,
		0, 2);
	suite_add_tcase(s, removed);
	special = tcase_create("special files");
	tcase_add_checked_fixture(special, begin, end);
	tcase_add_loop_test(special, what_is_no_file_is_named_and_not_waited_for, 0,
			    ARRAY_LEN(specials));
	suite_add_tcase(s, special);
	add_case(s, "folders", (const TTest *[]){
		folders_are_made_with_their_parents, a_file_in_place_of_a_folder_is_named,
		a_link_to_a_folder_is_a_folder, a_path_without_end_is_refused, NULL });
	add_case(s, "locks", (const TTest *[]){
		a_free_lock_is_taken_and_its_file_made_private,
		a_held_lock_is_waited_for_until_the_deadline,
		a_lock_given_up_meanwhile_is_taken,
		who_waits_for_a_lock_sleeps_until_it_is_free,
		a_killed_holder_gives_its_lock_up,
		the_deadline_holds_where_the_alarm_signal_was_blocked,
		waiting_leaves_the_alarm_as_it_was,
		a_wait_that_cannot_be_ended_is_not_begun_and_none_is_killed_by_its_ticks,
		one_byte_of_a_lock_file_is_waited_for_and_nothing_else_of_it,
		who_gets_the_lock_of_a_file_that_was_removed_waits_for_the_one_that_is_there,
		a_lock_file_that_is_mounted_and_removed_elsewhere_is_there_still,
		a_file_that_is_there_is_locked_and_none_is_made,
		a_lock_file_that_cannot_be_made_is_named, NULL });
	return s;
}
