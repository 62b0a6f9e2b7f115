/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/upgrade/take_over.h"

#include "ipam/assign/verify.h"

#include <string.h>

/* The pod that has a reserved address; NULL: none, or nothing is known. */
static const struct node_pod *pod_of(const struct take_over *t,
				     const struct host_local_entry *entry)
{
	return t->pods ? node_pods_find(t->pods, entry->addr) : NULL;
}

/*
 * Nobody's any more.  Of a pod kubelet tells the addresses of its first interface alone,
 * and of one that only begins none.
 */
static bool is_stale(const struct take_over *t, const struct host_local_entry *entry)
{
	return t->pods && !t->pods->unaddressed && !pod_of(t, entry) &&
	       (!entry->ifname || strcmp(entry->ifname, "eth0") == 0);
}

static void prepare(const struct take_over *t, const struct host_local_entry *entry,
		    struct ipam_assign_request *r)
{
	const struct node_pod *pod = pod_of(t, entry);

	*r = (struct ipam_assign_request){
		.owner = { .network = t->network, .container = entry->container,
			   .ifname = entry->ifname, .node = t->node,
			   .namespace_name = pod ? pod->namespace_name : "default",
			   .pod = pod ? pod->name : NULL },
		.prefix = IPAM_PREFIX_HOST,
	};
	t->begin(r, t->arg);
}

/* Both addresses in one request; each may be NULL. */
static int take_pair(struct datastore *ds, const struct take_over *t,
		     const struct host_local_entry *const pair[N_FAMILIES], struct err *e)
{
	struct ipam_assign_answer answer;
	struct ipam_assign_request r;
	struct err why = { 0 };
	int rc;

	prepare(t, pair[FAMILY_4] ? pair[FAMILY_4] : pair[FAMILY_6], &r);
	for (enum family f = FAMILY_4; f < N_FAMILIES; f++) {
		r.wanted[f] = pair[f] != NULL;
		if (pair[f])
			r.exact[f] = pair[f]->addr;
	}
	rc = t->rehearsal ? ipam_would_assign(ds, &r, &why) : ipam_assign(ds, &r, &answer, &why);
	if (rc < 0 && why.kind != ERR_EXISTS && why.kind != ERR_POOL && why.kind != ERR_CONFLICT) {
		*e = why;
		return -1;
	}
	for (enum family f = FAMILY_4; f < N_FAMILIES; f++)
		if (pair[f])
			t->tell(pair[f], rc < 0 ? TAKEN_NOT : TAKEN_OVER, rc < 0 ? &why : NULL,
				t->arg);
	return 0;
}

/* 1 held by this very container, 0 not. */
static int is_held(struct datastore *ds, const struct take_over *t,
		   const struct host_local_entry *entry, struct err *e)
{
	struct ipam_assign_request r;
	struct err why = { 0 };

	prepare(t, entry, &r);
	if (ipam_verify(ds, &r.owner, &entry->addr, 1, &why) == 0)
		return 1;
	if (why.kind == ERR_NOT_FOUND)
		return 0;
	*e = why;
	return -1;
}

/* True, and told, where it is nobody's, or nobody knows whose. */
static bool is_settled(const struct take_over *t, const struct host_local_entry *entry)
{
	struct err why = { 0 };

	if (is_stale(t, entry)) {
		t->tell(entry, TAKEN_STALE, NULL, t->arg);
		return true;
	}
	if (*entry->container)
		return false;
	err_set(&why, ERR_DECODE, "the file %s is empty, so that nobody knows which container "
		"has the address: write its id there, or remove the file", entry->file);
	t->tell(entry, TAKEN_NOT, &why, t->arg);
	return true;
}

/* The next of the container's addresses that it does not hold yet, of this family. */
static int next_of(struct datastore *ds, const struct take_over *t,
		   const struct host_local_entry **at, const struct host_local_entry *end,
		   enum family family, const struct host_local_entry **ret, struct err *e)
{
	for (; *at < end; (*at)++) {
		const struct host_local_entry *entry = *at;
		int held;

		if (entry->addr.family != family || is_settled(t, entry))
			continue;
		held = is_held(ds, t, entry, e);
		if (held < 0)
			return -1;
		if (!held) {
			*ret = entry;
			(*at)++;
			return 0;
		}
		t->tell(entry, TAKEN_HELD, NULL, t->arg);
	}
	*ret = NULL;
	return 0;
}

size_t take_over_same(const struct host_local_entry *list, size_t n)
{
	size_t i = 1;

	while (i < n && strcmp(list[0].container, list[i].container) == 0 &&
	       strcmp(list[0].ifname ? list[0].ifname : "",
		      list[i].ifname ? list[i].ifname : "") == 0)
		i++;
	return i;
}

int ipam_take_over(struct datastore *ds, const struct take_over *t,
		   const struct host_local_entry *list, size_t n, struct err *e)
{
	const struct host_local_entry *pair[N_FAMILIES] = { 0 };
	const struct host_local_entry *at[N_FAMILIES] = { [FAMILY_4] = list, [FAMILY_6] = list };

	for (;;) {
		for (enum family f = FAMILY_4; f < N_FAMILIES; f++)
			if (next_of(ds, t, &at[f], list + n, f, &pair[f], e) < 0)
				return err_wrap(e, "container %.80s", list->container);
		if (!pair[FAMILY_4] && !pair[FAMILY_6])
			return 0;
		if (take_pair(ds, t, pair, e) < 0)
			return err_wrap(e, "container %.80s", list->container);
	}
}
