/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/metrics/cluster.h"

#include "ctl/metrics/exposition.h"

#include <stdio.h>

#define PREFIX "calico_ipam_"

static const char *family_text(enum family f)
{
	return f == FAMILY_6 ? "6" : "4";
}

/* A pool's labels: LABELS(POOL(p, cidr)), with the text of its CIDR. */
#define POOL(p, cidr) { "pool", (p)->name }, { "cidr", cidr }, \
		      { "family", family_text((p)->cidr.base.family) }

static void put_counts(const struct utilization *s, const char *name, const char *help,
		       uint64_t (*count)(const struct utilization_pool *p), struct buf *out)
{
	char cidr[CIDR_TEXT];

	metric_begin(out, name, "gauge", help);
	for (size_t i = 0; i < s->pools.n; i++) {
		cidr_print(s->pools.list[i].cidr, cidr);
		metric_put(out, name, LABELS(POOL(&s->pools.list[i], cidr)), count(&s->list[i]));
	}
}

static uint64_t is_enabled(const struct utilization_pool *p)
{
	return p->pool->enabled;
}

static uint64_t count_blocks(const struct utilization_pool *p)
{
	return p->blocks;
}

static uint64_t count_borrowed(const struct utilization_pool *p)
{
	return p->borrowed;
}

static void put_sizes(const struct utilization *s, struct buf *out)
{
	char cidr[CIDR_TEXT], number[U128_TEXT];

	metric_begin(out, PREFIX "pool_size", "gauge", "Addresses of a pool's CIDR.");
	for (size_t i = 0; i < s->pools.n; i++) {
		cidr_print(s->pools.list[i].cidr, cidr);
		utilization_print_number(s->list[i].total, true, number);
		metric_put_text(out, PREFIX "pool_size", LABELS(POOL(&s->pools.list[i], cidr)),
				number);
	}
}

static void put_state(const struct utilization_pool *p, const char *state,
		      const char number[U128_TEXT], struct buf *out)
{
	char cidr[CIDR_TEXT];

	cidr_print(p->pool->cidr, cidr);
	metric_put_text(out, PREFIX "pool_addresses",
			LABELS(POOL(p->pool, cidr), { "state", state }), number);
}

static void put_number(const struct utilization_pool *p, const char *state, u128 n,
		       struct buf *out)
{
	char number[U128_TEXT];

	u128_print(n, number);
	put_state(p, state, number, out);
}

static void put_states(const struct utilization *s, struct buf *out)
{
	char number[U128_TEXT];

	metric_begin(out, PREFIX "pool_addresses", "gauge",
		     "Addresses of a pool by state; the four together are its size, but of a pool "
		     "that is not enabled none is free.");
	for (size_t i = 0; i < s->pools.n; i++) {
		const struct utilization_pool *p = &s->list[i];

		put_number(p, "in_use", p->in_use, out);
		put_number(p, "cooling", p->cooling, out);
		put_number(p, "reserved", p->reserved, out);
		utilization_print_free(p, number);
		put_state(p, "free", number, out);
	}
}

/* Of what is not reserved. */
static double use_percent(const struct utilization_pool *p)
{
	double all = p->total ? (double)p->total : 0x1p128;
	double taken = (double)p->in_use + (double)p->cooling;

	all -= (double)p->reserved;
	return all > 0 ? 100 * taken / all : 100;
}

static void put_use(const struct utilization *s, struct buf *out)
{
	char cidr[CIDR_TEXT], number[32];

	metric_begin(out, PREFIX "pool_use_percent", "gauge",
		     "Addresses of a pool in use or cooling, in percent of those not reserved; "
		     "apart for pools that addresses are assigned from and others.");
	for (size_t i = 0; i < s->pools.n; i++) {
		const struct pool *p = &s->pools.list[i];

		cidr_print(p->cidr, cidr);
		snprintf(number, sizeof(number), "%.6g", use_percent(&s->list[i]));
		metric_put_text(out, PREFIX "pool_use_percent",
				LABELS(POOL(p, cidr), { "enabled", p->enabled ? "true" : "false" }),
				number);
	}
}

static void put_pools(const struct utilization *s, struct buf *out)
{
	put_sizes(s, out);
	put_counts(s, PREFIX "pool_enabled",
		   "1 where addresses are assigned from the pool, 0 where it is disabled, being "
		   "deleted, or cannot be used.", is_enabled, out);
	put_states(s, out);
	put_use(s, out);
	put_counts(s, PREFIX "pool_blocks", "Blocks claimed in a pool.", count_blocks, out);
	put_counts(s, PREFIX "pool_borrowed_addresses",
		   "Addresses used by another node than their block's.", count_borrowed, out);
}

