/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/audit/repair.h"

#include "ipam/request/draft.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct repair {
	struct draft draft;
	const struct repair_request *request;
	struct repair_answer answer;
	char handle_key[KEY_TEXT]; /* of plan_handle() */
};

static void repair_done(struct repair *m)
{
	draft_done(&m->draft);
}

static void __printf_like(3, 4) tell(struct repair *m, enum problem_kind kind, const char *fmt, ...)
{
	struct repair_answer *a = &m->answer;
	va_list ap;

	if (a->n == REPAIR_FAULTS_MAX)
		return;
	a->faults[a->n].kind = kind;
	va_start(ap, fmt);
	vsnprintf(a->faults[a->n].text, sizeof(a->faults[a->n].text), fmt, ap);
	va_end(ap);
	a->n++;
}

static void tell_block(enum problem_kind kind, const char *text, void *arg)
{
	if (problem_is_repairable(kind))
		tell(arg, kind, "%s", text);
}

/* Reads a block that the commit is guarded by; *ret_there false: it does not exist. */
static int look_at_block(struct repair *m, struct cidr cidr, struct block *ret, bool *ret_there,
			 struct err *e)
{
	const struct record *record;
	char key[KEY_TEXT];

	key_of_block(cidr, key);
	record = view_look_at(m->draft.plan->view, key);
	changes_guard_key(&m->draft.plan->changes, key);
	*ret_there = record != NULL;
	return record ? block_read(record, ret, e) : 0;
}

/*
 * As draft_fence_block(), for a block that is written back as it was read; and whatever the
 * store: Calico's own plugin writes handle and block one after the other in etcd too.
 */
static int fence_block(struct repair *m, struct block *b, struct err *e)
{
	struct buf text __cleanup(buf_done) = BUF(DRAFT_VALUE_MAX);
	char key[KEY_TEXT];

	key_of_block(b->cidr, key);
	block_touch(b);
	block_print(b, &text);
	return draft_put(&m->draft, key, &text, e);
}

/* The block's count in the handle, made right. */
static int mend_count(struct repair *m, struct handle *h, struct cidr cidr, struct err *e)
{
	struct block b __cleanup(block_done) = { 0 };
	int64_t said = handle_count(h, cidr);
	char text[CIDR_TEXT];
	unsigned held;
	bool there;

	if (look_at_block(m, cidr, &b, &there, e) < 0)
		return -1;
	if (!there && said && !draft_block_stays_gone(&m->draft, cidr, m->handle_key))
		return 0;
	cidr_print(cidr, text);
	held = there ? block_count(&b, m->request->handle) : 0;
	if (!there && said)
		tell(m, PROBLEM_HANDLE_BLOCK, "names block %s, which does not exist", text);
	else if (said != held)
		tell(m, PROBLEM_HANDLE_COUNT, "counts %" PRId64 " addresses in %s, which holds %u",
		     said, text, held);
	handle_set(h, cidr, held);
	return there && said > held ? fence_block(m, &b, e) : 0;
}

static bool know_block(struct repair *m, struct cidr cidr)
{
	char key[KEY_TEXT];

	key_of_block(cidr, key);
	return draft_know(&m->draft, key);
}

/* For a commit without transactions, what the record names is read after it. */
static void know_presumed_blocks(struct repair *m)
{
	const struct repair_request *r = m->request;
	bool beside = m->draft.plan->transactions || m->draft.plan->rehearsal;

	for (unsigned i = 0; i < r->n_blocks; i++)
		know_block(m, r->blocks[i]);
	for (unsigned i = 0; beside && i < r->n_named; i++)
		know_block(m, r->named[i]);
}

static void know_named_blocks(struct repair *m, const struct handle *h)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->list[i].names_block && !h->list[i].gone)
			know_block(m, h->list[i].block);
}

static int mend_named_blocks(struct repair *m, struct handle *h, struct err *e)
{
	for (size_t i = 0; i < h->n; i++) {
		struct handle_entry *entry = &h->list[i];

		if (entry->gone)
			continue;
		/* What is no block in Calico's spelling can only be dropped. */
		if (!entry->canonical) {
			tell(m, PROBLEM_HANDLE_BLOCK, "names \"%.60s\", which is no block",
			     handle_entry_name(entry));
			entry->gone = true;
		} else if (mend_count(m, h, entry->block, e) < 0) {
			return -1;
		}
	}
	return 0;
}

/* A handle without any address, and one without a record, are one fault each. */
static void sum_up_handle(struct repair *m, const struct handle *h, bool there)
{
	unsigned faults = m->answer.n;
	int64_t held = 0;

	for (size_t i = 0; i < h->n; i++)
		held += h->list[i].gone ? 0 : h->list[i].count;
	if (there && handle_is_empty(h)) {
		m->answer.n = 0;
		tell(m, PROBLEM_HANDLE_LEAKED, "no address is held through it");
	} else if (!there && faults) {
		m->answer.n = 0;
		tell(m, PROBLEM_HANDLE_MISSING, "holds %" PRId64 " addresses and has no record",
		     held);
	}
}

