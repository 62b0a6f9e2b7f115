/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/inspect/show.h"

#include "ctl/cli/table.h"
#include "ipam/record/keys.h"
#include "ipam/audit/utilization.h"

#include <inttypes.h>
#include <stdio.h>

struct shown {
	const struct view *view;
	struct utilization utilization;
	struct addr addr;
	struct block block;
	bool has_block;
	struct cJSON *tree;	/* what is printed, in order */
};

static void shown_done(struct shown *s)
{
	utilization_done(&s->utilization);
	block_done(&s->block);
	json_free(s->tree);
}

static void set(struct shown *s, const char *name, const char *text)
{
	json_set(s->tree, name, text ? json_new_string(text) : json_new_null());
}

static void set_cidr(struct shown *s, const char *name, struct cidr cidr)
{
	char text[CIDR_TEXT];

	cidr_print(cidr, text);
	set(s, name, text);
}

static int read_block(struct shown *s, struct store *store, struct view *view, struct err *e)
{
	struct wants wants __cleanup(wants_done) = {0};
	const struct record *record;
	char key[KEY_TEXT];
	struct cidr cidr;

	if (!key_find_block(view, s->addr, &cidr))
		return 0;
	key_of_block(cidr, key);
	wants_add(&wants, key, RANGE_KEY);
	if (datastore_read(store->ds, view, &wants, e) < 0)
		return -1;
	record = view_get(view, key);
	if (!record || !record->value)
		return 0;
	s->has_block = block_read(record, &s->block, e) == 0;
	return s->has_block ? 0 : -1;
}

/* Of a block that nobody has claimed yet, too. */
static bool is_reserved(const struct shown *s, const struct pool *p)
{
	const struct utilization_pool *pool = &s->utilization.list[p - s->utilization.pools.list];
	struct cidr block = cidr_masked((struct cidr){ s->addr, p->block_len });

	return utilization_reserves(&s->utilization, pool, s->has_block ? s->block.cidr : block,
				    s->addr);
}

static const char *state_of(const struct shown *s, const struct pool *p,
			    const struct cJSON *attribute)
{
	if (attribute)
		return attribute_is_released(attribute) ? "cooling" : "assigned";
	if (!p)
		return "in no pool";
	return is_reserved(s, p) ? "reserved" : "free";
}

static void tell_holder(struct shown *s, unsigned ordinal, const struct cJSON *a)
{
	char sequence[32];

	snprintf(sequence, sizeof(sequence), "%" PRIu64, block_sequence_of(&s->block, ordinal));
	if (attribute_is_released(a)) {
		set(s, "releasedAt", json_string(json_field(a, "releasedAt")));
		return;
	}
	set(s, "handle", attribute_handle(a));
	set(s, "node", attribute_secondary(a, "node"));
	set(s, "namespace", attribute_secondary(a, "namespace"));
	set(s, "pod", attribute_secondary(a, "pod"));
	set(s, "network", attribute_secondary(a, "network"));
	set(s, "ifname", attribute_secondary(a, "ifname"));
	set(s, "type", attribute_secondary(a, "type"));
	set(s, "since", attribute_secondary(a, "timestamp"));
	json_set(s->tree, "borrowed", json_new_bool(utilization_is_borrowed(&s->block, a)));
	set(s, "sequenceNumber", sequence);
}

static void tell(struct shown *s)
{
	unsigned ordinal = s->has_block ? block_ordinal(&s->block, s->addr) : 0;
	const struct cJSON *a = s->has_block ? block_attribute(&s->block, ordinal) : NULL;
	const struct pool *p = pools_holding(&s->utilization.pools, s->addr, true);
	char text[ADDR_TEXT];

	s->tree = json_new_object();
	addr_print(s->addr, text);
	set(s, "address", text);
	set(s, "state", state_of(s, p, a));
	set(s, "pool", p ? p->name : NULL);
	if (s->has_block) {
		set_cidr(s, "block", s->block.cidr);
		set(s, "affinity", s->block.affinity);
	} else {
		set(s, "block", NULL);
	}
	if (a)
		tell_holder(s, ordinal, a);
}

static void print_table(const struct shown *s, struct buf *out)
{
	static const char *const headings[] = { "FIELD", "VALUE" };
	struct table t __cleanup(table_done) = {0};

	table_init(&t, headings, 2);
	for (const struct cJSON *i = json_first(s->tree); i; i = json_next(i)) {
		const char *text = json_string(i);

		if (json_type(i) == JSON_BOOL)
			text = json_true(i) ? "yes" : "no";
		if (!text)
			continue;
		table_add(&t, json_name(i));
		table_add(&t, text);
	}
	table_print(&t, out);
}

int show_address(struct call *call, struct store *store, const char *text, struct err *e)
{
	struct shown s __cleanup(shown_done) = { 0 };
	struct wants wants __cleanup(wants_done) = {0};
	struct view view __cleanup(view_done) = {0};

	if (addr_parse(text, &s.addr) < 0)
		return call_wrong_use(call, e, "--ip \"%.64s\" is not an address", text);
	utilization_wants(&wants);
	wants_add(&wants, key_of_blocks(s.addr.family), RANGE_PREFIX_KEYS);
	if (datastore_read(store->ds, &view, &wants, e) < 0 ||
	    utilization_begin(&view, &s.utilization, e) < 0 || read_block(&s, store, &view, e) < 0)
		return -1;
	tell(&s);
	if (call->json)
		json_text(s.tree, &call->out);
	else
		print_table(&s, &call->out);
	return 0;
}
