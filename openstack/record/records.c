/* SPDX-License-Identifier: Apache-2.0 */
#include "openstack/record/records.h"

#include "base/list.h"

#include <stdlib.h>
#include <string.h>

void records_forget(struct records *r)
{
	struct prefixes prefixes = r->prefixes;

	records_done(r);
	r->prefixes = prefixes;
}

void records_done(struct records *r)
{
	for (size_t i = 0; i < r->n_endpoints; i++) {
		free(r->endpoints[i].key);
		vm_endpoint_done(&r->endpoints[i].endpoint);
	}
	for (size_t i = 0; i < r->n_subnets; i++)
		subnet_done(&r->subnets[i]);
	free(r->endpoints);
	free(r->subnets);
	*r = (struct records){ 0 };
}

static int compare_key(const void *key, const void *element)
{
	const struct kept_endpoint *kept = element;

	return strcmp(key, kept->key);
}

struct subnet_key {
	const char *id;
	bool old;
};

static int compare_subnet(const void *key, const void *element)
{
	const struct subnet_key *wanted = key;
	const struct subnet *s = element;
	int order = strcmp(wanted->id, s->id);

	return order ? order : wanted->old - s->old;
}

static void remove_endpoint(struct records *r, size_t at)
{
	struct kept_endpoint *kept = &r->endpoints[at];

	free(kept->key);
	vm_endpoint_done(&kept->endpoint);
	memmove(kept, kept + 1, (--r->n_endpoints - at) * sizeof(*kept));
}

static int put_endpoint(struct records *r, size_t at, const char *key, struct vm_endpoint *endpoint,
			struct err *e)
{
	struct kept_endpoint kept = { .endpoint = *endpoint };

	if (list_room(&r->endpoints, r->n_endpoints, &r->cap_endpoints) < 0 ||
	    !(kept.key = strdup(key)))
		return err_set(e, ERR_INTERNAL, "out of memory");
	memmove(r->endpoints + at + 1, r->endpoints + at,
		(r->n_endpoints++ - at) * sizeof(*r->endpoints));
	r->endpoints[at] = kept;
	*endpoint = (struct vm_endpoint){ 0 };
	return 0;
}

/* The complaint of one that was read, or why it could not be, with its key. */
static void tell(struct err *ret_told, const struct err *why, const char *complaint,
		 const char *key)
{
	*ret_told = *why;
	if (!why->kind && complaint)
		err_set(ret_told, ERR_CORRUPT, "%s", complaint);
	if (ret_told->kind)
		err_wrap(ret_told, "%s", key);
}

static int take_endpoint(struct records *r, const struct record *record, struct err *ret_told,
			 struct err *e)
{
	const char *name = record->key + strlen(r->prefixes.endpoints);
	struct vm_endpoint p __cleanup(vm_endpoint_done) = { 0 };
	enum vm_endpoint_state state = ENDPOINT_ABSENT;
	struct err why = { 0 };
	size_t at = list_place(r->endpoints, r->n_endpoints, record->key, compare_key);

	if (at < r->n_endpoints && strcmp(r->endpoints[at].key, record->key) == 0)
		remove_endpoint(r, at);
	if (!record->value)
		return 0;
	if (vm_endpoint_read(&p, &state, name, record->value, record->value_len, &why) < 0 &&
	    why.kind != ERR_CORRUPT) {
		*e = why;
		return -1;
	}
	tell(ret_told, &why, p.complaint, record->key);
	p.revision = record->revision;
	return why.kind || state == ENDPOINT_ABSENT ? 0 :
	       put_endpoint(r, at, record->key, &p, e);
}

static void remove_subnet(struct records *r, size_t at)
{
	struct subnet *s = &r->subnets[at];

	subnet_done(s);
	memmove(s, s + 1, (--r->n_subnets - at) * sizeof(*s));
}

static int put_subnet(struct records *r, size_t at, bool there, struct subnet *s, struct err *e)
{
	if (there) {
		subnet_done(&r->subnets[at]);
	} else {
		if (list_room(&r->subnets, r->n_subnets, &r->cap_subnets) < 0)
			return err_set(e, ERR_INTERNAL, "out of memory");
		memmove(r->subnets + at + 1, r->subnets + at,
			(r->n_subnets++ - at) * sizeof(*r->subnets));
	}
	r->subnets[at] = *s;
	*s = (struct subnet){ 0 };
	return 0;
}

static int take_subnet(struct records *r, const struct record *record, struct subnet_key key,
		       struct err *ret_told, struct err *e)
{
	struct subnet s __cleanup(subnet_done) = { 0 };
	size_t at = list_place(r->subnets, r->n_subnets, &key, compare_subnet);
	bool there = at < r->n_subnets && compare_subnet(&key, &r->subnets[at]) == 0;
	struct err why = { 0 };

	if (!record->value) {
		if (there)
			remove_subnet(r, at);
		return 0;
	}
	if (subnet_read(&s, key.id, record->value, record->value_len, &why) < 0 &&
	    why.kind != ERR_CORRUPT) {
		*e = why;
		return -1;
	}
	tell(ret_told, &why, s.complaint, record->key);
	if (why.kind)
		return 0;
	s.old = key.old;
	return put_subnet(r, at, there, &s, e);
}

static const char *behind(const char *prefix, const char *key)
{
	size_t len = strlen(prefix);

	return strncmp(key, prefix, len) == 0 ? key + len : NULL;
}

int records_take(struct records *r, const struct record *record, enum records_change *ret_change,
		 struct err *ret_told, struct err *e)
{
	struct subnet_key key = { behind(r->prefixes.subnets, record->key), false };

	err_reset(ret_told);
	*ret_change = RECORDS_SAME;
	if (behind(r->prefixes.endpoints, record->key)) {
		*ret_change = RECORDS_ENDPOINT;
		return take_endpoint(r, record, ret_told, e);
	}
	if (!key.id)
		key = (struct subnet_key){ behind(OLD_SUBNETS, record->key), true };
	if (!key.id)
		return 0;
	*ret_change = RECORDS_SUBNET;
	return take_subnet(r, record, key, ret_told, e);
}

const struct subnet *records_subnet_of(const struct records *r, struct addr a, const char *network)
{
	const struct subnet *old = NULL;

	for (size_t i = 0; i < r->n_subnets; i++) {
		const struct subnet *s = &r->subnets[i];

		if ((*network && strcmp(s->network, network) != 0) || !cidr_holds(s->cidr, a))
			continue;
		if (!s->old)
			return s;
		if (!old)
			old = s;
	}
	return old;
}
