/* SPDX-License-Identifier: Apache-2.0 */
/* Several processes that wait for the host's turn. */
#include "base/clock.h"
#include "base/io.h"
#include "datastore/datastore.h"
#include "datastore/etcd/client.h"
#include "fixture_call.h"
#include "plugin/crowd/queue.h"
#include "tests/suite.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define POOLS "\"ipam\":{\"ipv4_pools\":[\"10.0.0.0/24\"],\"assign_ipv6\":true," \
	"\"ipv6_pools\":[\"fd00::/120\"]}"
#define WAITING_MAX 16

static char lock_path[96];
static pid_t holder, waiting[WAITING_MAX];
static unsigned n_waiting;
static unsigned *opened; /* stores, by all processes of a test; NULL: they are not counted */

int __real_datastore_open(struct datastore **ret, const struct settings *settings,
			  enum datastore_purpose purpose, struct deadline deadline, struct err *e);
int __wrap_datastore_open(struct datastore **ret, const struct settings *settings,
			  enum datastore_purpose purpose, struct deadline deadline, struct err *e);
int __real_datastore_prepare(const struct settings *settings, struct deadline deadline,
			     struct err *e);
int __wrap_datastore_prepare(const struct settings *settings, struct deadline deadline,
			     struct err *e);

static bool prepared;
static unsigned opened_unprepared;
/* Of what kind the next who opens the store fails, by all processes; NULL: nobody does. */
static enum err_kind *misread;

int __wrap_datastore_prepare(const struct settings *settings, struct deadline deadline,
			     struct err *e)
{
	prepared = true;
	return __real_datastore_prepare(settings, deadline, e);
}

/* As with certificates: it takes its time. */
int __wrap_datastore_open(struct datastore **ret, const struct settings *settings,
			  enum datastore_purpose purpose, struct deadline deadline, struct err *e)
{
	opened_unprepared += !prepared;
	if (opened) {
		__atomic_fetch_add(opened, 1, __ATOMIC_SEQ_CST);
		deadline_sleep_ms(deadline, 500);
	}
	if (misread && *misread) {
		err_set(e, *misread, "its file is being written");
		*misread = ERR_NONE;
		return -1;
	}
	return __real_datastore_open(ret, settings, purpose, deadline, e);
}

static bool no_locks; /* as on a file system that has none */

bool __real_io_try_lock(int fd, const char *path);
bool __wrap_io_try_lock(int fd, const char *path);
int __real_io_wait_for_lock(int fd, const char *path, off_t at, struct deadline until,
			    struct err *e);
int __wrap_io_wait_for_lock(int fd, const char *path, off_t at, struct deadline until,
			    struct err *e);

bool __wrap_io_try_lock(int fd, const char *path)
{
	return !no_locks && __real_io_try_lock(fd, path);
}

int __wrap_io_wait_for_lock(int fd, const char *path, off_t at, struct deadline until,
			    struct err *e)
{
	if (no_locks)
		return err_set(e, ERR_IO, "lock file %s: No locks available", path);
	return __real_io_wait_for_lock(fd, path, at, until, e);
}

/* A process that asks; its status says what became of it. */
static pid_t ask(const char *command, const char *container, const char *keys, const char *word)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (call(command, container, keys) == 0)
			_exit(word != NULL);
		_exit(!word || !strstr(call_out.data, word));
	}
	waiting[n_waiting++] = pid;
	return pid;
}

/* The same once the lock is held, when it waits. */
static void let_wait(const char *command, const char *container, const char *keys, const char *word)
{
	struct deadline late = deadline_in_ms(10000);
	pid_t pid = ask(command, container, keys, word);

	while (!call_waits_for_a_lock(pid) && !deadline_passed(late))
		deadline_sleep_ms(late, 5);
	ck_assert(!deadline_passed(late));
}

static void hold_the_lock(void)
{
	snprintf(lock_path, sizeof(lock_path), "%s/lock", call_folder);
	holder = call_hold_lock(lock_path);
}

