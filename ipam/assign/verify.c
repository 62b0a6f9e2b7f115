/* SPDX-License-Identifier: Apache-2.0 */
/* CHECK and STATUS: looking without writing. */
#include "ipam/assign/verify.h"
#include "ipam/request/candidates.h"
#include "ipam/request/draft.h"
#include "ipam/assign/choose_pools.h"
#include "ipam/assign/gateway.h"
#include "ipam/request/loop.h"

#include <stdio.h>
#include <string.h>

struct verify {
	struct draft draft;
	const struct verify_request *request;
	char handle_id[IPAM_HANDLE_MAX + 1];
	struct candidates candidates; /* owned */
	unsigned held;
	struct addr foreign; /* the first that this store knows nothing of; FAMILY_NONE: none */
};

static void verify_done(struct verify *v)
{
	draft_done(&v->draft);
	candidates_done(&v->candidates);
}

static int not_held(const struct verify *v, struct addr address, const char *holder, struct err *e)
{
	char text[ADDR_TEXT];

	addr_print(address, text);
	return err_set(e, ERR_NOT_FOUND, "%s is not held by container %.80s (%s): %.260s", text,
		       v->request->owner->container, v->request->owner->ifname, holder);
}

static int wrong_holder(const struct verify *v, struct addr address,
			const struct attribute *attribute, struct err *e)
{
	const char *handle = attribute_handle(attribute),
		   *node = attribute_secondary(attribute, "node");
	const char *ifname = attribute_secondary(attribute, "ifname");
	char holder[300];

	if (!attribute)
		return not_held(v, address, "nobody holds it", e);
	if (attribute_is_released(attribute))
		return not_held(v, address, "it was released and is cooling down", e);
	snprintf(holder, sizeof(holder), "handle %.150s holds it%s%.20s, node %.80s",
		 handle ? handle : "(none)", ifname ? " for " : "", ifname ? ifname : "",
		 node ? node : "unknown");
	return not_held(v, address, holder, e);
}

static int verify_address(struct verify *v, struct addr address, struct err *e)
{
	struct draft_block *b;
	enum draft_found found;
	const struct attribute *attribute;
	struct cidr block;
	int located = candidates_locate_block(&v->candidates, &v->draft, address, &block);

	if (located < 0)
		return 0;
	if (!located) {
		if (!v->foreign.family)
			v->foreign = address;
		return 0;
	}
	if (draft_open_block(&v->draft, block, &found, &b, e) < 0)
		return -1;
	if (found == DRAFT_NEED)
		return 0;
	if (found == DRAFT_ABSENT)
		return not_held(v, address, "nobody holds it", e);
	attribute = block_attribute(&b->block, block_ordinal(&b->block, address));
	if (owner_holds(v->request->owner, v->handle_id, attribute)) {
		v->held++;
		return 0;
	}
	return wrong_holder(v, address, attribute, e);
}

static int verify_all(struct verify *v, struct err *e)
{
	struct plan *p = v->draft.plan;

	p->kind = PLAN_NEED;
	if (owner_handle(v->request->owner, v->handle_id, e) < 0)
		return -1;
	draft_know(&v->draft, KEY_CONFIG);
	draft_know_prefix(&v->draft, KEY_POOLS, RANGE_PREFIX);
	if (draft_needs(&v->draft))
		return 0;
	if (draft_read_config(&v->draft, e) < 0 ||
	    candidates_read(&v->candidates, &v->draft, e) < 0)
		return -1;
	for (unsigned i = 0; i < v->request->n_addresses; i++)
		if (verify_address(v, v->request->addresses[i], e) < 0)
			return -1;
	if (draft_needs(&v->draft))
		return 0;
	if (v->foreign.family && !v->held)
		return not_held(v, v->foreign, "no pool and no block holds the address", e);
	p->kind = PLAN_DONE;
	return 0;
}

int plan_verify(struct plan *p, const struct verify_request *request, struct err *e)
{
	struct verify v __cleanup(verify_done) = {0};

	v.request = request;
	draft_init(&v.draft, p, v.request->now_ns);
	return verify_all(&v, e);
}

/* What ADD would refuse before it looks for an address. */
static int check_gateways(const struct candidates *c, const struct ipam_assign_request *request,
			  enum family family, struct err *e)
{
	struct gateways g __cleanup(gateways_done) = { 0 };

	for (unsigned i = 0; i < c->n_allowed[family]; i++)
		if (gateways_add(&g, request, c->allowed[family][i], e) < 0)
			return -1;
	return 0;
}

static int read_node(struct candidates *c, struct draft *d,
		     const struct ipam_assign_request *request, struct err *e)
{
	if (candidates_read_node(c, d, request->owner.node, e) == 0)
		return 0;
	if (!request->node_to_be_made || e->kind != ERR_NOT_FOUND)
		return -1;
	err_reset(e);
	return 0;
}

static int status_of(struct draft *d, struct candidates *c,
		     const struct ipam_assign_request *request, struct err *e)
{
	char key[KEY_TEXT];
	bool ready;

	d->plan->kind = PLAN_NEED;
	draft_know_prefix(d, KEY_POOLS, RANGE_PREFIX);
	if (key_of_node(request->owner.node, key, e) < 0)
		return -1;
	draft_know(d, key);
	if (draft_needs(d))
		return 0;
	if (candidates_read(c, d, e) < 0 || read_node(c, d, request, e) < 0)
		return -1;
	for (enum family f = FAMILY_4; f < N_FAMILIES; f++)
		if (request->wanted[f] && (choose_pools(c, d, request, f, &ready, e) < 0 ||
					   check_gateways(c, request, f, e) < 0))
			return -1;
	d->plan->kind = draft_needs(d) ? PLAN_NEED : PLAN_DONE;
	return 0;
}

int plan_status(struct plan *p, const struct ipam_assign_request *request, struct err *e)
{
	struct candidates c __cleanup(candidates_done) = {0};
	struct draft d __cleanup(draft_done) = {0};

	draft_init(&d, p, request->now_ns);
	return status_of(&d, &c, request, e);
}

int ipam_status(struct datastore *ds, const struct ipam_assign_request *request, struct err *e)
{
	struct loop loop __cleanup(loop_done) = {0};

	loop_init(&loop, ds);
	while (loop_goes_on(&loop))
		loop_turn(&loop, plan_status(&loop.plan, request, &loop.error));
	return loop_result_in_store(&loop, e);
}

int ipam_verify(struct datastore *ds, const struct ipam_owner *owner, const struct addr *addresses,
		unsigned n_addresses, struct err *e)
{
	struct verify_request request = { owner, addresses, n_addresses, clock_now_ns() };
	struct loop loop __cleanup(loop_done) = {0};

	loop_init(&loop, ds);
	while (loop_goes_on(&loop))
		loop_turn(&loop, plan_verify(&loop.plan, &request, &loop.error));
	return loop_result_in_store(&loop, e);
}
