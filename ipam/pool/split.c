/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/pool/split.h"

#include "base/terminal/shell_word.h"
#include "ipam/record/gateway.h"
#include "ipam/record/keys.h"
#include "ipam/request/loop.h"

#include <stdio.h>
#include <string.h>

#define RECORD_MAX (1 << 20)	/* bytes */
#define SPLIT_WORD 160		/* bytes of a name in a command: what an error has room for */

struct splitting {
	const struct view *view;
	const struct pool_split_request *split;
	struct changes *changes;
	struct pool_split_answer *answer;
	struct pool pool;	/* owned */
	const struct record *gateway;	/* of the view: the reservation, or NULL */
	char key[KEY_TEXT], gateway_key[KEY_TEXT];
};

static void splitting_done(struct splitting *s)
{
	pool_done(&s->pool);
}

static int read_pool(struct splitting *s, struct err *e)
{
	const struct record *record = view_peek(s->view, s->key);

	if (!record)
		return err_set(e, ERR_NOT_FOUND, "resource does not exist: IPPool(%s)",
			       s->split->name);
	if (pool_read(record, &s->pool, e) < 0)
		return -1;
	s->answer->cidr = s->pool.cidr;
	if (s->pool.being_deleted)
		return err_set(e, ERR_CONFLICT, "pool \"%s\" is being deleted", s->split->name);
	return 0;
}

static int check_length(const struct splitting *s, struct err *e)
{
	const struct pool *p = &s->pool;
	unsigned into = s->split->into, least = p->cidr.len + 1;
	char cidr[CIDR_TEXT];

	cidr_print(p->cidr, cidr);
	if (into < least || into > p->block_len)
		return err_set(e, ERR_CONFIG, "%s cannot be split into /%u; its parts must be "
			       "smaller than the pool and at least as large as its blocks of /%u",
			       cidr, into, p->block_len);
	if (into - p->cidr.len > 6 ||
	    (1u << (into - p->cidr.len)) * (s->gateway ? 2 : 1) > POOL_SPLIT_MAX)
		return err_set(e, ERR_LIMIT, "%s cannot be split into /%u: more than %d parts; "
			       "split in two steps", cidr, into,
			       s->gateway ? POOL_SPLIT_MAX / 2 : POOL_SPLIT_MAX);
	return 0;
}

/* A link as large as the pool keeps the pool's first address; one a block is annotated. */
static int read_gateway(struct splitting *s, struct err *e)
{
	bool of_blocks;

	s->gateway = view_peek(s->view, s->gateway_key);
	if (!s->gateway)
		return 0;
	if (gateway_is_of_blocks(s->gateway, s->pool.cidr, &of_blocks, e) < 0)
		return -1;
	if (!of_blocks)
		return err_set(e, ERR_CONFLICT, "pool \"%s\" is one link with a gateway of its own "
			       "(a conflist with ipam.prefix \"pool\" uses it), which a split "
			       "would cut; see reservation " GATEWAY_RESERVATION "%s",
			       s->split->name, s->split->name);
	s->answer->gateways = true;
	return 0;
}

/* Fills the list of parts, and counts each one's blocks. */
static int make_parts(struct splitting *s, struct err *e)
{
	struct pool_split_answer *a = s->answer;
	unsigned width, count = 1u << (s->split->into - s->pool.cidr.len);
	u128 size = cidr_size((struct cidr){ s->pool.cidr.base, s->split->into });

	width = count > 10 ? 2 : 1;
	for (a->n = 0; a->n < count; a->n++) {
		struct pool_split_part *p = &a->parts[a->n];

		if (snprintf(p->name, sizeof(p->name), "%s-%0*u", s->split->name, (int)width,
			     a->n) >= (int)sizeof(p->name))
			return err_set(e, ERR_LIMIT, "the names of the parts are too long");
		if (resource_check_name("pool", p->name, e) < 0)
			return -1;
		p->cidr = (struct cidr){ cidr_nth(s->pool.cidr, size * a->n), s->split->into };
		p->blocks = 0;
	}
	return 0;
}

static struct pool_split_part *part_of(struct pool_split_answer *a, struct cidr block)
{
	for (unsigned i = 0; i < a->n; i++)
		if (cidr_holds_cidr(a->parts[i].cidr, block))
			return &a->parts[i];
	return NULL;
}

static int place_blocks(struct splitting *s, struct err *e)
{
	const char *prefix = key_of_blocks(s->pool.cidr.base.family);
	struct pool_split_part *part;
	const struct record *record;
	char text[CIDR_TEXT];
	struct cidr block;

	for (size_t i = view_first(s->view, prefix); (record = view_at(s->view, i, prefix)); i++) {
		if (key_cidr(record->key, prefix, &block) < 0 ||
		    !cidr_overlaps(s->pool.cidr, block))
			continue;
		part = part_of(s->answer, block);
		if (!part) {
			cidr_print(block, text);
			return err_set(e, ERR_CONFLICT, "block %s does not lie within one part; "
				       "split into /%u or larger parts", text, block.len);
		}
		part->blocks++;
	}
	return 0;
}

