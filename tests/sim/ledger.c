/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/ledger.h"

#include "base/clock.h"
#include "ipam/record/block.h"
#include "ipam/record/handle.h"
#include "ipam/record/keys.h"
#include "ipam/record/pool.h"
#include "ipam/record/reservation.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned room(unsigned *n, unsigned limit)
{
	if (*n == limit) {
		fprintf(stderr, "the ledger is full\n");
		abort();
	}
	return (*n)++;
}

static const char *behind(const char *key, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(key, prefix, len) == 0 ? key + len : NULL;
}

unsigned ledger_block_at(struct ledger *l, struct cidr cidr)
{
	unsigned i = 0;

	while (i < l->n_blocks && !cidr_equal(l->blocks[i].cidr, cidr))
		i++;
	if (i < l->n_blocks)
		return i;
	i = room(&l->n_blocks, LEDGER_BLOCKS);
	l->blocks[i] = (struct ledger_block){ .cidr = cidr, .owner = OWNER_NONE };
	return i;
}

unsigned ledger_handle_at(struct ledger *l, const char *id)
{
	unsigned i = 0;

	while (i < l->n_handles && strncmp(l->handles[i].id, id, LEDGER_NAME - 1) != 0)
		i++;
	if (i < l->n_handles)
		return i;
	i = room(&l->n_handles, LEDGER_HANDLES);
	memset(&l->handles[i], 0, sizeof(l->handles[i]));
	snprintf(l->handles[i].id, LEDGER_NAME, "%s", id);
	return i;
}

int ledger_host(const struct ledger *l, const char *name)
{
	for (unsigned i = 0; name && i < l->n_hosts; i++)
		if (strcmp(l->hosts[i], name) == 0)
			return (int)i;
	return -1;
}

static unsigned pool_at(struct ledger *l, const char *name)
{
	unsigned i = 0;

	while (i < l->n_pools && strncmp(l->pools[i].name, name, LEDGER_NAME - 1) != 0)
		i++;
	if (i < l->n_pools)
		return i;
	i = room(&l->n_pools, LEDGER_POOLS);
	l->pools[i] = (struct ledger_pool){ .there = false };
	snprintf(l->pools[i].name, LEDGER_NAME, "%s", name);
	return i;
}

static unsigned reservation_at(struct ledger *l, const char *name)
{
	unsigned i = 0;

	while (i < l->n_reservations &&
	       strncmp(l->reservations[i].name, name, LEDGER_NAME - 1) != 0)
		i++;
	if (i < l->n_reservations)
		return i;
	i = room(&l->n_reservations, LEDGER_RESERVATIONS);
	l->reservations[i] = (struct ledger_reservation){ .there = false };
	snprintf(l->reservations[i].name, LEDGER_NAME, "%s", name);
	return i;
}

static struct ledger_change locate_affinity(struct ledger *l, const char *key)
{
	struct ledger_change c = { LEDGER_OTHER, 0, -1 };
	char owner[KEY_TEXT];
	struct cidr block;

	if (key_read_affinity(key, owner, &block) < 0 || strncmp(owner, "host:", 5) != 0)
		return c;
	c.host = ledger_host(l, owner + 5);
	if (c.host < 0)
		return c;
	c.kind = LEDGER_AFFINITY;
	c.at = ledger_block_at(l, block);
	return c;
}

struct ledger_change ledger_locate(struct ledger *l, const char *key)
{
	struct ledger_change c = { LEDGER_OTHER, 0, -1 };
	struct cidr cidr;
	const char *name;

	if (key_cidr(key, KEY_BLOCKS_4, &cidr) == 0 || key_cidr(key, KEY_BLOCKS_6, &cidr) == 0)
		return (struct ledger_change){ LEDGER_BLOCK, ledger_block_at(l, cidr), -1 };
	if ((name = behind(key, KEY_HANDLES)))
		return (struct ledger_change){ LEDGER_HANDLE, ledger_handle_at(l, name), -1 };
	if ((name = behind(key, KEY_POOLS)))
		return (struct ledger_change){ LEDGER_POOL, pool_at(l, name), -1 };
	if ((name = behind(key, KEY_RESERVATIONS)))
		return (struct ledger_change){ LEDGER_RESERVATION, reservation_at(l, name), -1 };
	if (strcmp(key, KEY_CONFIG) == 0)
		return (struct ledger_change){ LEDGER_CONFIG, 0, -1 };
	if ((name = behind(key, KEY_NODES))) {
		c.host = ledger_host(l, name);
		c.kind = c.host < 0 ? LEDGER_OTHER : LEDGER_NODE;
		return c;
	}
	return locate_affinity(l, key);
}

static void __printf_like(2, 3) blame(struct ledger_block *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(b->fault, sizeof(b->fault), fmt, ap);
	va_end(ap);
}

