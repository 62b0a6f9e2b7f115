/* SPDX-License-Identifier: Apache-2.0 */
#include "base/machine/machine.h"
#include "base/machine/origin.h"
#include "base/machine/place.h"
#include "tests/suite.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BOOT "0123456789abcdef"

static char folder[64], boot[96], id[96], uuid[96];
static struct machine_files files;
static struct err e;

static void setup(void)
{
	err_reset(&e);
	snprintf(folder, sizeof(folder), "/tmp/check_machine.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(boot, sizeof(boot), "%s/boot", folder);
	snprintf(id, sizeof(id), "%s/id", folder);
	snprintf(uuid, sizeof(uuid), "%s/uuid", folder);
	files = (struct machine_files){ boot, id, uuid };
}

static void teardown(void)
{
	char command[96];

	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	ck_assert_int_eq(system(command), 0);
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	fclose(f);
}

static struct machine machine_of(const char *boot_id, const char *machine_id, const char *product)
{
	struct machine machine;

	write_file(boot, boot_id);
	write_file(id, machine_id);
	write_file(uuid, product);
	machine_read(&files, &machine);
	return machine;
}

#define BOOT_ID "01234567-89AB-cdef-0123-456789abcdef\n"
#define AN_ID "3d1219c7c4c5404aaa1f6d2a48adfda4\n"
#define A_UUID "4C4C4544-0042-3510-8054-B4C04F573033\n"

START_TEST(a_boot_is_the_first_digits_of_its_id)
{
	ck_assert_str_eq(machine_of(BOOT_ID, "", "").boot, BOOT);
	ck_assert_str_eq(machine_of("gone wrong", "", "").boot, "");
}
END_TEST

START_TEST(a_machine_is_told_by_its_id_and_its_firmware)
{
	struct machine this = machine_of(BOOT_ID, AN_ID, A_UUID);

	ck_assert_uint_eq(strlen(this.id), MACHINE_ID_LEN);
	ck_assert_uint_eq(strspn(this.id, "0123456789abcdef"), MACHINE_ID_LEN);
	ck_assert_str_eq(machine_of("", AN_ID, A_UUID).id, this.id);
	ck_assert_str_ne(machine_of("", "ad1219c7c4c5404aaa1f6d2a48adfda4", A_UUID).id, this.id);
	/* Copied with the image. */
	ck_assert_str_ne(machine_of("", AN_ID, "ffffffff-0042-3510-8054-b4c04f573033").id,
			 this.id);
}
END_TEST

START_TEST(a_machine_without_an_id_of_its_own_is_not_told)
{
	ck_assert_str_eq(machine_of(BOOT_ID, "", A_UUID).id, "");
	ck_assert_str_eq(machine_of(BOOT_ID, "uninitialized\n", A_UUID).id, "");
	ck_assert_str_ne(machine_of(BOOT_ID, AN_ID, "").id, "");
}
END_TEST

static void assert_told(struct netns netns, const char *machine, const char *text)
{
	char told[ORIGIN_NETNS_TEXT], read_machine[MACHINE_ID_LEN + 1];
	struct netns read = {0};

	origin_print_netns(&netns, machine, told);
	ck_assert_str_eq(told, text);
	ck_assert_msg(origin_parse_netns(text, &read, read_machine) == 0, "%s", text);
	ck_assert_str_eq(read_machine, machine);
	ck_assert_uint_eq(read.cookie, netns.cookie);
	ck_assert_uint_eq(read.inode, netns.cookie ? 0 : netns.inode);
}

START_TEST(a_cookie_and_an_inode_are_told_apart)
{
	assert_told((struct netns){ .cookie = 0x3ed, .inode = 7 }, "9c03e1", "3ed.9c03e1");
	assert_told((struct netns){ .inode = 0xf0000abc }, "9c03e1", "if0000abc.9c03e1");
	assert_told((struct netns){0}, "9c03e1", ".9c03e1");
	assert_told((struct netns){ .cookie = 0x3ed }, "", "3ed");
	assert_told((struct netns){ .cookie = UINT64_MAX }, "9c03e1", "ffffffffffffffff.9c03e1");
}
END_TEST

START_TEST(what_is_told_is_at_most_60_bytes)
{
	char netns[ORIGIN_NETNS_TEXT];
	int n;

	origin_print_netns(&(struct netns){ .cookie = UINT64_MAX }, "9c03e1", netns);
	n = snprintf(NULL, 0, "\"boot\":\"%s\",\"netns\":\"%s\",", BOOT, netns);
	ck_assert_int_le(n, 60);
}
END_TEST

START_TEST(a_namespace_told_in_another_form_is_not_understood)
{
	static const char *const texts[] = {
		"", "0", ".", "i", "i.9c03e1", "0.9c03e1", "x", "3ED.9c03e1", "3ed.", "3ed.9c03e",
		"3ed.9c03e1f", "3ed.9c03eg", "3ed 9c03e1", "11111111111111111.9c03e1", "-1", " 1",
		"3ed.9c03e1.", "..9c03e1",
	};
	char machine[MACHINE_ID_LEN + 1];
	struct netns netns;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		ck_assert_msg(origin_parse_netns(texts[i], &netns, machine) < 0, "%s", texts[i]);
}
END_TEST

static enum place find_place(const char *of_boot)
{
	enum place place = PLACE_NOT_NOTED;

	ck_assert_msg(place_find(folder, of_boot, &place, &e) == 0, "%s", e.text);
	return place;
}

static void note_by_hand(const char *name)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/places/%s", folder, name);
	write_file(path, "");
}

