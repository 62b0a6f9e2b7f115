/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/audit/audit.h"

#include "base/list.h"
#include "ipam/record/keys.h"
#include "ipam/audit/index.h"
#include "ipam/audit/repair.h"
#include "ipam/audit/workloads.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HANDLE_BLOCKS_MAX 64	/* of one handle, told to the examination; it finds the rest */

struct auditing {
	struct datastore *ds;
	const struct audit_options *options;
	struct audit audit;
	struct audit_index index;
	struct workloads workloads;
	bool failed;	/* sticky: out of memory */
};

static void finding_done(struct audit_finding *f)
{
	free(f->key);
	free(f->text);
	free(f->handle);
	free(f->owner);
	free(f->blocks);
}

void audit_done(struct audit *a)
{
	for (size_t i = 0; i < a->n; i++)
		finding_done(&a->list[i]);
	free(a->list);
	utilization_done(&a->utilization);
	*a = (struct audit){ 0 };
}

static void auditing_done(struct auditing *a)
{
	audit_done(&a->audit);
	audit_index_done(&a->index);
	workloads_done(&a->workloads);
}

static char *copy(struct auditing *a, const char *text)
{
	char *c = text ? strdup(text) : NULL;

	a->failed |= text && !c;
	return c;
}

static struct audit_finding *add_finding(struct auditing *a, enum problem_kind kind)
{
	struct audit *audit = &a->audit;

	audit->counts[kind]++;
	if (audit->n == AUDIT_FINDINGS_MAX)
		return NULL;
	if (list_room(&audit->list, audit->n, &audit->cap) < 0) {
		a->failed = true;
		return NULL;
	}
	audit->list[audit->n] = (struct audit_finding){ .kind = kind };
	return &audit->list[audit->n++];
}

/* NULL: not kept. */
static struct audit_finding * __printf_like(3, 0)
find(struct auditing *a, enum problem_kind kind, const char *fmt, va_list ap)
{
	struct audit_finding *f = add_finding(a, kind);
	char text[512];

	if (!f)
		return NULL;
	vsnprintf(text, sizeof(text), fmt, ap);
	f->text = copy(a, text);
	return f;
}

static struct audit_finding * __printf_like(4, 5)
find_record(struct auditing *a, enum problem_kind kind, const char *key, const char *fmt, ...)
{
	struct audit_finding *f;
	va_list ap;

	va_start(ap, fmt);
	f = find(a, kind, fmt, ap);
	va_end(ap);
	if (f)
		f->key = copy(a, key);
	return f;
}

static struct audit_finding * __printf_like(4, 5)
find_address(struct auditing *a, enum problem_kind kind, struct addr addr, const char *fmt, ...)
{
	struct audit_finding *f;
	va_list ap;

	va_start(ap, fmt);
	f = find(a, kind, fmt, ap);
	va_end(ap);
	if (f)
		f->addr = addr;
	return f;
}

static void progress(const struct auditing *a, const char *what, uint64_t n, uint64_t total)
{
	if (a->options->progress)
		a->options->progress(what, n, total, a->options->arg);
}

static bool has_handle(const struct attribute *attribute, const char *prefix)
{
	const char *handle = attribute_handle(attribute);

	return handle && strncasecmp(handle, prefix, strlen(prefix)) == 0;
}

static bool is_young(const struct auditing *a, const struct attribute *attribute)
{
	const char *text = attribute_secondary(attribute, "timestamp");
	int64_t ns;

	return text && clock_parse_go_string(text, &ns) == 0 &&
	       ns > a->options->now_ns - PROBLEM_AGE_S * 1000000000LL;
}

