/* SPDX-License-Identifier: Apache-2.0 */
/* What seemed to disagree is looked at once more, as of one moment each. */
#include "ipam/audit/auditing.h"

#include "ipam/audit/repairs.h"
#include "ipam/record/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMED_AT_ONCE 64	/* blocks that are read in one request, for the names in them */

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

/* What cannot be judged because a record does not parse is left: that is told already. */
static bool is_unjudged(struct err *e)
{
	if (!repair_is_unjudged(e))
		return false;
	err_reset(e);
	return true;
}

/* Naming those of which only the hash is known, by their blocks */

static bool is_nameless(const struct audit_index_suspect *s)
{
	return !s->owner && !s->handle;
}

static void name_suspect(struct auditing *a, struct audit_index_suspect *s, const struct block *b)
{
	for (unsigned i = 0; !s->handle && i < b->n_attributes; i++) {
		const char *handle = attribute_handle(&b->attributes[i]);

		if (!handle || audit_index_hash(handle) != s->hash)
			continue;
		s->handle = strndup(handle, strcspn(handle, "\r"));
		a->failed |= !s->handle;
	}
}

/* Those of one block stand together: it is parsed once. */
static int name_by_view(struct auditing *a, const struct view *view, size_t from, size_t to,
			struct err *e)
{
	struct audit_index_suspect *list = a->index.suspects;

	for (size_t at = from, next; at < to; at = next) {
		struct block b __cleanup(block_done) = { 0 };
		const struct record *record;
		char key[KEY_TEXT];

		key_of_block(list[at].block, key);
		record = view_peek(view, key);
		if (record && block_read(record, &b, e) < 0 && !is_unjudged(e))
			return -1;
		for (next = at; next < to && cidr_equal(list[next].block, list[at].block); next++)
			if (is_nameless(&list[next]))
				name_suspect(a, &list[next], &b);
	}
	return 0;
}

/* Of the suspects from here on, whose names are in so many blocks; where the next begin. */
static size_t want_blocks(const struct audit_index *l, size_t from, unsigned most,
			  struct wants *wants)
{
	size_t at = from;

	for (; at < l->n_suspects; at++) {
		char key[KEY_TEXT];

		if (!is_nameless(&l->suspects[at]))
			continue;
		if (wants->n == most && !cidr_equal(l->suspects[at].block,
						    l->suspects[at - 1].block))
			break;
		key_of_block(l->suspects[at].block, key);
		wants_add(wants, key, RANGE_KEY);
	}
	return at;
}

static int name_some(struct auditing *a, size_t from, unsigned most, size_t *ret_to, struct err *e)
{
	struct wants wants __cleanup(wants_done) = {0};
	struct view view __cleanup(view_done) = {0};

	*ret_to = want_blocks(&a->index, from, most, &wants);
	if (datastore_read(a->ds, &view, &wants, e) < 0)
		return -1;
	return name_by_view(a, &view, from, *ret_to, e);
}

/* One that cannot be read is read alone, and its suspects stay without a name. */
static int name_suspects(struct auditing *a, struct err *e)
{
	unsigned most = NAMED_AT_ONCE;
	size_t at = 0, to;

	while (at < a->index.n_suspects) {
		if (name_some(a, at, most, &to, e) == 0) {
			most = NAMED_AT_ONCE;
		} else if (!is_unjudged(e)) {
			return -1;
		} else if (most > 1) {
			most /= 2;
			continue;
		}
		at = to;
	}
	return 0;
}

/* Examining */

static int key_of_suspect(const struct audit_index_suspect *s, char key[KEY_TEXT], struct err *e)
{
	return s->owner ? key_of_affinity(s->owner, s->block, key, e)
			: key_of_handle(s->handle, key, e);
}

static struct cidr *copy_blocks(struct auditing *a, const struct cidr *list, unsigned n)
{
	struct cidr *copy = n ? malloc(n * sizeof(*copy)) : NULL;

	a->failed |= n && !copy;
	if (copy)
		memcpy(copy, list, n * sizeof(*copy));
	return copy;
}

static void keep_suspect(struct auditing *a, struct audit_finding *f,
			 const struct audit_index_suspect *s, const struct repair_request *request)
{
	f->handle = auditing_copy(a, s->handle);
	f->owner = auditing_copy(a, s->owner);
	f->block = s->block;
	f->blocks = copy_blocks(a, request->blocks, request->n_blocks);
	f->n_blocks = f->blocks ? request->n_blocks : 0;
	f->named = copy_blocks(a, request->named, request->n_named);
	f->n_named = f->named ? request->n_named : 0;
}

