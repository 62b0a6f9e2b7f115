/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records of any shape, put by somebody else: whatever stands in a field of whatever
 * record, no verb crashes, none gives an address away twice or a gateway, and what fails
 * says why.
 */
#include "ipam/audit/audit.h"
#include "ipam/record/gateway.h"
#include "ipam/record/keys.h"
#include "ipam/release/reclaim.h"
#include "tests/ipam/fixture_cluster.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RECORDS_MAX 32
#define VALUE_MAX 8192

static const char *const shapes[] = {
	"null", "true", "0", "-1", "4096", "1.5", "18446744073709551616",
	"999999999999999999999999999999", "\"\"", "\"x\"", "\"10.0.0.0/26\"",
	"\"\\u0001\\r\"", "[]",
	"[null]", "[1,1,1]", "[[]]", "[{}]", "[\"10.0.0.1\",\"10.0.0.1\"]", "{}", "{\"\":null}",
	"{\"a\":{\"b\":[]}}", "{\"0\":1,\"0\":2}", "{\"10.0.0.0/26\":1,\"10.0.0.0/26\":2}",
};

struct kept {
	char key[KEY_TEXT], value[VALUE_MAX];
};

static struct cluster c;
static struct kept kept[RECORDS_MAX];
static unsigned n_kept;
static unsigned long tried, refused;
/* What the store's records of gateways say, before a request: an error, or what is kept. */
static struct gateways gateways;
static bool gateways_are_unreadable;

static struct ipam_assign_request request_of(const char *container, bool gateway)
{
	struct ipam_assign_request request = cluster_request(&c, "node-a", container, "46");

	request.prefix = IPAM_PREFIX_POOL;
	request.gateway.wanted = request.gateway.first = gateway;
	return request;
}

static void setup(void)
{
	struct ipam_assign_request request;
	const char *key;

	cluster_init(&c);
	cluster_pool(&c, "four", "10.0.0.0/26",
		     ",\"vxlanMode\":\"Never\",\"ipipMode\":\"Never\",\"natOutgoing\":false,"
		     "\"disabled\":false,"
		     "\"blockSize\":26,\"nodeSelector\":\"all()\",\"namespaceSelector\":\"\","
		     "\"allowedUses\":[\"Workload\"],\"assignmentMode\":\"Automatic\"");
	cluster_pool(&c, "six", "fd00::/122", "");
	cluster_node(&c, "node-a", "{\"rack\":\"1\"}");
	cluster_reserve(&c, "some", "[\"10.0.0.9\"]");
	cluster_config(&c, "{\"strict_affinity\":false,\"auto_allocate_blocks\":true,"
		       "\"maxBlocksPerHost\":20,\"ipCooldownSeconds\":0}");
	request = request_of("c1", true);
	ck_assert_msg(cluster_assign(&c, &request) == 0, "%s", c.e.text);
	ck_assert_int_eq(cluster_add(&c, "node-a", "c2", "4"), 0);
	for (n_kept = 0; (key = fake_key(c.store, KEY_ROOT, n_kept)); n_kept++) {
		ck_assert_uint_lt(n_kept, RECORDS_MAX);
		snprintf(kept[n_kept].key, KEY_TEXT, "%s", key);
		snprintf(kept[n_kept].value, VALUE_MAX, "%s", fake_get(c.store, key));
	}
}

static void teardown(void)
{
	gateways_done(&gateways);
	cluster_done(&c);
}

static void restore(void)
{
	const char *key;

	while ((key = fake_key(c.store, KEY_ROOT, 0)))
		fake_delete(c.store, key);
	for (unsigned i = 0; i < n_kept; i++)
		fake_put(c.store, kept[i].key, kept[i].value);
}

static void read_gateways(void)
{
	const char *prefix = KEY_RESERVATIONS GATEWAY_RESERVATION, *key;
	struct err e = { 0 };

	gateways_done(&gateways);
	gateways_are_unreadable = false;
	for (size_t i = 0; (key = fake_key(c.store, prefix, i)); i++) {
		const char *value = fake_get(c.store, key);
		struct record record = { .key = key, .value = value,
					 .value_len = strlen(value) };

		gateways_are_unreadable |= gateways_read_record(&gateways, &record, &e) < 0;
	}
}

static void check_not_kept(enum family family)
{
	ck_assert_msg(!reserved_holds(&gateways.taken, c.answer.address[family].addr),
		      "%s is kept", c.text[family]);
}

/* A further container, which must not be given what another has, nor a gateway. */
static void check_add(void)
{
	struct addr other[N_FAMILIES];
	struct ipam_assign_request request = request_of("c3", false);

	read_gateways();
	tried++;
	if (cluster_assign(&c, &request) < 0) {
		refused++;
		ck_assert_int_ne(*c.e.text, '\0');
		return;
	}
	ck_assert(!gateways_are_unreadable);
	for (enum family f = FAMILY_4; f < N_FAMILIES; f++) {
		check_not_kept(f);
		other[f] = c.answer.address[f].addr;
	}
	request = request_of("c4", true);
	if (cluster_assign(&c, &request) < 0)
		return;
	for (enum family f = FAMILY_4; f < N_FAMILIES; f++) {
		check_not_kept(f);
		ck_assert(!addr_equal(other[f], c.answer.address[f].addr));
	}
}