/* NULL: for all that is known it is in use; else why it is not. */
static const char *why_unused(struct auditing *a, const struct attribute *attribute, bool used)
{
	bool tunnel = attribute_secondary(attribute, "type") != NULL;
	enum audit_life life = LIFE_UNKNOWN;

	if (used || has_handle(attribute, BLOCK_WINDOWS_HANDLE) || has_handle(attribute, "lb-") ||
	    is_young(a, attribute))
		return NULL;
	/* As where a Calico without cooldown has erased an address's releasedAt. */
	if (!attribute_names_owner(attribute))
		return "nothing says whose it is";
	if (a->options->life && !tunnel)
		life = a->options->life(attribute, a->options->arg);
	if (life != LIFE_UNKNOWN)
		return life == LIFE_GONE ? "its container is gone" : NULL;
	if (a->options->endpoints)
		return tunnel ? "no node has this tunnel address" : "no WorkloadEndpoint has it";
	if (workloads_has_node(&a->workloads, attribute_secondary(attribute, "node")))
		a->audit.without_endpoint++;
	return NULL;
}

static void find_leak(struct auditing *a, const struct block *b, unsigned ordinal, const char *why)
{
	const struct attribute *attribute = block_attribute(b, ordinal);
	const char *handle = attribute_handle(attribute),
		   *node = attribute_secondary(attribute, "node");
	struct audit_finding *f = find_address(a, PROBLEM_LEAKED, block_addr(b, ordinal),
					       "held by %.200s on %.128s, and %s",
					       handle ? handle : "nobody",
					       node ? node : "no node", why);

	if (!f)
		return;
	f->handle = copy(a, handle);
	f->sequence = block_sequence_of(b, ordinal);
}

static void look_at_allocation(struct auditing *a, const struct block *b, unsigned ordinal)
{
	struct audit_allocation seen = { .block = b, .ordinal = ordinal, .in_use = true };
	const char *why = NULL;
	bool used;

	seen.attribute = block_attribute(b, ordinal);
	seen.cooling = attribute_is_released(seen.attribute);
	if (!seen.cooling) {
		used = workloads_note_held(&a->workloads, block_addr(b, ordinal));
		why = why_unused(a, seen.attribute, used);
		seen.borrowed = utilization_is_borrowed(b, seen.attribute);
	}
	seen.in_use = !why && !seen.cooling;
	if (why)
		find_leak(a, b, ordinal, why);
	if (a->options->allocation)
		a->options->allocation(&seen, a->options->arg);
}

struct telling {
	struct auditing *auditing;
	const struct block *block;
};

static void tell_block(enum problem_kind kind, const char *text, void *arg)
{
	const struct telling *t = arg;
	struct audit_finding *f;
	char key[KEY_TEXT];

	key_of_block(t->block->cidr, key);
	f = find_record(t->auditing, kind, key, "%s", text);
	if (f)
		f->block = t->block->cidr;
}

static void look_at_place(struct telling *t, const struct utilization_pool *pool)
{
	char text[256];

	if (!pool) {
		tell_block(PROBLEM_BLOCK_STRAY, "lies in no pool", t);
		return;
	}
	if (pool->pool->block_len == t->block->cidr.len)
		return;
	snprintf(text, sizeof(text), "has prefix length %u, the blocks of pool %.128s have %u",
		 t->block->cidr.len, pool->pool->name, pool->pool->block_len);
	tell_block(PROBLEM_BLOCK_SIZE, text, t);
}

static void see_block(const struct utilization *s, const struct block *b,
		      const struct utilization_pool *pool, void *arg)
{
	struct auditing *a = arg;
	struct telling telling = { a, b };

	audit_index_add_block(&a->index, b);
	block_tell_problems(b, a->options->now_ns, tell_block, &telling);
	look_at_place(&telling, pool);
	for (unsigned i = 0; i < b->size; i++)
		if (!block_is_free(b, i))
			look_at_allocation(a, b, i);
	progress(a, "blocks read", s->blocks, 0);
}

static void see_unreadable(const char *key, const char *why, void *arg)
{
	struct auditing *a = arg;
	struct cidr cidr;

	find_record(a, PROBLEM_UNREADABLE, key, "%s", why);
	if (key_cidr(key, KEY_BLOCKS_4, &cidr) == 0 || key_cidr(key, KEY_BLOCKS_6, &cidr) == 0)
		audit_index_add_unreadable(&a->index, cidr);
}

static int read_blocks(struct auditing *a, struct err *e)
{
	struct utilization_visitor visitor = { see_block, see_unreadable, a };
	struct utilization utilization;

	if (utilization_read(a->ds, &visitor, &utilization, e) < 0)
		return -1;
	a->audit.utilization = utilization;
	audit_index_close(&a->index);
	return 0;
}