static void let_go(void)
{
	kill(holder, SIGKILL);
	ck_assert_int_eq(waitpid(holder, NULL, 0), holder);
}

/* All as they were to end. */
static void await_all(void)
{
	int status;

	for (unsigned i = 0; i < n_waiting; i++) {
		ck_assert_int_eq(waitpid(waiting[i], &status, 0), waiting[i]);
		ck_assert_msg(status == 0, "request %u ends with status %d", i, status);
	}
	n_waiting = 0;
}

static unsigned count(const char *text, const char *word)
{
	unsigned n = 0;

	for (; (text = strstr(text, word)); text += strlen(word))
		n++;
	return n;
}

static void assert_logged(const char *word, unsigned times)
{
	struct buf text __cleanup(buf_done) = BUF(0);

	call_read_stderr(&text);
	ck_assert_msg(count(text.data, word) == times, "not %u times: %s\n%s", times, word,
		      text.data);
}

START_TEST(those_who_wait_are_carried_out_together)
{
	ck_assert_int_eq(call("ADD", "c0", POOLS), 0);
	hold_the_lock();
	let_wait("ADD", "c1", POOLS, NULL);
	let_wait("DEL", "c0", POOLS, NULL);
	let_wait("ADD", "c2", POOLS, NULL);
	let_wait("ADD", "c3", POOLS, NULL);
	let_go();
	await_all();
	assert_logged("Carrying out requests that wait together requests=4", 1);
	assert_logged("Calico CNI IPAM assigned address", 2 + 6);
	ck_assert_uint_eq(call_holders(), 3);
}
END_TEST

START_TEST(who_finds_nobody_else_is_carried_out_alone)
{
	ck_assert_int_eq(call("ADD", "c1", POOLS), 0);
	hold_the_lock();
	let_wait("DEL", "c1", POOLS, NULL);
	let_go();
	await_all();
	assert_logged("Carrying out", 0);
	ck_assert_uint_eq(call_holders(), 0);
}
END_TEST

START_TEST(one_that_fails_fails_alone_in_its_own_words)
{
	ck_assert_int_eq(call("ADD", "c0", "\"ipam\":{\"ipv4_pools\":[\"10.0.0.0/24\"]},"
			      "\"args\":{\"cni\":{\"ips\":[\"10.0.0.9\"]}}"), 0);
	hold_the_lock();
	let_wait("ADD", "c1", POOLS, NULL);
	let_wait("ADD", "c2", POOLS ",\"args\":{\"cni\":{\"ips\":[\"10.0.0.9\"]}}",
		 "assign net1.c2: ");
	let_wait("ADD", "c3", "\"ipam\":{\"ipv4_pools\":[\"nowhere\"]}", "nowhere");
	let_wait("ADD", "c4", POOLS, NULL);
	let_go();
	await_all();
	assert_logged("Carrying out requests that wait together requests=4", 1);
	ck_assert_uint_eq(call_holders(), 3);
}
END_TEST

START_TEST(a_store_is_made_for_an_add_whoever_carries_it_out)
{
	hold_the_lock();
	let_wait("DEL", "c9", POOLS, NULL);
	let_wait("ADD", "c1", POOLS, NULL);
	let_wait("DEL", "c8", POOLS, NULL);
	let_go();
	await_all();
	ck_assert_uint_eq(call_holders(), 1);
}
END_TEST

/* Those of the calls of these tests. */
static void find_queue(struct queue *ret)
{
	struct settings settings __cleanup(settings_done) = {0};
	struct err e = {0};

	ck_assert_int_eq(settings_from_environment(&settings, &e), 0);
	ck_assert_int_eq(queue_init(ret, &settings, "node-a", lock_path), 0);
}

static void take(unsigned n, bool answer)
{
	struct crowd_member *members = calloc(QUEUE_TAKEN_MAX, sizeof(*members));
	struct taken_list *taken = calloc(1, sizeof(*taken));
	struct queue q = {0};

	ck_assert(members && taken);
	find_queue(&q);
	queue_take(&q, members, taken);
	ck_assert_uint_eq(taken->n, n);
	if (answer)
		queue_answer(&q, taken, true);
	queue_done_taken(taken);
	queue_done(&q);
	free(members);
	free(taken);
}

