/* SPDX-License-Identifier: Apache-2.0 */
/* What seemed to disagree is looked at once more, as of one moment each. */
#include "ipam/audit/auditing.h"

#include "ipam/audit/repair.h"
#include "ipam/record/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int read_block_at(struct datastore *ds, struct view *view, struct cidr cidr,
			 struct block *ret, bool *ret_there, struct err *e)
{
	struct wants wants __cleanup(wants_done) = {0};
	const struct record *record;
	char key[KEY_TEXT];

	key_of_block(cidr, key);
	wants_add(&wants, key, RANGE_KEY);
	if (!view_knows(view, key)) {
		view_reset(view);
		if (datastore_read(ds, view, &wants, e) < 0)
			return -1;
	}
	record = view_peek(view, key);
	*ret_there = record != NULL;
	return record ? block_read(record, ret, e) : 0;
}

/* The id of a suspect of which only the hash is known; untouched if it is not there. */
static int name_suspect(struct auditing *a, struct view *view, struct audit_index_suspect *s,
			struct err *e)
{
	struct block b __cleanup(block_done) = { 0 };
	bool there;

	if (read_block_at(a->ds, view, s->block, &b, &there, e) < 0)
		return -1;
	for (unsigned i = 0; !s->handle && i < b.n_attributes; i++) {
		const char *handle = attribute_handle(&b.attributes[i]);

		if (!handle || audit_index_hash(handle) != s->hash)
			continue;
		s->handle = strndup(handle, strcspn(handle, "\r"));
		a->failed |= !s->handle;
	}
	return 0;
}

static int key_of_suspect(const struct audit_index_suspect *s, char key[KEY_TEXT], struct err *e)
{
	return s->owner ? key_of_affinity(s->owner, s->block, key, e)
			: key_of_handle(s->handle, key, e);
}

static void keep_suspect(struct auditing *a, struct audit_finding *f,
			 const struct audit_index_suspect *s, const struct repair_request *request)
{
	f->handle = auditing_copy(a, s->handle);
	f->owner = auditing_copy(a, s->owner);
	f->block = s->block;
	if (!request->n_blocks)
		return;
	f->blocks = malloc(request->n_blocks * sizeof(*f->blocks));
	if (!f->blocks) {
		a->failed = true;
		return;
	}
	memcpy(f->blocks, request->blocks, request->n_blocks * sizeof(*f->blocks));
	f->n_blocks = request->n_blocks;
}

static int examine_by(struct auditing *a, struct audit_index_suspect *s,
		      const struct repair_request *request, struct err *e)
{
	struct repair_answer answer;
	struct audit_finding *f;
	char key[KEY_TEXT];

	if (key_of_suspect(s, key, e) < 0 || ipam_examine(a->ds, request, &answer, e) < 0)
		return -1;
	for (unsigned i = 0; i < answer.n; i++) {
		f = auditing_find_record(a, answer.faults[i].kind, key, answer.faults[i].text);
		if (!f)
			continue;
		keep_suspect(a, f, s, request);
		f->revision = answer.revision;
		f->uid = auditing_copy(a, *answer.uid ? answer.uid : NULL);
	}
	return 0;
}

static int examine(struct auditing *a, struct audit_index_suspect *s, struct err *e)
{
	struct repair_request request = {
		.subject = s->owner ? REPAIR_AFFINITY : REPAIR_HANDLE,
		.handle = s->handle, .owner = s->owner, .block = s->block,
		.now_ns = a->options->now_ns,
	};
	struct cidr *blocks = NULL;
	int rc;

	if (!s->owner && audit_index_blocks_of(&a->index, s->hash, &blocks, &request.n_blocks) < 0)
		return err_set(e, ERR_INTERNAL, "out of memory");
	request.blocks = blocks;
	rc = examine_by(a, s, &request, e);
	free(blocks);
	return rc;
}

/* What cannot be judged because a record does not parse is left: that is told already. */
static bool is_unjudged(struct err *e)
{
	if (e->kind != ERR_CORRUPT && e->kind != ERR_DECODE && e->kind != ERR_CONFIG &&
	    e->kind != ERR_LIMIT)
		return false;
	err_reset(e);
	return true;
}

static int examine_suspects(struct auditing *a, struct err *e)
{
	struct audit_index *l = &a->index;
	struct view view __cleanup(view_done) = {0};

	if (l->n_suspects)
		deadline_sleep_ms(deadline_in_ms(a->options->patience_ms),
				  a->options->patience_ms);
	for (size_t i = 0; i < l->n_suspects; i++) {
		struct audit_index_suspect *s = &l->suspects[i];

		auditing_progress(a, "suspicions examined", i, l->n_suspects);
		if (!s->owner && !s->handle && name_suspect(a, &view, s, e) < 0 &&
		    !is_unjudged(e))
			return -1;
		if (!s->owner && !s->handle)
			continue;
		if (examine(a, s, e) < 0 && !is_unjudged(e))
			return -1;
	}
	return 0;
}

