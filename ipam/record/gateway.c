/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/record/gateway.h"

#include "base/list.h"
#include "ipam/record/tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANNOTATION "calico-ipam/blocks"

void gateways_done(struct gateways *g)
{
	reserved_done(&g->taken);
	reserved_done(&g->added);
	for (size_t i = 0; i < g->n_rules; i++)
		free(g->rules[i]);
	free(g->rules);
	*g = (struct gateways){ 0 };
}

bool gateways_hold(const struct gateways *g, struct addr a)
{
	return reserved_holds(&g->taken, a) || reserved_holds(&g->added, a);
}

static int compare_pool(const void *pool, const void *element)
{
	const struct gateway_rule *const *rule = element;

	return strcmp(pool, (*rule)->pool);
}

/* Where the pool's rule stands, or would have to be put. */
static size_t place_of(const struct gateways *g, const char *pool)
{
	return list_place(g->rules, g->n_rules, pool, compare_pool);
}

struct gateway_rule *gateways_rule(const struct gateways *g, const char *pool)
{
	size_t at = place_of(g, pool);

	return at < g->n_rules && strcmp(g->rules[at]->pool, pool) == 0 ? g->rules[at] : NULL;
}

/* Records are read in the order of their keys, so most rules go to the end. */
int gateways_add_rule(struct gateways *g, const char *pool, struct gateway_rule **ret,
		      struct err *e)
{
	struct gateway_rule *rule;
	size_t at;

	if (strlen(pool) >= sizeof(rule->pool))
		return err_set(e, ERR_LIMIT, "the name of pool \"%.40s…\" is too long for a "
			       "recorded gateway", pool);
	if (list_room(&g->rules, g->n_rules, &g->cap_rules) < 0)
		return err_set(e, ERR_INTERNAL, "out of memory");
	rule = calloc(1, sizeof(*rule));
	if (!rule)
		return err_set(e, ERR_INTERNAL, "out of memory");
	stpcpy(rule->pool, pool);
	at = place_of(g, pool);
	memmove(g->rules + at + 1, g->rules + at,
		(g->n_rules++ - at) * sizeof(struct gateway_rule *));
	*ret = g->rules[at] = rule;
	return 0;
}

int gateway_key(const char *pool, char out[KEY_TEXT], struct err *e)
{
	char name[sizeof(GATEWAY_RESERVATION) + KEY_TEXT];

	snprintf(name, sizeof(name), GATEWAY_RESERVATION "%s", pool);
	return key_of_reservation(name, out, e);
}

/* All that is kept must be understood: what is not would be given away. */
static int take_entries(struct gateways *g, const struct reservation *r, struct err *e)
{
	struct cidr c;

	for (size_t i = 0; i < r->n; i++) {
		if (!r->entries[i] || reservation_parse_entry(r->entries[i], &c) < 0)
			return err_set(e, ERR_CORRUPT, "spec.reservedCIDRs: entry %zu is not a "
				       "CIDR or an address", i);
		if (reserved_put(&g->taken, c, e) < 0)
			return -1;
	}
	return 0;
}

static int read_blocks(const struct cJSON *resource, struct gateway_rule *rule, struct err *e)
{
	struct cJSON *metadata = json_field(resource, "metadata"), *annotations = NULL, *item;
	const char *word;

	if (json_get_object(metadata, "annotations", &annotations, e) < 0)
		return err_wrap(e, "metadata");
	item = json_entry(annotations, ANNOTATION);
	word = json_string(item);
	rule->first = word && strcmp(word, "first") == 0;
	rule->edges = rule->first || (word && strcmp(word, "edges") == 0);
	if (item && !rule->edges)
		return err_set(e, ERR_CORRUPT, "metadata.annotations." ANNOTATION " must be "
			       "\"edges\" or \"first\"");
	return 0;
}

static int check_spec(const struct reservation *r, struct err *e)
{
	if (json_type(json_field(r->kept, "spec")) != JSON_OBJECT)
		return err_set(e, ERR_CORRUPT, "field \"spec\" must be an object");
	return 0;
}