static int put_pool(struct splitting *s, unsigned n, struct err *e)
{
	const struct pool_split_part *part = &s->answer->parts[n];
	struct buf text __cleanup(buf_done) = BUF(RECORD_MAX);
	char key[KEY_TEXT];

	if (key_of_pool(part->name, key, e) < 0)
		return -1;
	if (view_peek(s->view, key))
		return err_set(e, ERR_EXISTS, "resource already exists: IPPool(%s); delete it, or "
			       "choose another length", part->name);
	if (pool_print_part(&s->pool, part->name, part->cidr, s->split->uids[n], s->split->now_ns,
			    &text, e) < 0)
		return -1;
	changes_put(s->changes, key, text.data, text.len);
	return 0;
}

static int put_gateway(struct splitting *s, unsigned n, struct err *e)
{
	const struct gateway_part part = {
		.name = s->answer->parts[n].name, .pool = s->pool.cidr,
		.cidr = s->answer->parts[n].cidr, .is_first = n == 0,
	};
	struct buf text __cleanup(buf_done) = BUF(RECORD_MAX);
	char key[KEY_TEXT];

	if (gateway_key(part.name, key, e) < 0 ||
	    gateway_print_part(s->gateway, &part, s->split->uids[s->answer->n + n],
			       s->split->now_ns, &text, e) < 0)
		return -1;
	changes_put(s->changes, key, text.data, text.len);
	return 0;
}

static int check_no_gateway_waits(const struct splitting *s, unsigned n, struct err *e)
{
	char key[KEY_TEXT];

	if (gateway_key(s->answer->parts[n].name, key, e) < 0)
		return -1;
	if (!view_peek(s->view, key))
		return 0;
	return err_set(e, ERR_EXISTS, "reservation " GATEWAY_RESERVATION "%s exists already, from "
		       "an earlier pool of that name; delete it first", s->answer->parts[n].name);
}

static int list_changes(struct splitting *s, struct err *e)
{
	for (unsigned i = 0; i < s->answer->n; i++)
		if (check_no_gateway_waits(s, i, e) < 0 || put_pool(s, i, e) < 0 ||
		    (s->gateway && put_gateway(s, i, e) < 0))
			return -1;
	changes_delete(s->changes, s->key);
	if (s->gateway)
		changes_delete(s->changes, s->gateway_key);
	else
		changes_guard_key(s->changes, s->gateway_key);
	changes_guard_prefix(s->changes, KEY_POOLS);
	return 0;
}

/* The first part stands with our uid: what was planned has been committed. */
static bool is_done_already(const struct splitting *s)
{
	char key[KEY_TEXT], name[300];
	const struct record *record;
	struct err ignored = { 0 };

	if (view_peek(s->view, s->key))
		return false;
	for (int width = 1; width <= 2; width++) {
		snprintf(name, sizeof(name), "%s-%0*u", s->split->name, width, 0u);
		if (key_of_pool(name, key, &ignored) < 0)
			return false;
		record = view_peek(s->view, key);
		if (record && strstr(record->value, s->split->uids[0]))
			return true;
	}
	return false;
}

static int list_all(struct splitting *s, struct err *e)
{
	if (is_done_already(s))
		return 0;
	if (read_pool(s, e) < 0 || read_gateway(s, e) < 0 || check_length(s, e) < 0 ||
	    make_parts(s, e) < 0 || place_blocks(s, e) < 0)
		return -1;
	return list_changes(s, e);
}

int plan_pool_split(struct plan *p, const struct pool_split_request *request,
		    struct pool_split_answer *ret, struct err *e)
{
	struct splitting s __cleanup(splitting_done) = { .view = p->view, .split = request,
							 .changes = &p->changes, .answer = ret };

	if (key_of_pool(request->name, s.key, e) < 0 ||
	    gateway_key(request->name, s.gateway_key, e) < 0)
		return -1;
	plan_knows_prefix(p, KEY_POOLS, RANGE_PREFIX);
	plan_knows_prefix(p, KEY_RESERVATIONS, RANGE_PREFIX);
	plan_knows_prefix(p, KEY_BLOCKS_4, RANGE_PREFIX_KEYS);
	plan_knows_prefix(p, KEY_BLOCKS_6, RANGE_PREFIX_KEYS);
	if (!plan_needs(p) && list_all(&s, e) < 0)
		return -1;
	plan_conclude(p);
	return 0;
}

static int refuse_without_transactions(const char *place, const char *name, struct err *e)
{
	char word[SPLIT_WORD];

	return err_set(e, ERR_UNSUPPORTED, "the %.80s has no transactions, without which a pool "
		       "that is being split is lost for a moment; run, while no pods are started: "
		       "calicoctl datastore migrate lock && calicoctl ipam split --name=%s "
		       "HOW_MANY && calicoctl datastore migrate unlock", place,
		       shell_word(name, word, sizeof(word)));
}

int ipam_split_pool(struct datastore *ds, const struct pool_split_request *request,
		    struct pool_split_answer *ret_answer, struct err *e)
{
	struct loop loop __cleanup(loop_done) = { 0 };
	struct pool_split_answer answer = { 0 };

	if (!datastore_traits(ds)->transactions)
		return refuse_without_transactions(datastore_traits(ds)->place, request->name, e);
	loop_init(&loop, ds);
	loop.plan.rehearsal = request->dry_run;
	while (loop_goes_on(&loop))
		loop_turn(&loop, plan_pool_split(&loop.plan, request, &answer, &loop.error));
	if (loop_result(&loop, e) < 0)
		return -1;
	*ret_answer = answer;
	return 0;
}
