/* SPDX-License-Identifier: Apache-2.0 */
/* What an audit reads as it comes by: tells what is wrong at sight, and indexes the rest. */
#include "ipam/audit/auditing.h"

#include "ipam/record/keys.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define POD_IFNAME "eth0"	/* kubelet's own, of every runtime */

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

/* Of a pod kubelet tells the addresses of its first interface alone. */
static bool is_on_other_interface(const struct attribute *attribute)
{
	const char *ifname = attribute_secondary(attribute, "ifname");

	return ifname && strcmp(ifname, POD_IFNAME) != 0;
}

/* A virtual machine keeps its addresses while no pod of it runs. */
static bool is_of_virtual_machine(const struct attribute *attribute)
{
	return attribute_secondary(attribute, "vmi-name") != NULL;
}

/* What is known of an allocation where nothing speaks of it. */
static const struct audit_evidence unknown = { LIFE_UNKNOWN, NULL }, alive = { LIFE_ALIVE, NULL };

static struct audit_evidence gone(const char *why)
{
	return (struct audit_evidence){ LIFE_GONE, why };
}

/* Where the store has all pods and nodes. */
static struct audit_evidence judge_by_pods(const struct auditing *a,
					   const struct attribute *attribute)
{
	const char *node = attribute_secondary(attribute, "node"),
		   *pod = attribute_secondary(attribute, "pod"),
		   *in = attribute_secondary(attribute, "namespace");

	if (is_of_virtual_machine(attribute))
		return alive;
	if (attribute_secondary(attribute, "type"))
		return gone("no node has this tunnel address");
	if (node && !workloads_knows_node(&a->workloads, node))
		return gone("its node is not there any more");
	if (!pod || !in)
		return unknown;
	switch (workloads_find_pod(&a->workloads, in, pod, node)) {
	case WORKLOADS_NO_POD:
		return gone("its pod is not there any more, or has finished");
	case WORKLOADS_OTHER_NODE:
		return gone("its pod is on another node");
	case WORKLOADS_ADDRESSED:
		return is_on_other_interface(attribute) ? unknown
							: gone("its pod has another address");
	case WORKLOADS_NO_ADDRESS:
		break;
	}
	return alive;
}

/* By what knows most of it: its machine, the pods, the endpoints. */
static struct audit_evidence judge(struct auditing *a, const struct attribute *attribute)
{
	bool tunnel = attribute_secondary(attribute, "type") != NULL;
	struct audit_evidence here = unknown, pods = unknown;

	if (a->options->life && !tunnel)
		here = a->options->life(attribute, a->options->life_arg);
	if (here.life == LIFE_ALIVE || here.life == LIFE_GONE)
		return here;
	if (datastore_traits(a->ds)->pods)
		pods = judge_by_pods(a, attribute);
	if (pods.life == LIFE_GONE || (pods.life == LIFE_ALIVE && !a->options->endpoints))
		return pods;
	if (a->options->endpoints)
		return gone(tunnel ? "no node has this tunnel address"
				   : "no WorkloadEndpoint has it");
	return here;
}

static void count_judged(struct auditing *a, const struct attribute *attribute, struct addr addr,
			 enum audit_life life)
{
	struct audit *audit = &a->audit;

	if (attribute_secondary(attribute, "type"))
		return;
	if (life == LIFE_ALIVE || life == LIFE_GONE) {
		audit->judged++;
		return;
	}
	audit->unjudged++;
	if (life != LIFE_UNTOLD)
		return;
	audit->untold++;
	audit->an_untold = addr;
}

/* NULL: for all that is known it is in use; else why it is not. */
static const char *why_unused(struct auditing *a, const struct attribute *attribute,
			      struct addr addr)
{
	bool used = workloads_note_held(&a->workloads, addr);
	struct audit_evidence evidence;

	if (used || has_handle(attribute, BLOCK_WINDOWS_HANDLE) || has_handle(attribute, "lb-") ||
	    is_young(a, attribute))
		return NULL;
	/* As where a Calico without cooldown has erased an address's releasedAt. */
	if (!attribute_names_owner(attribute))
		return "nothing says whose it is";
	evidence = judge(a, attribute);
	count_judged(a, attribute, addr, evidence.life);
	if (evidence.life == LIFE_GONE)
		return evidence.why;
	if (evidence.life != LIFE_ALIVE &&
	    workloads_has_node(&a->workloads, attribute_secondary(attribute, "node")))
		a->audit.without_endpoint++;
	return NULL;
}

static void find_leak(struct auditing *a, const struct block *b, unsigned ordinal, const char *why)
{
	const struct attribute *attribute = block_attribute(b, ordinal);
	const char *handle = attribute_handle(attribute),
		   *node = attribute_secondary(attribute, "node");
	struct audit_finding *f;

	f = auditing_find_address(a, PROBLEM_LEAKED, block_addr(b, ordinal),
				  "held by %.200s on %.128s, and %s", handle ? handle : "nobody",
				  node ? node : "no node", why);
	if (!f)
		return;
	f->handle = auditing_copy(a, handle);
	f->node = auditing_copy(a, node);
	f->sequence = block_sequence_of(b, ordinal);
}

