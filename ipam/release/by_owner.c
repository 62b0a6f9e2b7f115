/* SPDX-License-Identifier: Apache-2.0 */
/* DEL: what the handle holds for this owner, in one commit if it can be (docs/DATA-MODEL.md 11). */
#include "ipam/release/release.h"
#include "ipam/request/candidates.h"
#include "ipam/release/empty_block.h"
#include "ipam/request/draft.h"
#include "ipam/request/loop.h"

#include <stdio.h>
#include <string.h>

enum { NEW_HANDLE, OLD_HANDLE };

struct held {
	const char *id; /* NULL: not asked for */
	char key[KEY_TEXT];
	bool there;
	bool changed;
	struct handle handle; /* owned */
};

struct release {
	struct draft draft;
	const struct ipam_release_request *request;
	const struct release_request *part;
	char handle_id[IPAM_HANDLE_MAX + 1];
	struct held held[RELEASE_HANDLES];
	struct candidates candidates; /* owned */
	unsigned most, looked_into; /* blocks */
	struct release_answer answer;
};

static void release_done(struct release *r)
{
	draft_done(&r->draft);
	candidates_done(&r->candidates);
	for (unsigned h = 0; h < RELEASE_HANDLES; h++)
		handle_done(&r->held[h].handle);
}

static int name_handles(struct release *r, struct err *e)
{
	const char *older = r->request->old_handle;

	if (owner_handle(&r->request->owner, r->handle_id, e) < 0)
		return -1;
	if (older && strlen(older) > IPAM_HANDLE_MAX)
		return err_set(e, ERR_LIMIT, "handle id is longer than %d bytes", IPAM_HANDLE_MAX);
	r->held[NEW_HANDLE].id = r->handle_id;
	r->held[OLD_HANDLE].id = older;
	return 0;
}

static int know_base(struct release *r, struct err *e)
{
	const struct ipam_owner *owner = &r->request->owner;
	struct draft *d = &r->draft;
	char key[KEY_TEXT];

	if (name_handles(r, e) < 0)
		return -1;
	draft_know(d, KEY_CONFIG);
	plan_may_ask_prefix(d->plan, KEY_POOLS, RANGE_PREFIX);
	for (unsigned h = 0; h < RELEASE_HANDLES; h++) {
		if (!r->held[h].id)
			continue;
		if (key_of_handle(r->held[h].id, r->held[h].key, e) < 0)
			return -1;
		draft_know(d, r->held[h].key);
	}
	if (!d->plan->one_node && *owner->node) {
		if (key_of_node(owner->node, key, e) < 0)
			return -1;
		draft_know(d, key);
	}
	return 0;
}

static int read_base(struct release *r, struct err *e)
{
	struct view *view = r->draft.plan->view;

	if (draft_read_config_if_sound(&r->draft, e) < 0)
		return -1;
	for (unsigned h = 0; h < RELEASE_HANDLES; h++) {
		struct held *held = &r->held[h];
		const struct record *record;

		if (!held->id)
			continue;
		record = view_look_at(view, held->key);
		held->there = record != NULL;
		changes_guard_key(&r->draft.plan->changes, held->key);
		if (handle_read(record, &held->handle, e) < 0)
			return -1;
	}
	return 0;
}

static bool is_to_release(const struct release *r, const struct held *held,
			  const struct attribute *a)
{
	if (r->request->unowned && (attribute_has_owner(a, ATTRIBUTE_ACTIVE) ||
				    attribute_has_owner(a, ATTRIBUTE_ALTERNATE)))
		return false;
	if (r->request->before_ns && !owner_assigned_before(a, r->request->before_ns))
		return false;
	return owner_holds(&r->request->owner, held->id, a) &&
	       (!r->request->assigned_ns || owner_assigned_at(a, r->request->assigned_ns));
}

static int release_in_block(struct release *r, struct held *held, struct draft_block *b,
			    struct err *e)
{
	unsigned attribute = 0, released = 0, left;

	for (unsigned i = 0; i < b->block.size; i++) {
		const struct attribute *a = block_attribute(&b->block, i);

		if (!is_to_release(r, held, a))
			continue;
		if (!released && block_begin_release(&b->block, r->draft.now_ns, &attribute, e) < 0)
			return -1;
		block_release(&b->block, i, attribute);
		released++;
	}
	if (released) {
		block_collect(&b->block, r->draft.config.cooldown_s, r->draft.now_ns);
		b->changed = true;
		r->answer.of_this.released += released;
	}
	left = block_count(&b->block, held->id);
	if (!left || handle_count(&held->handle, b->block.cidr) != left) {
		handle_set(&held->handle, b->block.cidr, left);
		held->changed = true;
		draft_fence_block(&r->draft, b);
	}
	return 0;
}

