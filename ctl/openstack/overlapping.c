/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/openstack/overlapping.h"

#include "base/list.h"
#include "ctl/cli/aside.h"
#include "ctl/cli/uid.h"
#include "ipam/reservation/reservations.h"

#include <stdlib.h>
#include <string.h>

void overlapping_done(struct overlapping *o)
{
	overlaps_done(&o->overlaps);
	pool_list_done(&o->pools);
}

struct cidrs {
	struct cidr *list;	/* owned */
	size_t n, cap;
};

static void cidrs_done(struct cidrs *c)
{
	free(c->list);
}

static int add_entries(struct cidrs *c, const struct reservation *r, struct err *e)
{
	for (size_t i = 0; i < r->n; i++) {
		if (list_room(&c->list, c->n, &c->cap) < 0)
			return err_set(e, ERR_INTERNAL, "out of memory");
		if (r->entries[i] && reservation_parse_entry(r->entries[i], &c->list[c->n]) == 0)
			c->n++;
	}
	return 0;
}

static int read_reserved(struct datastore *ds, struct cidrs *ret, struct err *e)
{
	struct reservation_list list __cleanup(reservation_list_done) = { 0 };

	if (ipam_list_reservations(ds, &list, e) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++)
		if (!list.list[i].unreadable &&
		    add_entries(ret, &list.list[i].reservation, e) < 0)
			return -1;
	return 0;
}

static int compare_names(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static bool is_among(const char *name, const struct pool_names *names)
{
	return names->n && bsearch(&name, names->list, names->n, sizeof(*names->list),
				   compare_names);
}

static size_t pools_to_meet(const struct pool_list *list, const struct pool_names *names,
			   struct overlap_pool *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		const struct pool_entry *p = &list->list[i];

		if (!p->unreadable && (!names || is_among(p->name, names)))
			ret[n++] = (struct overlap_pool){ p->pool.name, p->pool.cidr };
	}
	return n;
}

static int meet(const struct survey *s, const struct pool_names *names,
		const struct cidrs *reserved, struct overlapping *o, struct err *e)
{
	struct overlap_pool *pools = calloc(o->pools.n + 1, sizeof(*pools));
	int rc = -1;

	if (pools)
		rc = survey_overlaps(s, pools, pools_to_meet(&o->pools, names, pools),
				     reserved->list, reserved->n, &o->overlaps);
	free(pools);
	return rc < 0 ? err_set(e, ERR_INTERNAL, "out of memory") : 0;
}

int overlapping_read(struct datastore *ds, const struct survey *s,
		     const struct pool_names *names, struct overlapping *ret, struct err *e)
{
	struct cidrs reserved __cleanup(cidrs_done) = { 0 };
	struct overlapping o __cleanup(overlapping_done) = { 0 };

	if (ipam_list_pools(ds, &o.pools, e) < 0 || read_reserved(ds, &reserved, e) < 0 ||
	    meet(s, names, &reserved, &o, e) < 0)
		return -1;
	*ret = o;
	o = (struct overlapping){ 0 };
	return 0;
}

/* Another call's, or somebody else's of that name, which may hold something else. */
static int judge_existing(struct datastore *ds, const struct reservation_spec *spec,
			  struct err *e)
{
	struct reservation_update_request same = { .spec = *spec, .terms.dry_run = true };
	struct reservation_update_answer answer = { 0 };
	char cidr[CIDR_TEXT];

	err_reset(e);
	if (ipam_update_reservation(ds, &same, &answer, e) < 0)
		return err_wrap(e, "reservation %s", spec->name);
	if (!answer.changed)
		return 0;
	cidr_print(*spec->cidrs, cidr);
	return err_set(e, ERR_EXISTS, "reservation %s is there, and holds something else than %s: "
		       "calico-ipamctl reservation delete %s, then --fix again", spec->name, cidr,
		       spec->name);
}

static int reserve(struct datastore *ds, const struct overlap *o, struct err *e)
{
	char name[OVERLAP_NAME_TEXT];
	struct reservation_create_request r = {
		.spec = { .name = name, .cidrs = &o->cidr, .n_cidrs = 1 },
		.now_ns = clock_now_ns(),
	};

	overlap_name(o, name);
	uid_new(r.uid);
	if (ipam_create_reservation(ds, &r, e) == 0)
		return 0;
	if (e->kind != ERR_EXISTS)
		return err_wrap(e, "reservation %s", name);
	return judge_existing(ds, &r.spec, e);
}

int overlapping_reserve(struct datastore *ds, const struct overlapping *o, size_t *ret_n,
			struct err *e)
{
	for (*ret_n = 0; *ret_n < o->overlaps.n; ++*ret_n)
		if (reserve(ds, &o->overlaps.list[*ret_n], e) < 0)
			return -1;
	return 0;
}

static int find(struct datastore *ds, const struct pool_names *names, struct findings *ret,
		struct err *e)
{
	struct overlapping o __cleanup(overlapping_done) = { 0 };
	struct survey s __cleanup(survey_done) = { 0 };
	struct findings others __cleanup(findings_done) = { 0 };

	if (survey_read(ds, NULL, &s, &others, e) < 0 ||
	    overlapping_read(ds, &s, names, &o, e) < 0)
		return -1;
	overlaps_tell(&o.overlaps, ret);
	return 0;
}

void overlapping_tell(struct datastore *ds, struct pool_names *names)
{
	struct findings found __cleanup(findings_done) = { 0 };
	struct err e = { 0 };
	uint64_t n = 0;

	if (names && !names->n)
		return;
	if (names)
		qsort(names->list, names->n, sizeof(*names->list), compare_names);
	if (find(ds, names, &found, &e) < 0 && e.kind != ERR_UNSUPPORTED)
		aside("whether Neutron gives addresses of %s away was not looked at: %s\n",
		      names && names->n == 1 ? names->list[0] : "these pools", e.text);
	for (size_t i = 0; i < found.n; i++)
		if (aside_names(&n))
			aside("%s of Neutron: %s; %s\n", found.list[i].where,
			      found.list[i].text, finding_remedy(found.list[i].kind));
	aside_rest(n, "that meet it: calico-ipamctl openstack check");
}
