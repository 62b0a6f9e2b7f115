/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/crowd/queue.h"
#include "tests/fake/settings_of.h"
#include "tests/suite.h"

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char run_path[64];
static struct queue q;
static struct err e;
static struct crowd_member taken_members[QUEUE_TAKEN_MAX];
static struct taken_list taken;
static void (*before_lock)(void); /* once: another comes in before the next flock(2) */

int __real_flock(int fd, int operation);
int __wrap_flock(int fd, int operation);

int __wrap_flock(int fd, int operation)
{
	void (*come_in)(void) = before_lock;

	before_lock = NULL;
	if (come_in)
		come_in();
	return __real_flock(fd, operation);
}

static struct crowd_member a_del(const char *container, int64_t now_ns)
{
	struct crowd_member m = { .verb = CROWD_DEL };

	m.del.owner = (struct ipam_owner){ "net", container, "eth0", "node-a", "default", NULL,
					    NULL, NULL, NULL };
	m.del.now_ns = now_ns;
	return m;
}

static struct waiting join(const struct crowd_member *m)
{
	struct waiting w = NOBODY_WAITS;

	ck_assert_msg(queue_join(&q, m, &w, &e) == 0, "%s", e.text);
	return w;
}

static unsigned entries(void)
{
	DIR *folder = opendir(q.folder.path);
	const struct dirent *entry;
	unsigned n = 0;

	while (folder && (entry = readdir(folder)))
		n += entry->d_name[0] != '.';
	if (folder)
		closedir(folder);
	return n;
}

static void init_queue(struct queue *ret, const char *endpoint, const char *password,
		       const char *lock_file)
{
	struct settings settings __cleanup(settings_done) =
		SETTINGS("run_path", run_path, "etcd_endpoints", endpoint, "etcd_password",
			 password);

	ck_assert_int_eq(queue_init(ret, &settings, "node-a", lock_file), 0);
}

