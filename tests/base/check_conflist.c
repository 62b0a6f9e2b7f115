/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cni/conflist.h"
#include "base/io.h"
#include "base/json.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];
static struct cJSON *conf;
static struct err e;

static void begin(void)
{
	strcpy(folder, "/tmp/check_conflist.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	conf = NULL;
	e = (struct err){ 0 };
}

static void end(void)
{
	char command[128];

	json_free(conf);
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	ck_assert_int_eq(system(command), 0);
}

static void plant(const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	ck_assert_int_eq(io_make_parent(path, 0700, &e), 0);
	ck_assert_int_eq(io_replace_file(path, text, strlen(text), 0600, &e), 0);
}

/* The types of the plugins of a list, which was read from the folder; NULL: an error. */
static const char *join(const char *text, struct conflist_joined *ret)
{
	static char types[256];
	char path[128];
	size_t at = 0;

	conf = json_parse(text, strlen(text), &e);
	ck_assert_ptr_nonnull(conf);
	snprintf(path, sizeof(path), "%s/10-net.conflist", folder);
	if (conflist_join(conf, path, ret, &e) < 0)
		return NULL;
	types[0] = '\0';
	for (const struct cJSON *p = json_first(json_field(conf, "plugins")); p; p = json_next(p))
		at += (size_t)snprintf(types + at, sizeof(types) - at, "%s ",
				       json_field_text(p, "type"));
	return types;
}

static void plant_two(void)
{
	plant("net/20-tuning.conf", "{\"type\":\"tuning\"}");
	plant("net/10-bridge.conf", "{\"type\":\"bridge\"}");
	plant("net/30-passed-over.json", "{\"type\":\"dummy\"}");
}

START_TEST(plugins_of_the_folder_stand_behind_those_of_the_list)
{
	struct conflist_joined joined;

	plant_two();
	ck_assert_str_eq(join("{\"name\":\"net\",\"plugins\":[{\"type\":\"ptp\"}]}", &joined),
			 "ptp bridge tuning ");
	ck_assert_uint_eq(joined.n, 2);
	ck_assert(!joined.left_out);
	ck_assert_int_eq(strncmp(joined.folder, folder, strlen(folder)), 0);
	ck_assert_str_eq(joined.folder + strlen(folder), "/net");
}
END_TEST

START_TEST(a_list_without_plugins_has_those_of_its_folder)
{
	plant_two();
	ck_assert_str_eq(join("{\"name\":\"net\"}", NULL), "bridge tuning ");
}
END_TEST

START_TEST(a_list_may_say_that_its_own_plugins_are_all)
{
	struct conflist_joined joined;

	plant_two();
	ck_assert_str_eq(join("{\"name\":\"net\",\"loadOnlyInlinedPlugins\":true,"
			      "\"plugins\":[{\"type\":\"ptp\"}]}", &joined), "ptp ");
	ck_assert(joined.left_out);
	ck_assert_uint_eq(joined.n, 2);
	json_free(conf);
	ck_assert_str_eq(join("{\"name\":\"net\",\"loadOnlyInlinedPlugins\":\"True\","
			      "\"plugins\":[{\"type\":\"ptp\"}]}", &joined), "ptp ");
}
END_TEST

START_TEST(neither_a_single_configuration_nor_a_name_with_a_slash_has_a_folder)
{
	plant_two();
	ck_assert_str_eq(join("{\"name\":\"net\",\"type\":\"ptp\"}", NULL), "");
	json_free(conf);
	ck_assert_str_eq(join("{\"name\":\"./net\"}", NULL), "");
	json_free(conf);
	ck_assert_str_eq(join("{\"name\":\"..\"}", NULL), "");
	json_free(conf);
	ck_assert_str_eq(join("{\"name\":\"nobodys\"}", NULL), "");
}
END_TEST

START_TEST(a_plugin_that_cannot_be_read_is_named_with_its_file)
{
	plant("net/10-torn.conf", "{\"type\":");
	ck_assert_ptr_null(join("{\"name\":\"net\"}", NULL));
	ck_assert_int_eq(e.kind, ERR_DECODE);
	ck_assert_ptr_nonnull(strstr(e.text, "net/10-torn.conf: invalid JSON"));
}
END_TEST

START_TEST(ours_is_found_in_the_folder_too)
{
	static const char text[] = "{\"name\":\"net\"}";
	const struct cJSON *plugin = NULL;
	char path[128];

	plant("net/10.conf", "{\"type\":\"ptp\",\"ipam\":{\"type\":\"calico-ipam\"}}");
	snprintf(path, sizeof(path), "%s/10-net.conflist", folder);
	ck_assert_int_eq(conflist_parse(text, strlen(text), path, &conf, &plugin, &e), 0);
	ck_assert_str_eq(json_field_text(plugin, "type"), "ptp");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("conflist");
	TCase *t = tcase_create("conflist");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, plugins_of_the_folder_stand_behind_those_of_the_list);
	tcase_add_test(t, a_list_without_plugins_has_those_of_its_folder);
	tcase_add_test(t, a_list_may_say_that_its_own_plugins_are_all);
	tcase_add_test(t, neither_a_single_configuration_nor_a_name_with_a_slash_has_a_folder);
	tcase_add_test(t, a_plugin_that_cannot_be_read_is_named_with_its_file);
	tcase_add_test(t, ours_is_found_in_the_folder_too);
	suite_add_tcase(s, t);
	return s;
}
