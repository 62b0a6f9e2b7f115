/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fake/fake_store.h"

#include "datastore/backend.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define WATCHES_MAX 8

struct fault {
	unsigned int in;	/* strikes when it counts down to 0; 0: none pending */
	enum err_kind kind;
	size_t applied;
	uint64_t which;
};

struct fake_store {
	struct record *records;	/* ascending */
	size_t n;
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
	unsigned long reads, records_read, commits;
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
						   .place = "fake store" };
	return store;
}

void fake_free(struct fake_store *store)
{
	for (size_t i = 0; i < store->n; i++) {
		free(unconst(store->records[i].key));
		free(unconst(store->records[i].value));
	}
	free(store->records);
	free(store);
}

static bool begins_with(const char *key, const char *prefix)
{
	return strncmp(key, prefix, strlen(prefix)) == 0;
}

/* The index of the key, or of where it would be. */
static size_t place_of(const struct fake_store *store, const char *key)
{
	size_t i = 0;

	while (i < store->n && strcmp(store->records[i].key, key) < 0)
		i++;
	return i;
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

		store->records = sure(realloc(store->records, (store->n + 1) * sizeof(*r)));
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

void fake_put(struct fake_store *store, const char *key, const char *value)
{
	store->revision++;
	store_put(store, key, value, strlen(value), last_revision(store));
}

void fake_delete(struct fake_store *store, const char *key)
{
	store->revision++;
	store_delete(store, key);
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

	return at < store->n && begins_with(store->records[at].key, prefix) ?
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
}

void fake_fail_read(struct fake_store *store, unsigned int nth, enum err_kind kind)
{
	store->read = (struct fault){ .in = nth, .kind = kind };
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

static void read_ranges(struct fake_store *store, struct view *view, const struct range *list,
			size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct range range = list[i];

		view_forget(view, &range);
		for (size_t at = place_of(store, range.key); at < store->n; at++) {
			const struct record *r = &store->records[at];

			if (range.kind == RANGE_KEY ? strcmp(r->key, range.key) != 0 :
			    !begins_with(r->key, range.key))
				break;
			view_put_as(view, &range, r);
			store->records_read++;
		}
		view_cover(view, &range, last_revision(store));
	}
}

static int handle_read(void *state, struct view *view, const struct wants *wants, struct err *e)
{
	struct handle *h = state;

	h->requests++;
	h->store->reads++;
	if (strikes(&h->store->read))
		return err_set(e, h->store->read.kind, "fake store: this read was told to fail");
	read_ranges(h->store, view, wants->list, wants->n);
	return 0;
}

/* What is under the prefix now, behind the key `after` if that is not NULL. */
static void take_snapshot(struct fake_store *store, const char *prefix, const char *after,
			  struct view *ret)
{
	view_reset(ret);
	for (size_t i = place_of(store, after && strcmp(after, prefix) > 0 ? after : prefix);
	     i < store->n && begins_with(store->records[i].key, prefix); i++) {
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
		return err_set(e, h->store->read.kind, "fake store: this scan was told to fail");
	if (deadline_passed(h->deadline))
		return err_set(e, ERR_DEADLINE, "fake store: no time is left");
	return show(h->store, prefix, visit, arg, ret_outcome, e);
}

static bool is_guarded(const struct guard *g, const struct record *r)
{
	return guard_is_of_prefix(g) ? begins_with(r->key, g->key) : strcmp(r->key, g->key) == 0;
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
}

/* A commit of a store without transactions, on its way. */
struct turns {
	struct fake_store *store;
	struct changes *c;
	uint64_t *before; /* owned: the revision that each change's record had, 0: absent */
	uint64_t refused; /* bit i: the i-th change loses its race */
};

static uint64_t revision_of(const struct fake_store *store, const char *key)
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

static bool write_one(const struct turns *t, size_t i)
{
	struct fake_store *store = t->store;
	struct change *change = &t->c->list[i];

	if (store->write_hook)
		store->write_hook(store, i, store->write_hook_arg);
	if ((i < 64 && t->refused >> i & 1) || revision_of(store, change->key) != expected(t, i))
		return false;
	if (!change->value && !find(store, change->key))
		return true;
	store->revision++;
	apply(store, change);
	change->revision = last_revision(store);
	change->stands = true;
	return true;
}

/* The first n, one by one; after one that is refused only those beside it.  True: all. */
static bool write_in_turn(struct fake_store *store, struct changes *c, size_t n, uint64_t refused)
{
	struct turns t = { store, c, sure(calloc(c->n + 1, sizeof(*t.before))), refused };
	bool all = true;

	for (size_t i = 0; i < c->n; i++)
		t.before[i] = revision_of(store, c->list[i].key);
	for (size_t i = 0; i < c->n && i < n && (all || c->list[i].beside); i++)
		all &= write_one(&t, i);
	free(t.before);
	return all;
}

static bool any_stands(const struct changes *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->list[i].stands)
			return true;
	return false;
}

static int answer_stale(struct fake_store *store, struct view *view, const struct changes *c,
			enum commit_outcome *ret_outcome)
{
	read_ranges(store, view, view->ranges, view->n_ranges);
	view->from_mirror = false;
	*ret_outcome = any_stands(c) ? COMMIT_PARTLY : COMMIT_STALE;
	return 0;
}

static int lose_answer(struct err *e)
{
	return err_set(e, ERR_UNKNOWN_OUTCOME, "fake store: the answer was lost");
}

static int handle_commit(void *state, struct view *view, struct changes *changes,
			 const struct guards *guards, enum commit_outcome *ret_outcome,
			 struct err *e)
{
	struct handle *h = state;
	struct fake_store *store = h->store;
	bool fails = strikes(&store->commit), loses = strikes(&store->lost),
		breaks = strikes(&store->broken);
	uint64_t refused = strikes(&store->refused) ? store->refused.which : 0;
	size_t n = breaks ? store->broken.applied : changes->n;
	bool all = true;

	h->requests++;
	store->commits++;
	if (fails)
		return err_set(e, store->commit.kind, "fake store: this commit was told to fail");
	if (is_too_large(store, changes, guards))
		return err_set(e, ERR_LIMIT, "fake store: the commit is too large");
	if (store->hook)
		store->hook(store, store->commits, store->hook_arg);
	if (!all_hold(store, guards))
		return loses || breaks ? lose_answer(e)
				       : answer_stale(store, view, changes, ret_outcome);
	if (breaks || !store->traits.transactions)
		all = write_in_turn(store, changes, n, refused);
	else
		apply_at_once(store, changes);
	if (loses || breaks)
		return lose_answer(e);
	if (!all)
		return answer_stale(store, view, changes, ret_outcome);
	*ret_outcome = COMMIT_DONE;
	return 0;
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
