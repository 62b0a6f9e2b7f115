/* SPDX-License-Identifier: Apache-2.0 */
/* Release by address, with handle and sequence number (docs/DATA-MODEL.md 11). */
#include "ipam/release/release.h"
#include "ipam/request/candidates.h"
#include "ipam/release/empty_block.h"
#include "ipam/request/draft.h"
#include "ipam/request/loop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct named_handle {
	char key[KEY_TEXT];
	struct handle handle; /* owned */
};

struct release {
	struct draft draft;
	const struct release_addresses_request *request;
	unsigned n; /* of its list, in this plan */
	struct candidates candidates; /* owned */
	struct draft_block *block[IPAM_RELEASE_MAX]; /* of each address; NULL: none */
	bool done[IPAM_RELEASE_MAX]; /* by a commit whose answer was lost */
	struct named_handle *handles[IPAM_RELEASE_MAX]; /* owned */
	unsigned n_handles;
};

static void release_done(struct release *r)
{
	draft_done(&r->draft);
	candidates_done(&r->candidates);
	for (unsigned i = 0; i < r->n_handles; i++) {
		handle_done(&r->handles[i]->handle);
		free(r->handles[i]);
	}
}

static int open_blocks(struct release *r, struct err *e)
{
	for (unsigned i = 0; i < r->n; i++) {
		struct draft_block *b;
		enum draft_found found;
		struct cidr cidr;

		r->block[i] = NULL;
		if (candidates_locate_block(&r->candidates, &r->draft, r->request->list[i].addr,
					    &cidr) <= 0)
			continue;
		if (draft_open_block(&r->draft, cidr, &found, &b, e) < 0)
			return -1;
		if (found == DRAFT_PRESENT)
			r->block[i] = b;
	}
	return 0;
}

static const struct attribute *attribute_of(const struct release *r, unsigned i)
{
	const struct draft_block *b = r->block[i];

	return b ? block_attribute(&b->block, block_ordinal(&b->block, r->request->list[i].addr))
		 : NULL;
}

static uint64_t sequence_of(const struct release *r, unsigned i)
{
	const struct draft_block *b = r->block[i];

	return b ? block_sequence_of(&b->block,
				     block_ordinal(&b->block, r->request->list[i].addr))
		 : 0;
}

/* What was to be released is gone: by an earlier commit, or by its holder meanwhile. */
static bool is_done(const struct release *r, unsigned i)
{
	const struct attribute *attribute = attribute_of(r, i);
	const struct release_meant *meant = &r->request->meant[i];

	return plan_may_stand(r->draft.plan) && meant->it &&
	       (!attribute || attribute_is_released(attribute) ||
		sequence_of(r, i) != meant->sequence);
}

static enum ipam_release_result judge(const struct release *r, unsigned i)
{
	const struct ipam_release_address *a = &r->request->list[i];
	const struct draft_block *b = r->block[i];
	const struct attribute *attribute = attribute_of(r, i);

	if (r->done[i])
		return IPAM_RELEASED;
	if (b && a->has_sequence && sequence_of(r, i) != a->sequence)
		return IPAM_CONFLICT;
	if (!attribute || attribute_is_released(attribute))
		return IPAM_UNALLOCATED;
	if (a->handle && !attribute_has_handle(attribute, a->handle))
		return IPAM_CONFLICT;
	return IPAM_RELEASED;
}

static void note_meant(struct release *r, unsigned i)
{
	struct release_meant *meant = &r->request->meant[i];
	const char *id = attribute_handle(attribute_of(r, i));

	meant->it = r->request->list[i].result == IPAM_RELEASED;
	meant->sequence = sequence_of(r, i);
	meant->handle[0] = '\0';
	if (!r->block[i] || !id)
		return;
	meant->block = r->block[i]->block.cidr;
	snprintf(meant->handle, sizeof(meant->handle), "%.*s", (int)strcspn(id, "\r"), id);
}

