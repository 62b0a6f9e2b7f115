/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/audit/workloads.h"

#include "base/list.h"
#include "ipam/record/endpoint.h"
#include "ipam/record/keys.h"
#include "ipam/audit/index.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORKLOAD_NAME_TEXT 768	/* bytes of "<namespace>/<pod>", NUL included */

typedef void address_visit(struct addr a, const char *key, bool openstacks, void *arg);

void workloads_done(struct workloads *u)
{
	free(u->list);
	free(u->pods);
	free(u->nodes);
	free(u->known);
	*u = (struct workloads){ 0 };
}

struct reading {
	address_visit *visit;
	void *arg;
	struct workloads *workloads;	/* NULL: endpoints and their nodes are not counted */
};

static int compare_hashes(const void *left, const void *right)
{
	const uint64_t *a = left, *b = right;

	return *a < *b ? -1 : *a > *b;
}

static bool has_hash(const uint64_t *list, size_t n, const char *name)
{
	uint64_t hash = name ? audit_index_hash(name) : 0;
	size_t at = list_place(list, n, &hash, compare_hashes);

	return name && at < n && list[at] == hash;
}

/* In any order; sort() puts them in theirs. */
static void add_hash(struct workloads *u, uint64_t **list, size_t *n, size_t *cap, const char *name)
{
	if (!name)
		return;
	if (list_room(list, *n, cap) < 0)
		u->failed = true;
	else
		(*list)[(*n)++] = audit_index_hash(name);
}

static uint64_t hash_pod(const char *namespace_name, const char *pod)
{
	char name[WORKLOAD_NAME_TEXT];

	snprintf(name, sizeof(name), "%s/%s", namespace_name, pod);
	return audit_index_hash(name);
}

static void add_pod(struct workloads *u, const struct endpoint *endpoint)
{
	if (!endpoint->pod || !endpoint->namespace_name)
		return;
	if (list_room(&u->pods, u->n_pods, &u->cap_pods) < 0) {
		u->failed = true;
		return;
	}
	u->pods[u->n_pods++] = (struct workload){
		.pod = hash_pod(endpoint->namespace_name, endpoint->pod),
		.node = endpoint->node ? audit_index_hash(endpoint->node) : 0,
		.addressed = endpoint->n > 0,
	};
}

static void add_endpoint(struct workloads *u, const struct endpoint *endpoint)
{
	u->endpoints++;
	add_hash(u, &u->nodes, &u->n_nodes, &u->cap_nodes, endpoint->node);
	add_pod(u, endpoint);
}

static int read_record(const struct record *record, bool is_node, struct endpoint *ret,
		       struct err *e)
{
	return is_node ? endpoint_read_tunnels(record, ret, e) : endpoint_read(record, ret, e);
}

static int look(const struct record *record, void *arg, struct err *e)
{
	bool is_node = strncmp(record->key, KEY_NODES, strlen(KEY_NODES)) == 0;
	struct endpoint endpoint __cleanup(endpoint_done) = { 0 };
	struct reading *r = arg;

	if (read_record(record, is_node, &endpoint, e) < 0)
		return -1;
	for (size_t i = 0; i < endpoint.n; i++)
		r->visit(endpoint.list[i], record->key, endpoint.openstacks, r->arg);
	if (is_node && r->workloads)
		add_hash(r->workloads, &r->workloads->known, &r->workloads->n_known,
			 &r->workloads->cap_known, record->key + strlen(KEY_NODES));
	else if (r->workloads)
		add_endpoint(r->workloads, &endpoint);
	return r->workloads && r->workloads->failed ? err_set(e, ERR_INTERNAL, "out of memory") : 0;
}

static int scan_records(struct datastore *ds, struct reading *r, struct err *e)
{
	if (datastore_scan(ds, KEY_NODES, look, r, e) < 0)
		return -1;
	return datastore_scan(ds, KEY_WORKLOADS, look, r, e);
}

static void add(struct addr a, const char *key __unused_arg, bool openstacks __unused_arg,
		void *arg)
{
	struct workloads *u = arg;

	if (list_room(&u->list, u->n, &u->cap) < 0)
		u->failed = true;
	else
		u->list[u->n++] = (struct used){ .addr = a };
}