static int plan_handle(struct repair *m, struct err *e)
{
	struct handle h __cleanup(handle_done) = { 0 };
	const struct repair_request *r = m->request;
	const struct record *record;

	if (key_of_handle(r->handle, m->handle_key, e) < 0)
		return -1;
	know_presumed_blocks(m);
	if (!draft_know(&m->draft, m->handle_key))
		return 0;
	record = view_look_at(m->draft.plan->view, m->handle_key);
	if (handle_read(record, &h, e) < 0)
		return -1;
	m->answer.revision = record ? record->revision : 0;
	know_named_blocks(m, &h);
	if (draft_needs(&m->draft))
		return 0;
	if (mend_named_blocks(m, &h, e) < 0)
		return -1;
	for (unsigned i = 0; i < r->n_blocks; i++)
		if (mend_count(m, &h, r->blocks[i], e) < 0)
			return -1;
	if (draft_needs(&m->draft))
		return 0;
	sum_up_handle(m, &h, record != NULL);
	return m->answer.n ? draft_write_handle(&m->draft, m->handle_key, &h, e) : 0;
}

static int open_block(struct repair *m, struct draft_block **ret, struct err *e)
{
	enum draft_found found;

	if (draft_read_config(&m->draft, e) < 0 ||
	    draft_open_block(&m->draft, m->request->block, &found, ret, e) < 0)
		return -1;
	if (found != DRAFT_PRESENT)
		*ret = NULL;
	return 0;
}

static int mend_affinity(struct repair *m, const char *key, const struct record *affinity,
			 struct draft_block *b, struct err *e)
{
	const char *owner = m->request->owner;
	enum affinity_state state;

	if (affinity && affinity_read(affinity, &state, e) < 0)
		return -1;
	if (!affinity && b && block_is_owned_by(&b->block, owner)) {
		tell(m, PROBLEM_AFFINITY_MISSING,
		     "the block belongs to %.128s, which has no record "
		     "of it",
		     owner);
		return draft_put_affinity(&m->draft, key, AFFINITY_CONFIRMED, e);
	}
	if (!affinity)
		return 0;
	if (!b || !block_is_owned_by(&b->block, owner)) {
		if (!b)
			tell(m, PROBLEM_AFFINITY_NO_BLOCK, "its block does not exist");
		else
			tell(m, PROBLEM_AFFINITY_FOREIGN, "its block belongs to %.128s",
			     b->block.affinity ? b->block.affinity : "nobody");
		changes_delete(&m->draft.plan->changes, key);
		return 0;
	}
	if (state == AFFINITY_CONFIRMED ||
	    !block_is_older_than(&b->block, PROBLEM_AGE_S * 1000000000LL, m->request->now_ns))
		return 0;
	tell(m, PROBLEM_AFFINITY_STATE, "is %s, though its block was claimed at %.40s",
	     state == AFFINITY_PENDING ? "pending" : "pendingDeletion",
	     b->block.claim_time ? b->block.claim_time : "an unknown time");
	return draft_confirm_block(&m->draft, b, owner, e);
}

static int plan_affinity(struct repair *m, struct err *e)
{
	const struct repair_request *r = m->request;
	char key[KEY_TEXT], block_key[KEY_TEXT];
	struct draft_block *b;

	if (key_of_affinity(r->owner, r->block, key, e) < 0)
		return -1;
	key_of_block(r->block, block_key);
	draft_know(&m->draft, KEY_CONFIG);
	draft_know(&m->draft, key);
	draft_know(&m->draft, block_key);
	if (draft_needs(&m->draft))
		return 0;
	changes_guard_key(&m->draft.plan->changes, block_key);
	if (open_block(m, &b, e) < 0)
		return -1;
	return mend_affinity(m, key, view_look_at(m->draft.plan->view, key), b, e);
}

static int plan_block(struct repair *m, struct err *e)
{
	struct block raw __cleanup(block_done) = { 0 };
	struct draft_block *b;
	bool there;

	draft_know(&m->draft, KEY_CONFIG);
	know_block(m, m->request->block);
	if (draft_needs(&m->draft))
		return 0;
	if (look_at_block(m, m->request->block, &raw, &there, e) < 0 || open_block(m, &b, e) < 0)
		return -1;
	if (!there || !b)
		return 0;
	block_tell_problems(&raw, m->request->now_ns, tell_block, m);
	if (!m->answer.n)
		return 0;
	block_repair_unallocated(&b->block);
	b->changed = true;
	return draft_write_blocks(&m->draft, e);
}

int plan_repair(struct plan *p, const struct repair_request *request,
		struct repair_answer *ret_answer, struct err *e)
{
	static int (*const plans[])(struct repair *, struct err *) = {
		[REPAIR_HANDLE] = plan_handle,
		[REPAIR_AFFINITY] = plan_affinity,
		[REPAIR_BLOCK] = plan_block,
	};
	struct repair m __cleanup(repair_done) = { .request = request };

	draft_init(&m.draft, p, request->now_ns);
	if (plans[request->subject](&m, e) < 0)
		return -1;
	plan_conclude(p);
	/* A commit may have mended it, its answer lost: what was told before still holds. */
	if (p->kind == PLAN_COMMIT || !plan_may_stand(p))
		*ret_answer = m.answer;
	return 0;
}
