/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/assign/choose_pools.h"

#include "base/list.h"
#include "base/terminal/shell_word.h"
#include "base/utf8.h"
#include "ipam/record/resource.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Calico's words, for scripts that look for them; %s: as asked for. */
#define NO_POOL "the given pool (%s) does not exist, or is not enabled"
/* Bytes of what an error has room for. */
#define ASKED_MAX 100
#define EXPLAINED_SELECTOR_MAX 80
#define EXPLAINED_MAX 600

static const char *family_pools_key(enum family family)
{
	return family == FAMILY_4 ? "ipv4_pools" : "ipv6_pools";
}

static bool is_of_family(const struct pool *p, enum family family)
{
	return p->enabled && p->cidr.base.family == family;
}

/* The namespace as the store has it, or, where it does not know it yet, no answer. */
static int selects_stored(struct candidates *c, struct draft *d, const struct ipam_owner *owner,
			  const struct pool *p, bool *ret, struct err *e)
{
	const char *name = owner->namespace_name ? owner->namespace_name : "default";
	struct node namespace __cleanup(node_done) = {0};
	const struct record *record;
	char key[KEY_TEXT];

	if (key_of_namespace(name, key, e) < 0)
		return -1;
	if (!draft_know(d, key)) {
		c->wants_namespace = true;
		return 0;
	}
	changes_guard_key(&d->plan->changes, key);
	record = view_look_at(d->plan->view, key);
	if (!record)
		return err_set(e, ERR_NOT_FOUND, "namespaces \"%.100s\" not found: pool \"%s\" "
			       "has a namespaceSelector", name, p->name);
	if (node_read(record, &namespace, e) < 0)
		return -1;
	return candidates_match(p, "namespaceSelector", p->namespace_selector, &namespace.labels,
				ret, e);
}

static int selects_namespace(struct candidates *c, struct draft *d,
			     const struct ipam_assign_request *request, const struct pool *p,
			     bool *ret, struct err *e)
{
	const char *text = p->namespace_selector;

	if (!*text || strcmp(text, "all()") == 0) {
		*ret = true;
		return 0;
	}
	if (!request->namespace_labels && d->plan->namespaces)
		return selects_stored(c, d, &request->owner, p, ret, e);
	if (!request->namespace_labels)
		return err_set(e, ERR_POOL,
			       "pool \"%s\" has a namespaceSelector, for which namespaces would "
			       "have to be read from Kubernetes, "
			       "which is not supported; remove it, or name pools in ipv4_pools and "
			       "ipv6_pools",
			       p->name);
	return candidates_match(p, "namespaceSelector", text, request->namespace_labels, ret, e);
}

static int allow(struct candidates *c, enum family family, const struct pool *p, struct err *e)
{
	if (c->n_allowed[family] == CANDIDATES_POOLS_MAX)
		return err_set(e, ERR_LIMIT, "more than %d pools qualify; name those to use in %s",
			       CANDIDATES_POOLS_MAX, family_pools_key(family));
	if (list_room(&c->allowed[family], c->n_allowed[family], &c->cap_allowed[family]) < 0)
		return err_set(e, ERR_INTERNAL, "out of memory");
	c->allowed[family][c->n_allowed[family]++] = p;
	return 0;
}

static int allow_automatic(struct candidates *c, struct draft *d,
			   const struct ipam_assign_request *request, enum family family,
			   const struct pool *p, struct err *e)
{
	bool node, namespace_too = false;

	if (!is_of_family(p, family) || p->manual)
		return 0;
	if (candidates_selects_node(c, p, &node, e) < 0)
		return -1;
	if (!node)
		return 0;
	if (selects_namespace(c, d, request, p, &namespace_too, e) < 0)
		return -1;
	return namespace_too ? allow(c, family, p, e) : 0;
}

/* The pool named so or, if the text is a CIDR, the pool of that CIDR. */
static const struct pool *find_asked(const struct candidates *c, const char *text)
{
	struct cidr cidr;

	if (cidr_parse(text, &cidr) < 0)
		return pools_by_name(&c->all, text);
	cidr = cidr_masked(cidr);
	for (unsigned i = 0; i < c->n_made; i++)
		if (cidr_equal(c->made[i].cidr, cidr))
			return &c->made[i];
	for (size_t i = 0; i < c->all.n; i++)
		if (cidr_equal(c->all.list[i].cidr, cidr))
			return &c->all.list[i];
	return NULL;
}

