/* SPDX-License-Identifier: Apache-2.0 */
/* ADD: what is held already, then each missing family, then one commit for all. */
#include "ipam/assign/planning.h"

#include <stdio.h>
#include <string.h>

#define OWN_BLOCKS_AHEAD 32 /* keys wanted in one request */
#define GONE_BLOCKS_MAX 16 /* that one commit strikes from a handle; more may stay there */

static bool is_exact(const struct ipam_assign_request *r)
{
	return r->exact[FAMILY_4].family != FAMILY_NONE || r->exact[FAMILY_6].family != FAMILY_NONE;
}

/* What every ADD looks at: one request to the store. */
static int know_base(struct assign *a, struct err *e)
{
	const struct ipam_assign_request *r = a->request;
	struct draft *d = &a->draft;
	char key[KEY_TEXT];

	draft_know(d, KEY_CONFIG);
	draft_know_prefix(d, KEY_POOLS, RANGE_PREFIX);
	draft_know_prefix(d, KEY_RESERVATIONS, RANGE_PREFIX);
	draft_know(d, a->handle_key);
	if (!is_exact(r)) {
		if (key_of_node(r->owner.node, key, e) < 0)
			return -1;
		draft_know(d, key);
	}
	for (enum family f = FAMILY_4; f < N_FAMILIES; f++) {
		if (!r->wanted[f])
			continue;
		if (key_of_affinities(a->owner, f, key, e) < 0)
			return -1;
		draft_know_prefix(d, key, RANGE_PREFIX);
	}
	return 0;
}

/*
 * This host's own blocks are asked for before anything is parsed: nearly every ADD
 * looks into them, and a planning round is dearer than a few keys.  Once the first is
 * known, the planner asks for more only as it needs them.
 */
static int know_own_blocks(struct assign *a, struct err *e)
{
	const struct view *view = a->draft.plan->view;
	char affinities[KEY_TEXT], key[KEY_TEXT];
	const struct record *record;
	struct cidr cidr;

	for (enum family f = FAMILY_4; f < N_FAMILIES; f++) {
		if (!a->request->wanted[f] || is_exact(a->request))
			continue;
		if (key_of_affinities(a->owner, f, affinities, e) < 0)
			return -1;
		for (size_t i = view_first(view, affinities);
		     (record = view_at(view, i, affinities)) &&
		     a->draft.plan->wants.n < OWN_BLOCKS_AHEAD;
		     i++) {
			if (key_cidr(record->key, affinities, &cidr) < 0)
				continue;
			key_of_block(cidr, key);
			if (draft_know(&a->draft, key))
				break;
		}
	}
	return 0;
}

static int name_owner(struct assign *a, struct err *e)
{
	const struct ipam_owner *owner = &a->request->owner;

	if (owner_handle(owner, a->handle_id, e) < 0 ||
	    key_of_handle(a->handle_id, a->handle_key, e) < 0)
		return -1;
	return host_print(owner->node, a->owner, e);
}

static int read_base(struct assign *a, struct err *e)
{
	struct view *view = a->draft.plan->view;

	if (draft_read_config(&a->draft, e) < 0 ||
	    candidates_read(&a->candidates, &a->draft, e) < 0 ||
	    reserved_read(view, &a->reserved, e) < 0 || gateways_read(&a->gateways, view, e) < 0 ||
	    handle_read(view_look_at(view, a->handle_key), &a->handle, e) < 0)
		return -1;
	owner_secondary(&a->request->owner, a->request->now_ns, a->now, &a->secondary);
	a->answer.unreadable_reservations = a->reserved.n_unreadable;
	a->answer.unreadable_reservation = a->reserved.unreadable;
	if (!is_exact(a->request) &&
	    candidates_read_node(&a->candidates, &a->draft, a->request->owner.node, e) < 0)
		return -1;
	return 0;
}

/* The gateway that goes with a held address has to be recorded as with a new one. */
static int answer_held(struct assign *a, struct draft_block *b, struct addr address, struct err *e)
{
	const struct pool *p = candidates_holding(&a->candidates, address, true);

	if (assign_answer(a, p, b->block.cidr, address, e) < 0)
		return -1;
	if (!p)
		return 0;
	if (gateways_add(&a->gateways, a->request, p, e) < 0 ||
	    assign_check_gateway(a, b, e) < 0)
		return -1;
	return gateways_record(&a->gateways, &a->candidates, &a->draft, a->request, p, e);
}

/* What a virtual machine keeps is this pod's now, or will be once it has moved. */
static int take_over(struct assign *a, struct draft_block *b, unsigned ordinal, struct err *e)
{
	const struct ipam_vm *vm = a->request->owner.vm;
	enum family f = block_addr(&b->block, ordinal).family;

	if (block_set_owner(&b->block, ordinal, *vm->migration_uid ? ATTRIBUTE_ALTERNATE
								   : ATTRIBUTE_ACTIVE,
			    &a->secondary, e) < 0)
		return -1;
	a->answer.address[f].prefix_len = family_bits(f);
	b->changed = true;
	return 0;
}

