/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/openstack/fixture_state.h"

#include "base/io.h"
#include "base/json.h"
#include "base/list.h"

#include <check.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct serving recorded = {
	.confs = "/var/lib/neutron/dhcp", .domain = "vms.example.org.", .lease_s = 86400,
	.config_file = "", .log_dir = "", .lease_max = 16777216, .mtu = 1500,
};

void read_recording(const char *path, struct buf *out)
{
	struct err e = { 0 };
	char full[512];

	snprintf(full, sizeof(full), RECORDINGS "/%s", path);
	ck_assert_msg(io_read_file(full, out, &e) == 0, "%s", e.text);
}

void state_put(struct state *s, const char *key, const char *value)
{
	struct record record = { .key = key, .value = value,
				 .value_len = value ? strlen(value) : 0, .revision = 1 };
	enum records_change change;
	struct err told, e = { 0 };

	ck_assert_msg(records_take(&s->records, &record, &change, &told, &e) == 0, "%s", e.text);
	if (told.kind)
		buf_printf(&s->told, "%s\n", told.text);
}

static void take_all(struct state *s, const struct cJSON *state)
{
	for (struct cJSON *i = json_first(json_field(state, "kvs")); i; i = json_next(i))
		state_put(s, json_field_text(i, "key"), json_field_text(i, "value"));
}

void state_init(struct state *s, unsigned step)
{
	struct buf text __cleanup(buf_done) = BUF(1 << 20);
	struct cJSON *state __cleanup(json_freep) = NULL;
	struct err e = { 0 };
	char pattern[256];
	glob_t hit;

	*s = (struct state){ .networks = NETWORKS, .told = BUF(1 << 16) };
	ck_assert_int_eq(prefixes_init(&s->records.prefixes, "", HOST, &e), 0);
	snprintf(pattern, sizeof(pattern), RECORDINGS "/records/%02u-*.json", step);
	ck_assert_int_eq(glob(pattern, 0, NULL, &hit), 0);
	ck_assert_int_eq(io_read_file(hit.gl_pathv[0], &text, &e), 0);
	globfree(&hit);
	state = json_parse(text.data, text.len, &e);
	ck_assert_msg(state, "%s", e.text);
	take_all(s, state);
}

void state_done(struct state *s)
{
	records_done(&s->records);
	networks_done(&s->networks);
	buf_done(&s->told);
	free(s->taps.list);
}

static int compare_taps(const void *a, const void *b)
{
	const struct tap *x = a, *y = b;

	return strcmp(x->name, y->name);
}

void state_tap(struct state *s, const char *name, unsigned mtu)
{
	struct tap tap = { .index = (unsigned)s->taps.n + 1, .mtu = mtu };

	snprintf(tap.name, sizeof(tap.name), "%s", name);
	ck_assert_int_eq(list_room(&s->taps.list, s->taps.n, &s->taps.cap), 0);
	s->taps.list[s->taps.n++] = tap;
	qsort(s->taps.list, s->taps.n, sizeof(tap), compare_taps);
}

void state_all_taps(struct state *s, unsigned mtu)
{
	for (size_t i = 0; i < s->records.n_endpoints; i++)
		state_tap(s, s->records.endpoints[i].endpoint.tap, mtu);
}

void state_plan(struct state *s)
{
	struct err e = { 0 };

	ck_assert_msg(networks_plan(&s->networks, &s->records, &s->taps, &e) == 0, "%s", e.text);
}

const struct network *state_network(struct state *s, const char *id)
{
	const struct network *n;

	state_plan(s);
	n = networks_find(&s->networks, id);
	ck_assert_msg(n, "network %s is not served", id);
	return n;
}
