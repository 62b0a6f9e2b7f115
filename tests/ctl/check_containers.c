/* SPDX-License-Identifier: Apache-2.0 */
/* What the runtime's CNI cache tells of a container, and when. */
#include "base/machine/machine.h"
#include "base/machine/place.h"
#include "ctl/inspect/containers.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/check_containers.XXXXXX";
static char cache[64], run_path[64], lives[64];
static struct containers_place place;
static struct attribute attribute;

static void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

/* The cache's entry of the container, whose network namespace is there or not. */
static void entry_names(const char *netns)
{
	char path[128], text[128];

	snprintf(path, sizeof(path), "%s/net1-c1-eth0", cache);
	snprintf(text, sizeof(text), "{\"kind\":\"cniCacheV1\",\"netns\":\"%s\"}", netns);
	write_text(path, text);
}

static void setup(void)
{
	struct secondary texts = { .list = { { "node", "node-1" }, { "network", "net1" },
					     { "ifname", "eth0" } }, .n = 3 };
	struct err e = { 0 };

	strcpy(folder, "/tmp/check_containers.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(cache, sizeof(cache), "%s/cache", folder);
	snprintf(run_path, sizeof(run_path), "%s/run", folder);
	snprintf(lives, sizeof(lives), "%s/lives", folder);
	mkdir(cache, 0700);
	mkdir(run_path, 0700);
	write_text(lives, "");
	entry_names("/nowhere/ns");
	place = (struct containers_place){ .node = "node-1", .cache = cache,
					   .run_path = run_path };
	ck_assert_int_eq(attribute_new("net1.c1", NULL, &texts, &attribute, &e), 0);
}

static void teardown(void)
{
	char command[80];

	attribute_done(&attribute);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static enum audit_life told(const struct containers *c)
{
	return containers_tell(&attribute, c).life;
}

static void read_cache(struct containers *c)
{
	struct err e = { 0 };

	ck_assert_msg(containers_read(c, &place, &e) == 0, "%s", e.text);
	ck_assert_uint_eq(c->n, 1);
}

START_TEST(one_whose_namespace_is_gone_is_gone)
{
	struct containers c __cleanup(containers_done) = { 0 };

	read_cache(&c);
	ck_assert_int_eq(told(&c), LIFE_GONE);
}
END_TEST

START_TEST(one_that_has_come_again_since_the_cache_was_read_is_alive)
{
	struct containers c __cleanup(containers_done) = { 0 };

	read_cache(&c);
	entry_names(lives);
	ck_assert_int_eq(told(&c), LIFE_ALIVE);
}
END_TEST

START_TEST(one_whose_entry_has_gone_since_the_cache_was_read_is_not_gone)
{
	struct containers c __cleanup(containers_done) = { 0 };
	char path[128];

	read_cache(&c);
	snprintf(path, sizeof(path), "%s/net1-c1-eth0", cache);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_ne(told(&c), LIFE_GONE);
}
END_TEST

START_TEST(who_sees_other_namespaces_than_the_allocations_have_judges_none)
{
	struct containers c __cleanup(containers_done) = { 0 };
	struct machine machine;
	struct err e = { 0 };
	char path[128];

	machine_read(&(struct machine_files){ 0 }, &machine);
	ck_assert_int_eq(place_note(run_path, machine.boot, &e), 0);
	read_cache(&c);
	ck_assert_int_eq(told(&c), LIFE_GONE);
	containers_done(&c);

	snprintf(path, sizeof(path), "%s/places/%s-1-2", run_path, machine.boot);
	write_text(path, "");
	read_cache(&c);
	ck_assert_uint_eq(c.unjudged, 1);
	ck_assert_int_ne(told(&c), LIFE_GONE);
	containers_done(&c);

	/* But where somebody says where they are, there. */
	place.netns_folder = folder;
	read_cache(&c);
	ck_assert_int_eq(told(&c), LIFE_GONE);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("containers");
	TCase *tcase = tcase_create("containers");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, one_whose_namespace_is_gone_is_gone);
	tcase_add_test(tcase, one_that_has_come_again_since_the_cache_was_read_is_alive);
	tcase_add_test(tcase, one_whose_entry_has_gone_since_the_cache_was_read_is_not_gone);
	tcase_add_test(tcase, who_sees_other_namespaces_than_the_allocations_have_judges_none);
	suite_add_tcase(s, tcase);
	return s;
}
