/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/reservation/reservations.h"

#include "base/list.h"
#include "ipam/record/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void reservation_list_done(struct reservation_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->list[i].unreadable);
		free(l->list[i].fault);
		reservation_done(&l->list[i].reservation);
	}
	free(l->list);
	gateways_done(&l->gateways);
	pools_done(&l->pools);
	view_done(&l->view);
	*l = (struct reservation_list){ 0 };
}

bool reservation_is_gateways(const char *name)
{
	return strncmp(name, GATEWAY_RESERVATION, strlen(GATEWAY_RESERVATION)) == 0;
}

static int keep_text(char **ret, const struct err *why, struct err *e)
{
	*ret = strdup(why->text);
	return *ret ? 0 : err_set(e, ERR_INTERNAL, "out of memory");
}

static int read_reservation(struct reservation_entry *entry, const struct record *record,
			    struct err *e)
{
	struct err why = { 0 };

	if (reservation_read(record, &entry->reservation, &why) < 0)
		return keep_text(&entry->unreadable, &why, e);
	if (reservation_tell_unreadable(&entry->reservation, &why))
		return keep_text(&entry->fault, &why, e);
	return 0;
}

/* The resource's own name counts, as for those who plan. */
static void find_rule(struct reservation_list *l, struct reservation_entry *entry)
{
	const char *name = entry->reservation.name;
	const char *pool = name + strlen(GATEWAY_RESERVATION);
	const struct gateway_rule *rule;

	if (!reservation_is_gateways(name))
		return;
	rule = gateways_rule(&l->gateways, pool);
	if (!rule || !rule->edges)
		return;
	entry->rule = rule;
	entry->pool = pools_by_name(&l->pools, pool);
}

static int add_entry(struct reservation_list *l, const struct record *record, struct err *e)
{
	struct reservation_entry *entry;

	if (list_room(&l->list, l->n, &l->cap) < 0)
		return err_set(e, ERR_INTERNAL, "out of memory");
	entry = &l->list[l->n++];
	*entry = (struct reservation_entry){
		.name = record->key + strlen(KEY_RESERVATIONS), .stored = record->value,
	};
	if (read_reservation(entry, record, e) < 0)
		return -1;
	if (!entry->unreadable)
		find_rule(l, entry);
	return 0;
}

static int add_entries(struct reservation_list *l, struct err *e)
{
	const char *prefix = KEY_RESERVATIONS;
	const struct record *record;

	for (size_t i = view_first(&l->view, prefix); (record = view_at(&l->view, i, prefix)); i++)
		if (add_entry(l, record, e) < 0)
			return -1;
	return 0;
}

int ipam_list_reservations(struct datastore *ds, struct reservation_list *ret, struct err *e)
{
	struct reservation_list l __cleanup(reservation_list_done) = { 0 };
	struct wants wants __cleanup(wants_done) = { 0 };

	wants_add(&wants, KEY_RESERVATIONS, RANGE_PREFIX);
	wants_add(&wants, KEY_POOLS, RANGE_PREFIX);
	if (datastore_read(ds, &l.view, &wants, e) < 0 ||
	    gateways_read_lenient(&l.gateways, &l.view, e) < 0 ||
	    pools_read(&l.view, &l.pools, e) < 0 || add_entries(&l, e) < 0)
		return -1;
	*ret = l;
	l = (struct reservation_list){ 0 };
	return 0;
}