static enum verdict judge(const struct reclaim_case *of, void *arg __unused_arg)
{
	const struct judge here = { .boot = "0123456789abcdef", .machine = "9c03e1", .here = true };
	const struct sight sight = { .cache = CACHE_DOES_NOT };
	struct whereabouts w;

	whereabouts_read(of->attribute, &w);
	return judge_allocation(&here, &w, &sight);
}

static void check_reclaim(void)
{
	const struct ipam_reclaim_request all = { .max = SIZE_MAX };
	struct reclaim cases __cleanup(reclaim_done) = { 0 };
	struct ipam_reclaim_answer answer = { 0 };
	struct err e = { 0 };
	size_t dead;

	if (ipam_reclaim_find(c.ds, "node-a", &cases, &e) < 0)
		return;
	reclaim_judge(&cases, judge, NULL);
	dead = reclaim_count(&cases, false);
	ipam_reclaim(c.ds, &cases, &all, &answer, &e);
	ck_assert_uint_le(answer.released + answer.conflicts, dead);
}

static void check_others(void)
{
	struct ipam_owner owner = cluster_request(&c, "node-a", "c1", "46").owner;
	struct ipam_assign_request request = request_of("c5", true);
	struct ipam_gc_request gc = { .network = "net", .node = "node-a", .now_ns = c.now_ns };
	struct audit_options options = { .now_ns = c.now_ns };
	struct audit audit __cleanup(audit_done) = { 0 };
	struct ipam_gc_answer answer;
	struct audit_repairs repairs;
	struct err e = { 0 };
	struct addr address;

	ck_assert_int_eq(addr_parse("10.0.0.2", &address), 0);
	ipam_verify(c.ds, &owner, &address, 1, &e);
	err_reset(&e);
	ipam_status(c.ds, &request, &e);
	err_reset(&e);
	ipam_gc(c.ds, &gc, &answer, &e);
	err_reset(&e);
	ck_assert_msg(audit_read(c.ds, &options, &audit, &e) == 0, "%s", e.text);
	ck_assert_msg(audit_repair(c.ds, audit.list, audit.n, c.now_ns, NULL, NULL, &repairs,
				   &e) == 0, "%s", e.text);
	check_reclaim();
	cluster_del(&c, "node-a", "c1");
	cluster_del(&c, "node-a", "c2");
}

static void check_with(const char *key, const char *value)
{
	restore();
	fake_put(c.store, key, value);
	check_add();
	/* Ten verbs are dearer than one: an eighth of all is shape enough for them. */
	if (tried % 8)
		return;
	restore();
	fake_put(c.store, key, value);
	check_others();
}

/* The end of the value that begins at p: what a comma or a bracket of its level ends. */
static const char *end_of_value(const char *p)
{
	unsigned depth = 0;

	for (bool in_text = false; *p; p++) {
		if (in_text) {
			if (*p == '\\')
				p++;
			else
				in_text = *p != '"';
			continue;
		}
		if (*p == '"')
			in_text = true;
		else if (*p == '{' || *p == '[')
			depth++;
		else if ((*p == '}' || *p == ']') && !depth--)
			return p;
		else if (*p == ',' && !depth)
			return p;
	}
	return p;
}

/* Each value of the record in turn: another shape in its place, beside it, and none. */
static void check_record(const struct kept *record)
{
	static char value[2 * VALUE_MAX];

	for (const char *p = strpbrk(record->value, ":["); p; p = strpbrk(p + 1, ":[")) {
		const char *start = p + 1, *end = end_of_value(start);
		int before = (int)(start - record->value);

		for (size_t s = 0; s < ARRAY_LEN(shapes); s++) {
			snprintf(value, sizeof(value), "%.*s%s%s", before, record->value, shapes[s],
				 end);
			check_with(record->key, value);
		}
		snprintf(value, sizeof(value), "%.*s%s", (int)(end - record->value), record->value,
			 "");
		check_with(record->key, value);
	}
	for (size_t s = 0; s < ARRAY_LEN(shapes); s++)
		check_with(record->key, shapes[s]);
}

/* The name of each field of the outermost object, with another value, behind all others. */
static void check_twice(const struct kept *record)
{
	static char value[2 * VALUE_MAX];
	const char *p = record->value + 1;

	while (*p == '"') {
		const char *end = end_of_value(p);
		int name = (int)(strchr(p + 1, '"') - p) + 1;

		for (size_t s = 0; s < ARRAY_LEN(shapes); s += 3) {
			snprintf(value, sizeof(value), "%.*s,%.*s:%s}",
				 (int)strlen(record->value) - 1, record->value, name, p, shapes[s]);
			check_with(record->key, value);
		}
		p = *end == ',' ? end + 1 : end;
	}
}

START_TEST(whatever_stands_in_a_record_no_verb_crashes_or_gives_away_what_is_kept)
{
	for (unsigned i = 0; i < n_kept; i++) {
		check_twice(&kept[i]);
		check_record(&kept[i]);
	}
	ck_assert_uint_gt(tried, 1000);
	ck_assert_uint_gt(refused, 100);
	ck_assert_uint_gt(tried - refused, 100);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("ipam.any_record");
	TCase *t = tcase_create("any_record");

	tcase_set_timeout(t, 300);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, whatever_stands_in_a_record_no_verb_crashes_or_gives_away_what_is_kept);
	suite_add_tcase(s, t);
	return s;
}