static void read_slot(struct ledger *l, const struct block *stored, unsigned i, struct slot *ret)
{
	const struct attribute *a = block_attribute(stored, i);
	const char *handle = attribute_handle(a), *ifname = attribute_secondary(a, "ifname");

	*ret = (struct slot){ .state = SLOT_FREE, .handle = -1, .host = -1 };
	if (block_is_free(stored, i))
		return;
	if (attribute_is_released(a)) {
		ret->state = SLOT_COOLING;
		if (clock_parse_rfc3339(attribute_released_at(a), &ret->released_ns) < 0)
			ret->released_ns = 0;
		return;
	}
	ret->state = SLOT_HELD;
	ret->handle = handle ? (int)ledger_handle_at(l, handle) : -1;
	ret->host = ledger_host(l, attribute_secondary(a, "node"));
	snprintf(ret->ifname, sizeof(ret->ifname), "%s", ifname ? ifname : "");
}

/* Free ordinals and allocations are a partition, and every attribute is pointed at. */
static void judge_block(struct ledger_block *b, const struct block *stored)
{
	bool listed[LEDGER_SLOTS] = {0};
	struct block_use uses[BLOCK_SIZE_MAX];

	for (unsigned i = 0; i < stored->n_unallocated; i++) {
		unsigned ordinal = block_listed(stored, i);

		if (ordinal >= b->size || listed[ordinal])
			blame(b, "lists free ordinal %u twice or out of range", ordinal);
		else
			listed[ordinal] = true;
	}
	for (unsigned i = 0; i < b->size; i++) {
		if (listed[i] != block_is_free(stored, i))
			blame(b, "ordinal %u is %s", i, listed[i] ? "free and held" : "lost");
		if (b->slots[i].state == SLOT_FREE && stored->sequences[i].is_there)
			blame(b, "free ordinal %u has a sequence number", i);
	}
	if (block_uses(stored, uses) != stored->n_attributes)
		blame(b, "nothing points at one of its attributes");
	if ((stored->affinity != NULL) != (stored->claim_time != NULL))
		blame(b, "has an affinity or a claim time without the other");
}

static void read_block(struct ledger *l, struct ledger_block *b, const struct record *record)
{
	struct block stored __cleanup(block_done) = {0};
	struct err e = {0};

	b->there = record->value != NULL;
	b->unreadable = false;
	b->fault[0] = '\0';
	b->owner = OWNER_NONE;
	b->size = 0;
	if (!b->there)
		return;
	if (block_read(record, &stored, &e) < 0 || stored.size > LEDGER_SLOTS) {
		b->unreadable = true;
		blame(b, "cannot be read: %.60s", e.text);
		return;
	}
	if (stored.affinity) {
		b->owner = strncmp(stored.affinity, "host:", 5) == 0
				   ? ledger_host(l, stored.affinity + 5) : OWNER_OTHER;
		if (b->owner < 0)
			b->owner = OWNER_OTHER;
	}
	b->claimed_ns = 0;
	if (stored.claim_time)
		clock_parse_rfc3339(stored.claim_time, &b->claimed_ns);
	b->size = stored.size;
	b->sequence = stored.sequence;
	for (unsigned i = 0; i < b->size; i++)
		read_slot(l, &stored, i, &b->slots[i]);
	judge_block(b, &stored);
}

static void read_handle(struct ledger *l, struct ledger_handle *h, const struct record *record)
{
	struct handle stored __cleanup(handle_done) = {0};
	struct err e = {0};

	h->there = record->value != NULL;
	h->unreadable = false;
	h->n = 0;
	if (!h->there)
		return;
	if (handle_read(record, &stored, &e) < 0) {
		h->unreadable = true;
		return;
	}
	for (size_t i = 0; i < stored.n && h->n < LEDGER_ENTRIES; i++) {
		if (!stored.list[i].names_block)
			continue;
		h->entries[h->n].block = ledger_block_at(l, stored.list[i].block);
		h->entries[h->n++].count = stored.list[i].count;
	}
}

static void read_affinity(struct ledger_block *b, int host, const struct record *record)
{
	struct err e = {0};

	b->has_affinity[host] = record->value != NULL;
	b->unreadable_affinity[host] =
		record->value && affinity_read(record, &b->states[host], &e) < 0;
}

static void read_pool(struct ledger_pool *p, const struct record *record)
{
	struct pool stored __cleanup(pool_done) = {0};
	struct err e = {0};

	p->there = record->value != NULL;
	p->unreadable = false;
	if (!p->there)
		return;
	if (pool_read(record, &stored, &e) < 0) {
		p->unreadable = true;
		return;
	}
	p->enabled = stored.enabled;
	p->cidr = stored.cidr;
	p->block_len = stored.block_len;
	snprintf(p->selector, sizeof(p->selector), "%s", stored.node_selector);
}

