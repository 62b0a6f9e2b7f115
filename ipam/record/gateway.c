/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/record/gateway.h"

#include "base/json.h"
#include "base/list.h"
#include "ipam/record/keys.h"
#include "ipam/record/resource.h"

#include <stdlib.h>
#include <string.h>

#define ANNOTATION "calico-ipam/blocks"

void gateways_done(struct gateways *g)
{
	reserved_done(&g->taken);
	free(g->rules);
	*g = (struct gateways){ 0 };
}

struct gateway_rule *gateways_find(const struct gateways *g, const char *pool)
{
	for (size_t i = 0; i < g->n_rules; i++)
		if (strcmp(g->rules[i].pool, pool) == 0)
			return &g->rules[i];
	return NULL;
}

int gateways_add_rule(struct gateways *g, const char *pool, struct gateway_rule **ret,
		      struct err *e)
{
	struct gateway_rule *rule;

	if (strlen(pool) >= sizeof(rule->pool))
		return err_set(e, ERR_LIMIT, "the name of pool \"%.40s…\" is too long for a "
			       "recorded gateway", pool);
	if (list_room(&g->rules, g->n_rules, &g->cap_rules) < 0)
		return err_set(e, ERR_INTERNAL, "out of memory");
	rule = &g->rules[g->n_rules++];
	*rule = (struct gateway_rule){ 0 };
	stpcpy(rule->pool, pool);
	*ret = rule;
	return 0;
}

static int take(struct gateways *g, const char *text, struct err *e)
{
	struct cidr cidr;

	if (cidr_parse_lenient(text, &cidr) < 0)
		return 0;
	if (reserved_add(&g->taken, cidr_masked(cidr)) < 0)
		return err_set(e, ERR_INTERNAL, "out of memory");
	return 0;
}

static int read_reservation(struct gateways *g, const struct cJSON *root, const char *pool,
			    struct err *e)
{
	const char *blocks = resource_annotation(root, ANNOTATION), *text;
	struct cJSON *list = json_field(json_field(root, "spec"), "reservedCIDRs");
	struct gateway_rule *rule;

	if (gateways_add_rule(g, pool, &rule, e) < 0)
		return -1;
	rule->first = blocks && strcmp(blocks, "first") == 0;
	rule->edges = rule->first || (blocks && strcmp(blocks, "edges") == 0);
	rule->recorded = true;
	for (struct cJSON *i = json_first(list); i; i = json_next(i)) {
		text = json_string(i);
		if (text && take(g, text, e) < 0)
			return -1;
	}
	return 0;
}

static int read_all(struct gateways *g, const struct view *view, bool lenient, struct err *e)
{
	const char *prefix = KEY_RESERVATIONS GATEWAY_RESERVATION;
	const struct record *record;

	*g = (struct gateways){ 0 };
	for (size_t i = view_first(view, prefix); (record = view_at(view, i, prefix)); i++) {
		struct err why = { 0 };
		struct cJSON *root __cleanup(json_freep) = json_parse(record->value,
								      record->value_len, &why);

		if (!root && lenient)
			continue;
		if (!root) {
			*e = why;
			return err_wrap(e,
					"the record at key %s cannot be read (mend or delete it)",
					record->key);
		}
		if (read_reservation(g, root, record->key + strlen(prefix), e) < 0)
			return -1;
	}
	return 0;
}

int gateways_read(struct gateways *g, const struct view *view, struct err *e)
{
	return read_all(g, view, false, e);
}

int gateways_read_lenient(struct gateways *g, const struct view *view, struct err *e)
{
	return read_all(g, view, true, e);
}

bool gateway_has_room(struct cidr prefix)
{
	return family_bits(prefix.base.family) - prefix.len >= 2;
}

bool gateway_rule_keeps(const struct gateway_rule *rule, struct cidr block, unsigned ordinal)
{
	bool is_4 = block.base.family == FAMILY_4;

	/* A record that outlived its pool may speak of larger blocks. */
	if (!rule || !gateway_has_room(block))
		return false;
	if (rule->edges && (ordinal == 0 || (is_4 && ordinal == cidr_size(block) - 1)))
		return true;
	return rule->first && ordinal == 1;
}

/* Of the pool's first n addresses. */
static u128 count_below(const struct gateway_rule *rule, const struct pool *p, u128 n)
{
	struct cidr block = { p->cidr.base, p->block_len };
	u128 size = cidr_size(block), in_rest = 0, in_block = 0;
	const unsigned kept[] = { 0, 1, (unsigned)size - 1 };	/* no rule keeps another */

	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		bool keeps = gateway_rule_keeps(rule, block, kept[i]);

		in_block += keeps;
		in_rest += keeps && kept[i] < n % size;
	}
	return n / size * in_block + in_rest;
}

u128 gateway_rule_count(const struct gateway_rule *rule, const struct pool *p, struct addr first,
			struct addr last)
{
	struct cidr block = { p->cidr.base, p->block_len };
	u128 to = last.n - p->cidr.base.n, from = first.n - p->cidr.base.n;
	bool keeps_last;

	if (!rule)
		return 0;
	/* Up to the last one and that one alone: 2^128 addresses have no number. */
	keeps_last = gateway_rule_keeps(rule, block, (unsigned)(to % cidr_size(block)));
	return count_below(rule, p, to) + keeps_last - count_below(rule, p, from);
}