START_TEST(a_place_that_was_noted_is_known_until_another_is)
{
	ck_assert(find_place(BOOT) == PLACE_NOT_NOTED);
	ck_assert_int_eq(place_note(folder, BOOT, &e), 0);
	ck_assert_int_eq(place_note(folder, BOOT, &e), 0);
	ck_assert(find_place(BOOT) == PLACE_HERE);
	note_by_hand(BOOT "-1-2");
	ck_assert(find_place(BOOT) == PLACE_ELSEWHERE);
}
END_TEST

START_TEST(places_of_other_boots_do_not_count)
{
	ck_assert_int_eq(place_note(folder, BOOT, &e), 0);
	note_by_hand("ffffffffffffffff-1-2");
	ck_assert(find_place(BOOT) == PLACE_HERE);
	ck_assert(find_place("eeeeeeeeeeeeeeee") == PLACE_NOT_NOTED);
}
END_TEST

START_TEST(places_that_another_may_have_written_tell_nothing)
{
	enum place place;
	char path[96];

	ck_assert_int_eq(place_note(folder, BOOT, &e), 0);
	snprintf(path, sizeof(path), "%s/places", folder);
	ck_assert_int_eq(chmod(path, 0777), 0);
	ck_assert_int_lt(place_find(folder, BOOT, &place, &e), 0);
	ck_assert_ptr_nonnull(strstr(e.text, path));
	ck_assert_int_lt(place_note(folder, "ffffffffffffffff", &e), 0);
}
END_TEST

START_TEST(no_link_is_followed_to_note_a_place)
{
	char path[96], elsewhere[96];
	enum place place;

	snprintf(path, sizeof(path), "%s/places", folder);
	snprintf(elsewhere, sizeof(elsewhere), "%s/elsewhere", folder);
	ck_assert_int_eq(mkdir(elsewhere, 0700), 0);
	ck_assert_int_eq(symlink(elsewhere, path), 0);
	ck_assert_int_lt(place_note(folder, BOOT, &e), 0);
	ck_assert_int_lt(place_find(folder, BOOT, &place, &e), 0);
	ck_assert_int_eq(rmdir(elsewhere), 0);
}
END_TEST

START_TEST(a_path_that_is_no_namespace_is_not_told_and_fails_nothing)
{
	struct origin origin;
	struct netns netns;

	write_file(id, "");
	ck_assert_int_eq(netns_read(id, &netns, &e), 0);
	ck_assert(!netns.cookie && !netns.inode);
	ck_assert_int_eq(mkfifo(uuid, 0600), 0);
	ck_assert_int_eq(netns_read(uuid, &netns, &e), 0);
	ck_assert(!netns.cookie && !netns.inode);
	ck_assert_int_eq(origin_find(folder, "/no/such/file", &origin, &e), 0);
	ck_assert_uint_eq(strlen(origin.boot), MACHINE_BOOT_LEN);
	ck_assert(!*origin.netns || *origin.netns == '.');
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("machine");
	TCase *t = tcase_create("machine");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_boot_is_the_first_digits_of_its_id);
	tcase_add_test(t, a_machine_is_told_by_its_id_and_its_firmware);
	tcase_add_test(t, a_machine_without_an_id_of_its_own_is_not_told);
	tcase_add_test(t, a_cookie_and_an_inode_are_told_apart);
	tcase_add_test(t, what_is_told_is_at_most_60_bytes);
	tcase_add_test(t, a_namespace_told_in_another_form_is_not_understood);
	tcase_add_test(t, a_place_that_was_noted_is_known_until_another_is);
	tcase_add_test(t, places_of_other_boots_do_not_count);
	tcase_add_test(t, places_that_another_may_have_written_tell_nothing);
	tcase_add_test(t, no_link_is_followed_to_note_a_place);
	tcase_add_test(t, a_path_that_is_no_namespace_is_not_told_and_fails_nothing);
	suite_add_tcase(s, t);
	return s;
}
