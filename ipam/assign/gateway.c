/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/assign/gateway.h"

#include "base/list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANNOTATION "calico-ipam/blocks"

void gateways_done(struct gateways *g)
{
	reserved_done(&g->taken);
	free(g->rules);
	*g = (struct gateways){ 0 };
}

static struct gateway_rule *find_rule(const struct gateways *g, const char *pool)
{
	for (size_t i = 0; i < g->n_rules; i++)
		if (strcmp(g->rules[i].pool, pool) == 0)
			return &g->rules[i];
	return NULL;
}

static int add_rule(struct gateways *g, const char *pool, struct gateway_rule **ret, struct err *e)
{
	struct gateway_rule *rule;

	if (strlen(pool) >= sizeof(rule->pool))
		return err_set(e, ERR_LIMIT, "the name of pool \"%.40s…\" is too long for a "
			       "recorded gateway", pool);
	if (list_room(&g->rules, g->n_rules, &g->cap_rules) < 0)
		return err_set(e, ERR_INTERNAL, "out of memory");
	rule = &g->rules[g->n_rules++];
	*rule = (struct gateway_rule){ 0 };
	stpcpy(rule->pool, pool);
	*ret = rule;
	return 0;
}

static int take(struct gateways *g, const char *text, struct err *e)
{
	struct cidr cidr;

	if (cidr_parse_lenient(text, &cidr) < 0)
		return 0;
	if (reserved_add(&g->taken, cidr_masked(cidr)) < 0)
		return err_set(e, ERR_INTERNAL, "out of memory");
	return 0;
}

static int read_reservation(struct gateways *g, const struct cJSON *root, const char *pool,
			    struct err *e)
{
	const char *blocks = resource_annotation(root, ANNOTATION), *text;
	struct cJSON *list = json_field(json_field(root, "spec"), "reservedCIDRs");
	struct gateway_rule *rule;

	if (add_rule(g, pool, &rule, e) < 0)
		return -1;
	rule->first = blocks && strcmp(blocks, "first") == 0;
	rule->edges = rule->first || (blocks && strcmp(blocks, "edges") == 0);
	rule->recorded = true;
	for (struct cJSON *i = json_first(list); i; i = json_next(i)) {
		text = json_string(i);
		if (text && take(g, text, e) < 0)
			return -1;
	}
	return 0;
}

static int read_all(struct gateways *g, const struct view *view, bool lenient, struct err *e)
{
	const char *prefix = KEY_RESERVATIONS GATEWAY_RESERVATION;
	const struct record *record;

	*g = (struct gateways){ 0 };
	for (size_t i = view_first(view, prefix); (record = view_at(view, i, prefix)); i++) {
		struct err why = { 0 };
		struct cJSON *root __cleanup(json_freep) = json_parse(record->value,
								      record->value_len, &why);

		if (!root && lenient)
			continue;
		if (!root) {
			*e = why;
			return err_wrap(e,
					"the record at key %s cannot be read (mend or delete it)",
					record->key);
		}
		if (read_reservation(g, root, record->key + strlen(prefix), e) < 0)
			return -1;
	}
	return 0;
}

int gateways_read(struct gateways *g, const struct view *view, struct err *e)
{
	return read_all(g, view, false, e);
}

int gateways_read_lenient(struct gateways *g, const struct view *view, struct err *e)
{
	return read_all(g, view, true, e);
}

/* The addresses of a link with this prefix that are no container's, and its first usable one. */
static bool has_room(struct cidr prefix)
{
	return family_bits(prefix.base.family) - prefix.len >= 2;
}

static int too_small(struct cidr prefix, const struct pool *p, struct err *e)
{
	char text[CIDR_TEXT];

	cidr_print(prefix, text);
	return err_set(e, ERR_CONFIG,
		       "ipam.gateway: the prefix %s of pool \"%s\" is too small for a gateway; "
		       "remove the gateway or use a larger %s",
		       text, p->name, prefix.len == p->cidr.len ? "pool" : "blockSize");
}

static int add_taken(struct gateways *g, struct gateway_rule *rule, struct addr a, struct err *e)
{
	struct cidr alone = { a, family_bits(a.family) };

	if (reserved_holds(&g->taken, a))
		return 0;
	rule->recorded = false;
	if (reserved_add(&g->taken, alone) < 0)
		return err_set(e, ERR_INTERNAL, "out of memory");
	return 0;
}

/* Of IPv4 alone: IPv6 has no broadcast address. */
static int refuse_edge(struct cidr prefix, struct addr a, struct err *e)
{
	bool first = addr_equal(a, cidr_first(prefix));
	char text[ADDR_TEXT], link[CIDR_TEXT];

	if (a.family != FAMILY_4 || (!first && !addr_equal(a, cidr_last(prefix))))
		return 0;
	addr_print(a, text);
	cidr_print(prefix, link);
	return err_set(e, ERR_CONFIG,
		       "ipam.gateway: %s is the %s address of %s; name another", text,
		       first ? "network" : "broadcast", link);
}