static const struct pool *overlapping(const struct candidates *c, struct cidr cidr)
{
	for (size_t i = 0; i < c->all.n; i++)
		if (cidr_overlaps(c->all.list[i].cidr, cidr))
			return &c->all.list[i];
	for (unsigned i = 0; i < c->n_made; i++)
		if (cidr_overlaps(c->made[i].cidr, cidr))
			return &c->made[i];
	return NULL;
}

static int refuse_overlap(const char *key, struct cidr cidr, const struct pool *p, struct err *e)
{
	char asked[CIDR_TEXT], text[CIDR_TEXT];

	cidr_print(cidr, asked);
	cidr_print(p->cidr, text);
	return err_set(e, ERR_CONFIG,
		       "%s: %s overlaps pool \"%s\" (%s); ask for that, or delete %sit", key, asked,
		       p->name, text, cidr_holds_cidr(p->cidr, cidr) ? "or split " : "");
}

static int refuse_unreadable(const char *key, const char *text, const char *why, struct err *e)
{
	return err_set(e, ERR_CORRUPT, "%s: pool \"%.253s\" cannot be read: %s", key, text, why);
}

static int refuse_family(enum family family, struct cidr cidr, const char *what, const char *text,
			 struct err *e)
{
	char network[ADDR_TEXT];

	addr_print(cidr_masked(cidr).base, network);
	return err_set(e, ERR_CONFIG, "%s: \"%s\" isn't a IPv%u address: %s\"%s\" is of the other "
		       "IP family", family_pools_key(family), network, family_number(family), what,
		       text);
}

static int refuse_unknown_cidr(const struct candidates *c, enum family family, struct cidr cidr,
			       const char *text, struct err *e)
{
	const char *key = family_pools_key(family);
	const struct pool *p;
	char masked[CIDR_TEXT];

	if (cidr.base.family != family)
		return refuse_family(family, cidr, "", text, e);
	p = overlapping(c, cidr_masked(cidr));
	if (p)
		return refuse_overlap(key, cidr_masked(cidr), p, e);
	cidr_print(cidr_masked(cidr), masked);
	return err_set(e, ERR_CONFIG, "%s: " NO_POOL "; see: calico-ipamctl pool list", key,
		       masked);
}

/* Says what was probably meant by what is neither a CIDR nor a pool's name. */
static int refuse_no_cidr(const struct candidates *c, const char *text, struct err *e)
{
	const struct pool *p;
	char meant[CIDR_TEXT];
	struct addr a;

	if (addr_parse(text, &a) < 0)
		return err_set(e, ERR_CONFIG, NO_POOL "; see: calico-ipamctl pool list", text);
	p = candidates_holding(c, a, true);
	if (!p)
		return err_set(e, ERR_CONFIG, NO_POOL "; a CIDR needs its prefix length", text);
	cidr_print(p->cidr, meant);
	return err_set(e, ERR_CONFIG, NO_POOL "; did you mean %s?", text, meant);
}

static int refuse_unknown(const struct candidates *c, enum family family, const char *text,
			  struct err *e)
{
	const char *key = family_pools_key(family);
	char asked[ASKED_MAX + 1];
	struct cidr cidr;

	for (size_t i = 0; i < c->all.n_unreadable; i++)
		if (strcmp(c->all.unreadable[i].name, text) == 0)
			return refuse_unreadable(key, text, c->all.unreadable[i].why, e);
	if (cidr_parse(text, &cidr) == 0)
		return refuse_unknown_cidr(c, family, cidr, text, e);
	snprintf(asked, sizeof(asked), "%.*s", (int)utf8_within(text, ASKED_MAX), text);
	refuse_no_cidr(c, asked, e);
	return err_wrap(e, "%s: error parsing pool \"%s\": invalid CIDR address: %s", key, asked,
			asked);
}

static int refuse_disabled(const char *key, const struct pool *p, struct err *e)
{
	char word[SHELL_WORD_SHORT], cidr[CIDR_TEXT];

	cidr_print(p->cidr, cidr);
	return err_set(e, ERR_CONFIG, "%s: " NO_POOL ": pool \"%.64s\" is disabled; enable it: "
		       "calico-ipamctl pool enable %s", key, cidr, p->name,
		       shell_word(p->name, word, sizeof(word)));
}