static void take_and_answer_nothing(unsigned n)
{
	take(n, false);
}

static void let_a_leader_of_three_die(void)
{
	ck_assert_int_eq(call("ADD", "c0", POOLS), 0);
	hold_the_lock();
	let_wait("ADD", "c1", POOLS, NULL);
	let_wait("DEL", "c0", POOLS, NULL);
	let_wait("ADD", "c2", POOLS, NULL);
	take_and_answer_nothing(3);
	let_go();
	await_all();
}

START_TEST(whose_request_was_taken_by_one_who_died_carries_it_out_itself)
{
	let_a_leader_of_three_die();
	ck_assert_uint_eq(call_holders(), 2);
}
END_TEST

START_TEST(those_whose_leader_died_are_carried_out_together_too)
{
	let_a_leader_of_three_die();
	assert_logged("Carrying out requests that wait together requests=3", 1);
	ck_assert_uint_eq(call_holders(), 2);
}
END_TEST

START_TEST(whose_request_was_taken_by_one_who_died_says_so_if_it_fails)
{
	ck_assert_int_eq(call("ADD", "c0", "\"ipam\":{\"ipv4_pools\":[\"10.0.0.0/24\"]},"
			      "\"args\":{\"cni\":{\"ips\":[\"10.0.0.9\"]}}"), 0);
	hold_the_lock();
	let_wait("ADD", "c1", POOLS ",\"args\":{\"cni\":{\"ips\":[\"10.0.0.9\"]}}",
		 "another process had taken this request");
	take_and_answer_nothing(1);
	let_go();
	await_all();
}
END_TEST

/* Whoever has taken it has the lock, and is at work on it. */
START_TEST(who_can_have_no_lock_takes_nobody_elses_request)
{
	ck_assert_int_eq(call("ADD", "c0", POOLS), 0);
	hold_the_lock();
	let_wait("ADD", "c1", POOLS, NULL);
	take_and_answer_nothing(1);
	no_locks = true;
	ck_assert_int_eq(call("DEL", "c0", POOLS), 0);
	no_locks = false;
	assert_logged("Going on without the host-wide IPAM lock", 1);
	ck_assert_uint_eq(call_holders(), 0);
	let_go();
	await_all();
	assert_logged("Carrying out requests", 0);
	ck_assert_uint_eq(call_holders(), 1);
}
END_TEST

START_TEST(who_runs_out_of_time_takes_its_request_back)
{
	ck_assert_int_eq(call("ADD", "c0", POOLS), 0);
	hold_the_lock();
	let_wait("ADD", "c1", "\"timeout_ms\":500," POOLS, "nothing was changed");
	await_all();
	let_wait("ADD", "c2", POOLS, NULL);
	let_go();
	await_all();
	ck_assert_uint_eq(call_holders(), 2);
}
END_TEST

START_TEST(who_runs_out_of_time_says_that_its_request_had_been_taken)
{
	hold_the_lock();
	let_wait("ADD", "c1", "\"timeout_ms\":1500," POOLS,
		 "another process had taken this request");
	take_and_answer_nothing(1);
	await_all();
	let_go();
}
END_TEST

/* Whoever answered is still busy with others, and holds the lock. */
START_TEST(an_answer_that_is_there_in_time_is_taken_without_the_lock)
{
	hold_the_lock();
	let_wait("DEL", "c1", "\"timeout_ms\":1500," POOLS, NULL);
	take(1, true);
	await_all();
	let_go();
}
END_TEST

START_TEST(who_has_hardly_any_time_takes_nobody_elses_request)
{
	ck_assert_int_eq(call("ADD", "c0", POOLS), 0);
	hold_the_lock();
	let_wait("DEL", "c0", "\"timeout_ms\":2500," POOLS, NULL);
	let_wait("ADD", "c1", "\"timeout_ms\":2500," POOLS, NULL);
	let_go();
	await_all();
	assert_logged("Carrying out", 0);
	ck_assert_uint_eq(call_holders(), 1);
}
END_TEST