static int add_pool_edges(struct gateways *g, struct gateway_rule *rule, const struct pool *p,
			  struct err *e)
{
	if (add_taken(g, rule, cidr_first(p->cidr), e) < 0)
		return -1;
	return p->cidr.base.family == FAMILY_4 ? add_taken(g, rule, cidr_last(p->cidr), e) : 0;
}

/* len: of the link's prefix, in bits. */
static int add_listed(struct gateways *g, struct gateway_rule *rule, const struct pool *p,
		      unsigned len, struct addr a, struct err *e)
{
	if (a.family == FAMILY_NONE || !cidr_holds(p->cidr, a))
		return 0;
	if (refuse_edge(cidr_masked((struct cidr){ a, len }), a, e) < 0)
		return -1;
	return add_taken(g, rule, a, e);
}

static int add_for_blocks(struct gateways *g, struct gateway_rule *rule,
			  const struct ipam_assign_request *request, const struct pool *p,
			  struct err *e)
{
	struct cidr block = { p->cidr.base, p->block_len };

	if (!has_room(block))
		return too_small(block, p, e);
	if (!rule->edges || (request->gateway.first && !rule->first))
		rule->recorded = false;
	rule->edges = true;
	rule->first |= request->gateway.first;
	return add_listed(g, rule, p, p->block_len,
			  request->gateway.address[p->cidr.base.family], e);
}

static int add_for_pool(struct gateways *g, struct gateway_rule *rule,
			const struct ipam_assign_request *request, const struct pool *p,
			struct err *e)
{
	if (!has_room(p->cidr))
		return too_small(p->cidr, p, e);
	if (add_pool_edges(g, rule, p, e) < 0)
		return -1;
	if (request->gateway.first)
		return add_taken(g, rule, cidr_nth(p->cidr, 1), e);
	return add_listed(g, rule, p, p->cidr.len,
			  request->gateway.address[p->cidr.base.family], e);
}

static bool wants_gateway(const struct ipam_assign_request *request, enum family f)
{
	const struct ipam_gateway *g = &request->gateway;

	return g->wanted && (g->first || g->address[f].family != FAMILY_NONE);
}

int gateways_add(struct gateways *g, const struct ipam_assign_request *request,
		 const struct pool *p, struct err *e)
{
	struct gateway_rule *rule = find_rule(g, p->name);

	if (!wants_gateway(request, p->cidr.base.family))
		return 0;
	if (!rule && add_rule(g, p->name, &rule, e) < 0)
		return -1;
	if (request->prefix == IPAM_PREFIX_POOL)
		return add_for_pool(g, rule, request, p, e);
	return add_for_blocks(g, rule, request, p, e);
}

const struct gateway_rule *gateways_rule(const struct gateways *g, const char *pool)
{
	return find_rule(g, pool);
}

bool gateway_rule_keeps(const struct gateway_rule *rule, struct cidr block, unsigned ordinal)
{
	bool is_4 = block.base.family == FAMILY_4;

	/* A record that outlived its pool may speak of larger blocks. */
	if (!rule || !has_room(block))
		return false;
	if (rule->edges && (ordinal == 0 || (is_4 && ordinal == cidr_size(block) - 1)))
		return true;
	return rule->first && ordinal == 1;
}

/* Of the pool's first n addresses. */
static u128 count_below(const struct gateway_rule *rule, const struct pool *p, u128 n)
{
	struct cidr block = { p->cidr.base, p->block_len };
	u128 size = cidr_size(block), in_rest = 0, in_block = 0;
	const unsigned kept[] = { 0, 1, (unsigned)size - 1 };	/* no rule keeps another */

	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		bool keeps = gateway_rule_keeps(rule, block, kept[i]);

		in_block += keeps;
		in_rest += keeps && kept[i] < n % size;
	}
	return n / size * in_block + in_rest;
}

u128 gateway_rule_count(const struct gateway_rule *rule, const struct pool *p, struct addr first,
			struct addr last)
{
	struct cidr block = { p->cidr.base, p->block_len };
	u128 to = last.n - p->cidr.base.n, from = first.n - p->cidr.base.n;
	bool keeps_last;

	if (!rule)
		return 0;
	/* Up to the last one and that one alone: 2^128 addresses have no number. */
	keeps_last = gateway_rule_keeps(rule, block, (unsigned)(to % cidr_size(block)));
	return count_below(rule, p, to) + keeps_last - count_below(rule, p, from);
}

bool gateways_keep(const struct gateways *g, const struct pool *p, const struct block *b,
		   unsigned ordinal)
{
	return reserved_holds(&g->taken, block_addr(b, ordinal)) ||
	       gateway_rule_keeps(find_rule(g, p->name), b->cidr, ordinal);
}

int gateway_of(const struct ipam_assign_request *request, const struct pool *p, struct cidr prefix,
	       struct addr *ret, struct err *e)
{
	char gateway[ADDR_TEXT], text[CIDR_TEXT];
	struct addr a;