static void look_at_allocation(struct auditing *a, const struct block *b, unsigned ordinal)
{
	struct audit_allocation seen = { .block = b, .ordinal = ordinal, .in_use = true };
	const char *why = NULL;

	seen.attribute = block_attribute(b, ordinal);
	seen.cooling = attribute_is_released(seen.attribute);
	if (!seen.cooling) {
		why = why_unused(a, seen.attribute, block_addr(b, ordinal));
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
	f = auditing_find_record(t->auditing, kind, key, text);
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
	const struct utilization_visitor *visitor = a->options->visitor;
	struct telling telling = { a, b };

	audit_index_add_block(&a->index, b);
	block_tell_problems(b, a->options->now_ns, tell_block, &telling);
	look_at_place(&telling, pool);
	for (unsigned i = 0; i < b->size; i++)
		if (!block_is_free(b, i))
			look_at_allocation(a, b, i);
	if (visitor && visitor->block)
		visitor->block(s, b, pool, visitor->arg);
	auditing_progress(a, "blocks read", s->blocks, 0);
}

static void see_unreadable(const char *key, const char *why, void *arg)
{
	struct auditing *a = arg;
	const struct utilization_visitor *visitor = a->options->visitor;
	struct cidr cidr;

	if (visitor && visitor->unreadable)
		visitor->unreadable(key, why, visitor->arg);
	auditing_find_record(a, PROBLEM_UNREADABLE, key, why);
	if (key_cidr(key, KEY_BLOCKS_4, &cidr) == 0 || key_cidr(key, KEY_BLOCKS_6, &cidr) == 0)
		audit_index_add_unreadable(&a->index, cidr);
}

static int read_blocks(struct auditing *a, const struct view *settings, struct err *e)
{
	struct utilization_visitor visitor = { see_block, see_unreadable, a };
	struct utilization utilization;

	if (utilization_read_blocks(a->ds, settings, &visitor, &utilization, e) < 0)
		return -1;
	a->audit.utilization = utilization;
	audit_index_close(&a->index);
	return 0;
}

/* Where memory is lacking nothing is wrong with the record. */
static void find_unreadable(struct auditing *a, const char *key, const struct err *why)
{
	if (why->kind == ERR_INTERNAL)
		a->failed = true;
	else
		auditing_find_record(a, PROBLEM_UNREADABLE, key, why->text);
}

static int look_at_handle(const struct record *record, void *arg, struct err *e __unused_arg)
{
	struct handle h __cleanup(handle_done) = { 0 };
	struct auditing *a = arg;
	struct err why = { 0 };

	auditing_progress(a, "handles read", ++a->audit.handles, 0);
	if (handle_read(record, &h, &why) < 0)
		find_unreadable(a, record->key, &why);
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
	find_unreadable(a, record->key, &why);
	b = audit_index_find(&a->index, cidr);
	if (b >= 0)
		a->index.blocks[b].has_affinity = true;
	return 0;
}

static void look_at_pool(struct auditing *a, const struct record *record)
{
	struct err why = { 0 };
	struct pool pool;

	if (pool_read(record, &pool, &why) < 0) {
		find_unreadable(a, record->key, &why);
		return;
	}
	if (pool_tell_unusable(&pool, &why) && !pool.being_deleted)
		auditing_find_record(a, PROBLEM_POOL_UNUSABLE, record->key, why.text);
	pool_done(&pool);
}

static void look_at_reservation(struct auditing *a, const struct record *record)
{
	static const char gateways[] = KEY_RESERVATIONS GATEWAY_RESERVATION;
	struct reservation reservation __cleanup(reservation_done) = { 0 };
	struct gateways g __cleanup(gateways_done) = { 0 };
	struct err why = { 0 };

	if (strncmp(record->key, gateways, strlen(gateways)) == 0)
		gateways_read_record(&g, record, &why);
	else if (reservation_read(record, &reservation, &why) == 0)
		reservation_tell_unreadable(&reservation, &why);
	if (why.kind)
		find_unreadable(a, record->key, &why);
}

/*
 * In one request: pools and what is beside them, which others pass over when it does not
 * parse, and the affinities of no node, of which there are few.
 */
static int read_settings(struct auditing *a, struct view *view, struct err *e)
{
	struct wants wants __cleanup(wants_done) = {0};

	utilization_wants(&wants);
	wants_add(&wants, KEY_VIRTUAL_AFFINITIES, RANGE_PREFIX);
	return datastore_read(a->ds, view, &wants, e);
}

static void look_at_settings(struct auditing *a, const struct view *view)
{
	const struct record *record;
	struct ipam_config config;
	struct err why = { 0 };

	for (size_t i = view_first(view, KEY_POOLS); (record = view_at(view, i, KEY_POOLS)); i++)
		look_at_pool(a, record);
	for (size_t i = view_first(view, KEY_RESERVATIONS);
	     (record = view_at(view, i, KEY_RESERVATIONS)); i++)
		look_at_reservation(a, record);
	if (ipam_config_read(view_peek(view, KEY_CONFIG), &config, &why) < 0)
		find_unreadable(a, KEY_CONFIG, &why);
}

/* After the blocks, which the index has to know. */
static int read_affinities(struct auditing *a, const struct view *settings, struct err *e)
{
	const struct record *record;

	for (size_t i = view_first(settings, KEY_VIRTUAL_AFFINITIES);
	     (record = view_at(settings, i, KEY_VIRTUAL_AFFINITIES)); i++)
		look_at_affinity(record, a, e);
	return datastore_scan(a->ds, KEY_HOST_AFFINITIES, look_at_affinity, a, e);
}

int auditing_read(struct auditing *a, struct err *e)
{
	struct view settings __cleanup(view_done) = {0};

	if (workloads_read(a->ds, &a->workloads, e) < 0 || read_settings(a, &settings, e) < 0)
		return -1;
	look_at_settings(a, &settings);
	if (read_blocks(a, &settings, e) < 0 ||
	    datastore_scan(a->ds, KEY_HANDLES, look_at_handle, a, e) < 0 ||
	    read_affinities(a, &settings, e) < 0)
		return -1;
	audit_index_end(&a->index);
	return 0;
}