static void judge_all(struct release *r)
{
	struct ipam_release_address *list = r->request->list;

	for (unsigned i = 0; i < r->n; i++) {
		r->done[i] = is_done(r, i);
		list[i].result = judge(r, i);
		if (!r->done[i])
			note_meant(r, i);
	}
}

static bool is_to_release(const struct release *r, unsigned i)
{
	return r->request->list[i].result == IPAM_RELEASED && !r->done[i];
}

/* Not every handle that a block names can have a record; its addresses can be freed. */
static bool has_key(const char *id, char key[KEY_TEXT])
{
	struct err ignored = { 0 };

	return key_of_handle(id, key, &ignored) == 0;
}

static int open_handle(struct release *r, const char *id, struct named_handle **ret, struct err *e)
{
	struct named_handle *h;
	char key[KEY_TEXT];

	*ret = NULL;
	if (!has_key(id, key))
		return 0;
	for (unsigned i = 0; i < r->n_handles; i++) {
		if (strcmp(r->handles[i]->key, key) == 0) {
			*ret = r->handles[i];
			return 0;
		}
	}
	if (!draft_know(&r->draft, key))
		return 0;
	h = calloc(1, sizeof(*h));
	if (!h)
		return err_set(e, ERR_INTERNAL, "out of memory");
	memcpy(h->key, key, sizeof(key));
	if (handle_read(view_look_at(r->draft.plan->view, key), &h->handle, e) < 0) {
		free(h);
		return -1;
	}
	r->handles[r->n_handles++] = h;
	*ret = h;
	return 0;
}

/* Where the store has no transactions, what released the address may not have told it. */
static bool is_handle_wanted(const struct release *r, unsigned i)
{
	return is_to_release(r, i) || (r->done[i] && !r->draft.plan->transactions);
}

/* Reads the handles of all that will be released, so that they are asked for at once. */
static int open_handles(struct release *r, struct err *e)
{
	struct named_handle *h;

	for (unsigned i = 0; i < r->n; i++) {
		const char *id = r->request->meant[i].handle;

		if (is_handle_wanted(r, i) && *id && open_handle(r, id, &h, e) < 0)
			return -1;
	}
	return 0;
}

static int release_one(struct release *r, unsigned i, struct err *e)
{
	struct draft_block *b = r->block[i];
	unsigned ordinal = block_ordinal(&b->block, r->request->list[i].addr), attribute;

	if (block_begin_release(&b->block, r->draft.now_ns, &attribute, e) < 0)
		return -1;
	block_release(&b->block, ordinal, attribute);
	block_set_sequence_of(&b->block, ordinal, b->block.sequence);
	b->changed = true;
	return 0;
}

/* What an earlier commit released in: the block may be gone with it, and have come again. */
static int settle_released(struct release *r, struct named_handle *h, struct err *e)
{
	const char *id = h->key + strlen(KEY_HANDLES);
	struct draft_block *b;
	enum draft_found found;

	for (unsigned i = 0; i < r->n; i++) {
		const struct release_meant *meant = &r->request->meant[i];

		if (!r->done[i] || strcmp(meant->handle, id) != 0 ||
		    !handle_count(&h->handle, meant->block))
			continue;
		if (draft_open_block(&r->draft, meant->block, &found, &b, e) < 0)
			return -1;
		if (found == DRAFT_ABSENT && draft_block_stays_gone(&r->draft, meant->block,
								    h->key))
			handle_set(&h->handle, meant->block, 0);
	}
	return 0;
}

/* The handle shall say what the block does. */
static void settle_handle(struct release *r, struct named_handle *h)
{
	const char *id = h->key + strlen(KEY_HANDLES);

	for (unsigned i = 0; i < r->draft.n_blocks; i++) {
		struct draft_block *b = r->draft.blocks[i];
		unsigned n = block_count(&b->block, id);
		int64_t said = handle_count(&h->handle, b->block.cidr);

		if (said && said != n)
			draft_fence_block(&r->draft, b);
		if (!said)
			continue;
		/* It may have been read before the handle, and need not be written. */
		changes_guard_key(&r->draft.plan->changes, b->key);
		handle_set(&h->handle, b->block.cidr, n);
	}
}

