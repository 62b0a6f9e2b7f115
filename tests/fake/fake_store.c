/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fake/fake_store.h"

#include "base/list.h"
#include "datastore/backend.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define WATCHES_MAX 8

struct fault {
	unsigned int in;	/* strikes when it counts down to 0; 0: none pending */
	enum err_kind kind;
	bool forbidden;
	size_t applied;
	uint64_t which;
};

struct fake_store {
	struct record *records;	/* ascending */
	size_t n, cap;
	uint64_t revision;
	struct datastore_traits traits;
	struct fault read, commit, lost, broken, refused;
	bool compacts;
	size_t compacts_after;	/* records of the next scan */
	size_t limit;	/* keys and prefixes of a commit; 0: none */
	size_t limit_bytes;
	struct fake_watch *watches[WATCHES_MAX];
	size_t n_watches;
	fake_hook *hook;
	void *hook_arg;
	fake_write_hook *write_hook;
	void *write_hook_arg;
	fake_step_hook *step_hook;
	void *step_hook_arg;
	fake_change_hook *change_hook;
	void *change_hook_arg;
	struct late *late;
	size_t n_late;
	unsigned long reads, records_read, commits;
};

/* A commit, or without transactions one write of it, that is still on its way; all owned. */
struct late {
	struct changes changes;
	struct guards guards;
};

struct handle {
	struct fake_store *store;
	struct datastore_traits traits;
	struct deadline deadline;
	unsigned long requests;
};

static void *sure(void *p)
{
	if (!p)
		abort();
	return p;
}

struct fake_store *fake_new(void)
{
	struct fake_store *store = sure(calloc(1, sizeof(*store)));

	store->revision = 1;
	store->traits = (struct datastore_traits){ .transactions = true, .in_order = true,
						   .mirrored = true, .place = "fake store" };
	return store;
}

static void free_records(struct fake_store *store)
{
	for (size_t i = 0; i < store->n; i++) {
		free(unconst(store->records[i].key));
		free(unconst(store->records[i].value));
	}
	free(store->records);
	store->records = NULL;
	store->n = store->cap = 0;
}

void fake_free(struct fake_store *store)
{
	free_records(store);
	fake_drop_late(store);
	free(store);
}