/*
 * A container that comes again, in a new namespace or after a boot, is where it is now: by
 * what its allocation said before it would be taken for gone (ipam/release/reclaim.h).
 */
static int tell_where(struct assign *a, struct draft_block *b, unsigned ordinal, struct err *e)
{
	const struct ipam_owner *owner = &a->request->owner;
	struct secondary where = { .list = { { "boot", owner->boot }, { "netns", owner->netns } },
				   .n = 2 };

	if (owner_is_where(owner, block_attribute(&b->block, ordinal)))
		return 0;
	b->changed = true;
	return block_set_texts(&b->block, ordinal, &where, e);
}

static int take_held(struct assign *a, struct draft_block *b, unsigned ordinal, struct err *e)
{
	return a->request->owner.vm ? take_over(a, b, ordinal, e) : tell_where(a, b, ordinal, e);
}

static int find_held_in(struct assign *a, struct draft_block *b, struct err *e)
{
	const struct ipam_owner *owner = &a->request->owner;

	for (unsigned i = 0; i < b->block.size; i++) {
		struct addr address = block_addr(&b->block, i);
		enum family f = address.family;

		if (!a->request->wanted[f] || a->answer.has[f] ||
		    !owner_holds(owner, a->handle_id, block_attribute(&b->block, i)))
			continue;
		/* It need not be written with what is: that it still is so must hold. */
		changes_guard_key(&a->draft.plan->changes, b->key);
		if (answer_held(a, b, address, e) < 0 || take_held(a, b, i, e) < 0)
			return -1;
		a->answer.held_already[f] = true;
	}
	if (b->changed)
		block_collect(&b->block, a->draft.config.cooldown_s, a->draft.now_ns);
	return 0;
}

/*
 * What another ADD of this container has told the handle and not yet the block is not
 * seen in the block: where the store has no transactions, only a DEL says less.
 */
static void count_held(struct assign *a, struct cidr cidr, unsigned n)
{
	if (a->draft.plan->transactions || n > handle_count(&a->handle, cidr))
		handle_set(&a->handle, cidr, n);
}

/*
 * The handle's count of a block follows from the block, so that a request that
 * broke off between the two is mended by the next.
 */
static int find_held_at(struct assign *a, struct cidr cidr, struct err *e)
{
	struct draft_block *b;
	enum draft_found found;
	char key[KEY_TEXT];

	if (draft_open_block(&a->draft, cidr, &found, &b, e) < 0)
		return -1;
	if (found == DRAFT_NEED)
		return 0;
	if (found == DRAFT_PRESENT) {
		count_held(a, cidr, block_count(&b->block, a->handle_id));
		return find_held_in(a, b, e);
	}
	if (a->gone == GONE_BLOCKS_MAX)
		return 0;
	a->gone++;
	key_of_block(cidr, key);
	changes_guard_key(&a->draft.plan->changes, key);
	count_held(a, cidr, 0);
	return 0;
}

static int find_held(struct assign *a, struct err *e)
{
	for (size_t i = 0; i < a->handle.n; i++) {
		const struct handle_entry *entry = &a->handle.list[i];

		if (entry->names_block && !entry->gone && find_held_at(a, entry->block, e) < 0)
			return -1;
	}
	return 0;
}

static int assign_families(struct assign *a, struct err *e)
{
	bool exact = is_exact(a->request);

	for (enum family f = FAMILY_4; f < N_FAMILIES; f++) {
		if (!a->request->wanted[f] || a->answer.has[f])
			continue;
		if ((exact ? assign_exact(a, f, e) : assign_automatic(a, f, e)) < 0)
			return -1;
	}
	return 0;
}

/* What must not have changed for the choice of pools to stand. */
static int guard_base(struct assign *a, struct err *e)
{
	struct changes *c = &a->draft.plan->changes;
	char key[KEY_TEXT];

	changes_guard_prefix(c, KEY_RESERVATIONS);
	if (is_exact(a->request) && !a->candidates.n_made)
		return 0;
	changes_guard_prefix(c, KEY_POOLS);
	for (unsigned i = 0; i < a->candidates.n_made; i++)
		changes_guard_prefix(c, key_of_blocks(a->candidates.made[i].cidr.base.family));
	for (enum family f = FAMILY_4; f < N_FAMILIES; f++) {
		if (!a->request->wanted[f] || a->answer.held_already[f])
			continue;
		if (key_of_affinities(a->owner, f, key, e) < 0)
			return -1;
		changes_guard_prefix(c, key);
	}
	return 0;
}