#define REMOTE "\"ipam\":{}"
#define UNASKED "not asked for, since the store was silent over another request of this node"

/*
 * An etcd that is named by the environment, and is silent for 300 ms before it is given up.  It
 * is asked in JSON at once, so that there is a connection for each who asks.
 */
static pid_t serve(const char *answer, unsigned n)
{
	char url[64];
	unsigned port = 0;
	pid_t server = call_serve_first(answer, n, &port);

	client_silence_ms = 300;
	snprintf(url, sizeof(url), "http://127.0.0.1:%u", port);
	setenv("ETCD_ENDPOINTS", url, 1);
	setenv("ETCD_PROTOCOL", "json", 1);
	return server;
}

static void end_server(pid_t server)
{
	kill(server, SIGKILL);
	ck_assert_int_eq(waitpid(server, NULL, 0), server);
	unsetenv("ETCD_ENDPOINTS");
	unsetenv("ETCD_PROTOCOL");
	client_silence_ms = CLIENT_SILENCE_MS;
}

/* A request of it that failed, since the lock was held. */
static void leave_note_of_del(const char *container)
{
	ck_assert_int_eq(call("DEL", container, "\"timeout_ms\":100," REMOTE), 1);
}

START_TEST(a_store_that_is_silent_over_the_notes_is_not_asked_again)
{
	pid_t server = serve(NULL, 0);

	hold_the_lock();
	leave_note_of_del("c1");
	leave_note_of_del("c2");
	let_wait("DEL", "c1", REMOTE, UNASKED);
	let_wait("DEL", "c3", REMOTE, UNASKED);
	let_wait("ADD", "c2", REMOTE, UNASKED);
	let_go();
	await_all();
	assert_logged("Carrying out requests", 0);
	ck_assert_uint_eq(call_connections(), 1);
	end_server(server);
}
END_TEST

/* The notes that it refuses forbid the ADDs, which stand between the others. */
START_TEST(a_store_that_is_silent_for_some_is_not_asked_for_the_rest)
{
	pid_t server = serve("HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\n"
			     "Content-Length: 37\r\nConnection: close\r\n\r\n"
			     "{\"code\":3,\"message\":\"is not allowed\"}", 1);

	hold_the_lock();
	leave_note_of_del("a1");
	leave_note_of_del("a2");
	let_wait("DEL", "c1", REMOTE, "silent");
	let_wait("ADD", "a1", REMOTE, "");
	let_wait("DEL", "c2", REMOTE, "silent");
	let_wait("ADD", "a2", REMOTE, "");
	let_wait("DEL", "c3", REMOTE, "silent");
	let_go();
	await_all();
	ck_assert_uint_eq(call_connections(), 2);
	end_server(server);
}
END_TEST

START_TEST(who_has_little_time_tells_nobody_that_the_store_does_not_answer)
{
	pid_t server = serve(NULL, 0);

	hold_the_lock();
	let_wait("DEL", "c1", "\"timeout_ms\":8000," REMOTE, "silent");
	let_wait("DEL", "c2", "\"timeout_ms\":8000," REMOTE, "silent");
	let_go();
	await_all();
	ck_assert_uint_eq(call_connections(), 2);
	end_server(server);
}
END_TEST

/* It may have been by a password of before, or behind, a change: none is in the queue's name. */
START_TEST(that_one_is_denied_is_not_told_to_others)
{
	pid_t server = serve("HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\n"
			     "Content-Length: 35\r\nConnection: close\r\n\r\n"
			     "{\"code\":16,\"message\":\"who are you\"}", 1);

	hold_the_lock();
	let_wait("DEL", "c1", REMOTE, "etcd http:");
	let_wait("DEL", "c2", REMOTE, "etcd http:");
	let_wait("DEL", "c3", REMOTE, "etcd http:");
	let_go();
	await_all();
	ck_assert_uint_eq(call_connections(), 2);
	end_server(server);
}
END_TEST