/* The index of the key, or of where it would be. */
static size_t place_of(const struct fake_store *store, const char *key)
{
	size_t low = 0, high = store->n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (strcmp(store->records[middle].key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct record *find(const struct fake_store *store, const char *key)
{
	size_t i = place_of(store, key);

	return i < store->n && strcmp(store->records[i].key, key) == 0 ? &store->records[i] : NULL;
}

struct fake_watch {
	struct fake_store *store;
	int fd;
};

static void wake_watches(const struct fake_store *store)
{
	for (size_t i = 0; i < store->n_watches; i++)
		if (eventfd_write(store->watches[i]->fd, 1) < 0)
			abort();
}

static void store_put(struct fake_store *store, const char *key, const char *value, size_t len,
		      uint64_t revision)
{
	struct record *r = find(store, key);
	char *copy = sure(malloc(len + 1));

	if (len)
		memcpy(copy, value, len);
	copy[len] = '\0';
	if (!r) {
		size_t i = place_of(store, key);

		if (list_room(&store->records, store->n, &store->cap) < 0)
			abort();
		r = &store->records[i];
		memmove(r + 1, r, (store->n++ - i) * sizeof(*r));
		*r = (struct record){ .key = sure(strdup(key)) };
	}
	free(unconst(r->value));
	r->value = copy;
	r->value_len = len;
	r->revision = revision;
	wake_watches(store);
}

static void store_delete(struct fake_store *store, const char *key)
{
	struct record *r = find(store, key);

	if (!r)
		return;
	free(unconst(r->key));
	free(unconst(r->value));
	memmove(r, r + 1, (size_t)(&store->records[--store->n] - r) * sizeof(*r));
	wake_watches(store);
}

/* Of the last write.  Where revisions are in no order, none of them says which is later. */
static uint64_t last_revision(const struct fake_store *store)
{
	return store->traits.in_order ? store->revision
				      : store->revision * 0x9e3779b97f4a7c15 & INT64_MAX >> 1;
}

static void tell_change(struct fake_store *store, const char *key)
{
	if (store->change_hook)
		store->change_hook(store, key, fake_get(store, key), store->change_hook_arg);
}

void fake_put(struct fake_store *store, const char *key, const char *value)
{
	store->revision++;
	store_put(store, key, value, strlen(value), last_revision(store));
	tell_change(store, key);
}

void fake_delete(struct fake_store *store, const char *key)
{
	store->revision++;
	store_delete(store, key);
	tell_change(store, key);
}

const char *fake_get(const struct fake_store *store, const char *key)
{
	const struct record *r = find(store, key);

	return r ? r->value : NULL;
}

uint64_t fake_revision(const struct fake_store *store)
{
	return store->revision;
}

const char *fake_key(const struct fake_store *store, const char *prefix, size_t i)
{
	size_t at = place_of(store, prefix) + i;

	return at < store->n && key_is_under(store->records[at].key, prefix) ?
		store->records[at].key : NULL;
}

size_t fake_count(const struct fake_store *store, const char *prefix)
{
	size_t n = 0;

	while (fake_key(store, prefix, n))
		n++;
	return n;
}

void fake_set_traits(struct fake_store *store, bool one_node, bool transactions)
{
	store->traits.one_node = one_node;
	store->traits.transactions = transactions;
	store->traits.in_order = transactions;
	store->traits.mirrored = !one_node;
}

void fake_set_order(struct fake_store *store, bool in_order)
{
	store->traits.in_order = in_order;
}

void fake_has_namespaces(struct fake_store *store)
{
	store->traits.namespaces = true;
}

void fake_has_pods(struct fake_store *store)
{
	store->traits.pods = true;
}

void fake_fail_read(struct fake_store *store, unsigned int nth, enum err_kind kind)
{
	store->read = (struct fault){ .in = nth, .kind = kind };
}

void fake_forbid_read(struct fake_store *store, unsigned int nth)
{
	store->read = (struct fault){ .in = nth, .kind = ERR_DENIED, .forbidden = true };
}

void fake_fail_commit(struct fake_store *store, unsigned int nth, enum err_kind kind)
{
	store->commit = (struct fault){ .in = nth, .kind = kind };
}

void fake_lose_answer(struct fake_store *store, unsigned int nth)
{
	store->lost = (struct fault){ .in = nth, .kind = ERR_UNKNOWN_OUTCOME };
}

void fake_break_off(struct fake_store *store, unsigned int nth, size_t applied)
{
	store->broken = (struct fault){ .in = nth, .kind = ERR_UNKNOWN_OUTCOME,
					.applied = applied };
}

void fake_compact(struct fake_store *store, size_t n)
{
	store->compacts = true;
	store->compacts_after = n;
}

void fake_refuse(struct fake_store *store, unsigned int nth, uint64_t which)
{
	store->refused = (struct fault){ .in = nth, .which = which };
}

void fake_limit_commits(struct fake_store *store, size_t keys)
{
	store->limit = keys;
}

void fake_limit_bytes(struct fake_store *store, size_t bytes)
{
	store->limit_bytes = bytes;
}

void fake_before_commit(struct fake_store *store, fake_hook *hook, void *arg)
{
	store->hook = hook;
	store->hook_arg = arg;
}

void fake_before_write(struct fake_store *store, fake_write_hook *hook, void *arg)
{
	store->write_hook = hook;
	store->write_hook_arg = arg;
}

void fake_at_each_step(struct fake_store *store, fake_step_hook *hook, void *arg)
{
	store->step_hook = hook;
	store->step_hook_arg = arg;
}

void fake_after_change(struct fake_store *store, fake_change_hook *hook, void *arg)
{
	store->change_hook = hook;
	store->change_hook_arg = arg;
}

static void copy_records(struct fake_store *to, const struct fake_store *from)
{
	to->records = sure(calloc(from->n + 1, sizeof(*to->records)));
	to->n = from->n;
	to->cap = from->n + 1;
	for (size_t i = 0; i < from->n; i++) {
		const struct record *r = &from->records[i];
		char *value = sure(malloc(r->value_len + 1));

		memcpy(value, r->value, r->value_len + 1);
		to->records[i] = *r;
		to->records[i].key = sure(strdup(r->key));
		to->records[i].value = value;
	}
}

struct fake_store *fake_copy(const struct fake_store *store)
{
	struct fake_store *copy = fake_new();

	copy->traits = store->traits;
	copy->revision = store->revision;
	copy_records(copy, store);
	return copy;
}

void fake_restore(struct fake_store *store, const struct fake_store *backup)
{
	free_records(store);
	copy_records(store, backup);
	store->revision = backup->revision;
	wake_watches(store);
}

unsigned long fake_reads(const struct fake_store *store)
{
	return store->reads;
}

unsigned long fake_records_read(const struct fake_store *store)
{
	return store->records_read;
}

unsigned long fake_commits(const struct fake_store *store)
{
	return store->commits;
}

static bool strikes(struct fault *fault)
{
	return fault->in && --fault->in == 0;
}

static int fail(const struct fault *fault, const char *what, struct err *e)
{
	err_set(e, fault->kind, "fake store: this %s was told to fail", what);
	e->forbidden = fault->forbidden;
	return -1;
}

static void read_ranges(struct fake_store *store, struct view *view, const struct range *list,
			size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct range range = list[i];

		view_forget(view, &range);
		for (size_t at = place_of(store, range.key); at < store->n; at++) {
			const struct record *r = &store->records[at];

			if (range.kind == RANGE_KEY ? strcmp(r->key, range.key) != 0 :
			    !key_is_under(r->key, range.key))
				break;
			view_put_as(view, &range, r);
			store->records_read++;
		}
		view_cover(view, &range, last_revision(store));
	}
}

static enum fake_fate step(struct fake_store *store, enum fake_step step, size_t change)
{
	return store->step_hook ? store->step_hook(store, step, change, store->step_hook_arg)
				: FAKE_GOES_ON;
}

static int refuse(enum fake_fate fate, struct err *e)
{
	if (fate == FAKE_IS_OVER)
		return err_set(e, ERR_DEADLINE, "fake store: no time is left");
	return err_set(e, ERR_UNAVAILABLE, "fake store: nobody answers");
}

static int let_read(struct fake_store *store, size_t range, struct err *e)
{
	enum fake_fate fate = step(store, FAKE_READS, range);

	return fate == FAKE_GOES_ON ? 0 : refuse(fate, e);
}

static int handle_read(void *state, struct view *view, const struct wants *wants, struct err *e)
{
	struct handle *h = state;

	h->requests++;
	h->store->reads++;
	if (strikes(&h->store->read))
		return fail(&h->store->read, "read", e);
	if (h->store->traits.transactions)
		return let_read(h->store, 0, e) == 0 ?
			(read_ranges(h->store, view, wants->list, wants->n), 0) : -1;
	for (size_t i = 0; i < wants->n; i++) {
		if (let_read(h->store, i, e) < 0)
			return -1;
		read_ranges(h->store, view, &wants->list[i], 1);
	}
	return 0;
}

/* What is under the prefix now, behind the key `after` if that is not NULL. */
static void take_snapshot(struct fake_store *store, const char *prefix, const char *after,
			  struct view *ret)
{
	view_reset(ret);
	for (size_t i = place_of(store, after && strcmp(after, prefix) > 0 ? after : prefix);
	     i < store->n && key_is_under(store->records[i].key, prefix); i++) {
		const struct record *r = &store->records[i];

		if (!after || strcmp(r->key, after) > 0)
			view_put(ret, r->key, r->value, r->value_len, r->revision);
	}
}

/* True once a scan that is told to has shown n records. */
static bool is_compacted(struct fake_store *store, size_t n)
{
	bool now = store->compacts && n == store->compacts_after;

	store->compacts &= !now;
	return now;
}

/* Shows a snapshot; when that is compacted away it takes another, or ends if that is no use. */
static int show(struct fake_store *store, const char *prefix, record_visitor *visit, void *arg,
		enum scan_outcome *outcome, struct err *e)
{
	struct view snapshot __cleanup(view_done) = {0};
	char last[VIEW_KEY_MAX + 1];
	int rc = 0;

	take_snapshot(store, prefix, NULL, &snapshot);
	for (size_t i = 0, n = 1; i < snapshot.n_records && rc == 0; n++) {
		strcpy(last, snapshot.records[i].key);
		store->records_read++;
		rc = visit(&snapshot.records[i++], arg, e);
		if (rc || !is_compacted(store, n))
			continue;
		if (outcome) {
			*outcome = SCAN_LOST;
			return 0;
		}
		take_snapshot(store, prefix, last, &snapshot);
		i = 0;
	}
	if (outcome && rc >= 0)
		*outcome = SCAN_DONE;
	return rc < 0 ? -1 : 0;
}

static int handle_scan(void *state, const char *prefix, record_visitor *visit, void *arg,
		       enum scan_outcome *ret_outcome, struct err *e)
{
	struct handle *h = state;

	h->requests++;
	h->store->reads++;
	if (strikes(&h->store->read))
		return fail(&h->store->read, "scan", e);
	if (deadline_passed(h->deadline))
		return err_set(e, ERR_DEADLINE, "fake store: no time is left");
	if (let_read(h->store, 0, e) < 0)
		return -1;
	return show(h->store, prefix, visit, arg, ret_outcome, e);
}

static bool is_guarded(const struct guard *g, const struct record *r)
{
	return guard_is_of_prefix(g) ? key_is_under(r->key, g->key) : strcmp(r->key, g->key) == 0;
}

static bool guard_holds(const struct fake_store *store, const struct guard *g)
{
	size_t i = place_of(store, g->key), n = 0;

	for (; i < store->n && is_guarded(g, &store->records[i]); i++)
		if (!guard_admits(g, n++, &store->records[i]))
			return false;
	return guard_admits_end(g, n);
}

static bool is_too_large(const struct fake_store *store, const struct changes *c,
			 const struct guards *guards)
{
	size_t bytes = 0;

	for (size_t i = 0; i < c->n; i++)
		bytes += changes_is_last(c, i) ? c->list[i].value_len : 0;
	return (store->limit && guards->n > store->limit) ||
	       (store->limit_bytes && bytes > store->limit_bytes);
}

static bool all_hold(const struct fake_store *store, const struct guards *guards)
{
	for (size_t i = 0; i < guards->n; i++)
		if (!guard_holds(store, &guards->list[i]))
			return false;
	return true;
}

static void apply(struct fake_store *store, const struct change *change)
{
	if (change->value)
		store_put(store, change->key, change->value, change->value_len,
			  last_revision(store));
	else
		store_delete(store, change->key);
}

static void apply_at_once(struct fake_store *store, struct changes *c)
{
	store->revision += c->n > 0;
	for (size_t i = 0; i < c->n; i++)
		if (changes_is_last(c, i))
			apply(store, &c->list[i]);
	changes_stand(c, last_revision(store));
	for (size_t i = 0; i < c->n; i++)
		if (changes_is_last(c, i))
			tell_change(store, c->list[i].key);
}

static void copy_change(struct changes *to, const struct change *change)
{
	if (change->value)
		changes_put(to, change->key, change->value, change->value_len);
	else
		changes_delete(to, change->key);
	if (to->failed)
		abort();
}

/* With a key and records of its own, in one list. */
static void copy_guard(struct guards *to, const struct guard *g)
{
	struct record *records = sure(calloc(g->n_records + 1, sizeof(*records)));

	for (size_t i = 0; i < g->n_records; i++) {
		records[i] = g->records[i];
		records[i].key = sure(strdup(g->records[i].key));
		records[i].value = NULL;
		if (!g->records[i].value)
			continue;
		records[i].value = sure(malloc(records[i].value_len + 1));
		memcpy(unconst(records[i].value), g->records[i].value, records[i].value_len + 1);
	}
	to->list = sure(realloc(to->list, (to->n + 1) * sizeof(*to->list)));
	to->list[to->n] = *g;
	to->list[to->n].key = sure(strdup(g->key));
	to->list[to->n++].records = records;
}

static void late_done(struct late *l)
{
	changes_done(&l->changes);
	for (size_t i = 0; i < l->guards.n; i++) {
		const struct guard *g = &l->guards.list[i];

		for (size_t k = 0; k < g->n_records; k++) {
			free(unconst(g->records[k].key));
			free(unconst(g->records[k].value));
		}
		free(unconst(g->records));
		free(unconst(g->key));
	}
	guards_done(&l->guards);
}

static void keep_late(struct fake_store *store, const struct changes *c,
		      const struct guards *guards)
{
	struct late l = { .guards = { .n = 0 } };

	changes_init(&l.changes);
	for (size_t i = 0; i < c->n; i++)
		copy_change(&l.changes, &c->list[i]);
	for (size_t i = 0; i < guards->n; i++)
		copy_guard(&l.guards, &guards->list[i]);
	store->late = sure(realloc(store->late, (store->n_late + 1) * sizeof(l)));
	store->late[store->n_late++] = l;
}

size_t fake_late(const struct fake_store *store)
{
	return store->n_late;
}

bool fake_land(struct fake_store *store, size_t i)
{
	struct late l = store->late[i];
	bool holds = all_hold(store, &l.guards);

	memmove(&store->late[i], &store->late[i + 1], (--store->n_late - i) * sizeof(l));
	if (holds)
		apply_at_once(store, &l.changes);
	late_done(&l);
	return holds;
}

void fake_drop_late(struct fake_store *store)
{
	for (size_t i = 0; i < store->n_late; i++)
		late_done(&store->late[i]);
	free(store->late);
	store->late = NULL;
	store->n_late = 0;
}

/* A commit of a store without transactions, on its way. */
struct turns {
	struct fake_store *store;
	struct changes *c;
	const struct guards *guards;
	size_t n_ahead; /* of the first, which come before the guards are looked at */
	bool unread; /* they could not be */
	struct err *e;
	uint64_t *before; /* owned: the revision that each change's record had, 0: absent */
	uint64_t refused; /* bit i: the i-th change loses its race */
	enum fake_fate fate; /* the worst of those that were begun: one may stand unseen */
};

uint64_t fake_revision_of(const struct fake_store *store, const char *key)
{
	const struct record *r = find(store, key);

	return r ? r->revision : 0;
}

/* What the record of a change must still be: as an earlier change left it, or as it was. */
static uint64_t expected(const struct turns *t, size_t i)
{
	const struct change *list = t->c->list;

	for (size_t j = i; j > 0; j--)
		if (list[j - 1].stands && strcmp(list[j - 1].key, list[i].key) == 0)
			return list[j - 1].value ? list[j - 1].revision : 0;
	return t->before[i];
}

/* One write that is on its way: it stands on the revision of its record alone. */
static void keep_late_write(const struct turns *t, size_t i)
{
	struct changes c = {0};
	struct record was = { .key = t->c->list[i].key, .revision = expected(t, i) };
	struct guard guard = { .kind = was.revision ? GUARD_REVISION : GUARD_ABSENT,
			       .key = was.key, .records = &was, .n_records = was.revision != 0 };
	struct guards guards = { .list = &guard, .n = 1 };

	copy_change(&c, &t->c->list[i]);
	keep_late(t->store, &c, &guards);
	changes_done(&c);
}

static bool write_one(struct turns *t, size_t i)
{
	struct fake_store *store = t->store;
	struct change *change = &t->c->list[i];
	enum fake_fate fate;

	if (store->write_hook)
		store->write_hook(store, i, store->write_hook_arg);
	fate = step(store, FAKE_WRITES, i);
	if (fate == FAKE_IS_LATE)
		keep_late_write(t, i);
	if (t->fate == FAKE_GOES_ON || fate == FAKE_IS_LOST || fate == FAKE_IS_LATE)
		t->fate = fate;
	if (fate != FAKE_GOES_ON)
		return false;
	if ((i < 64 && t->refused >> i & 1) ||
	    fake_revision_of(store, change->key) != expected(t, i))
		return false;
	if (!change->value && !find(store, change->key))
		return true;
	store->revision++;
	apply(store, change);
	change->revision = last_revision(store);
	change->stands = true;
	tell_change(store, change->key);
	return true;
}

/* But for what was written ahead of them. */
static bool guards_hold(const struct turns *t)
{
	for (size_t i = 0; i < t->guards->n; i++) {
		const struct guard *g = &t->guards->list[i];
		const struct change *written = changes_last(t->c, g->key);

		if (!(written && written->stands) && !guard_holds(t->store, g))
			return false;
	}
	return true;
}

/* What is written ahead creates its record; of the rest the guards are looked at first. */
static bool look_at_guards(struct turns *t)
{
	t->unread = t->n_ahead && let_read(t->store, 0, t->e) < 0;
	if (t->unread || !guards_hold(t))
		return false;
	for (size_t i = t->n_ahead; i < t->c->n; i++)
		t->before[i] = fake_revision_of(t->store, t->c->list[i].key);
	return true;
}

/* What was written ahead of guards that do not hold goes again, unless another has changed it. */
static void take_back(struct turns *t)
{
	for (size_t i = 0; i < t->n_ahead && t->fate == FAKE_GOES_ON; i++) {
		struct change *change = &t->c->list[i];
		const struct change gone = { .key = change->key };

		if (!change->stands)
			continue;
		t->fate = step(t->store, FAKE_WRITES, i);
		if (t->fate != FAKE_GOES_ON ||
		    fake_revision_of(t->store, change->key) != change->revision)
			continue;
		t->store->revision++;
		apply(t->store, &gone);
		change->stands = false;
		tell_change(t->store, change->key);
	}
}

/* The first n, one by one; after one that is refused or lost only those beside it.  True: all. */
static bool write_all(struct turns *t, size_t n)
{
	const struct change *list = t->c->list;
	bool all = true;

	for (size_t i = 0; i < t->n_ahead && i < n; i++)
		all &= write_one(t, i);
	if (t->fate != FAKE_GOES_ON)
		return false;
	if (!look_at_guards(t)) {
		if (!t->unread)
			take_back(t);
		return false;
	}
	for (size_t i = t->n_ahead; i < t->c->n && i < n && (all || list[i].beside); i++)
		all &= write_one(t, i);
	return all;
}

static bool write_in_turn(struct turns *t, size_t n, enum fake_fate *ret_fate)
{
	bool all;

	t->before = sure(calloc(t->c->n + 1, sizeof(*t->before)));
	all = write_all(t, n);
	free(t->before);
	*ret_fate = t->fate;
	return all;
}

static bool any_stands(const struct changes *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->list[i].stands)
			return true;
	return false;
}

static void answer_stale(struct fake_store *store, struct view *view, const struct changes *c,
			 enum commit_outcome *ret_outcome)
{
	read_ranges(store, view, view->ranges, view->n_ranges);
	view->from_mirror = false;
	*ret_outcome = any_stands(c) ? COMMIT_PARTLY : COMMIT_STALE;
}

static int lose_answer(struct err *e)
{
	return err_set(e, ERR_UNKNOWN_OUTCOME, "fake store: the answer was lost");
}

/* Nothing of it was sent, or it is on its way. */
static int begin_commit(struct fake_store *store, const struct changes *c,
			const struct guards *guards, struct err *e)
{
	enum fake_fate fate = step(store, FAKE_COMMITS, 0);

	if (fate == FAKE_GOES_ON)
		return 0;
	if (fate == FAKE_IS_REFUSED || fate == FAKE_IS_OVER || !store->traits.transactions)
		return refuse(fate, e);
	if (fate == FAKE_IS_LATE)
		keep_late(store, c, guards);
	return lose_answer(e);
}

/* Whether the caller hears what became of it. */
static int tell_outcome(struct fake_store *store, const struct changes *c, enum fake_fate fate,
			struct err *e)
{
	if (fate == FAKE_GOES_ON)
		fate = step(store, FAKE_ANSWERS, 0);
	else if ((fate == FAKE_IS_REFUSED || fate == FAKE_IS_OVER) && !any_stands(c))
		return refuse(fate, e);
	return fate == FAKE_GOES_ON ? 0 : lose_answer(e);
}

static int commit(struct fake_store *store, struct view *view, struct changes *changes,
		  const struct guards *guards, enum commit_outcome *ret_outcome, struct err *e)
{
	bool loses = strikes(&store->lost), breaks = strikes(&store->broken);
	struct turns t = { .store = store, .c = changes, .guards = guards,
			   .n_ahead = changes_count_ahead(changes, view),
			   .refused = strikes(&store->refused) ? store->refused.which : 0,
			   .fate = FAKE_GOES_ON, .e = e };
	size_t n = breaks ? store->broken.applied : changes->n;
	enum fake_fate fate = FAKE_GOES_ON;
	bool all = true;

	if (begin_commit(store, changes, guards, e) < 0)
		return -1;
	*ret_outcome = COMMIT_DONE;
	if (breaks || !store->traits.transactions)
		all = write_in_turn(&t, n, &fate);
	else if (all_hold(store, guards))
		apply_at_once(store, changes);
	else
		all = false;
	if (t.unread)
		return -1;
	if (loses || breaks)
		return lose_answer(e);
	if (!all && fate == FAKE_GOES_ON)
		answer_stale(store, view, changes, ret_outcome);
	return tell_outcome(store, changes, fate, e);
}

static int handle_commit(void *state, struct view *view, struct changes *changes,
			 const struct guards *guards, enum commit_outcome *ret_outcome,
			 struct err *e)
{
	struct handle *h = state;
	struct fake_store *store = h->store;

	h->requests++;
	store->commits++;
	if (strikes(&store->commit))
		return err_set(e, store->commit.kind, "fake store: this commit was told to fail");
	if (is_too_large(store, changes, guards))
		return err_set(e, ERR_LIMIT, "fake store: the commit is too large");
	if (store->hook)
		store->hook(store, store->commits, store->hook_arg);
	return commit(store, view, changes, guards, ret_outcome, e);
}

static void handle_close(void *state)
{
	free(state);
}

static void handle_set_deadline(void *state, struct deadline deadline)
{
	struct handle *h = state;

	h->deadline = deadline;
}

static const struct datastore_traits *handle_traits(const void *state)
{
	const struct handle *h = state;

	return &h->traits;
}

static unsigned long handle_requests(const void *state)
{
	const struct handle *h = state;

	return h->requests;
}

/* It remembers nothing of what was: a watch is told that something is another way now. */

static int watch_begin(void *state, struct feed *f, void **ret_source, struct err *e)
{
	struct fake_watch *w = sure(calloc(1, sizeof(*w)));
	struct handle *h = state;

	w->store = h->store;
	w->fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->fd < 0 || w->store->n_watches == WATCHES_MAX)
		abort();
	w->store->watches[w->store->n_watches++] = w;
	*ret_source = w;
	return feed_listen(f, w->fd, e);
}

