/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/assign/gateway.h"

#include <stdio.h>
#include <string.h>

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

	if (gateways_hold(g, a))
		return 0;
	rule->recorded = false;
	return reserved_add(&g->added, alone, e);
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

	if (!gateway_has_room(block))
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
	if (!gateway_has_room(p->cidr))
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
	struct gateway_rule *rule = gateways_rule(g, p->name);

	if (!wants_gateway(request, p->cidr.base.family))
		return 0;
	if (!rule && gateways_add_rule(g, p->name, &rule, e) < 0)
		return -1;
	if (request->prefix == IPAM_PREFIX_POOL)
		return add_for_pool(g, rule, request, p, e);
	return add_for_blocks(g, rule, request, p, e);
}

bool gateways_keep(const struct gateways *g, const struct pool *p, const struct block *b,
		   unsigned ordinal)
{
	return gateways_hold(g, block_addr(b, ordinal)) ||
	       gateway_rule_keeps(gateways_rule(g, p->name), b->cidr, ordinal);
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

static int write_reservation(const struct gateways *g, struct candidates *c, struct draft *d,
			     const struct ipam_assign_request *request, const struct pool *p,
			     struct err *e)
{
	struct buf value __cleanup(buf_done) = BUF(DRAFT_VALUE_MAX);
	const struct record *old;
	char key[KEY_TEXT];

	if (gateway_key(p->name, key, e) < 0)
		return -1;
	old = view_look_at(d->plan->view, key);
	if (!old && c->uids_used == IPAM_UIDS)
		return err_set(e, ERR_INTERNAL,
			       "cannot record the gateway of pool \"%s\" at key %s", p->name, key);
	if (gateways_print(g, p, old, old ? "" : request->uids[c->uids_used++], d->now_ns, &value,
			   e) < 0)
		return -1;
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

/* Who deletes it takes its gateway along, so that none may come later. */
static int guard_pool(struct draft *d, const struct pool *p, struct err *e)
{
	char key[KEY_TEXT];

	if (!p->revision)
		return 0;
	if (key_of_pool(p->name, key, e) < 0)
		return -1;
	changes_guard_key(&d->plan->changes, key);
	return 0;
}

int gateways_record(struct gateways *g, struct candidates *c, struct draft *d,
		    const struct ipam_assign_request *request, const struct pool *p, struct err *e)
{
	struct gateway_rule *rule = gateways_rule(g, p->name);
	enum family f = p->cidr.base.family;
	struct addr gateway;

	if (!wants_gateway(request, p->cidr.base.family) || !rule || rule->recorded)
		return 0;
	gateway = request->gateway.first ? cidr_nth(p->cidr, 1) : request->gateway.address[f];
	if ((request->prefix == IPAM_PREFIX_POOL || !request->gateway.first) &&
	    check_unassigned(d, p, gateway, e) < 0)
		return -1;
	if (guard_pool(d, p, e) < 0)
		return -1;
	return write_reservation(g, c, d, request, p, e);
}