static int look_at_handle(const struct record *record, void *arg, struct err *e __unused_arg)
{
	struct handle h __cleanup(handle_done) = { 0 };
	struct auditing *a = arg;
	struct err why = { 0 };

	progress(a, "handles read", ++a->audit.handles, 0);
	if (handle_read(record, &h, &why) < 0)
		find_record(a, PROBLEM_UNREADABLE, record->key, "%s", why.text);
	else
		audit_index_add_handle(&a->index, record->key + strlen(KEY_HANDLES), &h);
	return 0;
}

static int look_at_affinity(const struct record *record, void *arg, struct err *e __unused_arg)
{
	struct auditing *a = arg;
	enum affinity_state state;
	char owner[KEY_TEXT];
	struct err why = { 0 };
	struct cidr cidr;
	long b;

	if (key_read_affinity(record->key, owner, &cidr) < 0)
		return 0;
	a->audit.affinities++;
	if (affinity_read(record, &state, &why) == 0) {
		audit_index_add_affinity(&a->index, owner, cidr, state);
		return 0;
	}
	find_record(a, PROBLEM_UNREADABLE, record->key, "%s", why.text);
	b = audit_index_find(&a->index, cidr);
	if (b >= 0)
		a->index.blocks[b].has_affinity = true;
	return 0;
}

static const struct {
	const char *prefix;
	record_visitor *look;
} scans[] = {
	{ KEY_HANDLES, look_at_handle },
	{ KEY_HOST_AFFINITIES, look_at_affinity },
	{ KEY_VIRTUAL_AFFINITIES, look_at_affinity },
};

static int read_records(struct auditing *a, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(scans); i++)
		if (datastore_scan(a->ds, scans[i].prefix, scans[i].look, a, e) < 0)
			return -1;
	audit_index_end(&a->index);
	return 0;
}

static void look_at_pool(struct auditing *a, const struct record *record)
{
	struct err why = { 0 };
	struct pool pool;

	if (pool_read(record, &pool, &why) == 0)
		pool_done(&pool);
	else
		find_record(a, PROBLEM_UNREADABLE, record->key, "%s", why.text);
}

static void look_at_reservation(struct auditing *a, const struct record *record)
{
	static const char gateways[] = KEY_RESERVATIONS GATEWAY_RESERVATION;
	struct reservation reservation __cleanup(reservation_done) = { 0 };
	struct gateways g __cleanup(gateways_done) = { 0 };
	struct err why = { 0 };

	if (strncmp(record->key, gateways, strlen(gateways)) == 0)
		gateways_read_record(&g, record, &why);
	else
		reservation_read(record, &reservation, &why);
	if (why.kind)
		find_record(a, PROBLEM_UNREADABLE, record->key, "%s", why.text);
}

/* What others pass over when it does not parse. */
static int read_settings(struct auditing *a, struct err *e)
{
	struct wants wants __cleanup(wants_done) = {0};
	struct view view __cleanup(view_done) = {0};
	const struct record *record;
	struct ipam_config config;
	struct err why = { 0 };

	wants_add(&wants, KEY_POOLS, RANGE_PREFIX);
	wants_add(&wants, KEY_RESERVATIONS, RANGE_PREFIX);
	wants_add(&wants, KEY_CONFIG, RANGE_KEY);
	if (datastore_read(a->ds, &view, &wants, e) < 0)
		return -1;
	for (size_t i = view_first(&view, KEY_POOLS); (record = view_at(&view, i, KEY_POOLS)); i++)
		look_at_pool(a, record);
	for (size_t i = view_first(&view, KEY_RESERVATIONS);
	     (record = view_at(&view, i, KEY_RESERVATIONS)); i++)
		look_at_reservation(a, record);
	if (ipam_config_read(view_peek(&view, KEY_CONFIG), &config, &why) < 0)
		find_record(a, PROBLEM_UNREADABLE, KEY_CONFIG, "%s", why.text);
	return 0;
}

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
	f->handle = copy(a, s->handle);
	f->owner = copy(a, s->owner);
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