static int release_all(struct release *r, struct err *e)
{
	for (unsigned i = 0; i < r->n; i++)
		if (is_to_release(r, i) && release_one(r, i, e) < 0)
			return -1;
	for (unsigned i = 0; i < r->n_handles; i++)
		if (settle_released(r, r->handles[i], e) < 0)
			return -1;
	for (unsigned i = 0; i < r->n_handles; i++)
		settle_handle(r, r->handles[i]);
	for (unsigned i = 0; i < r->draft.n_blocks; i++) {
		struct draft_block *b = r->draft.blocks[i];

		if (!b->changed)
			continue;
		block_collect(&b->block, r->draft.config.cooldown_s, r->draft.now_ns);
		if (empty_block_finish(&r->draft, &r->candidates, b, e) < 0)
			return -1;
	}
	return draft_write_blocks(&r->draft, e);
}

static int write_handle(struct release *r, struct named_handle *h, struct err *e)
{
	if (!view_look_at(r->draft.plan->view, h->key))
		return 0;
	return draft_write_handle(&r->draft, h->key, &h->handle, e);
}

static int release_listed(struct release *r, struct err *e)
{
	struct plan *p = r->draft.plan;

	p->kind = PLAN_NEED;
	draft_know(&r->draft, KEY_CONFIG);
	draft_know_prefix(&r->draft, KEY_POOLS, RANGE_PREFIX);
	if (draft_needs(&r->draft))
		return 0;
	if (draft_read_config_if_sound(&r->draft, e) < 0 ||
	    candidates_read(&r->candidates, &r->draft, e) < 0 || open_blocks(r, e) < 0)
		return -1;
	if (draft_needs(&r->draft))
		return 0;
	judge_all(r);
	if (open_handles(r, e) < 0)
		return -1;
	if (draft_needs(&r->draft))
		return 0;
	if (release_all(r, e) < 0)
		return -1;
	for (unsigned i = 0; i < r->n_handles; i++)
		if (write_handle(r, r->handles[i], e) < 0)
			return -1;
	if (draft_needs(&r->draft))
		return 0;
	p->kind = p->changes.n ? PLAN_COMMIT : PLAN_DONE;
	return 0;
}

int plan_release_addresses(struct plan *p, const struct release_addresses_request *request,
			   struct release_addresses_answer *ret_answer, struct err *e)
{
	struct release r __cleanup(release_done) = {0};

	r.request = request;
	r.n = plan_part(p, request->n < IPAM_RELEASE_MAX ? request->n : IPAM_RELEASE_MAX);
	draft_init(&r.draft, p, request->now_ns);
	if (release_listed(&r, e) < 0)
		return -1;
	ret_answer->n = r.n;
	return 0;
}

static int release_addresses_part(struct datastore *ds, struct ipam_release_address *list,
				  unsigned n, unsigned *most, unsigned *done, struct err *e)
{
	struct release_meant meant[IPAM_RELEASE_MAX] = {0};
	struct release_addresses_request request = { list, n, clock_now_ns(), meant };
	struct release_addresses_answer answer = {0};
	struct loop loop __cleanup(loop_done) = {0};

	loop_init(&loop, ds);
	loop.plan.most = *most;
	while (loop_goes_on(&loop))
		loop_turn(&loop, plan_release_addresses(&loop.plan, &request, &answer,
							&loop.error));
	*most = loop.plan.most;
	*done += answer.n;
	return loop_result_to_repeat(&loop, e);
}

int ipam_release_addresses(struct datastore *ds, struct ipam_release_address *list, unsigned n,
			   void (*progress)(unsigned done, unsigned n), unsigned *ret_done,
			   struct err *e)
{
	unsigned most = 0, done = 0;

	while (done < n) {
		*ret_done = done;
		if (release_addresses_part(ds, list + done, n - done, &most, &done, e) < 0)
			return -1;
		if (progress)
			progress(done, n);
	}
	*ret_done = n;
	return 0;
}
