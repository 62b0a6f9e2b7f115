/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/inspect/show.h"

#include "ctl/cli/rows.h"
#include "ctl/inspect/since.h"
#include "ipam/audit/address.h"

#define SHOWN_FIELDS_MAX 16

struct shown {
	struct address_status status;
	char since[SINCE_TEXT];
	struct field fields[SHOWN_FIELDS_MAX + 1];	/* what is printed, in order */
	unsigned n;
};

static void shown_done(struct shown *s)
{
	address_status_done(&s->status);
}

static void tell(struct shown *s, const char *name, struct cell value)
{
	s->fields[s->n++] = (struct field){ name, value };
}

static void tell_secondary(struct shown *s, const struct attribute *attribute, const char *name)
{
	tell(s, name, cell_text(attribute_secondary(attribute, name)));
}

static const char *state_of(const struct address_status *status)
{
	static const char *const names[] = {
		[ADDRESS_FREE] = "free", [ADDRESS_IN_NO_POOL] = "in no pool",
		[ADDRESS_RESERVED] = "reserved", [ADDRESS_ASSIGNED] = "assigned",
		[ADDRESS_COOLING] = "cooling",
	};

	return names[status->state];
}

static void tell_holder(struct shown *s)
{
	const struct attribute *a = s->status.attribute;

	bool dated = since_of(a, s->since);

	if (s->status.state == ADDRESS_COOLING) {
		tell(s, "releasedAt", cell_text(s->since));
		return;
	}
	tell(s, "handle", cell_text(attribute_handle(a)));
	tell_secondary(s, a, "node");
	tell_secondary(s, a, "namespace");
	tell_secondary(s, a, "pod");
	tell_secondary(s, a, "network");
	tell_secondary(s, a, "ifname");
	tell_secondary(s, a, "type");
	tell(s, "since", cell_text(dated ? s->since : NULL));
	tell(s, "borrowed", cell_yes(s->status.borrowed));
	tell(s, "sequenceNumber", cell_number(s->status.sequence));
}

static void tell_all(struct shown *s)
{
	const struct address_status *status = &s->status;

	tell(s, "address", cell_addr(status->addr));
	tell(s, "state", cell_text(state_of(status)));
	if (status->reservation)
		tell(s, "reservation", cell_text(status->reservation));
	tell(s, "pool", cell_text(status->pool ? status->pool->name : NULL));
	tell(s, "block", status->has_block ? cell_cidr(status->block.cidr) : cell_text(NULL));
	if (status->has_block)
		tell(s, "affinity", cell_text(status->block.affinity));
	if (status->attribute)
		tell_holder(s);
}

int show_address(struct call *call, struct store *store, const char *text, struct err *e)
{
	struct shown s __cleanup(shown_done) = { 0 };
	struct addr a;

	if (addr_parse(text, &a) < 0)
		return call_wrong_use(call, e, "--ip \"%.64s\" is not an address", text);
	if (ipam_get_address(store->ds, a, &s.status, e) < 0)
		return -1;
	tell_all(&s);
	fields_print(call, s.fields);
	return 0;
}
