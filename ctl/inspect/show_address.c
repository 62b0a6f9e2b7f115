/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/inspect/show.h"

#include "ctl/cli/rows.h"
#include "ipam/record/keys.h"
#include "ipam/audit/utilization.h"

#include <inttypes.h>
#include <stdio.h>

#define SHOWN_FIELDS_MAX 16

struct shown {
	const struct view *view;
	struct utilization utilization;
	struct addr addr;
	struct block block;
	bool has_block;
	char sequence[32];
	struct field fields[SHOWN_FIELDS_MAX + 1];	/* what is printed, in order */
	unsigned n;
};

static void shown_done(struct shown *s)
{
	utilization_done(&s->utilization);
	block_done(&s->block);
}

static void tell(struct shown *s, const char *name, struct cell value)
{
	s->fields[s->n++] = (struct field){ name, value };
}

static void tell_secondary(struct shown *s, const struct cJSON *attribute, const char *name)
{
	tell(s, name, cell_text(attribute_secondary(attribute, name)));
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
	record = view_peek(view, key);
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
	if (attribute_is_released(a)) {
		tell(s, "releasedAt", cell_text(json_string(json_field(a, "releasedAt"))));
		return;
	}
	snprintf(s->sequence, sizeof(s->sequence), "%" PRIu64,
		 block_sequence_of(&s->block, ordinal));
	tell(s, "handle", cell_text(attribute_handle(a)));
	tell_secondary(s, a, "node");
	tell_secondary(s, a, "namespace");
	tell_secondary(s, a, "pod");
	tell_secondary(s, a, "network");
	tell_secondary(s, a, "ifname");
	tell_secondary(s, a, "type");
	tell(s, "since", cell_text(attribute_secondary(a, "timestamp")));
	tell(s, "borrowed", cell_yes(utilization_is_borrowed(&s->block, a)));
	tell(s, "sequenceNumber", cell_text(s->sequence));
}

static void tell_all(struct shown *s)
{
	unsigned ordinal = s->has_block ? block_ordinal(&s->block, s->addr) : 0;
	const struct cJSON *a = s->has_block ? block_attribute(&s->block, ordinal) : NULL;
	const struct pool *p = pools_holding(&s->utilization.pools, s->addr, true);

	tell(s, "address", cell_addr(s->addr));
	tell(s, "state", cell_text(state_of(s, p, a)));
	tell(s, "pool", cell_text(p ? p->name : NULL));
	tell(s, "block", s->has_block ? cell_cidr(s->block.cidr) : cell_text(NULL));
	if (s->has_block)
		tell(s, "affinity", cell_text(s->block.affinity));
	if (a)
		tell_holder(s, ordinal, a);
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
	tell_all(&s);
	fields_print(call, s.fields);
	return 0;
}
