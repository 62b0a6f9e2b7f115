/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/assign/planning.h"

#include <stdio.h>
#include <string.h>

void assign_done(struct assign *a)
{
	draft_done(&a->draft);
	handle_done(&a->handle);
	candidates_done(&a->candidates);
	reserved_done(&a->reserved);
	gateways_done(&a->gateways);
}

int assign_answer(struct assign *a, const struct pool *p, struct cidr block, struct addr address,
		  struct err *e)
{
	enum family f = address.family;
	struct ipam_address *out = &a->answer.address[f];
	enum ipam_prefix prefix = a->request->prefix;
	struct addr gateway = {0};
	unsigned len = block.len;

	if (prefix == IPAM_PREFIX_HOST)
		len = family_bits(address.family);
	else if (prefix == IPAM_PREFIX_POOL && p)
		len = p->cidr.len;
	if (p && prefix != IPAM_PREFIX_HOST &&
	    gateway_of(a->request, p, (struct cidr){ address, len }, &gateway, e) < 0)
		return -1;
	out->addr = address;
	out->prefix_len = len;
	out->gateway = gateway;
	a->answer.has[f] = true;
	snprintf(a->answer.pool[f], sizeof(a->answer.pool[f]), "%s", p ? p->name : "");
	return 0;
}

int assign_take(struct assign *a, const struct pool *p, struct draft_block *b, unsigned ordinal,
		struct err *e)
{
	struct addr address = block_addr(&b->block, ordinal);
	struct cidr cidr = b->block.cidr;

	if (assign_answer(a, p, cidr, address, e) < 0 ||
	    block_assign(&b->block, ordinal, a->handle_id, &a->secondary, e) < 0 ||
	    gateways_record(&a->gateways, &a->candidates, &a->draft, a->request, p, e) < 0)
		return -1;
	b->changed = true;
	b->taken++;
	handle_set(&a->handle, cidr, block_count(&b->block, a->handle_id));
	if (p->revision) {
		char key[KEY_TEXT];

		if (key_of_pool(p->name, key, e) < 0)
			return -1;
		changes_guard_key(&a->draft.plan->changes, key);
	}
	return 0;
}

bool assign_gateway_is_held(const struct assign *a, const struct block *b)
{
	const struct ipam_assign_request *r = a->request;

	return r->gateway.wanted && r->gateway.first && r->prefix == IPAM_PREFIX_BLOCK &&
	       b->size > 1 && !block_is_free(b, 1);
}

int assign_check_gateway(const struct assign *a, const struct draft_block *b, struct err *e)
{
	char text[ADDR_TEXT];
	const char *handle;

	if (!assign_gateway_is_held(a, &b->block))
		return 0;
	addr_print(block_addr(&b->block, 1), text);
	handle = attribute_handle(block_attribute(&b->block, 1));
	return err_set(e, ERR_EXISTS,
		       "ipam.gateway: %s is already assigned (handle %.200s); release it, or set "
		       "ipam.prefix to \"pool\"",
		       text, handle ? handle : "none: cooling down");
}