static void *share(size_t size)
{
	void *shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(shared, MAP_FAILED);
	return shared;
}

static const enum err_kind misreadings[] = { ERR_CONFIG, ERR_DECODE, ERR_LIMIT, ERR_DENIED };

START_TEST(what_the_one_who_leads_cannot_open_is_not_told_to_others)
{
	ck_assert_int_eq(call("ADD", "c0", POOLS), 0);
	misread = share(sizeof(*misread));
	*misread = misreadings[_i];
	hold_the_lock();
	let_wait("DEL", "c0", POOLS, "its file is being written");
	let_wait("DEL", "c9", POOLS, NULL);
	let_wait("ADD", "c1", POOLS, NULL);
	let_go();
	await_all();
	assert_logged("Carrying out requests that wait together requests=2", 1);
	/* The one whose DEL failed has a note, which the next settles. */
	ck_assert_uint_eq(call_holders(), 1);
	munmap(misread, sizeof(*misread));
	misread = NULL;
}
END_TEST

/* An ADD whose container has a note that is not settled is told what that would release. */
START_TEST(who_cannot_open_the_store_for_its_notes_asks_it_for_nothing)
{
	misread = share(sizeof(*misread));
	ck_assert_int_eq(call("ADD", "c0", POOLS), 0);
	*misread = ERR_CONFIG;
	ck_assert_int_eq(call("DEL", "c0", POOLS), 1);
	*misread = ERR_CONFIG;
	ck_assert_int_eq(call("ADD", "c0", POOLS), 1);
	ck_assert_ptr_nonnull(strstr(call_out.data, "its file is being written"));
	ck_assert_int_eq(call("ADD", "c1", POOLS), 0);
	ck_assert_uint_eq(call_holders(), 1);
	munmap(misread, sizeof(*misread));
	misread = NULL;
}
END_TEST

START_TEST(of_a_burst_hardly_anybody_opens_the_store)
{
	ck_assert_int_eq(call("ADD", "c0", POOLS), 0);
	opened = share(sizeof(*opened));
	for (unsigned i = 0; i < 8; i++) {
		char name[8];

		snprintf(name, sizeof(name), "c%u", i + 1);
		ask("ADD", name, POOLS, NULL);
	}
	await_all();
	/* One alone, and one for all the others, unless a process began so late. */
	ck_assert_uint_ge(*opened, 1);
	ck_assert_uint_le(*opened, 4);
	munmap(opened, sizeof(*opened));
	opened = NULL;
	ck_assert_uint_eq(call_holders(), 9);
}
END_TEST