static int tell_faults(struct auditing *a, const struct audit_index_suspect *s,
		       const struct repair_case *c, struct err *e)
{
	const struct repair_answer *answer = &c->answer;
	char key[KEY_TEXT];

	if (c->failed)
		return 0;
	if (key_of_suspect(s, key, e) < 0)
		return -1;
	for (unsigned i = 0; i < answer->n; i++) {
		struct audit_finding *f = auditing_find_record(a, answer->faults[i].kind, key,
							       answer->faults[i].text);

		if (!f)
			continue;
		keep_suspect(a, f, s, &c->request);
		f->revision = answer->revision;
		f->uid = auditing_copy(a, *answer->uid ? answer->uid : NULL);
		f->mended = a->options->mends;
	}
	return 0;
}

struct examination {
	struct repair_case *list;	/* owned, as are the blocks in it */
	unsigned n, max;
};

static void forget_cases(struct examination *x)
{
	for (unsigned i = 0; i < x->n; i++)
		free(unconst(x->list[i].request.blocks));
	x->n = 0;
}

static void examination_done(struct examination *x)
{
	forget_cases(x);
	free(x->list);
}

static int add_case(struct auditing *a, struct examination *x, const struct audit_index_suspect *s,
		    struct err *e)
{
	struct repair_request *request = &x->list[x->n].request;
	struct cidr *blocks = NULL;

	*request = (struct repair_request){
		.subject = s->owner ? REPAIR_AFFINITY : REPAIR_HANDLE,
		.handle = s->handle, .owner = s->owner, .block = s->block,
		.named = s->named, .n_named = s->n_named, .now_ns = a->options->now_ns,
	};
	if (!s->owner && audit_index_blocks_of(&a->index, s->hash, &blocks, &request->n_blocks) < 0)
		return err_set(e, ERR_INTERNAL, "out of memory");
	request->blocks = blocks;
	x->n++;
	return 0;
}

/* Those from here on, as many as one call may take, or as are left. */
static int put_together(struct auditing *a, struct examination *x, size_t from, struct err *e)
{
	const struct audit_index *l = &a->index;

	forget_cases(x);
	for (size_t i = from; i < l->n_suspects && x->n < x->max; i++)
		if (add_case(a, x, &l->suspects[i], e) < 0)
			return -1;
	return 0;
}

static int examine_all(struct auditing *a, struct examination *x, struct err *e)
{
	const struct audit_index *l = &a->index;
	unsigned done = 0;

	for (size_t at = 0; at < l->n_suspects; at += done) {
		auditing_progress(a, "suspicions examined", at, l->n_suspects);
		if (put_together(a, x, at, e) < 0 ||
		    (a->options->mends ? ipam_repair : ipam_examine)(a->ds, x->list, x->n, &done,
								     e) < 0)
			return -1;
		for (unsigned i = 0; i < done; i++)
			if (tell_faults(a, &l->suspects[at + i], &x->list[i], e) < 0)
				return -1;
	}
	return 0;
}

static void drop_nameless(struct audit_index *l)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->n_suspects; i++)
		if (!is_nameless(&l->suspects[i]))
			l->suspects[kept++] = l->suspects[i];
	l->n_suspects = kept;
}

static int examine_suspects(struct auditing *a, struct err *e)
{
	struct examination x __cleanup(examination_done) = { .max = ipam_repairs_max(a->ds) };

	if (!a->index.n_suspects)
		return 0;
	x.list = calloc(x.max, sizeof(*x.list));
	if (!x.list)
		return err_set(e, ERR_INTERNAL, "out of memory");
	deadline_sleep_ms(deadline_in_ms(a->options->patience_ms), a->options->patience_ms);
	if (name_suspects(a, e) < 0)
		return -1;
	drop_nameless(&a->index);
	return examine_all(a, &x, e);
}

/* Overlaps */

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

/* What a reservation keeps from containers may be Neutron's; and outside of all pools all is. */
static bool is_neutrons_alone(const struct auditing *a, struct addr addr, bool in_pool)
{
	return !in_pool || reserved_holds(&a->audit.utilization.reservations, addr);
}

static void see_unheld(struct addr addr, const char *key, bool openstacks, void *arg)
{
	struct unheld *u = arg;
	struct auditing *a = u->auditing;
	const struct pool *enabled = pools_holding(&a->audit.utilization.pools, addr, false);

	/* Outside of all pools another IPAM's addresses are as good as ours. */
	if (u->failed || (!enabled && !a->options->endpoints) ||
	    (openstacks && is_neutrons_alone(a, addr, enabled)) ||
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