static int examine(struct auditing *a, struct audit_index_suspect *s, struct err *e)
{
	struct cidr blocks[HANDLE_BLOCKS_MAX];
	struct repair_request request = {
		.subject = s->owner ? REPAIR_AFFINITY : REPAIR_HANDLE,
		.handle = s->handle, .owner = s->owner, .block = s->block, .blocks = blocks,
		.now_ns = a->options->now_ns,
	};
	struct repair_answer answer;
	struct audit_finding *f;
	char key[KEY_TEXT];

	if (!s->owner)
		request.n_blocks = audit_index_blocks_of(&a->index, s->hash, blocks,
						    HANDLE_BLOCKS_MAX);
	if (key_of_suspect(s, key, e) < 0 || ipam_examine(a->ds, &request, &answer, e) < 0)
		return -1;
	for (unsigned i = 0; i < answer.n; i++) {
		f = find_record(a, answer.faults[i].kind, key, "%s", answer.faults[i].text);
		if (!f)
			continue;
		keep_suspect(a, f, s, &request);
		f->revision = answer.revision;
	}
	return 0;
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

		progress(a, "suspicions examined", i, l->n_suspects);
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
		find_address(a, PROBLEM_DUPLICATE, addr, "allocated in two blocks, to %.200s and "
			     "to %.200s", one ? one : "nobody", two ? two : "nobody");
	}
}

static int look_at_overlap(struct auditing *a, const struct audit_index_block *wide,
			   const struct audit_index_block *in, struct err *e)
{
	struct block one __cleanup(block_done) = { 0 }, two __cleanup(block_done) = { 0 };
	struct view view __cleanup(view_done) = {0};
	char key[KEY_TEXT], other[CIDR_TEXT];
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
	find_record(a, PROBLEM_BLOCK_OVERLAP, key, "lies in block %s", other);
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
		find_address(a, PROBLEM_IN_USE, addr,
			     "used by %.300s, not allocated, in pool %.64s", key, enabled->name);
	else
		find_address(a, PROBLEM_IN_USE_NO_POOL, addr,
			     "used by %.300s, not allocated, in no "
			     "enabled pool",
			     key);
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

static int compare(const void *left, const void *right)
{
	const struct audit_finding *a = left, *b = right;
	int order;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	order = addr_compare(a->addr, b->addr);
	return order || !a->key || !b->key ? order : strcmp(a->key, b->key);
}

static int audit_all(struct auditing *a, struct err *e)
{
	if (workloads_read(a->ds, &a->workloads, e) < 0 || read_blocks(a, e) < 0 ||
	    read_records(a, e) < 0 || read_settings(a, e) < 0 || examine_suspects(a, e) < 0 ||
	    read_overlaps(a, e) < 0 || read_unheld(a, e) < 0)
		return -1;
	if (a->failed || a->index.failed || a->workloads.failed)
		return err_set(e, ERR_INTERNAL, "out of memory");
	return 0;
}

int audit_read(struct datastore *ds, const struct audit_options *options, struct audit *ret,
	       struct err *e)
{
	struct auditing a __cleanup(auditing_done) = { .ds = ds, .options = options };

	if (audit_all(&a, e) < 0)
		return -1;
	if (a.audit.n)
		qsort(a.audit.list, a.audit.n, sizeof(*a.audit.list), compare);
	a.audit.endpoints = a.workloads.endpoints;
	*ret = a.audit;
	a.audit = (struct audit){ 0 };
	return 0;
}

int audit_repair(struct datastore *ds, const struct audit_finding *finding, int64_t now_ns,
	       bool *ret_mended, struct err *e)
{
	struct repair_request request = {
		.handle = finding->handle, .owner = finding->owner, .block = finding->block,
		.blocks = finding->blocks, .n_blocks = finding->n_blocks, .now_ns = now_ns,
	};
	struct repair_answer answer;

	request.subject = finding->owner ? REPAIR_AFFINITY
					 : finding->handle ? REPAIR_HANDLE : REPAIR_BLOCK;
	if (ipam_repair(ds, &request, &answer, e) < 0)
		return -1;
	*ret_mended = answer.n > 0;
	return 0;
}
