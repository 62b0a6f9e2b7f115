/* SPDX-License-Identifier: Apache-2.0 */
/* host-local's folder of a network. */
#include "base/cni/host_local.h"
#include "base/io.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64], path[96];
static struct err e;

static void begin(void)
{
	strcpy(folder, "/tmp/calico-ipam-host-local.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	err_reset(&e);
}

static void end(void)
{
	host_local_remove_folder(folder, &e);
}

static void put(const char *name, const char *content)
{
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	ck_assert_int_eq(io_replace_file(path, content, strlen(content), 0600, &e), 0);
}

START_TEST(reservations_of_both_families_are_read_by_container)
{
	struct host_local h __cleanup(host_local_done) = { .lock = -1 };

	put("10.0.0.9", "b\r\neth0");
	put("10.0.0.8", "a");
	put("fd00::9", "b\neth0\n");
	put("last_reserved_ip.0", "10.0.0.9");
	ck_assert_msg(host_local_read(folder, deadline_in_ms(1000), &h, &e) == 0, "%s", e.text);
	ck_assert_uint_eq(h.n, 3);
	ck_assert_str_eq(h.list[0].container, "a");
	ck_assert_ptr_null(h.list[0].ifname);
	ck_assert_str_eq(h.list[2].file, "fd00::9");
	ck_assert_str_eq(h.list[2].ifname, "eth0");
}
END_TEST

/* NULs are what XFS has of a file whose bytes did not come to the disk. */
START_TEST(a_file_that_a_power_cut_left_empty_is_a_reservation_of_nobody_known)
{
	struct host_local h __cleanup(host_local_done) = { .lock = -1 };

	put("10.0.0.8", "");
	put("10.0.0.9", "\r\n");
	snprintf(path, sizeof(path), "%s/10.0.0.10", folder);
	ck_assert_int_eq(io_replace_file(path, "\0\0\0", 3, 0600, &e), 0);
	ck_assert_msg(host_local_read(folder, deadline_in_ms(1000), &h, &e) == 0, "%s", e.text);
	ck_assert_uint_eq(h.n, 3);
	for (size_t i = 0; i < h.n; i++) {
		ck_assert_str_eq(h.list[i].container, "");
		ck_assert_ptr_null(h.list[i].ifname);
	}
}
END_TEST

START_TEST(what_is_behind_a_nul_is_not_passed_over)
{
	struct host_local h __cleanup(host_local_done) = { .lock = -1 };

	snprintf(path, sizeof(path), "%s/10.0.0.9", folder);
	ck_assert_int_eq(io_replace_file(path, "a\0b", 3, 0600, &e), 0);
	ck_assert_int_eq(host_local_read(folder, deadline_in_ms(1000), &h, &e), -1);
	ck_assert_int_eq(e.kind, ERR_DECODE);
	ck_assert_ptr_nonnull(strstr(e.text, path));
}
END_TEST

START_TEST(the_folder_goes_with_all_files_in_it_and_may_be_gone)
{
	put("lock", "");
	put("last_reserved_ip.0", "10.0.0.9");
	ck_assert_msg(host_local_remove_folder(folder, &e) == 0, "%s", e.text);
	ck_assert_int_eq(access(folder, F_OK), -1);
	ck_assert_int_eq(host_local_remove_folder(folder, &e), 0);
}
END_TEST

START_TEST(an_empty_folder_is_a_networks_and_one_of_other_things_is_not)
{
	ck_assert_int_eq(host_local_refuse_other(folder, &e), 0);
	put("somebodys", "");
	ck_assert_int_eq(host_local_refuse_other(folder, &e), -1);
	ck_assert_int_eq(e.kind, ERR_NOT_FOUND);
	put("10.0.0.9", "a");
	ck_assert_int_eq(host_local_refuse_other(folder, &e), 0);
}
END_TEST

START_TEST(what_stays_in_the_folder_is_named)
{
	snprintf(path, sizeof(path), "%s/more", folder);
	ck_assert_int_eq(host_local_refuse_subfolders(folder, &e), 0);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(host_local_refuse_subfolders(folder, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, path));
	ck_assert_int_eq(host_local_remove_folder(folder, &e), -1);
	ck_assert_int_eq(e.kind, ERR_IO);
	ck_assert_ptr_nonnull(strstr(e.text, path));
	ck_assert_int_eq(rmdir(path), 0);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("base/host_local");
	TCase *t = tcase_create("folder");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, reservations_of_both_families_are_read_by_container);
	tcase_add_test(t, a_file_that_a_power_cut_left_empty_is_a_reservation_of_nobody_known);
	tcase_add_test(t, what_is_behind_a_nul_is_not_passed_over);
	tcase_add_test(t, the_folder_goes_with_all_files_in_it_and_may_be_gone);
	tcase_add_test(t, an_empty_folder_is_a_networks_and_one_of_other_things_is_not);
	tcase_add_test(t, what_stays_in_the_folder_is_named);
	suite_add_tcase(s, t);
	return s;
}