struct overlaps {
	struct auditing *auditing;
	struct err *e;
	bool failed;
};

static bool is_held(const struct block *b, unsigned ordinal)
{
	return !block_is_free(b, ordinal) && !attribute_is_released(block_attribute(b, ordinal));
}

static void tell_duplicates(struct auditing *a, const struct block *wide, const struct block *in)
{
	for (unsigned i = 0; i < in->size; i++) {
		struct addr addr = block_addr(in, i);
		unsigned other = block_ordinal(wide, addr);
		const char *one, *two;

		if (!is_held(in, i) || !is_held(wide, other))
			continue;
		one = attribute_handle(block_attribute(wide, other));
		two = attribute_handle(block_attribute(in, i));
		auditing_find_address(a, PROBLEM_DUPLICATE, addr,
				      "allocated in two blocks, to %.200s and to %.200s",
				      one ? one : "nobody", two ? two : "nobody");
	}
}

static int look_at_overlap(struct auditing *a, const struct audit_index_block *wide,
			   const struct audit_index_block *in, struct err *e)
{
	struct block one __cleanup(block_done) = { 0 }, two __cleanup(block_done) = { 0 };
	struct view view __cleanup(view_done) = {0};
	char key[KEY_TEXT], other[CIDR_TEXT], text[16 + CIDR_TEXT];
	bool there_one, there_two;

	if (wide->unreadable || in->unreadable)
		return 0;
	if (read_block_at(a->ds, &view, wide->cidr, &one, &there_one, e) < 0 ||
	    read_block_at(a->ds, &view, in->cidr, &two, &there_two, e) < 0)
		return -1;
	if (!there_one || !there_two)
		return 0;
	key_of_block(in->cidr, key);
	cidr_print(wide->cidr, other);
	snprintf(text, sizeof(text), "lies in block %s", other);
	auditing_find_record(a, PROBLEM_BLOCK_OVERLAP, key, text);
	tell_duplicates(a, &one, &two);
	return 0;
}

static void see_overlap(const struct audit_index_block *wide, const struct audit_index_block *in,
			void *arg)
{
	struct overlaps *o = arg;

	if (!o->failed && look_at_overlap(o->auditing, wide, in, o->e) < 0 && !is_unjudged(o->e))
		o->failed = true;
}

static int read_overlaps(struct auditing *a, struct err *e)
{
	struct overlaps overlaps = { .auditing = a, .e = e };

	audit_index_tell_overlaps(&a->index, see_overlap, &overlaps);
	return overlaps.failed ? -1 : 0;
}

struct unheld {
	struct auditing *auditing;
	struct view view;
	struct err *e;
	bool failed;
};

/* As of now: 1 held, 0 not, -1 unknown. */
static int is_held_now(struct unheld *u, struct addr addr, const struct pool *pool)
{
	struct block b __cleanup(block_done) = { 0 };
	struct audit_index *l = &u->auditing->index;
	long i = audit_index_find_holding(l, addr);
	struct cidr cidr = i >= 0 ? l->blocks[i].cidr :
			   cidr_masked((struct cidr){ addr, pool ? pool->block_len : 0 });
	bool there;

	if (i < 0 && !pool)
		return 0;
	if (read_block_at(u->auditing->ds, &u->view, cidr, &b, &there, u->e) < 0) {
		u->failed = !is_unjudged(u->e);
		return -1;
	}
	return there && is_held(&b, block_ordinal(&b, addr));
}

static void see_unheld(struct addr addr, const char *key, void *arg)
{
	struct unheld *u = arg;
	struct auditing *a = u->auditing;
	const struct pool *enabled = pools_holding(&a->audit.utilization.pools, addr, false);

	/* Outside of all pools another IPAM's addresses are as good as ours. */
	if (u->failed || (!enabled && !a->options->endpoints) ||
	    is_held_now(u, addr, pools_holding(&a->audit.utilization.pools, addr, true)) != 0)
		return;
	if (enabled)
		auditing_find_address(a, PROBLEM_IN_USE, addr,
				      "used by %.300s, not allocated, in pool %.64s", key,
				      enabled->name);
	else
		auditing_find_address(a, PROBLEM_IN_USE_NO_POOL, addr,
				      "used by %.300s, not allocated, in no enabled pool", key);
}

static int read_unheld(struct auditing *a, struct err *e)
{
	struct unheld unheld = { .auditing = a, .e = e };
	int rc;

	view_init(&unheld.view);
	rc = workloads_tell_not_held(a->ds, &a->workloads, see_unheld, &unheld, e);
	view_done(&unheld.view);
	return rc < 0 || unheld.failed ? -1 : 0;
}

int auditing_look_again(struct auditing *a, struct err *e)
{
	if (examine_suspects(a, e) < 0 || read_overlaps(a, e) < 0)
		return -1;
	return read_unheld(a, e);
}