/* Of a kubeconfig whose exec plugin notes that it was asked, and whether who asked has the lock. */
static void write_kubeconfig(void)
{
	char path[96];
	FILE *f;

	snprintf(path, sizeof(path), "%s/plugin", call_folder);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f, "#!/bin/sh\ncd %s\necho asked >>asked\n"
		"! grep -q \"^[0-9]*: FLOCK  ADVISORY  WRITE $PPID .*:$(stat -c %%i lock) \" "
		"/proc/locks || echo held >>held\nsleep 0.3\n"
		"echo '{\"kind\":\"ExecCredential\",\"apiVersion\":"
		"\"client.authentication.k8s.io/v1\",\"status\":{\"token\":\"t\"}}'\n",
		call_folder);
	fclose(f);
	ck_assert_int_eq(chmod(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/config", call_folder);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs("clusters: [{name: k, cluster: {server: \"https://127.0.0.1:1\"}}]\n"
	      "users: [{name: u, user: {exec: {command: ./plugin, interactiveMode: Never,\n"
	      "  apiVersion: client.authentication.k8s.io/v1}}}]\n"
	      "contexts: [{name: c, context: {cluster: k, user: u}}]\ncurrent-context: c\n", f);
	fclose(f);
	setenv("KUBECONFIG", path, 1);
	setenv("DATASTORE_TYPE", "kubernetes", 1);
}

static void read_file(const char *name, struct buf *text)
{
	struct err e = {0};
	char path[96];

	snprintf(path, sizeof(path), "%s/%s", call_folder, name);
	buf_init(text, 1 << 16);
	io_read_file(path, text, &e);
}

START_TEST(no_exec_plugin_is_asked_with_the_lock_held)
{
	struct buf asked __cleanup(buf_done) = BUF(0), held __cleanup(buf_done) = BUF(0);

	write_kubeconfig();
	hold_the_lock();
	let_wait("DEL", "c1", REMOTE, "127.0.0.1:1");
	let_wait("DEL", "c2", REMOTE, "127.0.0.1:1");
	let_go();
	await_all();
	ck_assert_int_eq(call("DEL", "c3", REMOTE), 1);
	read_file("asked", &asked);
	read_file("held", &held);
	ck_assert_str_eq(held.data, "");
	ck_assert_uint_eq(count(asked.data, "asked"), 3);
	unsetenv("KUBECONFIG");
	unsetenv("DATASTORE_TYPE");
}
END_TEST

/* What it opens the store with is there for the notes that it settles behind. */
START_TEST(what_settles_notes_when_it_is_done_prepares_before_it_opens)
{
	static const char *const commands[] = { "STATUS", "GC" };

	ck_assert_int_eq(call("ADD", "c1", POOLS), 0);
	prepared = false;
	opened_unprepared = 0;
	ck_assert_int_eq(call(commands[_i], "c1", "\"cni.dev/valid-attachments\":[]," POOLS), 0);
	ck_assert_uint_eq(opened_unprepared, 0);
	ck_assert(prepared);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("turn");
	TCase *t = tcase_create("turn");

	tcase_set_timeout(t, 30);
	tcase_add_checked_fixture(t, call_setup, call_teardown);
	tcase_add_test(t, those_who_wait_are_carried_out_together);
	tcase_add_test(t, who_finds_nobody_else_is_carried_out_alone);
	tcase_add_test(t, one_that_fails_fails_alone_in_its_own_words);
	tcase_add_test(t, a_store_is_made_for_an_add_whoever_carries_it_out);
	tcase_add_test(t, whose_request_was_taken_by_one_who_died_carries_it_out_itself);
	tcase_add_test(t, those_whose_leader_died_are_carried_out_together_too);
	tcase_add_test(t, whose_request_was_taken_by_one_who_died_says_so_if_it_fails);
	tcase_add_test(t, who_can_have_no_lock_takes_nobody_elses_request);
	tcase_add_test(t, who_runs_out_of_time_takes_its_request_back);
	tcase_add_test(t, who_runs_out_of_time_says_that_its_request_had_been_taken);
	tcase_add_test(t, an_answer_that_is_there_in_time_is_taken_without_the_lock);
	tcase_add_test(t, who_has_hardly_any_time_takes_nobody_elses_request);
	tcase_add_test(t, who_has_little_time_tells_nobody_that_the_store_does_not_answer);
	tcase_add_test(t, that_one_is_denied_is_not_told_to_others);
	tcase_add_test(t, a_store_that_is_silent_over_the_notes_is_not_asked_again);
	tcase_add_test(t, a_store_that_is_silent_for_some_is_not_asked_for_the_rest);
	tcase_add_loop_test(t, what_the_one_who_leads_cannot_open_is_not_told_to_others, 0,
			    sizeof(misreadings) / sizeof(*misreadings));
	tcase_add_test(t, who_cannot_open_the_store_for_its_notes_asks_it_for_nothing);
	tcase_add_test(t, of_a_burst_hardly_anybody_opens_the_store);
	tcase_add_test(t, no_exec_plugin_is_asked_with_the_lock_held);
	tcase_add_loop_test(t, what_settles_notes_when_it_is_done_prepares_before_it_opens, 0, 2);
	suite_add_tcase(s, t);
	return s;
}