static int write_all(struct assign *a, struct err *e)
{
	if (draft_write_handle(&a->draft, a->handle_key, &a->handle, e) < 0)
		return -1;
	changes_ahead(&a->draft.plan->changes);
	if (draft_write_blocks(&a->draft, e) < 0)
		return -1;
	return guard_base(a, e);
}

static bool all_held(const struct assign *a)
{
	for (enum family f = FAMILY_4; f < N_FAMILIES; f++)
		if (a->request->wanted[f] && !a->answer.has[f])
			return false;
	return true;
}

/* False when exact addresses turn out to be this very request's, committed before. */
static bool took_any(const struct assign *a)
{
	for (unsigned i = 0; i < a->draft.n_blocks; i++)
		if (a->draft.blocks[i]->taken)
			return true;
	return false;
}

/* Of what is held is written whose it is now, and a gateway that was not recorded yet. */
static int finish_held(struct assign *a, struct err *e)
{
	struct plan *p = a->draft.plan;

	if (draft_write_blocks(&a->draft, e) < 0)
		return -1;
	p->kind = p->changes.n ? PLAN_COMMIT : PLAN_DONE;
	return p->changes.n ? guard_base(a, e) : 0;
}

static bool moves_here(const struct assign *a)
{
	const struct ipam_vm *vm = a->request->owner.vm;

	return vm && *vm->migration_uid;
}

/* A virtual machine brings its addresses along, and gets no others. */
static int finish_move(struct assign *a, struct err *e)
{
	if (!a->answer.has[FAMILY_4] && !a->answer.has[FAMILY_6])
		return err_set(e, ERR_NOT_FOUND, "migration target pod but no IP allocated to VMI "
			       "handle %s: start the virtual machine first", a->handle_id);
	a->answer.no_routes = true;
	return finish_held(a, e);
}

static int hold_or_assign(struct assign *a, struct err *e)
{
	struct plan *p = a->draft.plan;

	p->kind = PLAN_NEED;
	if (name_owner(a, e) < 0 || know_base(a, e) < 0)
		return -1;
	if (draft_needs(&a->draft))
		return 0;
	if (know_own_blocks(a, e) < 0)
		return -1;
	if (draft_needs(&a->draft))
		return 0;
	if (read_base(a, e) < 0)
		return -1;
	if ((!is_exact(a->request) || a->request->owner.vm) && find_held(a, e) < 0)
		return -1;
	if (draft_needs(&a->draft))
		return 0;
	if (moves_here(a))
		return finish_move(a, e);
	if (all_held(a))
		return finish_held(a, e);
	if (assign_families(a, e) < 0)
		return -1;
	p->kind = draft_needs(&a->draft) ? PLAN_NEED : PLAN_COMMIT;
	if (p->kind == PLAN_NEED)
		return 0;
	if (!took_any(a)) {
		p->kind = PLAN_DONE;
		return 0;
	}
	return write_all(a, e);
}

int plan_assign(struct plan *p, const struct ipam_assign_request *request,
		struct ipam_assign_answer *ret_answer, struct err *e)
{
	struct assign a __cleanup(assign_done) = {0};
	int rc;

	a.request = request;
	draft_init(&a.draft, p, a.request->now_ns);
	rc = hold_or_assign(&a, e);
	if (rc == 0)
		*ret_answer = a.answer;
	return rc;
}

int assign_in_loop(struct loop *loop, struct datastore *ds,
		   const struct ipam_assign_request *request,
		   struct ipam_assign_answer *ret_answer)
{
	struct ipam_assign_answer answer = {0};

	loop_init(loop, ds);
	loop_recall(loop, &request->owner, NULL);
	while (loop_goes_on(loop))
		loop_turn(loop, plan_assign(&loop->plan, request, &answer, &loop->error));
	if (loop->state != LOOP_DONE)
		return -1;
	*ret_answer = answer;
	return 0;
}

int ipam_assign(struct datastore *ds, const struct ipam_assign_request *request,
		struct ipam_assign_answer *ret_answer, struct err *e)
{
	struct loop loop __cleanup(loop_done) = {0};

	assign_in_loop(&loop, ds, request, ret_answer);
	return loop_result_to_repeat(&loop, e);
}

int ipam_would_assign(struct datastore *ds, const struct ipam_assign_request *request,
		      struct err *e)
{
	struct loop loop __cleanup(loop_done) = {0};
	struct ipam_assign_answer ignored = {0};

	loop_init(&loop, ds);
	loop.plan.rehearsal = true;
	while (loop_goes_on(&loop))
		loop_turn(&loop, plan_assign(&loop.plan, request, &ignored, &loop.error));
	return loop_result_in_store(&loop, e);
}
