/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/release/reclaim.h"

#include "base/list.h"

#include <stdlib.h>
#include <string.h>

void reclaim_done(struct reclaim *r)
{
	for (size_t i = 0; i < r->n; i++) {
		if (r->list[i].own)
			attribute_done(r->list[i].own);
		free(r->list[i].own);
	}
	free(r->list);
	*r = (struct reclaim){0};
}

static struct attribute *copy_of(const struct attribute *attribute, struct err *e)
{
	struct attribute *copy = calloc(1, sizeof(*copy));

	if (!copy)
		err_set(e, ERR_INTERNAL, "out of memory");
	else if (attribute_copy(attribute, copy, e) == 0)
		return copy;
	free(copy);
	return NULL;
}

static int see(const struct block *b, unsigned ordinal, void **shared, void *arg, struct err *e)
{
	const struct attribute *attribute = block_attribute(b, ordinal);
	struct reclaim *r = arg;
	struct reclaim_case *c;
	size_t len;

	if (!node_blocks_container(attribute, NULL, &len))
		return 0;
	if (list_room(&r->list, r->n, &r->cap) < 0)
		return err_set(e, ERR_INTERNAL, "out of memory");
	c = &r->list[r->n];
	*c = (struct reclaim_case){ .addr = block_addr(b, ordinal),
				    .sequence = block_sequence_of(b, ordinal) };
	if (!*shared && !(*shared = c->own = copy_of(attribute, e)))
		return -1;
	c->attribute = *shared;
	r->n++;
	return 0;
}

static int compare_handles(const struct reclaim_case *a, const struct reclaim_case *b)
{
	const char *one = attribute_handle(a->attribute), *other = attribute_handle(b->attribute);
	size_t len = strcspn(one, "\r"), other_len = strcspn(other, "\r");
	int order = memcmp(one, other, len < other_len ? len : other_len);

	return order ? order : (len > other_len) - (len < other_len);
}

static int by_handle(const void *left, const void *right)
{
	const struct reclaim_case *a = left, *b = right;
	int order = compare_handles(a, b);

	return order ? order : addr_compare(a->addr, b->addr);
}

/* Handles that stand in one block follow each other, so that they share commits. */
static int by_first(const void *left, const void *right)
{
	const struct reclaim_case *a = left, *b = right;
	int order = addr_compare(a->first, b->first);

	return order ? order : by_handle(left, right);
}

/* Behind the last address of the handle at i. */
static size_t end_of(const struct reclaim *r, size_t i)
{
	size_t end = i + 1;

	while (end < r->n && compare_handles(&r->list[i], &r->list[end]) == 0)
		end++;
	return end;
}

static void sort(struct reclaim *r)
{
	if (!r->n)
		return;
	qsort(r->list, r->n, sizeof(*r->list), by_handle);
	for (size_t i = 0, end; i < r->n; i = end) {
		end = end_of(r, i);
		for (size_t k = i; k < end; k++)
			r->list[k].first = r->list[i].addr;
	}
	qsort(r->list, r->n, sizeof(*r->list), by_first);
}

int ipam_reclaim_find(struct datastore *ds, const char *node, struct reclaim *ret, struct err *e)
{
	struct reclaim r __cleanup(reclaim_done) = {0};

	if (node_blocks_scan(ds, node, see, &r, &r.blocks, e) < 0)
		return -1;
	sort(&r);
	*ret = r;
	r = (struct reclaim){0};
	return 0;
}

void reclaim_judge(struct reclaim *r, reclaim_look *look, void *arg)
{
	for (size_t i = 0, end; i < r->n; i = end) {
		bool dead = true;

		end = end_of(r, i);
		for (size_t k = i; k < end; k++) {
			struct reclaim_case *c = &r->list[k];

			if (!c->released && !(c->judged && verdict_is_final(c->verdict)))
				c->verdict = look(c, arg);
			dead &= verdict_is_dead(c->verdict) && (!c->judged || c->dead);
		}
		for (size_t k = i; k < end; k++) {
			r->list[k].judged = true;
			r->list[k].dead = dead;
		}
	}
}

/* True if the handle from i to end is to be released. */
static bool is_due(const struct reclaim *r, size_t i, size_t end, bool final)
{
	if (!r->list[i].dead || r->list[i].released || r->list[i].conflict)
		return false;
	for (size_t k = i; final && k < end; k++)
		if (!verdict_is_final(r->list[k].verdict))
			return false;
	return true;
}

size_t reclaim_count(const struct reclaim *r, bool final)
{
	size_t n = 0;

	for (size_t i = 0, end; i < r->n; i = end) {
		end = end_of(r, i);
		n += is_due(r, i, end, final) ? end - i : 0;
	}
	return n;
}

/* What is released in one call: whole handles, as long as they fit. */
struct part {
	struct ipam_release_address list[IPAM_RELEASE_MAX];
	struct reclaim_case *of[IPAM_RELEASE_MAX];
	unsigned n;
};

struct releasing {
	struct datastore *ds;
	struct part part;
	struct ipam_reclaim_answer answer;
	unsigned errors;
	struct err first;
};

static void release_part(struct releasing *to)
{
	struct part *p = &to->part;
	unsigned done = 0;
	struct err e = {0};

	if (p->n && ipam_release_addresses(to->ds, p->list, p->n, NULL, &done, &e) < 0 &&
	    !to->errors++)
		to->first = e;
	for (unsigned i = 0; i < done; i++) {
		/* Who has released it meanwhile did the same. */
		p->of[i]->released = p->list[i].result != IPAM_CONFLICT;
		p->of[i]->conflict = p->list[i].result == IPAM_CONFLICT;
		to->answer.released += p->list[i].result == IPAM_RELEASED;
		to->answer.conflicts += p->of[i]->conflict;
	}
	p->n = 0;
}

static void add_to_part(struct releasing *to, struct reclaim_case *c)
{
	struct part *p = &to->part;

	if (p->n == IPAM_RELEASE_MAX)
		release_part(to);
	p->of[p->n] = c;
	p->list[p->n++] = (struct ipam_release_address){
		.addr = c->addr, .handle = attribute_handle(c->attribute),
		.has_sequence = true, .sequence = c->sequence,
	};
}

static void add_handle(struct releasing *to, struct reclaim *r, size_t i, size_t end)
{
	if (to->part.n + (end - i) > IPAM_RELEASE_MAX)
		release_part(to);
	for (size_t k = i; k < end; k++)
		add_to_part(to, &r->list[k]);
}

int ipam_reclaim(struct datastore *ds, struct reclaim *r,
		 const struct ipam_reclaim_request *request, struct ipam_reclaim_answer *ret_answer,
		 struct err *e)
{
	struct releasing to = { .ds = ds };
	size_t n = 0;

	for (size_t i = 0, end; i < r->n; i = end) {
		end = end_of(r, i);
		if (!is_due(r, i, end, request->final))
			continue;
		if (n + (end - i) > request->max) {
			to.answer.left += end - i;
			continue;
		}
		n += end - i;
		add_handle(&to, r, i, end);
	}
	release_part(&to);
	*ret_answer = to.answer;
	if (!to.errors)
		return 0;
	*e = to.first;
	return err_wrap(e, "%u parts failed, of which the first", to.errors);
}
