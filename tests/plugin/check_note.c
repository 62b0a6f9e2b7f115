/* SPDX-License-Identifier: Apache-2.0 */
/* What a request leaves behind, and who settles it. */
#include "base/clock.h"
#include "fixture_call.h"
#include "plugin/crowd/turn_note.h"
#include "ipam/ipam.h"
#include "tests/suite.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define POOLS "\"ipam\":{\"ipv4_pools\":[\"10.0.0.0/24\"],\"assign_ipv6\":true," \
	"\"ipv6_pools\":[\"fd00::/120\"]}"
#define HELD_BY(container) \
	"\"ipam\":{\"ipv4_pools\":[\"10.0.0.0/24\"]},\"prevResult\":{\"ips\":[{\"address\":" \
	"\"" container "/32\"}]}"
#define POOL_OF_4 "\"ipam\":{\"ipv4_pools\":[\"10.0.0.0/24\"]}"
#define SECOND_NS 1000000000LL

static char lock_path[96];
static struct settings settings;
static struct crowd_folder notes;
static struct deadline until;
static struct err e;

/* What fails of the notes, as where the host has no file left, or its disk is ill. */
enum ill { NOTHING, THE_FOLDER, ITS_NAMES, A_NOTE, ITS_REMOVAL };
static enum ill ill;

static bool is_ill(enum ill what)
{
	if (ill == what)
		errno = EIO;
	return ill == what;
}

DIR *__real_opendir(const char *path);
DIR *__wrap_opendir(const char *path);
DIR *__wrap_opendir(const char *path)
{
	return strcmp(path, notes.path) == 0 && is_ill(THE_FOLDER) ? NULL : __real_opendir(path);
}

struct dirent *__real_readdir(DIR *folder);
struct dirent *__wrap_readdir(DIR *folder);
struct dirent *__wrap_readdir(DIR *folder)
{
	struct dirent *entry = __real_readdir(folder);

	return entry && strchr(entry->d_name, '-') && is_ill(ITS_NAMES) ? NULL : entry;
}

int __real_io_read_fd(int fd, struct buf *out, const char *what, struct err *error);
int __wrap_io_read_fd(int fd, struct buf *out, const char *what, struct err *error);
int __wrap_io_read_fd(int fd, struct buf *out, const char *what, struct err *error)
{
	if (strstr(what, "/notes-") && is_ill(A_NOTE))
		return err_set(error, ERR_IO, "cannot read %s: %s", what, strerror(errno));
	return __real_io_read_fd(fd, out, what, error);
}

int __real_unlink(const char *path);
int __wrap_unlink(const char *path);
int __wrap_unlink(const char *path)
{
	return strstr(path, "/notes-") && is_ill(ITS_REMOVAL) ? -1 : __real_unlink(path);
}

int __real_ftruncate(int fd, off_t len);
int __wrap_ftruncate(int fd, off_t len);
int __wrap_ftruncate(int fd, off_t len)
{
	return is_ill(ITS_REMOVAL) ? -1 : __real_ftruncate(fd, len);
}

static void begin(void)
{
	ill = NOTHING;
	until = deadline_in_ms(0);
	call_setup();
	err_reset(&e);
	snprintf(lock_path, sizeof(lock_path), "%s/lock", call_folder);
	ck_assert_int_eq(settings_from_environment(&settings, &e), 0);
	ck_assert_int_eq(crowd_folder_init(&notes, "notes", &settings, "node-a", lock_path), 0);
}

static void end(void)
{
	crowd_folder_done(&notes);
	settings_done(&settings);
	call_teardown();
}

static unsigned count_notes(void)
{
	DIR *folder = opendir(notes.path);
	const struct dirent *entry;
	unsigned n = 0;

	while (folder && (entry = readdir(folder)))
		n += entry->d_name[0] != '.';
	if (folder)
		closedir(folder);
	return n;
}

static struct crowd_member an_add(const char *container, int64_t now_ns)
{
	static const char *const pools[] = { "10.0.0.0/24" };
	struct crowd_member m = { .verb = CROWD_ADD };

	m.add.owner = (struct ipam_owner){ .network = "net1", .container = container,
					   .ifname = "eth0", .node = "node-a",
					   .namespace_name = "default" };
	m.add.wanted[FAMILY_4] = true;
	m.add.pools[FAMILY_4][0] = pools[0];
	m.add.n_pools[FAMILY_4] = 1;
	m.add.make_pools = true;
	m.add.now_ns = now_ns;
	for (int i = 0; i < IPAM_UIDS; i++)
		snprintf(m.add.uids[i], 37, "00000000-0000-4000-8000-%012x", i);
	return m;
}