static int read_reservation(struct gateways *g, const struct reservation *r, const char *pool,
			    struct err *e)
{
	struct gateway_rule *rule;

	if (check_spec(r, e) < 0 || gateways_add_rule(g, pool, &rule, e) < 0 ||
	    read_blocks(r->kept, rule, e) < 0)
		return -1;
	rule->recorded = true;
	return take_entries(g, r, e);
}

/* What it takes is to be settled. */
static int read_record(struct gateways *g, const struct record *record, struct err *e)
{
	struct reservation r __cleanup(reservation_done) = { 0 };
	const char *pool = record->key + strlen(KEY_RESERVATIONS GATEWAY_RESERVATION);

	if (reservation_read(record, &r, e) < 0)
		return -1;
	return read_reservation(g, &r, pool, e) < 0 ? record_corrupt(record, e) : 0;
}

int gateways_read_record(struct gateways *g, const struct record *record, struct err *e)
{
	int rc = read_record(g, record, e);

	reserved_settle(&g->taken);
	return rc;
}

static int read_all(struct gateways *g, const struct view *view, bool lenient, struct err *e)
{
	const char *prefix = KEY_RESERVATIONS GATEWAY_RESERVATION;
	const struct record *record;

	*g = (struct gateways){ 0 };
	for (size_t i = view_first(view, prefix); (record = view_at(view, i, prefix)); i++) {
		struct err why = { 0 };

		if (read_record(g, record, &why) == 0 || (lenient && why.kind == ERR_CORRUPT))
			continue;
		*e = why;
		return -1;
	}
	reserved_settle(&g->taken);
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

/* The texts of a list, in the order of strcmp(). */
struct listed {
	const char **texts; /* owned; the texts are the list's */
	size_t n;
};

static void listed_done(struct listed *l)
{
	free(l->texts);
}

static int compare_texts(const void *left, const void *right)
{
	const char *const *a = left, *const *b = right;

	return strcmp(*a, *b);
}

static int listed_read(struct listed *l, const struct cJSON *list, struct err *e)
{
	l->texts = calloc(json_count(list) + 1, sizeof(const char *));
	if (!l->texts)
		return err_set(e, ERR_INTERNAL, "out of memory");
	for (const struct cJSON *i = json_first(list); i; i = json_next(i))
		if (json_string(i))
			l->texts[l->n++] = json_string(i);
	qsort(l->texts, l->n, sizeof(const char *), compare_texts);
	return 0;
}

static bool lists(const struct listed *l, const char *text)
{
	return bsearch(&text, l->texts, l->n, sizeof(const char *), compare_texts) != NULL;
}

static void annotate(struct cJSON *metadata, const struct gateway_rule *rule)
{
	json_set_entry(resource_object(metadata, "annotations"), ANNOTATION,
		       json_new_string(rule->first ? "first" : "edges"));
}

static struct cJSON *entries_in(struct cJSON *spec)
{
	if (json_type(json_field(spec, "reservedCIDRs")) != JSON_ARRAY)
		json_set(spec, "reservedCIDRs", json_new_array());
	return json_field(spec, "reservedCIDRs");
}

/* The next of what is taken and what is added, ascending; NULL: there is none. */
static const struct cidr *next_of(const struct reserved *taken, size_t *i,
				  const struct reserved *added, size_t *k)
{
	if (*k < added->n &&
	    (*i == taken->n || cidr_compare(added->list[*k], taken->list[*i]) < 0))
		return &added->list[(*k)++];
	return *i < taken->n ? &taken->list[(*i)++] : NULL;
}

static int fill(struct cJSON *resource, const struct gateways *g, const struct gateway_rule *rule,
		const struct pool *p, struct err *e)
{
	struct cJSON *list = entries_in(resource_object(resource, "spec"));
	struct listed listed __cleanup(listed_done) = { 0 };
	const struct cidr *c;
	char text[CIDR_TEXT];
	size_t i = 0, k = 0;

	if (rule->edges)
		annotate(resource_object(resource, "metadata"), rule);
	if (listed_read(&listed, list, e) < 0)
		return -1;
	while ((c = next_of(&g->taken, &i, &g->added, &k))) {
		cidr_print(*c, text);
		if (cidr_holds_cidr(p->cidr, *c) && !lists(&listed, text))
			json_append(list, json_new_string(text));
	}
	return 0;
}

int gateways_print(const struct gateways *g, const struct pool *p, const struct record *old,
		   const char *uid, int64_t now_ns, struct buf *out, struct err *e)
{
	struct reservation r __cleanup(reservation_done) = { 0 };
	struct cJSON *resource __cleanup(json_freep) = NULL;
	const struct gateway_rule *rule = gateways_rule(g, p->name);
	char name[sizeof(GATEWAY_RESERVATION) + KEY_TEXT];

	if (!rule)
		return err_set(e, ERR_INTERNAL, "pool %s has no gateway to reserve", p->name);
	snprintf(name, sizeof(name), GATEWAY_RESERVATION "%s", p->name);
	if (old && reservation_read(old, &r, e) < 0)
		return -1;
	resource = old ? json_copy(r.kept) : resource_new("IPReservation", name, uid, now_ns);
	if (fill(resource, g, rule, p, e) < 0)
		return -1;
	return resource_print(resource, out, e);
}

static bool holds_address(const struct reservation *r, struct addr a)
{
	struct cidr c;

	for (size_t i = 0; i < r->n; i++)
		if (r->entries[i] && reservation_parse_entry(r->entries[i], &c) == 0 &&
		    cidr_holds(c, a))
			return true;
	return false;
}

int gateway_is_of_blocks(const struct record *record, struct cidr pool, bool *ret, struct err *e)
{
	struct reservation r __cleanup(reservation_done) = { 0 };
	struct gateway_rule rule = { 0 };

	if (reservation_read(record, &r, e) < 0)
		return -1;
	if (check_spec(&r, e) < 0 || read_blocks(r.kept, &rule, e) < 0)
		return record_corrupt(record, e);
	*ret = rule.edges && !holds_address(&r, cidr_first(pool));
	return 0;
}

/*
 * What of an old entry belongs to the part, as it is to be written, NULL: nothing.  What
 * lies nowhere in the pool goes with the first part.
 */
static const char *entry_of(const struct gateway_part *part, const char *text,
			    char room[CIDR_TEXT])
{
	struct cidr c;

	if (reservation_parse_entry(text, &c) < 0 || !cidr_overlaps(part->pool, c))
		return part->is_first ? text : NULL;
	if (!cidr_overlaps(part->cidr, c))
		return NULL;
	cidr_print(cidr_holds_cidr(c, part->cidr) ? part->cidr : c, room);
	return room;
}

static struct cJSON *entries_of(const struct gateway_part *part, const struct reservation *r)
{
	struct cJSON *list = json_new_array();
	char room[CIDR_TEXT];

	for (size_t i = 0; i < r->n; i++) {
		const char *entry = r->entries[i] ? entry_of(part, r->entries[i], room) : NULL;

		if (entry)
			json_append(list, json_new_string(entry));
	}
	return list;
}

int gateway_print_part(const struct record *old, const struct gateway_part *part, const char *uid,
		       int64_t now_ns, struct buf *out, struct err *e)
{
	struct reservation r __cleanup(reservation_done) = { 0 };
	struct cJSON *resource __cleanup(json_freep) = NULL;
	char name[sizeof(GATEWAY_RESERVATION) + KEY_TEXT];

	if (reservation_read(old, &r, e) < 0)
		return -1;
	snprintf(name, sizeof(name), GATEWAY_RESERVATION "%s", part->name);
	resource = json_copy(r.kept);
	resource_rename(resource, name, uid, now_ns);
	json_set(resource_object(resource, "spec"), "reservedCIDRs", entries_of(part, &r));
	return resource_print(resource, out, e);
}