	*ret = (struct addr){ 0 };
	if (!wants_gateway(request, prefix.base.family))
		return 0;
	if (request->gateway.first) {
		*ret = cidr_nth(cidr_masked(prefix), 1);
		return 0;
	}
	a = request->gateway.address[prefix.base.family];
	if (!cidr_holds(prefix, a)) {
		addr_print(a, gateway);
		cidr_print(cidr_masked(prefix), text);
		return err_set(e, ERR_CONFIG,
			       "ipam.gateway: %s lies outside %s, the prefix of an address from "
			       "pool \"%s\"; name a gateway within it%s",
			       gateway, text, p->name,
			       request->prefix == IPAM_PREFIX_BLOCK
				   ? ", or set ipam.prefix to \"pool\""
				   : "");
	}
	*ret = a;
	return 0;
}

static void append_cidr(struct cJSON *list, struct cidr c)
{
	char text[CIDR_TEXT];

	cidr_print(c, text);
	for (struct cJSON *i = json_first(list); i; i = json_next(i))
		if (json_string(i) && strcmp(json_string(i), text) == 0)
			return;
	json_append(list, json_new_string(text));
}

static void fill_reservation(struct cJSON *root, const struct gateways *g,
			     const struct gateway_rule *rule, const struct pool *p)
{
	struct cJSON *metadata = json_field(root, "metadata"), *spec = json_field(root, "spec");
	struct cJSON *annotations = json_field(metadata, "annotations");
	struct cJSON *list = json_field(spec, "reservedCIDRs");

	if (rule->edges && !annotations) {
		annotations = json_new_object();
		json_set(metadata, "annotations", annotations);
	}
	if (rule->edges)
		json_set_entry(annotations, ANNOTATION,
			       json_new_string(rule->first ? "first" : "edges"));
	if (!list) {
		list = json_new_array();
		json_set(spec, "reservedCIDRs", list);
	}
	for (size_t i = 0; i < g->taken.n; i++)
		if (cidr_holds_cidr(p->cidr, g->taken.list[i]))
			append_cidr(list, g->taken.list[i]);
}

static int write_reservation(const struct gateways *g, const struct gateway_rule *rule,
			     struct candidates *c, struct draft *d,
			     const struct ipam_assign_request *request, const struct pool *p,
			     struct err *e)
{
	char name[300], key[KEY_TEXT];
	struct cJSON *root __cleanup(json_freep) = NULL;
	struct buf value __cleanup(buf_done) = BUF(DRAFT_VALUE_MAX);
	const struct record *old;

	snprintf(name, sizeof(name), GATEWAY_RESERVATION "%s", p->name);
	if (key_of_reservation(name, key, e) < 0)
		return -1;
	old = view_look_at(d->plan->view, key);
	if (old)
		root = json_parse(old->value, old->value_len, e);
	else if (c->uids_used < IPAM_UIDS)
		root = resource_new("IPReservation", name, request->uids[c->uids_used++],
				    d->now_ns);
	if (!root)
		return err_set(e, ERR_INTERNAL,
			       "cannot record the gateway of pool \"%s\" at key %s", p->name, key);
	fill_reservation(root, g, rule, p);
	json_print(root, &value);
	return draft_put(d, key, &value, e);
}

/* The gateway must be nobody's on the day it is recorded. */
static int check_unassigned(struct draft *d, const struct pool *p, struct addr gateway,
			    struct err *e)
{
	struct cidr block = cidr_masked((struct cidr){ gateway, p->block_len });
	enum draft_found found;
	struct draft_block *b;
	char text[ADDR_TEXT], key[KEY_TEXT];
	const char *handle;

	if (gateway.family == FAMILY_NONE)
		return 0;
	if (draft_open_block(d, block, &found, &b, e) < 0)
		return -1;
	if (found == DRAFT_NEED)
		return 0;
	key_of_block(block, key);
	changes_guard_key(&d->plan->changes, key);
	if (found == DRAFT_ABSENT || block_is_free(&b->block, block_ordinal(&b->block, gateway)))
		return 0;
	addr_print(gateway, text);
	handle = attribute_handle(block_attribute(&b->block, block_ordinal(&b->block, gateway)));
	return err_set(e, ERR_EXISTS,
		       "ipam.gateway: %s of pool \"%s\" is already assigned (handle %s); release "
		       "it or name another gateway",
		       text, p->name, handle ? handle : "none: cooling down");
}

int gateways_record(struct gateways *g, struct candidates *c, struct draft *d,
		    const struct ipam_assign_request *request, const struct pool *p, struct err *e)
{
	struct gateway_rule *rule = find_rule(g, p->name);
	enum family f = p->cidr.base.family;
	struct addr gateway;

	if (!wants_gateway(request, p->cidr.base.family) || !rule || rule->recorded)
		return 0;
	gateway = request->gateway.first ? cidr_nth(p->cidr, 1) : request->gateway.address[f];
	if ((request->prefix == IPAM_PREFIX_POOL || !request->gateway.first) &&
	    check_unassigned(d, p, gateway, e) < 0)
		return -1;
	return write_reservation(g, rule, c, d, request, p, e);
}