static int allow_asked(struct candidates *c, enum family family, const char *text, struct err *e)
{
	const struct pool *p = find_asked(c, text);
	const char *key = family_pools_key(family);

	if (!p)
		return refuse_unknown(c, family, text, e);
	if (p->cidr.base.family != family)
		return refuse_family(family, p->cidr, "pool ", text, e);
	if (p->disabled)
		return refuse_disabled(key, p, e);
	if (pool_tell_unusable(p, e))
		return err_wrap(e, "%s", key);
	return allow(c, family, p, e);
}

/* One that an administrator holds to be usable is at fault; false: there is none. */
static bool tell_unusable(const struct candidates *c, enum family family, struct err *ret)
{
	const struct pool_unreadable *unreadable = pools_unreadable(&c->all, family);

	for (size_t i = 0; i < c->all.n; i++)
		if (c->all.list[i].cidr.base.family == family &&
		    pool_tell_unusable(&c->all.list[i], ret))
			return true;
	if (!unreadable)
		return false;
	err_set(ret, ERR_CORRUPT, "pool \"%.253s\" cannot be read: %s", unreadable->name,
		unreadable->why);
	return true;
}

static int none_enabled(const struct candidates *c, enum family family, struct err *e)
{
	const struct pool *p = NULL;
	char word[SHELL_WORD_SHORT];

	if (tell_unusable(c, family, e))
		return err_wrap(e, "cannot find a qualified ippool: no IPv%u pool can be used",
				family_number(family));
	for (size_t i = 0; i < c->all.n && !p; i++)
		if (c->all.list[i].disabled && c->all.list[i].cidr.base.family == family)
			p = &c->all.list[i];
	return err_set(e, ERR_POOL,
		       "cannot find a qualified ippool: there is no enabled IPv%u pool; %s one: "
		       "calico-ipamctl pool %s%s", family_number(family),
		       p ? "enable" : "create", p ? "enable " : "create",
		       p ? shell_word(p->name, word, sizeof(word)) : "");
}

static bool has_enabled(const struct candidates *c, enum family family)
{
	for (size_t i = 0; i < c->all.n; i++)
		if (is_of_family(&c->all.list[i], family))
			return true;
	for (unsigned i = 0; i < c->n_made; i++)
		if (is_of_family(&c->made[i], family))
			return true;
	return false;
}

static int keep_workload_pools(struct candidates *c, enum family family, struct err *e)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < c->n_allowed[family]; i++)
		if (c->allowed[family][i]->uses & POOL_USE_WORKLOAD)
			c->allowed[family][kept++] = c->allowed[family][i];
	c->n_allowed[family] = kept;
	if (!kept)
		return err_set(e, ERR_POOL,
			       "cannot find a qualified ippool, no pools match the required use "
			       "(Workload)");
	return 0;
}

/* Why a pool that could be used is none for this node. */
static void explain(const struct candidates *c, const struct pool *p, enum family family,
		    struct buf *out)
{
	struct err ignored = {0};
	bool node = true;

	candidates_selects_node(c, p, &node, &ignored);
	if (p->manual)
		buf_printf(out, "pool \"%s\" is Manual, so it must be named in %s", p->name,
			   family_pools_key(family));
	else if (node)
		buf_printf(out, "pool \"%s\" is for other namespaces", p->name);
	else if (strlen(p->node_selector) > EXPLAINED_SELECTOR_MAX)
		buf_printf(out, "pool \"%s\" is for other nodes", p->name);
	else
		buf_printf(out, "pool \"%s\" is for nodes with %s", p->name, p->node_selector);
}

static int none_qualifies(const struct candidates *c, const char *node, enum family family,
			  struct err *e)
{
	const struct labels *labels = &c->node.labels;
	struct buf pools __cleanup(buf_done) = BUF(EXPLAINED_MAX);
	struct buf text __cleanup(buf_done) = BUF(EXPLAINED_MAX);