static int compare(const void *left, const void *right)
{
	const struct used *a = left, *b = right;

	return addr_compare(a->addr, b->addr);
}

static int compare_pods(const void *left, const void *right)
{
	const struct workload *a = left, *b = right;

	return a->pod < b->pod ? -1 : a->pod > b->pod;
}

static void sort(struct workloads *u)
{
	if (u->n_pods)
		qsort(u->pods, u->n_pods, sizeof(*u->pods), compare_pods);
	u->n_nodes = list_settle(u->nodes, u->n_nodes, compare_hashes, NULL);
	u->n_known = list_settle(u->known, u->n_known, compare_hashes, NULL);
	u->n = list_settle(u->list, u->n, compare, NULL);
}

int workloads_read(struct datastore *ds, struct workloads *ret, struct err *e)
{
	struct workloads u __cleanup(workloads_done) = { 0 };
	struct reading reading = { add, &u, &u };

	if (scan_records(ds, &reading, e) < 0)
		return -1;
	sort(&u);
	*ret = u;
	u = (struct workloads){ 0 };
	return 0;
}

static struct used *find(const struct workloads *u, struct addr a)
{
	struct used key = { .addr = a };

	return u->n ? bsearch(&key, u->list, u->n, sizeof(*u->list), compare) : NULL;
}

bool workloads_note_held(struct workloads *u, struct addr a)
{
	struct used *used = find(u, a);

	if (used)
		used->held = true;
	return used != NULL;
}

bool workloads_has_node(const struct workloads *u, const char *node)
{
	return has_hash(u->nodes, u->n_nodes, node);
}

bool workloads_knows_node(const struct workloads *u, const char *node)
{
	return has_hash(u->known, u->n_known, node);
}

enum workloads_pod workloads_find_pod(const struct workloads *u, const char *namespace_name,
				      const char *pod, const char *node)
{
	struct workload wanted = { .pod = hash_pod(namespace_name, pod) };
	size_t at = list_place(u->pods, u->n_pods, &wanted, compare_pods);
	enum workloads_pod found = WORKLOADS_NO_POD;

	for (; at < u->n_pods && u->pods[at].pod == wanted.pod; at++) {
		if (!node || u->pods[at].node == audit_index_hash(node))
			return u->pods[at].addressed ? WORKLOADS_ADDRESSED : WORKLOADS_NO_ADDRESS;
		found = WORKLOADS_OTHER_NODE;
	}
	return found;
}

struct unheld {
	struct addr addr;
	char *key;	/* owned */
	bool openstacks;
};

struct telling {
	const struct workloads *workloads;
	struct unheld *list;	/* owned */
	size_t n, cap;
	bool failed;
};

static void telling_done(struct telling *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->list[i].key);
	free(t->list);
}

static void note_unheld(struct addr a, const char *key, bool openstacks, void *arg)
{
	struct telling *t = arg;
	const struct used *used = find(t->workloads, a);

	if (!used || used->held || t->failed || t->n == WORKLOADS_TOLD_MAX)
		return;
	if (list_room(&t->list, t->n, &t->cap) < 0) {
		t->failed = true;
		return;
	}
	t->list[t->n] = (struct unheld){ a, strdup(key), openstacks };
	t->failed = !t->list[t->n].key;
	t->n += !t->failed;
}

int workloads_tell_not_held(struct datastore *ds, const struct workloads *u, workloads_teller *tell,
			    void *arg, struct err *e)
{
	struct telling telling __cleanup(telling_done) = { .workloads = u };
	struct reading reading = { note_unheld, &telling, NULL };
	size_t unheld = 0;

	for (size_t i = 0; i < u->n; i++)
		unheld += !u->list[i].held;
	if (!unheld)
		return 0;
	if (scan_records(ds, &reading, e) < 0)
		return -1;
	if (telling.failed)
		return err_set(e, ERR_INTERNAL, "out of memory");
	for (size_t i = 0; i < telling.n; i++)
		tell(telling.list[i].addr, telling.list[i].key, telling.list[i].openstacks, arg);
	return 0;
}