static void put_nodes(const struct utilization *s, struct buf *out)
{
	metric_begin(out, PREFIX "node_blocks", "gauge", "Blocks that belong to a node.");
	for (size_t i = 0; i < s->n_nodes; i++)
		for (enum family f = FAMILY_4; f < N_FAMILIES; f++)
			metric_put(out, PREFIX "node_blocks",
				   LABELS({ "node", s->nodes[i].name },
					  { "family", family_text(f) }), s->nodes[i].blocks[f]);
	metric_begin(out, PREFIX "node_addresses", "gauge", "Addresses that a node uses.");
	for (size_t i = 0; i < s->n_nodes; i++)
		metric_put(out, PREFIX "node_addresses", LABELS({ "node", s->nodes[i].name }),
			   s->nodes[i].in_use);
	metric_begin(out, PREFIX "node_borrowed_addresses", "gauge",
		     "Addresses that a node uses in blocks that are not its own.");
	for (size_t i = 0; i < s->n_nodes; i++)
		metric_put(out, PREFIX "node_borrowed_addresses",
			   LABELS({ "node", s->nodes[i].name }), s->nodes[i].borrowed);
}

/* Numbers of a node in a pool. */
static uint64_t share_blocks(const struct utilization_share *share)
{
	return share->blocks;
}

static uint64_t share_in_use(const struct utilization_share *share)
{
	return share->in_use;
}

static uint64_t share_borrowed(const struct utilization_share *share)
{
	return share->borrowed;
}

static uint64_t share_leaked(const struct utilization_share *share)
{
	return share->leaked;
}

typedef uint64_t share_number(const struct utilization_share *share);

static void put_shares(const struct utilization *s, const char *name, const char *help,
		       share_number *number, struct buf *out)
{
	metric_begin(out, name, "gauge", help);
	for (size_t i = 0; i < s->n_nodes; i++) {
		const struct utilization_node *node = &s->nodes[i];

		for (size_t k = 0; k < node->n_shares; k++) {
			const struct utilization_share *share = &node->shares[k];
			const struct pool *p = &s->pools.list[share->pool];

			if (share->pool < s->pools.n)
				metric_put(out, name,
					   LABELS({ "pool", p->name }, { "node", node->name },
						  { "family", family_text(p->cidr.base.family) }),
					   number(share));
		}
	}
}

static void put_parts(const struct utilization *s, bool checked, struct buf *out)
{
	put_shares(s, PREFIX "pool_node_blocks", "Blocks of a pool that belong to a node.",
		   share_blocks, out);
	put_shares(s, PREFIX "pool_node_addresses", "Addresses of a pool that a node uses.",
		   share_in_use, out);
	put_shares(s, PREFIX "pool_node_borrowed_addresses",
		   "Addresses of a pool that a node uses in blocks that are not its own.",
		   share_borrowed, out);
	if (checked)
		put_shares(s, PREFIX "pool_node_leaked_addresses",
			   "Addresses of a pool held on a node by what is known to be gone.",
			   share_leaked, out);
}

static void put_problems(const struct audit *audit, struct buf *out)
{
	metric_begin(out, PREFIX "problems", "gauge",
		     "What check finds, by kind; leaked-address where it can be known.");
	for (unsigned kind = 0; kind < N_PROBLEMS; kind++)
		metric_put(out, PREFIX "problems", LABELS({ "kind", problem_name(kind) }),
			   audit->counts[kind]);
	metric_one(out, PREFIX "addresses_judged", "gauge",
		   "Addresses of which it is known whether they are leaked.", audit->judged);
	metric_one(out, PREFIX "addresses_not_judged", "gauge",
		   "Addresses of which it is not known here.", audit->unjudged);
}

void cluster_put(const struct audit *audit, bool checked, struct buf *out)
{
	const struct utilization *s = &audit->utilization;

	put_pools(s, out);
	put_nodes(s, out);
	put_parts(s, checked, out);
	metric_one(out, PREFIX "blocks", "gauge", "Blocks that can be read.", s->blocks);
	metric_one(out, PREFIX "blocks_outside_pools", "gauge", "Blocks that lie in no pool.",
		   s->stray.blocks);
	metric_one(out, PREFIX "unreadable_blocks", "gauge",
		   "Blocks that cannot be read and are not counted.", s->unreadable);
	if (checked)
		put_problems(audit, out);
}

/* Calico's */

#define NO_POOL "no_ippool"
#define NO_OWNER "no_affinity"
#define NO_NODE "unknown_node"