	if (labels->n)
		labels_print(labels, &text);
	for (size_t i = 0; i < c->all.n; i++) {
		if (!is_of_family(&c->all.list[i], family))
			continue;
		if (pools.len > EXPLAINED_MAX / 4) {
			buf_puts(&pools, "; and others");
			break;
		}
		buf_puts(&pools, pools.len ? "; " : "");
		explain(c, &c->all.list[i], family, &pools);
	}
	if (text.failed || text.len > EXPLAINED_SELECTOR_MAX)
		buf_reset(&text);
	return err_set(e, ERR_POOL, "no configured Calico pools for node %s (IPv%u)%s%s: %s", node,
		       family_number(family),
		       text.len ? ", whose labels are " : labels->n ? "" :
				  ", which has no labels", text.data, pools.data);
}

static int choose_all(struct candidates *c, struct draft *d,
		      const struct ipam_assign_request *request, enum family family, struct err *e)
{
	for (size_t i = 0; i < c->all.n; i++)
		if (allow_automatic(c, d, request, family, &c->all.list[i], e) < 0)
			return -1;
	if (c->wants_namespace || c->n_allowed[family])
		return 0;
	return none_qualifies(c, request->owner.node, family, e);
}

int choose_pools(struct candidates *c, struct draft *d,
		 const struct ipam_assign_request *request, enum family family,
		 bool *ret_ready, struct err *e)
{
	if (make_asked_pools(c, d, request, family, ret_ready, e) < 0)
		return -1;
	if (!*ret_ready)
		return 0;
	if (!has_enabled(c, family) && !request->n_pools[family])
		return none_enabled(c, family, e);
	for (unsigned i = 0; i < request->n_pools[family]; i++)
		if (allow_asked(c, family, request->pools[family][i], e) < 0)
			return -1;
	if (!request->n_pools[family] && choose_all(c, d, request, family, e) < 0)
		return -1;
	if (c->wants_namespace) {
		*ret_ready = false;
		return 0;
	}
	return keep_workload_pools(c, family, e);
}

static int make_pool(struct candidates *c, struct draft *d,
		     const struct ipam_assign_request *request, struct cidr cidr, struct err *e)
{
	unsigned usual = cidr.base.family == FAMILY_4 ? 26 : 122;
	char name[CIDR_TEXT], text[CIDR_TEXT], key[KEY_TEXT];
	struct pool_spec spec = { .name = name, .cidr = text };
	struct buf value __cleanup(buf_done) = BUF(DRAFT_VALUE_MAX);
	struct record record = { .key = key, .revision = 0 };

	if (c->uids_used == IPAM_UIDS || c->n_made == IPAM_UIDS)
		return err_set(e, ERR_LIMIT,
			       "more than %d pools would be made at once; create them with "
			       "calico-ipamctl",
			       IPAM_UIDS);
	pool_name_of_cidr(cidr, name);
	cidr_print(cidr, text);
	spec.block_len = cidr.len > usual ? cidr.len : usual;
	if (pool_new(&spec, &c->all, d->plan->view, request->uids[c->uids_used++], d->now_ns,
		     &value, e) < 0 ||
	    key_of_pool(name, key, e) < 0)
		return -1;
	record.value = value.data;
	record.value_len = value.len;
	if (pool_read(&record, &c->made[c->n_made], e) < 0)
		return -1;
	c->n_made++;
	return draft_put(d, key, &value, e);
}

int make_asked_pools(struct candidates *c, struct draft *d,
		     const struct ipam_assign_request *request, enum family family,
		     bool *ret_ready, struct err *e)
{
	struct cidr cidr;

	*ret_ready = true;
	if (!d->plan->one_node || !request->make_pools)
		return 0;
	for (unsigned i = 0; i < request->n_pools[family]; i++) {
		if (cidr_parse(request->pools[family][i], &cidr) < 0 ||
		    cidr.base.family != family)
			continue;
		cidr = cidr_masked(cidr);
		if (overlapping(c, cidr))
			continue;
		*ret_ready = draft_know_prefix(d, key_of_blocks(cidr.base.family),
					       RANGE_PREFIX_KEYS);
		if (!*ret_ready)
			return 0;
		if (make_pool(c, d, request, cidr, e) < 0)
			return err_wrap(e, "%s: %s", family_pools_key(family),
					request->pools[family][i]);
	}
	return 0;
}
