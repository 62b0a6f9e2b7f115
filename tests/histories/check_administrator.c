/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the administrator of a history tells of a command, by its exit status.
 */
#include "tests/histories/driver.h"
#include "tests/suite.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define COMMANDS 30	/* one round, and some more */

struct driver driver;

static char folder[] = "/tmp/calico-ipam-administrator.XXXXXX", ctl[64], told[65536];
static unsigned asked;

bool time_is_up(void)
{
	return asked++ > COMMANDS;
}

unsigned chance(uint64_t *row, unsigned n)
{
	return (unsigned)(*row % n);
}

void nap(uint64_t *row __unused_arg, unsigned ms __unused_arg)
{
}

void tell(const char *fmt, ...)
{
	size_t len = strlen(told);
	va_list args;

	va_start(args, fmt);
	vsnprintf(told + len, sizeof(told) - len, fmt, args);
	va_end(args);
}

static void begin(void)
{
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(ctl, sizeof(ctl), "%s/ctl", folder);
	driver = (struct driver){ .folder = folder, .ctl = ctl };
	told[0] = '\0';
	asked = 0;
}

static void end(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

/* A round with a command that ends so. */
static void administrate_with(int of_check, int of_others)
{
	FILE *f = fopen(ctl, "w");

	ck_assert_ptr_nonnull(f);
	fprintf(f, "#!/bin/sh\n[ \"$1\" != check ] || exit %d\nexit %d\n", of_check, of_others);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_int_eq(chmod(ctl, 0700), 0);
	administrate(NULL);
}

static void expect(const char *words)
{
	ck_assert_msg(strstr(told, words), "no \"%s\" in:\n%s", words, told);
}

START_TEST(a_check_that_could_not_tell_what_is_leaked_is_no_crash)
{
	administrate_with(7, 0);
	expect("administrator check---mend - ok ");
	expect("administrator pool-create - ok ");
}
END_TEST

START_TEST(what_the_manual_tells_is_an_error)
{
	administrate_with(6, 4);
	expect("administrator check---mend - error ");
	expect("administrator pool-create - error ");
}
END_TEST

/* Wrong use is a mistake of the driver. */
START_TEST(what_the_manual_does_not_tell_of_a_command_is_a_crash)
{
	static const int unknown[] = { 2, 7, 8, 99 };

	administrate_with(8, unknown[_i]);
	expect("administrator check---mend - crashed ");
	expect("administrator pool-create - crashed ");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("histories.administrator");
	TCase *t = tcase_create("administrator");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, a_check_that_could_not_tell_what_is_leaked_is_no_crash);
	tcase_add_test(t, what_the_manual_tells_is_an_error);
	tcase_add_loop_test(t, what_the_manual_does_not_tell_of_a_command_is_a_crash, 0, 4);
	suite_add_tcase(s, t);
	return s;
}