static const struct utilization_share *share_of(const struct utilization_node *node, size_t pool)
{
	static const struct utilization_share nothing;
	const struct utilization_share *share = utilization_share(node, pool);

	return share ? share : &nothing;
}

struct calico_metric {
	const char *name, *help;
	share_number *of_share;
	uint64_t (*of_pool)(const struct utilization_pool *p);	/* what no node has is the rest */
	const char *rest;	/* the node of that */
	bool sparse;	/* without the samples that are 0 */
};

static uint64_t count_in_use(const struct utilization_pool *p)
{
	return (uint64_t)p->in_use;
}

static uint64_t count_leaked(const struct utilization_pool *p)
{
	return p->leaked;
}

static void put_pool_as_calico(const struct utilization *s, size_t pool,
			       const struct calico_metric *m, struct buf *out)
{
	const struct utilization_pool *p = pool < s->pools.n ? &s->list[pool] : &s->stray;
	const char *name = pool < s->pools.n ? p->pool->name : NO_POOL;
	bool sparse = m->sparse || pool == s->pools.n;
	uint64_t all = m->of_pool(p);

	for (size_t i = 0; i < s->n_nodes; i++) {
		uint64_t n = m->of_share(share_of(&s->nodes[i], pool));

		if (n || (!sparse && s->nodes[i].known))
			metric_put(out, m->name,
				   LABELS({ "ippool", name }, { "node", s->nodes[i].name }), n);
		all -= n;
	}
	/* Borrowed is by a node, whatever the pool. */
	if (all && m->rest)
		metric_put(out, m->name, LABELS({ "ippool", name }, { "node", m->rest }), all);
}

static void put_by_pool_and_node(const struct utilization *s, const struct calico_metric *m,
				 struct buf *out)
{
	metric_begin(out, m->name, "gauge", m->help);
	for (size_t pool = 0; pool <= s->pools.n; pool++)
		put_pool_as_calico(s, pool, m, out);
}

/* all: those of no node too; 0 where none but nodes have any. */
static void put_by_node(const struct utilization *s, const char *name, const char *help,
			uint64_t (*count)(const struct utilization_node *node), uint64_t all,
			struct buf *out)
{
	metric_begin(out, name, "gauge", help);
	for (size_t i = 0; i < s->n_nodes; i++) {
		uint64_t n = count(&s->nodes[i]);

		if (n)
			metric_put(out, name, LABELS({ "node", s->nodes[i].name }), n);
		all -= all ? n : 0;
	}
	if (all)
		metric_put(out, name, LABELS({ "node", NO_OWNER }), all);
}

static uint64_t node_in_use(const struct utilization_node *node)
{
	return node->in_use;
}

static uint64_t node_borrowed(const struct utilization_node *node)
{
	return node->borrowed;
}

static uint64_t node_blocks(const struct utilization_node *node)
{
	return node->blocks[FAMILY_4] + node->blocks[FAMILY_6];
}

void cluster_put_as_calico(const struct audit *audit, bool checked, struct buf *out)
{
	static const struct calico_metric metrics[] = {
		{ "ipam_allocations_in_use", "Addresses in use.", share_in_use, count_in_use,
		  NO_NODE, false },
		{ "ipam_allocations_borrowed", "Addresses in use in blocks of other nodes.",
		  share_borrowed, count_borrowed, NULL, false },
		{ "ipam_blocks", "Blocks.", share_blocks, count_blocks, NO_OWNER, true },
		{ "ipam_allocations_gc_candidates", "Addresses that check finds leaked.",
		  share_leaked, count_leaked, NO_NODE, false },
	};
	const struct utilization *s = &audit->utilization;
	char number[U128_TEXT];

	for (size_t i = 0; i < ARRAY_LEN(metrics) - !checked; i++)
		put_by_pool_and_node(s, &metrics[i], out);
	metric_begin(out, "ipam_ippool_size", "gauge", "Addresses of a pool's CIDR.");
	for (size_t i = 0; i < s->pools.n; i++) {
		utilization_print_number(s->list[i].total, true, number);
		metric_put_text(out, "ipam_ippool_size",
				LABELS({ "ippool", s->pools.list[i].name }), number);
	}
	put_by_node(s, "ipam_allocations_per_node", "Addresses in use.", node_in_use, 0,
		    out);
	put_by_node(s, "ipam_allocations_borrowed_per_node",
		    "Addresses in use in blocks of other nodes.", node_borrowed, 0, out);
	put_by_node(s, "ipam_blocks_per_node", "Blocks.", node_blocks, s->blocks, out);
}