static struct crowd_member a_del(const char *container, int64_t now_ns)
{
	struct crowd_member m = an_add(container, now_ns);

	m.verb = CROWD_DEL;
	m.del.owner = m.add.owner;
	m.del.now_ns = now_ns;
	return m;
}

/* The time of a file, by which it is told when a note was last looked at. */
static void set_time(const char *name, int64_t ns)
{
	struct timespec times[2] = { { ns / SECOND_NS, ns % SECOND_NS },
				     { ns / SECOND_NS, ns % SECOND_NS } };
	char path[PATH_MAX];

	ck_assert_int_eq(crowd_folder_path(&notes, name, "", path), 0);
	ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

/* The one that there is. */
static const char *the_note(void)
{
	static char name[NOTE_NAME_MAX];
	DIR *folder = opendir(notes.path);
	const struct dirent *entry;

	while (folder && (entry = readdir(folder)))
		if (entry->d_name[0] != '.')
			snprintf(name, sizeof(name), "%.63s", entry->d_name);
	if (folder)
		closedir(folder);
	return name;
}

/* A process that writes its note, does what it does and dies. */
static void die_with_a_note(struct crowd_member m, bool carries_out)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		struct datastore *ds = NULL;
		struct note note = NO_NOTE;

		note_write(&notes, &m, until, &note);
		if (carries_out && (datastore_open(&ds, &settings, OPEN_TO_CREATE,
						   deadline_in_ms(10000), &e) < 0 ||
				    ipam_add(ds, &m.add, &m.added, &e) < 0))
			_exit(1);
		_exit(note.fd < 0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

static void die_in_an_add(const char *container)
{
	die_with_a_note(an_add(container, clock_now_ns()), true);
}

START_TEST(a_request_of_which_all_is_known_leaves_no_note)
{
	ck_assert_int_eq(call("ADD", "c1", POOLS), 0);
	ck_assert_uint_eq(count_notes(), 0);
	ck_assert_int_eq(call("ADD", "c2", "\"ipam\":{\"ipv4_pools\":[\"nowhere\"]}"), 1);
	ck_assert_uint_eq(count_notes(), 0);
	ck_assert_int_eq(call("DEL", "c1", POOLS), 0);
	ck_assert_uint_eq(count_notes(), 0);
	ck_assert_int_eq(access(notes.path, F_OK), 0);
}
END_TEST

START_TEST(what_a_killed_add_wrote_is_released_by_whatever_comes_next)
{
	static const struct {
		const char *command, *keys;
	} next[] = {
		{ "STATUS", POOLS },
		{ "ADD", POOLS },
		{ "DEL", POOLS },
		{ "GC", POOLS ",\"cni.dev/valid-attachments\":[{\"containerID\":\"other\","
			"\"ifname\":\"eth0\"},{\"containerID\":\"killed\",\"ifname\":\"eth0\"}]" },
		{ "CHECK", HELD_BY("10.0.0.1") },
	};

	ck_assert_int_eq(call("ADD", "other", "\"ipam\":{\"ipv4_pools\":[\"10.0.0.0/24\"]},"
			      "\"args\":{\"cni\":{\"ips\":[\"10.0.0.1\"]}}"), 0);
	for (unsigned i = 0; i < sizeof(next) / sizeof(*next); i++) {
		bool adds = strcmp(next[i].command, "ADD") == 0;

		die_in_an_add("killed");
		ck_assert_uint_eq(call_holders(), 2);
		ck_assert_msg(call(next[i].command, adds ? "next" : "other", next[i].keys) == 0,
			      "%s: %s", next[i].command, call_out.data);
		ck_assert_msg(call_holders() == (adds ? 2 : strcmp(next[i].command, "DEL") != 0),
			      "%s: %u", next[i].command, call_holders());
		ck_assert_uint_eq(count_notes(), 0);
		call("DEL", "next", POOLS);
		call("ADD", "other", "\"ipam\":{\"ipv4_pools\":[\"10.0.0.0/24\"]},"
		     "\"args\":{\"cni\":{\"ips\":[\"10.0.0.1\"]}}");
	}
}
END_TEST

/* The runtime's plugin was killed, and waits for no answer any more. */
static int call_unheard(const char *command, const char *container, const char *keys)
{
	int ends[2], status;
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	close(ends[0]);
	pid = fork();
	if (pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		_exit(call(command, container, keys));
	}
	close(ends[1]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

START_TEST(what_an_add_was_given_whose_answer_nobody_reads_is_released)
{
	ck_assert_int_eq(call("ADD", "c2", POOLS), 0);
	ck_assert_int_eq(call_unheard("ADD", "c1", POOLS), 1);
	ck_assert_uint_eq(call_holders(), 2);
	ck_assert_int_eq(call("STATUS", "x", POOLS), 0);
	ck_assert_uint_eq(call_holders(), 1);
	ck_assert_int_eq(call_unheard("DEL", "c2", POOLS), 0);
	ck_assert_uint_eq(count_notes(), 0);
}
END_TEST

static void assert_logged(const char *words)
{
	struct buf text __cleanup(buf_done) = BUF(0);

	call_read_stderr(&text);
	ck_assert_msg(strstr(text.data, words) != NULL, "not \"%s\":\n%s", words, text.data);
}

START_TEST(that_the_next_request_settles_it_is_said_where_a_note_stands)
{
	ck_assert_int_eq(call_unheard("ADD", "c1", POOLS), 1);
	assert_logged("nobody reads the answer any more; the next request of this node settles "
		      "it");
	ck_assert_int_eq(call("STATUS", "x", POOLS), 0);
	ck_assert_int_eq(rmdir(notes.path), 0);
	ck_assert_int_eq(close(open(notes.path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600)), 0);
	ck_assert_int_eq(call_unheard("ADD", "c2", POOLS), 1);
	assert_logged("nobody reads the answer any more; see what stands (calico-ipamctl show), "
		      "and repeat it");
}
END_TEST

START_TEST(a_repeated_add_keeps_what_it_is_told_whatever_settles_later)
{
	die_in_an_add("c1");
	ck_assert_int_eq(call("ADD", "c1", POOL_OF_4), 0);
	ck_assert_uint_eq(count_notes(), 0);
	ck_assert_int_eq(call("STATUS", "c1", POOLS), 0);
	ck_assert_uint_eq(call_holders(), 1);
}
END_TEST

static const enum ill of_reading[] = { THE_FOLDER, ITS_NAMES, A_NOTE };

/* It would be told what the next request releases. */
START_TEST(an_add_whose_container_has_a_note_that_cannot_be_read_fails)
{
	die_in_an_add("c1");
	ill = of_reading[_i];
	ck_assert_int_eq(call("ADD", "c1", POOL_OF_4), 1);
	ck_assert_ptr_nonnull(strstr(call_out.data, notes.path));
	ck_assert_ptr_nonnull(strstr(call_out.data, "try again"));
	ck_assert_int_eq(call("DEL", "c2", POOL_OF_4), 0);
	ill = NOTHING;
	ck_assert_int_eq(call("ADD", "c1", POOL_OF_4), 0);
	ck_assert_uint_eq(count_notes(), 0);
	ck_assert_uint_eq(call_holders(), 1);
}
END_TEST

/* It cannot be settled, and is there for the next. */
START_TEST(an_add_fails_whose_success_cannot_remove_the_notes_of_its_container)
{
	struct crowd_member m = an_add("c1", clock_now_ns());
	struct left_notes left __cleanup(left_notes_done) = {0};

	die_with_a_note(an_add("c1", clock_now_ns()), false);
	notes_read(&notes, &m, 1, &left);
	ck_assert_uint_eq(left.n_own, 1);
	ill = ITS_REMOVAL;
	ck_assert_int_eq(notes_are_moot(&notes, &left, &m, &e), -1);
	ck_assert_int_eq(e.kind, ERR_IO);
	ck_assert_ptr_nonnull(strstr(e.text, notes.path));
	ill = NOTHING;
	ck_assert_int_eq(notes_are_moot(&notes, &left, &m, &e), 0);
	ck_assert_uint_eq(count_notes(), 0);
	ck_assert_int_eq(notes_are_moot(&notes, &left, &m, &e), 0);
}
END_TEST

START_TEST(a_repeated_add_settles_its_notes_without_the_lock_too)
{
	die_in_an_add("c1");
	ck_assert_int_eq(mkdir(lock_path, 0700), 0);
	ck_assert_int_eq(call("ADD", "c1", POOL_OF_4), 0);
	ck_assert_int_eq(rmdir(lock_path), 0);
	ck_assert_int_eq(call("DEL", "c2", POOLS), 0);
	ck_assert_uint_eq(call_holders(), 1);
}
END_TEST

START_TEST(what_arrives_after_its_note_was_looked_at_is_found_later)
{
	struct crowd_member m = an_add("late", clock_now_ns());
	struct datastore *ds = NULL;

	ck_assert_int_eq(call("ADD", "c1", POOLS), 0);
	die_with_a_note(m, false);
	ck_assert_int_eq(call("STATUS", "x", POOLS), 0);
	ck_assert_uint_eq(count_notes(), 1);
	/* Its commit, and the next look is due. */
	ck_assert_int_eq(datastore_open(&ds, &settings, OPEN_TO_CREATE, deadline_in_ms(10000), &e),
			 0);
	ck_assert_int_eq(ipam_add(ds, &m.add, &m.added, &e), 0);
	datastore_close(ds);
	ck_assert_int_eq(call("STATUS", "x", POOLS), 0);
	ck_assert_uint_eq(call_holders(), 2);
	set_time(the_note(), clock_now_ns() - (NOTE_AGAIN_S + 1) * SECOND_NS);
	/* Within its first second a note counts as not looked at. */
	ck_assert_int_eq(call("STATUS", "x", POOLS), 0);
	ck_assert_uint_eq(call_holders(), 1);
	ck_assert_uint_eq(count_notes(), 0);
}
END_TEST

/* As if the one note there is had been looked at first so long ago, and is due again. */
static void age_first_look(int64_t s)
{
	struct crowd_member none = an_add("none", 1);
	struct left_notes left __cleanup(left_notes_done) = {0};
	char text[32], path[PATH_MAX];
	struct stat st;
	int fd;

	set_time(the_note(), clock_now_ns() - (NOTE_AGAIN_S + 1) * SECOND_NS);
	notes_read(&notes, &none, 1, &left);
	ck_assert_uint_eq(left.n, 1);
	ck_assert_int_gt(left.list[0].first_look_ns, 0);
	ck_assert_int_eq(crowd_folder_path(&notes, left.list[0].name, "", path), 0);
	fd = open(path, O_WRONLY);
	ck_assert_int_eq(fstat(fd, &st), 0);
	snprintf(text, sizeof(text), "%016" PRIx64,
		 (uint64_t)(clock_now_ns() - s * SECOND_NS));
	ck_assert_int_eq(pwrite(fd, text, 16, st.st_size - 17), 16);
	close(fd);
	set_time(left.list[0].name, clock_now_ns() - (NOTE_LATE_S + 1) * SECOND_NS);
}

/* However old it is: another may have had its request, and have sent it just now. */
START_TEST(a_note_that_finds_nothing_goes_once_nothing_can_arrive_any_more)
{
	ck_assert_int_eq(call("ADD", "c1", POOLS), 0);
	die_with_a_note(an_add("old", clock_now_ns() - 10 * NOTE_LATE_S * SECOND_NS), false);
	set_time(the_note(), clock_now_ns() - 10 * NOTE_LATE_S * SECOND_NS);
	ck_assert_int_eq(call("DEL", "c2", POOLS), 0);
	ck_assert_uint_eq(count_notes(), 1);
	age_first_look(NOTE_LATE_S - 20);
	ck_assert_int_eq(call("DEL", "c2", POOLS), 0);
	ck_assert_uint_eq(count_notes(), 1);
	age_first_look(NOTE_LATE_S + 1);
	ck_assert_int_eq(call("DEL", "c2", POOLS), 0);
	ck_assert_uint_eq(count_notes(), 0);
}
END_TEST

/* Its process has ended since another took its request, and nobody will be told of it. */
START_TEST(the_note_of_an_add_outlives_that_very_add)
{
	struct crowd_member m = an_add("c1", clock_now_ns());
	struct turn turn __cleanup(turn_done) = { .settings = &settings, .node = "node-a",
						  .lock_file = lock_path, .lock = -1,
						  .deadline = deadline_in_ms(10000) };

	die_with_a_note(m, false);
	ck_assert_int_eq(turn_begin(&turn, "net1.c1", "eth0", &e), 0);
	ck_assert_int_eq(turn_carry_out(&turn, &m, &e), 0);
	ck_assert_uint_eq(call_holders(), 1);
	ck_assert_uint_eq(count_notes(), 1);
	close(turn.lock);
	turn.lock = -1;
	ck_assert_int_eq(call("STATUS", "x", POOLS), 0);
	ck_assert_uint_eq(call_holders(), 0);
}
END_TEST

START_TEST(what_could_be_sent_until_its_deadline_may_arrive_after_it)
{
	struct crowd_member m = an_add("old", clock_now_ns() - (NOTE_LATE_S + 1) * SECOND_NS);

	ck_assert_int_eq(call("ADD", "c1", POOLS), 0);
	until = deadline_in_ms(60000);
	die_with_a_note(m, false);
	ck_assert_int_eq(call("DEL", "c2", POOLS), 0);
	ck_assert_uint_eq(count_notes(), 1);
}
END_TEST

START_TEST(what_can_never_be_settled_is_seldom_tried)
{
	struct crowd_member m = a_del("c1", clock_now_ns() - 10 * NOTE_LATE_S * SECOND_NS);
	static const unsigned ago_s[] = { NOTE_AGAIN_S + 1, NOTE_LATE_S + 1 };
	struct crowd_member failed = { .failed = true };
	struct left_notes left __cleanup(left_notes_done) = {0};
	char name[NOTE_NAME_MAX];

	die_with_a_note(m, false);
	notes_read(&notes, &m, 1, &left);
	ck_assert_uint_eq(left.n_own, 1);
	memcpy(name, left.list[0].name, sizeof(name));
	note_was_settled(&notes, &left.list[0], &failed, true);
	left_notes_done(&left);
	age_first_look(NOTE_LATE_S + 1);
	for (unsigned i = 0; i < 2; i++) {
		left_notes_done(&left);
		set_time(name, clock_now_ns() - ago_s[i] * SECOND_NS);
		notes_read(&notes, NULL, 0, &left);
		ck_assert_uint_eq(left.n, i);
	}
}
END_TEST

START_TEST(a_del_that_failed_is_carried_out_by_the_next_request)
{
	int holder;

	ck_assert_int_eq(call("ADD", "c1", POOLS), 0);
	holder = call_hold_lock(lock_path);
	ck_assert_int_eq(call("DEL", "c1", "\"timeout_ms\":300," POOLS), 1);
	kill(holder, SIGKILL);
	ck_assert_int_eq(waitpid(holder, NULL, 0), holder);
	ck_assert_uint_eq(count_notes(), 1);
	ck_assert_int_eq(call("STATUS", "c1", POOLS), 0);
	ck_assert_uint_eq(call_holders(), 0);
}
END_TEST

/* A request that has the turn of c1, and does not go on. */
static pid_t begin_turn(void)
{
	int ready[2];
	pid_t pid;
	char c;

	ck_assert_int_eq(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		struct turn turn = { .settings = &settings, .node = "node-a",
				     .lock_file = lock_path, .lock = -1,
				     .deadline = deadline_in_ms(20000) };

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (turn_begin(&turn, "net1.c1", "eth0", &e) == 0 && write(ready[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	ck_assert_int_eq(read(ready[0], &c, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

START_TEST(a_del_that_waited_for_its_turn_in_vain_is_carried_out_later)
{
	pid_t other;

	ck_assert_int_eq(call("ADD", "c1", POOLS), 0);
	other = begin_turn();
	ck_assert_int_eq(call("DEL", "c1", "\"timeout_ms\":300," POOLS), 1);
	ck_assert_uint_eq(count_notes(), 1);
	kill(other, SIGKILL);
	ck_assert_int_eq(waitpid(other, NULL, 0), other);
	ck_assert_int_eq(call("STATUS", "x", POOLS), 0);
	ck_assert_uint_eq(call_holders(), 0);
}
END_TEST

START_TEST(the_note_of_a_del_goes_with_a_later_add_though_the_clock_was_set_back)
{
	die_with_a_note(a_del("c1", clock_now_ns() + 60 * SECOND_NS), false);
	ck_assert_int_eq(call("ADD", "c1", POOLS), 0);
	ck_assert_uint_eq(count_notes(), 0);
}
END_TEST

START_TEST(a_del_that_fails_again_and_again_leaves_one_note)
{
	int holder = call_hold_lock(lock_path);

	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(call("DEL", "c1", "\"timeout_ms\":100," POOLS), 1);
	ck_assert_uint_eq(count_notes(), 1);
	ck_assert_int_eq(call("DEL", "c2", "\"timeout_ms\":100," POOLS), 1);
	ck_assert_uint_eq(count_notes(), 2);
	kill(holder, SIGKILL);
	ck_assert_int_eq(waitpid(holder, NULL, 0), holder);
}
END_TEST

START_TEST(a_dels_note_leaves_what_was_added_after_it)
{
	ck_assert_int_eq(call("ADD", "c1", POOLS), 0);
	die_with_a_note(a_del("c1", clock_now_ns() - 60 * SECOND_NS), false);
	ck_assert_int_eq(call("STATUS", "c1", POOLS), 0);
	ck_assert_uint_eq(call_holders(), 1);
	die_with_a_note(a_del("c1", clock_now_ns()), false);
	ck_assert_int_eq(call("STATUS", "c1", POOLS), 0);
	ck_assert_uint_eq(call_holders(), 0);
}
END_TEST

START_TEST(a_del_does_not_take_back_the_note_of_an_add_that_may_still_arrive)
{
	die_with_a_note(an_add("c1", clock_now_ns()), false);
	die_with_a_note(a_del("c1", clock_now_ns()), false);
	ck_assert_int_eq(call("ADD", "c2", POOLS), 0);
	ck_assert_uint_eq(count_notes(), 2);
	ck_assert_int_eq(call("DEL", "c1", POOLS), 0);
	ck_assert_uint_eq(count_notes(), 1);
	ck_assert_int_eq(call("ADD", "c1", POOLS), 0);
	ck_assert_uint_eq(count_notes(), 0);
}
END_TEST

START_TEST(who_lives_settles_its_own)
{
	struct crowd_member m = an_add("c1", clock_now_ns()), next = an_add("c1", clock_now_ns());
	struct left_notes left __cleanup(left_notes_done) = {0};
	struct note note = NO_NOTE;

	note_write(&notes, &m, until, &note);
	ck_assert_int_ge(note.fd, 0);
	ck_assert(!notes_are_left(&notes, &note));
	ck_assert(notes_are_left(&notes, NULL));
	notes_read(&notes, NULL, 0, &left);
	ck_assert_uint_eq(left.n, 0);
	notes_read(&notes, &m, 1, &left);
	ck_assert_uint_eq(left.n, 0);
	note_leave(&notes, &note);
	notes_read(&notes, &next, 1, &left);
	ck_assert_uint_eq(left.n_own, 1);
	ck_assert_int_eq(left.list[0].release.assigned_ns, m.add.now_ns);
	ck_assert_str_eq(left.list[0].release.owner.container, "c1");
}
END_TEST

/* A process that takes back one note after the other, and dies in none. */
static pid_t take_back_without_end(void)
{
	pid_t pid = fork();

	while (pid == 0) {
		struct crowd_member m = an_add("c1", clock_now_ns());
		struct note note = NO_NOTE;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		note_write(&notes, &m, until, &note);
		note_take_back(&notes, &note, &e);
	}
	return pid;
}

START_TEST(a_note_that_is_taken_back_while_it_is_read_was_not_left)
{
	pid_t pid;

	ck_assert_int_eq(crowd_folder_make(&notes, &e), 0);
	pid = take_back_without_end();
	for (int i = 0; i < 30000; i++) {
		struct left_notes left __cleanup(left_notes_done) = {0};

		notes_read(&notes, NULL, 0, &left);
		ck_assert_msg(left.n == 0, "at the %dth look", i);
	}
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

START_TEST(a_note_that_cannot_be_removed_says_nothing_any_more)
{
	struct crowd_member m = an_add("c1", clock_now_ns());
	struct left_notes left __cleanup(left_notes_done) = {0};
	struct note note = NO_NOTE;
	char elsewhere[PATH_MAX];

	note_write(&notes, &m, until, &note);
	snprintf(elsewhere, sizeof(elsewhere), "%.4000s.elsewhere", notes.path);
	ck_assert_int_eq(rename(notes.path, elsewhere), 0);
	ck_assert_int_eq(note_take_back(&notes, &note, &e), 0);
	ck_assert_int_eq(rename(elsewhere, notes.path), 0);
	ck_assert_uint_eq(count_notes(), 1);
	notes_read(&notes, &m, 1, &left);
	ck_assert_uint_eq(left.n, 0);
}
END_TEST

/* The folder is out of reach, and what was opened for writing takes none. */
static void spoil_note(struct note *note, const char *elsewhere)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	ck_assert_int_eq(rename(notes.path, elsewhere), 0);
	ck_assert_int_eq(dup3(fd, note->fd, O_CLOEXEC), note->fd);
	close(fd);
}

START_TEST(an_add_whose_note_cannot_be_taken_back_has_failed)
{
	struct crowd_member m = an_add("c1", clock_now_ns());
	struct turn turn __cleanup(turn_done) = { .settings = &settings, .node = "node-a",
						  .lock_file = lock_path, .lock = -1,
						  .deadline = deadline_in_ms(10000) };
	char elsewhere[PATH_MAX];

	snprintf(elsewhere, sizeof(elsewhere), "%.4000s.elsewhere", notes.path);
	ck_assert_int_eq(turn_begin(&turn, "net1.c1", "eth0", &e), 0);
	turn_note(&turn, &m);
	ck_assert_int_eq(turn_carry_out(&turn, &m, &e), 0);
	ck_assert_uint_eq(call_holders(), 1);
	spoil_note(&turn.note, elsewhere);
	ck_assert_int_eq(turn_note_outcome(&turn, &m, 0, &e), -1);
	ck_assert_int_eq(e.kind, ERR_IO);
	ck_assert(e.may_stand);
	ck_assert_ptr_nonnull(strstr(e.text, "the next request of this node settles it"));
	ck_assert_int_eq(rename(elsewhere, notes.path), 0);
	turn_done(&turn);
	turn = (struct turn){ .lock = -1 };
	ck_assert_int_eq(call("STATUS", "x", POOLS), 0);
	ck_assert_uint_eq(call_holders(), 0);
}
END_TEST

START_TEST(one_request_settles_its_own_and_so_many_of_others)
{
	struct crowd_member own = an_add("own", clock_now_ns()), next;
	struct left_notes left __cleanup(left_notes_done) = {0};

	for (int i = 0; i < NOTES_OF_OTHERS_MAX + 3; i++) {
		struct crowd_member other;
		struct note note = NO_NOTE;
		char name[16];

		snprintf(name, sizeof(name), "c%d", i);
		other = an_add(name, clock_now_ns());
		note_write(&notes, &other, until, &note);
		note_leave(&notes, &note);
	}
	die_with_a_note(own, false);
	next = an_add("own", clock_now_ns());
	notes_read(&notes, &next, 1, &left);
	ck_assert_uint_eq(left.n_own, 1);
	ck_assert_str_eq(left.list[0].release.owner.container, "own");
	ck_assert_uint_eq(left.n, 1 + NOTES_OF_OTHERS_MAX);
}
END_TEST

static void leave_note(const char *container, int64_t now_ns, int64_t looked_at_ns)
{
	struct crowd_member m = an_add(container, now_ns);
	struct note note = NO_NOTE;
	char name[NOTE_NAME_MAX];

	note_write(&notes, &m, until, &note);
	memcpy(name, note.name, sizeof(name));
	note_leave(&notes, &note);
	set_time(name, looked_at_ns ? looked_at_ns : now_ns);
}

START_TEST(what_nobody_has_looked_at_comes_before_what_is_looked_at_again)
{
	int64_t now_ns = clock_now_ns(), again_ns = now_ns - (NOTE_AGAIN_S + 5) * SECOND_NS;
	struct left_notes left __cleanup(left_notes_done) = {0};
	unsigned n = 0;

	for (int i = 0; i < 4 * NOTES_OF_OTHERS_MAX; i++) {
		char name[16];

		snprintf(name, sizeof(name), "%s%d", i % 32 ? "seen" : "new", i);
		leave_note(name, now_ns - 60 * SECOND_NS, i % 32 ? again_ns : 0);
	}
	notes_read(&notes, NULL, 0, &left);
	ck_assert_uint_eq(left.n, NOTES_OF_OTHERS_MAX);
	for (size_t i = 0; i < left.n; i++)
		n += strncmp(left.list[i].release.owner.container, "new", 3) == 0;
	ck_assert_uint_eq(n, 4);
}
END_TEST

static void put_file(const char *name, const char *text, int64_t ns)
{
	char path[PATH_MAX];
	FILE *f;

	ck_assert_int_eq(crowd_folder_make(&notes, &e), 0);
	ck_assert_int_eq(crowd_folder_path(&notes, name, "", path), 0);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
	set_time(name, ns);
}

START_TEST(what_is_no_note_is_done_without_and_goes_once_it_is_old)
{
	struct left_notes left __cleanup(left_notes_done) = {0};

	put_file("torn", "calico-ipam 00000010 00", clock_now_ns());
	put_file("old", "", clock_now_ns() - (NOTE_LATE_S + 2) * SECOND_NS);
	notes_read(&notes, NULL, 0, &left);
	ck_assert_uint_eq(left.n, 0);
	ck_assert_uint_eq(count_notes(), 1);
	ck_assert_int_eq(chmod(notes.path, 0770), 0);
	ck_assert_int_eq(call("ADD", "c1", POOLS), 0);
	ck_assert_uint_eq(count_notes(), 1);
}
END_TEST

START_TEST(a_note_whose_file_is_of_no_time_is_due)
{
	struct left_notes left __cleanup(left_notes_done) = {0};
	struct timespec times[2] = { { INT64_MAX, 0 }, { INT64_MAX, 0 } };
	char path[PATH_MAX];

	die_with_a_note(an_add("c1", clock_now_ns()), false);
	ck_assert_int_eq(crowd_folder_path(&notes, the_note(), "", path), 0);
	ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
	notes_read(&notes, NULL, 0, &left);
	ck_assert_uint_eq(left.n, 1);
}
END_TEST

START_TEST(a_store_that_does_not_answer_is_not_asked_for_others_too)
{
	struct left_notes left __cleanup(left_notes_done) = {0};
	char url[64];
	unsigned port = 0;
	int server = call_serve(NULL, &port);

	snprintf(url, sizeof(url), "http://127.0.0.1:%u", port);
	setenv("ETCD_ENDPOINTS", url, 1);
	settings_done(&settings);
	crowd_folder_done(&notes);
	ck_assert_int_eq(settings_from_environment(&settings, &e), 0);
	ck_assert_int_eq(crowd_folder_init(&notes, "notes", &settings, "node-a", lock_path), 0);
	die_with_a_note(an_add("other", clock_now_ns()), false);
	ck_assert_int_eq(call("DEL", "c1", "\"timeout_ms\":300,\"ipam\":{}"), 1);
	/* The next that finds it there does not have to wait until they are due again. */
	notes_read(&notes, NULL, 0, &left);
	ck_assert_uint_eq(left.n, 2);
	kill(server, SIGKILL);
	ck_assert_int_eq(waitpid(server, NULL, 0), server);
}
END_TEST

START_TEST(the_notes_of_another_store_are_left)
{
	struct crowd_folder other = {0};

	setenv("CALICO_LOCAL_PATH", "/another", 1);
	settings_done(&settings);
	ck_assert_int_eq(settings_from_environment(&settings, &e), 0);
	ck_assert_int_eq(crowd_folder_init(&other, "notes", &settings, "node-a", lock_path), 0);
	ck_assert_str_ne(other.path, notes.path);
	crowd_folder_done(&other);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("note");
	TCase *t = tcase_create("note");

	tcase_add_checked_fixture(t, begin, end);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, a_request_of_which_all_is_known_leaves_no_note);
	tcase_add_test(t, what_a_killed_add_wrote_is_released_by_whatever_comes_next);
	tcase_add_test(t, what_an_add_was_given_whose_answer_nobody_reads_is_released);
	tcase_add_test(t, that_the_next_request_settles_it_is_said_where_a_note_stands);
	tcase_add_test(t, a_repeated_add_keeps_what_it_is_told_whatever_settles_later);
	tcase_add_test(t, what_arrives_after_its_note_was_looked_at_is_found_later);
	tcase_add_test(t, a_note_that_finds_nothing_goes_once_nothing_can_arrive_any_more);
	tcase_add_test(t, the_note_of_an_add_outlives_that_very_add);
	tcase_add_test(t, a_del_that_failed_is_carried_out_by_the_next_request);
	tcase_add_test(t, what_can_never_be_settled_is_seldom_tried);
	tcase_add_test(t, what_could_be_sent_until_its_deadline_may_arrive_after_it);
	tcase_add_loop_test(t, an_add_whose_container_has_a_note_that_cannot_be_read_fails, 0, 3);
	tcase_add_test(t, an_add_fails_whose_success_cannot_remove_the_notes_of_its_container);
	tcase_add_test(t, a_repeated_add_settles_its_notes_without_the_lock_too);
	tcase_add_test(t, a_del_that_waited_for_its_turn_in_vain_is_carried_out_later);
	tcase_add_test(t, the_note_of_a_del_goes_with_a_later_add_though_the_clock_was_set_back);
	tcase_add_test(t, a_del_that_fails_again_and_again_leaves_one_note);
	tcase_add_test(t, a_dels_note_leaves_what_was_added_after_it);
	tcase_add_test(t, a_del_does_not_take_back_the_note_of_an_add_that_may_still_arrive);
	tcase_add_test(t, who_lives_settles_its_own);
	tcase_add_test(t, a_note_that_is_taken_back_while_it_is_read_was_not_left);
	tcase_add_test(t, a_note_that_cannot_be_removed_says_nothing_any_more);
	tcase_add_test(t, an_add_whose_note_cannot_be_taken_back_has_failed);
	tcase_add_test(t, one_request_settles_its_own_and_so_many_of_others);
	tcase_add_test(t, what_nobody_has_looked_at_comes_before_what_is_looked_at_again);
	tcase_add_test(t, what_is_no_note_is_done_without_and_goes_once_it_is_old);
	tcase_add_test(t, a_note_whose_file_is_of_no_time_is_due);
	tcase_add_test(t, a_store_that_does_not_answer_is_not_asked_for_others_too);
	tcase_add_test(t, the_notes_of_another_store_are_left);
	suite_add_tcase(s, t);
	return s;
}