static void begin(void)
{
	err_reset(&e);
	snprintf(run_path, sizeof(run_path), "/tmp/check_queue.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(run_path));
	init_queue(&q, "http://127.0.0.1:1", "secret", "/lock");
}

static void end(void)
{
	char command[96];

	queue_done_taken(&taken);
	queue_done(&q);
	snprintf(command, sizeof(command), "rm -rf '%s'", run_path);
	ck_assert_int_eq(system(command), 0);
}

START_TEST(requests_are_taken_in_the_order_in_which_they_came)
{
	struct crowd_member one = a_del("one", 1), two = a_del("two", 2), three = a_del("three", 3);
	struct waiting w1 = join(&one), w2 = join(&two), w3 = join(&three);

	queue_take(&q, taken_members, &taken);
	ck_assert_uint_eq(taken.n, 3);
	ck_assert_str_eq(taken_members[0].del.owner.container, "one");
	ck_assert_str_eq(taken_members[1].del.owner.container, "two");
	ck_assert_str_eq(taken_members[2].del.owner.container, "three");
	queue_leave(&q, &w1);
	queue_leave(&q, &w2);
	queue_leave(&q, &w3);
	ck_assert_uint_eq(entries(), 0);
}
END_TEST

START_TEST(each_finds_its_own_answer_once_it_was_written)
{
	struct crowd_member one = a_del("one", 1), two = a_del("two", 2);
	struct waiting w1 = join(&one), w2 = join(&two);

	queue_take(&q, taken_members, &taken);
	ck_assert(!queue_find_answer(&w1, &one));
	taken_members[0].released.released = 2;
	taken_members[1].failed = true;
	err_set(&taken_members[1].error, ERR_EXHAUSTED, "none is free");
	queue_answer(&q, &taken, true);
	ck_assert(queue_find_answer(&w1, &one) && queue_find_answer(&w2, &two));
	ck_assert(!one.failed && two.failed);
	ck_assert_uint_eq(one.released.released, 2);
	ck_assert_str_eq(two.error.text, "none is free");
	ck_assert(!queue_leave(&q, &w1));
	ck_assert(!queue_leave(&q, &w2));
}
END_TEST

/* Who had time for the store or not, is taken and fails so. */
static void fail_taken(enum err_kind kind, bool may_stand, bool in_time)
{
	queue_take(&q, taken_members, &taken);
	ck_assert_uint_eq(taken.n, 1);
	taken_members[0].failed = true;
	err_set(&taken_members[0].error, kind, "in vain");
	taken_members[0].error.may_stand = may_stand;
	queue_answer(&q, &taken, in_time);
	queue_done_taken(&taken);
}

static const struct {
	enum err_kind kind;
	bool in_time;
} own_errors[] = {
	{ ERR_DEADLINE, true }, { ERR_DENIED, true }, { ERR_IO, true }, { ERR_INTERNAL, true },
	{ ERR_UNAVAILABLE, false }, { ERR_UNKNOWN_OUTCOME, false },
};

START_TEST(nobody_is_told_what_may_be_anothers_alone)
{
	struct crowd_member one = a_del("one", 1);
	struct waiting w = join(&one);

	fail_taken(own_errors[_i].kind, false, own_errors[_i].in_time);
	ck_assert(!queue_find_answer(&w, &one));
	ck_assert(queue_leave(&q, &w));
}
END_TEST

START_TEST(who_is_not_told_waits_again_unless_something_may_stand)
{
	struct crowd_member one = a_del("one", 1);
	struct waiting w = join(&one);

	fail_taken(ERR_DENIED, false, true);
	fail_taken(ERR_DENIED, true, true);
	ck_assert(!queue_find_answer(&w, &one));
	ck_assert(!queue_leave(&q, &w));
}
END_TEST

START_TEST(that_the_store_does_not_answer_is_told_by_who_had_time_for_it)
{
	struct crowd_member one = a_del("one", 1);
	struct waiting w = join(&one);

	fail_taken(ERR_UNAVAILABLE, false, true);
	ck_assert(queue_find_answer(&w, &one));
	ck_assert_int_eq(one.error.kind, ERR_UNAVAILABLE);
	ck_assert(!queue_leave(&q, &w));
}
END_TEST

/* By one who has the lock behind a leader. */
static void take_again(unsigned n)
{
	queue_done_taken(&taken);
	queue_take(&q, taken_members, &taken);
	ck_assert_uint_eq(taken.n, n);
}

START_TEST(what_was_answered_is_not_taken_again)
{
	struct crowd_member one = a_del("one", 1);
	struct waiting w = join(&one);

	queue_take(&q, taken_members, &taken);
	queue_answer(&q, &taken, true);
	take_again(0);
	ck_assert(!queue_leave(&q, &w));
}
END_TEST

START_TEST(what_was_taken_by_one_who_died_is_taken_again_and_its_error_says_so)
{
	struct crowd_member one = a_del("one", 1), two = a_del("two", 2);
	struct waiting w1 = join(&one), w2 = join(&two);

	queue_take(&q, taken_members, &taken);
	ck_assert(!taken.list[0].again);
	take_again(2);
	ck_assert_str_eq(taken_members[0].del.owner.container, "one");
	ck_assert(taken.list[0].again);
	taken_members[1].failed = true;
	err_set(&taken_members[1].error, ERR_EXHAUSTED, "none is free");
	queue_answer(&q, &taken, true);
	ck_assert(queue_find_answer(&w1, &one) && queue_find_answer(&w2, &two));
	ck_assert(!one.failed && two.failed && two.error.may_stand);
	ck_assert_ptr_nonnull(strstr(two.error.text, "another process had taken this request"));
	ck_assert_ptr_nonnull(strstr(two.error.text, "none is free"));
	ck_assert(!queue_leave(&q, &w1));
	ck_assert(!queue_leave(&q, &w2));
}
END_TEST

START_TEST(what_was_taken_twice_does_not_wait_as_if_nobody_had_taken_it)
{
	struct crowd_member one = a_del("one", 1);
	struct waiting w = join(&one);

	queue_take(&q, taken_members, &taken);
	queue_done_taken(&taken);
	fail_taken(ERR_DENIED, false, true);
	ck_assert(!queue_find_answer(&w, &one));
	ck_assert(!queue_leave(&q, &w));
}
END_TEST

START_TEST(who_leaves_is_told_whether_somebody_had_taken_its_request)
{
	struct crowd_member one = a_del("one", 1), two = a_del("two", 2);
	struct waiting w1 = join(&one), w2;

	ck_assert(queue_leave(&q, &w1));
	ck_assert(queue_leave(&q, &w1));
	w2 = join(&two);
	queue_take(&q, taken_members, &taken);
	ck_assert_uint_eq(taken.n, 1);
	ck_assert(!queue_leave(&q, &w2));
	ck_assert_uint_eq(entries(), 0);
}
END_TEST

START_TEST(who_died_while_it_waited_is_not_served)
{
	struct crowd_member one = a_del("one", 1);
	struct waiting w;
	pid_t pid = fork();

	if (pid == 0) {
		w = join(&one);
		_exit(w.fd < 0);
	}
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert_uint_eq(entries(), 1);
	queue_take(&q, taken_members, &taken);
	ck_assert_uint_eq(taken.n, 0);
	ck_assert_uint_eq(entries(), 0);
}
END_TEST

static void put_file(const char *name, const char *text)
{
	char path[PATH_MAX + 64];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%.40s", q.folder.path, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

START_TEST(what_was_left_by_the_killed_goes_with_the_next_who_takes)
{
	struct crowd_member one = a_del("one", 1);
	struct waiting w = join(&one);

	put_file("0000000000000001-7", "");
	put_file("0000000000000002-7.taken", "");
	put_file("no name of ours", "");
	queue_take(&q, taken_members, &taken);
	ck_assert_uint_eq(taken.n, 1);
	ck_assert_uint_eq(entries(), 1);
	queue_leave(&q, &w);
}
END_TEST

static bool is_there(const char *name)
{
	char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s/%.40s", q.folder.path, name);
	return access(path, F_OK) == 0;
}

/* Open, as if it had been written three minutes ago. */
static int put_old_file(const char *name)
{
	struct timespec times[2] = { { time(NULL) - 180, 0 }, { time(NULL) - 180, 0 } };
	char path[PATH_MAX + 64];
	int fd;

	put_file(name, "");
	snprintf(path, sizeof(path), "%s/%.40s", q.folder.path, name);
	fd = open(path, O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(futimens(fd, times), 0);
	return fd;
}

START_TEST(what_was_begun_by_one_who_was_killed_goes_once_it_is_old)
{
	struct crowd_member one = a_del("one", 1);
	struct waiting w = join(&one);
	int dead = put_old_file(".0000000000000001-7"), alive = put_old_file(".0000000000000002-7");

	ck_assert_int_eq(flock(alive, LOCK_EX), 0);
	put_file(".0000000000000003-7", "");
	close(dead);
	queue_take(&q, taken_members, &taken);
	ck_assert_uint_eq(taken.n, 1);
	ck_assert(!is_there(".0000000000000001-7"));
	ck_assert(is_there(".0000000000000002-7"));
	ck_assert(is_there(".0000000000000003-7"));
	close(alive);
	queue_leave(&q, &w);
}
END_TEST

/* One who looks for what waits, and leaves all as it is. */
static void look_once(void)
{
	queue_take(&q, taken_members, &taken);
	queue_done_taken(&taken);
}

/* It was stopped for so long before it had its lock that another took it for killed. */
static void remove_begun(void)
{
	char command[PATH_MAX + 32];

	snprintf(command, sizeof(command), "rm '%.60s'/.[0-9]*", q.folder.path);
	ck_assert_int_eq(system(command), 0);
}

START_TEST(whose_entry_is_gone_before_it_has_its_lock_lays_it_once_more)
{
	struct crowd_member one = a_del("one", 1);
	struct waiting w;

	before_lock = remove_begun;
	w = join(&one);
	ck_assert_uint_eq(entries(), 1);
	ck_assert(queue_leave(&q, &w));
}
END_TEST

START_TEST(who_has_not_locked_its_entry_yet_is_not_taken_for_dead)
{
	struct crowd_member one = a_del("one", 1);
	struct waiting w;

	ck_assert_int_eq(crowd_folder_make(&q.folder, &e), 0);
	before_lock = look_once;
	w = join(&one);
	ck_assert_ptr_null(before_lock);
	ck_assert_uint_eq(entries(), 1);
	queue_take(&q, taken_members, &taken);
	ck_assert_uint_eq(taken.n, 1);
	queue_leave(&q, &w);
}
END_TEST

/* It was stopped for longer than anybody waits, or the clock was set. */
START_TEST(who_finds_nothing_of_its_request_cannot_know_that_nobody_had_taken_it)
{
	struct crowd_member one = a_del("one", 1);
	struct waiting w = join(&one);
	char path[PATH_MAX + 64];

	queue_take(&q, taken_members, &taken);
	ck_assert_uint_eq(taken.n, 1);
	snprintf(path, sizeof(path), "%s/%.40s.taken", q.folder.path, w.name);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert(!queue_leave(&q, &w));
}
END_TEST

START_TEST(a_link_is_not_followed)
{
	struct crowd_member one = a_del("one", 1);
	struct waiting w = join(&one);
	char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s/ffffffffffffffff-7", q.folder.path);
	ck_assert_int_eq(symlink(w.name, path), 0);
	snprintf(path, sizeof(path), "%s/7fffffffffffffff-7", q.folder.path);
	ck_assert_int_eq(symlink(w.name, path), 0);
	queue_take(&q, taken_members, &taken);
	ck_assert_uint_eq(taken.n, 1);
	queue_leave(&q, &w);
}
END_TEST

START_TEST(an_entry_of_another_name_too_or_of_another_user_is_none)
{
	struct crowd_member one = a_del("one", 1), two = a_del("two", 2);
	struct waiting w1 = join(&one), w2 = join(&two);
	char path[PATH_MAX + 64], other[PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s/%.40s", q.folder.path, w1.name);
	snprintf(other, sizeof(other), "%s.other", q.folder.path);
	ck_assert_int_eq(link(path, other), 0);
	if (geteuid() == 0)
		ck_assert_int_eq(fchown(w2.fd, 65534, (gid_t)-1), 0);
	queue_take(&q, taken_members, &taken);
	ck_assert_uint_eq(taken.n, geteuid() == 0 ? 0 : 1);
	queue_done_taken(&taken);
	ck_assert_int_eq(unlink(other), 0);
	ck_assert_int_eq(fchown(w2.fd, geteuid(), (gid_t)-1), 0);
	queue_take(&q, taken_members, &taken);
	ck_assert_uint_eq(taken.n, 2);
	queue_leave(&q, &w1);
	queue_leave(&q, &w2);
}
END_TEST

/* As long as it holds its entry it waits, whatever the clock says of its name. */
START_TEST(a_clock_that_is_set_forward_removes_nobody_who_waits)
{
	struct crowd_member one = a_del("one", 1);
	struct waiting w = join(&one);
	char path[PATH_MAX + 64], older[PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s/%.40s", q.folder.path, w.name);
	snprintf(w.name, sizeof(w.name), "0000000000000001-7");
	snprintf(older, sizeof(older), "%s/%.40s", q.folder.path, w.name);
	ck_assert_int_eq(rename(path, older), 0);
	queue_take(&q, taken_members, &taken);
	ck_assert_uint_eq(taken.n, 1);
	ck_assert(is_there("0000000000000001-7.taken"));
	queue_leave(&q, &w);
}
END_TEST

/* So many bytes of a file can be written, as where run_path is full. */
static void leave_room(rlim_t bytes)
{
	struct rlimit most = { bytes, RLIM_INFINITY };

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &most), 0);
}

START_TEST(who_finds_no_room_does_not_wait_in_the_queue_and_leaves_nothing)
{
	struct crowd_member one = a_del("one", 1);
	struct waiting none = NOBODY_WAITS;

	leave_room(10);
	ck_assert_int_eq(queue_join(&q, &one, &none, &e), -1);
	leave_room(RLIM_INFINITY);
	ck_assert_int_eq(e.kind, ERR_IO);
	ck_assert_int_eq(none.fd, -1);
	ck_assert_int_eq(rmdir(q.folder.path), 0);
}
END_TEST

START_TEST(where_no_folder_can_be_made_nobody_waits_in_the_queue)
{
	struct crowd_member one = a_del("one", 1);
	struct waiting none = NOBODY_WAITS;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/file", run_path);
	ck_assert_int_eq(close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600)), 0);
	snprintf(q.folder.path, sizeof(q.folder.path), "%.60s/file/queue", run_path);
	ck_assert_int_eq(queue_join(&q, &one, &none, &e), -1);
	ck_assert_int_eq(e.kind, ERR_IO);
	ck_assert_int_eq(none.fd, -1);
	queue_take(&q, taken_members, &taken);
	ck_assert_uint_eq(taken.n, 0);
}
END_TEST

/* It has half an answer, or none: then it carries its request out itself. */
START_TEST(an_answer_that_finds_no_room_is_none)
{
	struct crowd_member one = a_del("one", 1);
	struct waiting w = join(&one);

	queue_take(&q, taken_members, &taken);
	leave_room(w.request_len + 10 * (rlim_t)_i);
	queue_answer(&q, &taken, true);
	leave_room(RLIM_INFINITY);
	ck_assert(!queue_find_answer(&w, &one));
	ck_assert(!queue_leave(&q, &w));
}
END_TEST

START_TEST(a_folder_that_others_may_write_is_no_queue)
{
	struct crowd_member one = a_del("one", 1);
	struct waiting w = join(&one), none = NOBODY_WAITS;

	ck_assert_int_eq(chmod(q.folder.path, 0770), 0);
	queue_take(&q, taken_members, &taken);
	ck_assert_uint_eq(taken.n, 0);
	ck_assert_int_eq(queue_join(&q, &one, &none, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "not a folder of this user's alone"));
	ck_assert_int_eq(none.fd, -1);
	queue_leave(&q, &w);
}
END_TEST

START_TEST(a_queue_is_of_one_store_one_node_and_one_lock)
{
	struct queue other = {0};

	init_queue(&other, "http://127.0.0.1:2", "secret", "/lock");
	ck_assert_str_ne(other.folder.path, q.folder.path);
	queue_done(&other);
	init_queue(&other, "http://127.0.0.1:1", "secret", "/another");
	ck_assert_str_ne(other.folder.path, q.folder.path);
	queue_done(&other);
}
END_TEST

static const struct {
	const char *node, *name, *value;
} of_others[] = {
	{ "node-b", "etcd_username", "me" }, { "node-a", "etcd_username", "you" },
	{ "node-a", "etcd_cert_file", "/c" }, { "node-a", "etcd_key_file", "/k" },
	{ "node-a", "etcd_ca_cert_file", "/ca" }, { "node-a", "tls_min_version", "1.3" },
	{ "node-a", "tls_cipher_suites", "TLS_AES_128_GCM_SHA256" },
};

START_TEST(who_is_another_to_the_store_has_a_queue_of_its_own)
{
	struct settings settings __cleanup(settings_done) =
		SETTINGS("run_path", run_path, "etcd_endpoints", "http://127.0.0.1:1",
			 "etcd_username", "me");
	struct queue mine = {0}, other = {0};

	ck_assert_int_eq(queue_init(&mine, &settings, "node-a", "/lock"), 0);
	settings_also(&settings, of_others[_i].name, of_others[_i].value);
	ck_assert_int_eq(queue_init(&other, &settings, of_others[_i].node, "/lock"), 0);
	ck_assert_str_ne(mine.folder.path, other.folder.path);
	ck_assert_str_ne(mine.folder.crowd, other.folder.crowd);
	queue_done(&mine);
	queue_done(&other);
}
END_TEST

static const char *const surroundings[] = { "HOME", "KUBERNETES_SERVICE_HOST",
					    "KUBERNETES_SERVICE_PORT" };

static bool have_one_queue(const char *variable, const char *kubeconfig)
{
	struct settings settings __cleanup(settings_done) =
		SETTINGS("run_path", run_path, "datastore_type", "kubernetes", "kubeconfig",
			 kubeconfig);
	struct queue mine = {0}, other = {0};
	bool one;

	setenv(variable, "1", 1);
	ck_assert_int_eq(queue_init(&mine, &settings, "node-a", "/lock"), 0);
	setenv(variable, "2", 1);
	ck_assert_int_eq(queue_init(&other, &settings, "node-a", "/lock"), 0);
	one = strcmp(mine.folder.path, other.folder.path) == 0;
	queue_done(&mine);
	queue_done(&other);
	return one;
}

START_TEST(whose_surroundings_name_another_api_server_has_a_queue_of_its_own)
{
	ck_assert(!have_one_queue(surroundings[_i], ""));
	ck_assert(have_one_queue(surroundings[_i], "/etc/cni/net.d/calico-kubeconfig"));
}
END_TEST

/* Who opens the store refuses it, but who waits has not opened any. */
START_TEST(an_endpoint_with_a_password_is_not_written_down)
{
	static const char *const names[] = { "etcd_endpoints", "k8s_api_endpoint" };
	struct settings settings __cleanup(settings_done) =
		SETTINGS("run_path", run_path, names[_i], "https://me:secret@127.0.0.1:1");
	struct queue none = {0};

	ck_assert_int_eq(queue_init(&none, &settings, "node-a", "/lock"), -1);
	ck_assert_ptr_null(none.folder.crowd);
	queue_done(&none);
}
END_TEST

START_TEST(no_secret_lies_in_a_queue)
{
	struct queue other = {0};

	init_queue(&other, "http://127.0.0.1:1", "another", "/lock");
	ck_assert_str_eq(other.folder.crowd, q.folder.crowd);
	ck_assert_ptr_null(strstr(q.folder.crowd, "secret"));
	queue_done(&other);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("queue");
	TCase *t = tcase_create("queue");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, requests_are_taken_in_the_order_in_which_they_came);
	tcase_add_test(t, each_finds_its_own_answer_once_it_was_written);
	tcase_add_loop_test(t, nobody_is_told_what_may_be_anothers_alone, 0,
			    sizeof(own_errors) / sizeof(*own_errors));
	tcase_add_test(t, who_is_not_told_waits_again_unless_something_may_stand);
	tcase_add_test(t, that_the_store_does_not_answer_is_told_by_who_had_time_for_it);
	tcase_add_test(t, what_was_answered_is_not_taken_again);
	tcase_add_test(t, what_was_taken_by_one_who_died_is_taken_again_and_its_error_says_so);
	tcase_add_test(t, what_was_taken_twice_does_not_wait_as_if_nobody_had_taken_it);
	tcase_add_test(t, who_leaves_is_told_whether_somebody_had_taken_its_request);
	tcase_add_test(t, who_died_while_it_waited_is_not_served);
	tcase_add_test(t, what_was_left_by_the_killed_goes_with_the_next_who_takes);
	tcase_add_test(t, what_was_begun_by_one_who_was_killed_goes_once_it_is_old);
	tcase_add_test(t, who_has_not_locked_its_entry_yet_is_not_taken_for_dead);
	tcase_add_test(t, whose_entry_is_gone_before_it_has_its_lock_lays_it_once_more);
	tcase_add_test(t, who_finds_nothing_of_its_request_cannot_know_that_nobody_had_taken_it);
	tcase_add_test(t, a_link_is_not_followed);
	tcase_add_test(t, a_folder_that_others_may_write_is_no_queue);
	tcase_add_test(t, a_queue_is_of_one_store_one_node_and_one_lock);
	tcase_add_loop_test(t, whose_surroundings_name_another_api_server_has_a_queue_of_its_own, 0,
			    ARRAY_LEN(surroundings));
	tcase_add_loop_test(t, who_is_another_to_the_store_has_a_queue_of_its_own, 0,
			    sizeof(of_others) / sizeof(*of_others));
	tcase_add_loop_test(t, an_endpoint_with_a_password_is_not_written_down, 0, 2);
	tcase_add_test(t, an_entry_of_another_name_too_or_of_another_user_is_none);
	tcase_add_test(t, a_clock_that_is_set_forward_removes_nobody_who_waits);
	tcase_add_test(t, who_finds_no_room_does_not_wait_in_the_queue_and_leaves_nothing);
	tcase_add_test(t, where_no_folder_can_be_made_nobody_waits_in_the_queue);
	tcase_add_loop_test(t, an_answer_that_finds_no_room_is_none, 0, 2);
	tcase_add_test(t, no_secret_lies_in_a_queue);
	suite_add_tcase(s, t);
	return s;
}
