/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/audit/address.h"

#include "ipam/record/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void address_status_done(struct address_status *s)
{
	utilization_done(&s->utilization);
	block_done(&s->block);
	free(s->reservation);
	*s = (struct address_status){ 0 };
}

static int read_block(struct address_status *s, struct datastore *ds, struct view *view,
		      struct err *e)
{
	struct wants wants __cleanup(wants_done) = { 0 };
	const struct record *record;
	char key[KEY_TEXT];
	struct cidr cidr;

	if (!key_find_block(view, s->addr, &cidr))
		return 0;
	key_of_block(cidr, key);
	wants_add(&wants, key, RANGE_KEY);
	if (datastore_read(ds, view, &wants, e) < 0)
		return -1;
	record = view_peek(view, key);
	if (!record || !record->value)
		return 0;
	s->has_block = block_read(record, &s->block, e) == 0;
	return s->has_block ? 0 : -1;
}

/* Of a block that nobody has claimed yet, too. */
static bool is_reserved(const struct address_status *s)
{
	const struct utilization *u = &s->utilization;
	struct cidr block = cidr_masked((struct cidr){ s->addr, s->pool->block_len });

	return utilization_reserves(u, &u->list[s->pool - u->pools.list],
				    s->has_block ? s->block.cidr : block, s->addr);
}

static bool covers(const struct record *record, struct addr a)
{
	struct reservation r __cleanup(reservation_done) = { 0 };
	struct err ignored = { 0 };
	bool found = false;
	struct cidr cidr;

	if (reservation_read(record, &r, &ignored) < 0)
		return false;
	for (size_t i = 0; i < r.n && !found; i++)
		found = r.entries[i] && reservation_parse_entry(r.entries[i], &cidr) == 0 &&
			cidr_holds(cidr, a);
	return found;
}

/* That whose record covers it, or else the pool's own, which keeps it of each block. */
static int name_reservation(struct address_status *s, const struct view *view, struct err *e)
{
	char name[KEY_TEXT] = "";
	const struct record *record;

	if (s->pool && is_reserved(s))
		snprintf(name, sizeof(name), GATEWAY_RESERVATION "%s", s->pool->name);
	for (size_t i = view_first(view, KEY_RESERVATIONS);
	     (record = view_at(view, i, KEY_RESERVATIONS)); i++)
		if (record->value && covers(record, s->addr)) {
			snprintf(name, sizeof(name), "%s",
				 record->key + strlen(KEY_RESERVATIONS));
			break;
		}
	if (*name && !(s->reservation = strdup(name)))
		return err_set(e, ERR_INTERNAL, "out of memory");
	return 0;
}

static void judge(struct address_status *s)
{
	unsigned ordinal = s->has_block ? block_ordinal(&s->block, s->addr) : 0;

	s->pool = pools_holding(&s->utilization.pools, s->addr, true);
	s->attribute = s->has_block ? block_attribute(&s->block, ordinal) : NULL;
	if (!s->attribute) {
		s->state = !s->pool ? ADDRESS_IN_NO_POOL :
			   is_reserved(s) ? ADDRESS_RESERVED : ADDRESS_FREE;
		return;
	}
	s->state = attribute_is_released(s->attribute) ? ADDRESS_COOLING : ADDRESS_ASSIGNED;
	s->sequence = block_sequence_of(&s->block, ordinal);
	s->borrowed = utilization_is_borrowed(&s->block, s->attribute);
}

int ipam_get_address(struct datastore *ds, struct addr a, struct address_status *ret,
		     struct err *e)
{
	struct address_status s __cleanup(address_status_done) = { .addr = a };
	struct wants wants __cleanup(wants_done) = { 0 };
	struct view view __cleanup(view_done) = { 0 };

	utilization_wants(&wants);
	wants_add(&wants, key_of_blocks(a.family), RANGE_PREFIX_KEYS);
	if (datastore_read(ds, &view, &wants, e) < 0 ||
	    utilization_begin(&view, &s.utilization, e) < 0 || read_block(&s, ds, &view, e) < 0)
		return -1;
	judge(&s);
	if (name_reservation(&s, &view, e) < 0)
		return -1;
	*ret = s;
	s = (struct address_status){ 0 };
	return 0;
}
