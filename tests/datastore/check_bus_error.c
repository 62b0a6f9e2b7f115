/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/local/bus_error.h"
#include "tests/suite.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static int good(void *arg)
{
	return *(int *)arg + 1;
}

static int faulty(void *arg)
{
	return raise(*(int *)arg);
}

static int thrown(void *arg __unused_arg)
{
	bus_error_throw();
}

/* Behind the end of a file that is mapped whole. */
static int torn(void *arg __unused_arg)
{
	char path[] = "/tmp/check_fault.XXXXXX";
	int fd = mkstemp(path);
	volatile char *bytes = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);

	unlink(path);
	close(fd);
	return bytes[0];
}

START_TEST(work_without_a_fault_returns_its_result)
{
	int rc = 0, n = 41;

	ck_assert(bus_error_guard(good, &n, &rc));
	ck_assert_int_eq(rc, 42);
}
END_TEST

START_TEST(a_fault_is_a_return_however_often_it_comes)
{
	int signals[] = { SIGBUS, SIGSEGV, SIGFPE, SIGBUS, SIGBUS }, rc, n = 1;

	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		ck_assert(!bus_error_guard(faulty, &signals[i], &rc));
	ck_assert(!bus_error_guard(thrown, NULL, &rc));
	ck_assert(!bus_error_guard(torn, NULL, &rc));
	ck_assert(bus_error_guard(good, &n, &rc));
}
END_TEST

static void handler_before(int sig __unused_arg)
{
	_exit(7);
}

/* How a process ends to which a signal comes off guard, twice: a bad instruction is repeated. */
static int end_off_guard(int sig, void (*before)(int))
{
	int status = 0;
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		int rc, n = 1;

		signal(sig, before);
		if (!bus_error_guard(good, &n, &rc))
			_exit(1);
		raise(sig);
		raise(sig);
		_exit(2);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return status;
}

START_TEST(a_fault_off_guard_goes_to_whoever_handled_it_before)
{
	int status = end_off_guard(SIGSEGV, handler_before);

	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 7);
}
END_TEST

START_TEST(a_fault_off_guard_that_nobody_handled_ends_the_process)
{
	int status = end_off_guard(SIGFPE, SIG_DFL);

	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGFPE);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("bus_error");
	TCase *t = tcase_create("bus_error");

	/* These come first: "before" means before the first guard of a process. */
	tcase_add_test(t, a_fault_off_guard_goes_to_whoever_handled_it_before);
	tcase_add_test(t, a_fault_off_guard_that_nobody_handled_ends_the_process);
	tcase_add_test(t, work_without_a_fault_returns_its_result);
	tcase_add_test(t, a_fault_is_a_return_however_often_it_comes);
	suite_add_tcase(s, t);
	return s;
}
