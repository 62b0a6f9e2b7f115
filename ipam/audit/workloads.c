/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/audit/workloads.h"

#include "base/list.h"
#include "ipam/record/endpoint.h"
#include "ipam/record/keys.h"
#include "ipam/audit/index.h"

#include <stdlib.h>
#include <string.h>

typedef void address_visit(struct addr a, const char *key, void *arg);

void workloads_done(struct workloads *u)
{
	free(u->list);
	free(u->nodes);
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

static void add_node(struct workloads *u, const char *node)
{
	uint64_t hash = node ? audit_index_hash(node) : 0;
	size_t at = list_place(u->nodes, u->n_nodes, &hash, compare_hashes);

	if (!node || (at < u->n_nodes && u->nodes[at] == hash))
		return;
	if (list_room(&u->nodes, u->n_nodes, &u->cap_nodes) < 0) {
		u->failed = true;
		return;
	}
	memmove(&u->nodes[at + 1], &u->nodes[at], (u->n_nodes - at) * sizeof(*u->nodes));
	u->nodes[at] = hash;
	u->n_nodes++;
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
		r->visit(endpoint.list[i], record->key, r->arg);
	if (!is_node && r->workloads) {
		r->workloads->endpoints++;
		add_node(r->workloads, endpoint.node);
	}
	return r->workloads && r->workloads->failed ? err_set(e, ERR_INTERNAL, "out of memory") : 0;
}

static int scan_records(struct datastore *ds, struct reading *r, struct err *e)
{
	if (datastore_scan(ds, KEY_NODES, look, r, e) < 0)
		return -1;
	return datastore_scan(ds, KEY_WORKLOADS, look, r, e);
}

static void add(struct addr a, const char *key __unused_arg, void *arg)
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

static void sort(struct workloads *u)
{
	size_t kept = 0;

	if (!u->n)
		return;
	qsort(u->list, u->n, sizeof(*u->list), compare);
	for (size_t i = 1; i < u->n; i++)
		if (compare(&u->list[kept], &u->list[i]) != 0)
			u->list[++kept] = u->list[i];
	u->n = kept + 1;
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
	uint64_t hash = node ? audit_index_hash(node) : 0;
	size_t at = list_place(u->nodes, u->n_nodes, &hash, compare_hashes);

	return node && at < u->n_nodes && u->nodes[at] == hash;
}

struct unheld {
	struct addr addr;
	char *key;	/* owned */
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

static void note_unheld(struct addr a, const char *key, void *arg)
{
	struct telling *t = arg;
	const struct used *used = find(t->workloads, a);

	if (!used || used->held || t->failed || t->n == WORKLOADS_TOLD_MAX)
		return;
	if (list_room(&t->list, t->n, &t->cap) < 0) {
		t->failed = true;
		return;
	}
	t->list[t->n] = (struct unheld){ a, strdup(key) };
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
		tell(telling.list[i].addr, telling.list[i].key, arg);
	return 0;
}