static void watch_end(void *source)
{
	struct fake_watch *w = source;
	struct fake_store *store = w->store;

	for (size_t i = 0; i < store->n_watches; i++)
		if (store->watches[i] == w)
			store->watches[i] = store->watches[--store->n_watches];
	close(w->fd);
	free(w);
}

static int watch_look(void *source, struct feed *f, struct err *e __unused_arg)
{
	struct fake_watch *w = source;
	eventfd_t n;

	if (eventfd_read(w->fd, &n) == 0)
		feed_lose_all(f);
	return 0;
}

static const struct watch_source fake_watch = { watch_begin, watch_end, watch_look };

static const struct backend fake_backend = {
	.watch = &fake_watch,
	.close = handle_close,
	.set_deadline = handle_set_deadline,
	.traits = handle_traits,
	.read = handle_read,
	.commit = handle_commit,
	.scan = handle_scan,
	.requests = handle_requests,
};

struct datastore *fake_open(struct fake_store *store)
{
	struct handle *h = sure(calloc(1, sizeof(*h)));
	struct datastore *ds = NULL;
	struct err e = {0};

	h->store = store;
	h->traits = store->traits;
	h->deadline = deadline_in_ms(INT64_MAX);
	if (datastore_wrap(&ds, &fake_backend, h, &e) < 0)
		abort();
	return ds;
}