static int release_at(struct release *r, struct held *held, struct cidr cidr, struct err *e)
{
	struct draft_block *b;
	enum draft_found found;
	char key[KEY_TEXT];

	if (draft_open_block(&r->draft, cidr, &found, &b, e) < 0)
		return -1;
	if (found == DRAFT_PRESENT)
		return release_in_block(r, held, b, e);
	if (found == DRAFT_ABSENT && draft_block_stays_gone(&r->draft, cidr, held->key)) {
		key_of_block(cidr, key);
		changes_guard_key(&r->draft.plan->changes, key);
		handle_set(&held->handle, cidr, 0);
		held->changed = true;
	}
	return 0;
}

/* What names no block holds nothing; what names one in another spelling is settled with it. */
static int release_handle(struct release *r, unsigned h, struct err *e)
{
	struct held *held = &r->held[h];

	handle_sort(&held->handle);
	for (size_t i = 0; i < held->handle.n; i++) {
		struct handle_entry *entry = &held->handle.list[i];
		const char *name = handle_entry_name(entry);
		struct cidr cidr = entry->block;

		if (entry->gone || (entry->names_block && strcmp(name, r->part->after[h]) <= 0))
			continue;
		if (entry->names_block && r->looked_into++ == r->most) {
			r->answer.more = true;
			return 0;
		}
		if (!entry->canonical) {
			entry->gone = true;
			held->changed = true;
		}
		if (!entry->names_block)
			continue;
		snprintf(r->answer.last[h], CIDR_TEXT, "%s", name);
		if (release_at(r, held, cidr, e) < 0)
			return -1;
	}
	return 0;
}

static int write_all(struct release *r, struct err *e)
{
	for (unsigned i = 0; i < r->draft.n_blocks; i++)
		if (empty_block_finish(&r->draft, &r->candidates, r->draft.blocks[i], e) < 0)
			return -1;
	if (draft_write_blocks(&r->draft, e) < 0)
		return -1;
	for (unsigned h = 0; h < RELEASE_HANDLES; h++) {
		struct held *held = &r->held[h];

		if (held->there && (held->changed || handle_is_empty(&held->handle)) &&
		    draft_write_handle(&r->draft, held->key, &held->handle, e) < 0)
			return -1;
	}
	return 0;
}

static int release_held(struct release *r, struct err *e)
{
	struct plan *p = r->draft.plan;

	p->kind = PLAN_NEED;
	if (know_base(r, e) < 0)
		return -1;
	if (draft_needs(&r->draft))
		return 0;
	if (read_base(r, e) < 0)
		return -1;
	for (unsigned h = 0; h < RELEASE_HANDLES; h++)
		if (r->held[h].there && !r->answer.more && release_handle(r, h, e) < 0)
			return -1;
	if (draft_needs(&r->draft))
		return 0;
	if (write_all(r, e) < 0)
		return -1;
	if (draft_needs(&r->draft))
		return 0;
	p->kind = p->changes.n ? PLAN_COMMIT : PLAN_DONE;
	return 0;
}

int plan_release(struct plan *p, const struct release_request *request,
		 struct release_answer *ret_answer, struct err *e)
{
	struct release r __cleanup(release_done) = {0};

	r.part = request;
	r.request = r.part->of;
	r.most = plan_part(p, RELEASE_BLOCKS_MAX);
	memcpy(r.answer.last, r.part->after, sizeof(r.answer.last));
	draft_init(&r.draft, p, r.request->now_ns);
	if (release_held(&r, e) < 0)
		return -1;
	r.answer.of_this.handle_was_there = r.held[NEW_HANDLE].there || r.held[OLD_HANDLE].there;
	*ret_answer = r.answer;
	return 0;
}

/* One commit's worth; *most is what that can be, from one part to the next. */
static int release_part(struct datastore *ds, const struct release_request *request,
			unsigned *most, struct release_answer *ret_answer, struct err *e)
{
	const struct ipam_release_request *r = request->of;
	struct loop loop __cleanup(loop_done) = {0};

	loop_init(&loop, ds);
	loop.plan.most = *most;
	loop_recall(&loop, &r->owner, r->old_handle);
	while (loop_goes_on(&loop))
		loop_turn(&loop, plan_release(&loop.plan, request, ret_answer, &loop.error));
	*most = loop.plan.most;
	return loop_result_in_store(&loop, e);
}

int ipam_release(struct datastore *ds, const struct ipam_release_request *request,
		 struct ipam_release_answer *ret_answer, struct err *e)
{
	struct release_request part = { .of = request };
	struct ipam_release_answer sum = {0};
	struct release_answer answer = { .more = true };
	unsigned most = 0;

	while (answer.more) {
		if (release_part(ds, &part, &most, &answer, e) < 0)
			return -1;
		sum.released += answer.of_this.released;
		sum.handle_was_there |= answer.of_this.handle_was_there;
		memcpy(part.after, answer.last, sizeof(part.after));
	}
	*ret_answer = sum;
	return 0;
}