static void read_reservation(struct ledger_reservation *r, const struct record *record)
{
	struct reservation stored __cleanup(reservation_done) = {0};
	struct err e = {0};

	r->there = record->value != NULL;
	r->n = 0;
	if (!r->there || reservation_read(record, &stored, &e) < 0)
		return;
	for (size_t i = 0; i < stored.n && r->n < LEDGER_CIDRS; i++)
		if (stored.entries[i] &&
		    reservation_parse_entry(stored.entries[i], &r->cidrs[r->n]) == 0)
			r->n++;
}

static void read_config(struct ledger *l, const char *value)
{
	l->strict = value && strstr(value, "\"strict_affinity\":true");
	l->auto_allocate = !value || strstr(value, "\"auto_allocate_blocks\":true");
}

void ledger_read(struct ledger *l, struct ledger_change what, const char *key, const char *value)
{
	struct record record = { .key = key, .value = value,
				 .value_len = value ? strlen(value) : 0, .revision = 1 };

	if (what.kind == LEDGER_BLOCK) {
		read_block(l, &l->blocks[what.at], &record);
	} else if (what.kind == LEDGER_HANDLE) {
		read_handle(l, &l->handles[what.at], &record);
	} else if (what.kind == LEDGER_AFFINITY) {
		read_affinity(&l->blocks[what.at], what.host, &record);
	} else if (what.kind == LEDGER_POOL) {
		read_pool(&l->pools[what.at], &record);
	} else if (what.kind == LEDGER_RESERVATION) {
		read_reservation(&l->reservations[what.at], &record);
	} else if (what.kind == LEDGER_NODE) {
		l->has_node[what.host] = value != NULL;
		l->is_even[what.host] = value && strstr(value, "\"even\"");
	} else if (what.kind == LEDGER_CONFIG) {
		read_config(l, value);
	}
}

void ledger_forget(struct ledger *l)
{
	for (unsigned i = 0; i < l->n_blocks; i++)
		l->blocks[i] = (struct ledger_block){ .cidr = l->blocks[i].cidr,
						      .owner = OWNER_NONE };
	for (unsigned i = 0; i < l->n_handles; i++) {
		l->handles[i].there = l->handles[i].unreadable = false;
		l->handles[i].n = 0;
	}
	for (unsigned i = 0; i < l->n_pools; i++)
		l->pools[i].there = false;
	for (unsigned i = 0; i < l->n_reservations; i++)
		l->reservations[i].there = false;
	memset(l->has_node, 0, sizeof(l->has_node));
	read_config(l, NULL);
}

struct ledger_block *ledger_block_of(struct ledger *l, struct addr a)
{
	for (unsigned i = 0; i < l->n_blocks; i++)
		if (l->blocks[i].there && !l->blocks[i].unreadable &&
		    cidr_holds(l->blocks[i].cidr, a))
			return &l->blocks[i];
	return NULL;
}

struct slot *ledger_slot_of(struct ledger *l, struct addr a)
{
	struct ledger_block *b = ledger_block_of(l, a);

	return b ? &b->slots[(unsigned)(a.n - b->cidr.base.n)] : NULL;
}

unsigned ledger_held(const struct ledger *l, unsigned block, unsigned handle)
{
	const struct ledger_block *b = &l->blocks[block];
	unsigned n = 0;

	for (unsigned i = 0; b->there && i < b->size; i++)
		n += b->slots[i].state == SLOT_HELD && b->slots[i].handle == (int)handle;
	return n;
}

int64_t ledger_said(const struct ledger *l, unsigned handle, unsigned block)
{
	const struct ledger_handle *h = &l->handles[handle];

	for (unsigned i = 0; h->there && i < h->n; i++)
		if (h->entries[i].block == block)
			return h->entries[i].count;
	return 0;
}

const struct ledger_pool *ledger_pool_of(const struct ledger *l, struct addr a)
{
	for (unsigned i = 0; i < l->n_pools; i++)
		if (l->pools[i].there && !l->pools[i].unreadable &&
		    cidr_holds(l->pools[i].cidr, a))
			return &l->pools[i];
	return NULL;
}

bool ledger_selects(const struct ledger *l, const struct ledger_pool *p, int host)
{
	if (!p->selector[0] || strcmp(p->selector, "all()") == 0)
		return true;
	return strcmp(p->selector, "!all()") != 0 && l->is_even[host];
}

bool ledger_reserves(const struct ledger *l, struct addr a)
{
	for (unsigned i = 0; i < l->n_reservations; i++)
		for (unsigned k = 0; l->reservations[i].there && k < l->reservations[i].n; k++)
			if (cidr_holds(l->reservations[i].cidrs[k], a))
				return true;
	return false;
}
