/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/local/local.h"

#include "base/io.h"
#include "datastore/backend.h"
#include "datastore/local/folder.h"
#include "datastore/local/store_file.h"
#include "datastore/local/watch.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOCAL_SCAN_PAGE (1 << 20)	/* bytes, after which a scan asks for the deadline */
#define LOCAL_SCAN_RECORD (1 << 10)	/* of these, each record for itself */

struct local {
	struct store_file *file;	/* NULL: there is no store, and it is only read */
	bool read_only;
	pid_t pid;
	struct folder folder;
	struct deadline deadline;
	struct datastore_traits traits;
	char place[PATH_MAX + 16];
	unsigned long requests;
};

struct scan {
	const char *prefix;
	record_visitor *visit;
	void *arg;
	struct err *e;	/* for the visitor */
	size_t unasked;	/* bytes shown since the deadline was asked for */
	int visited;	/* what the visitor returned last */
	int rc;	/* why it could not be asked, as errno; or 0 */
};

/* What a piece of work on the store's file needs. */
struct work {
	struct local *s;
	struct store_txn txn;
	struct view *view;
	const struct wants *wants;
	struct range range;	/* being read */
	struct changes *changes;
	struct scan *scan;
	const struct guards *guards;
	uint64_t revision;	/* of the store, as the transaction sees it */
	bool holds;		/* the guards do */
	struct buf scratch;
};

/* Opening */

static int create_store(struct local *s, struct err *e)
{
	int fd __cleanup(close_fd) = -1;
	bool has;

	if (folder_make(&s->folder, e) < 0 ||
	    io_lock_file(s->folder.lock, s->deadline, &fd, e) < 0 ||
	    folder_has_store(&s->folder, &has, e) < 0)
		return -1;
	if (has)
		return 0;
	if (store_file_create(&s->folder, e) < 0)
		return -1;
	return folder_adopt(&s->folder, e);
}

/* Whoever died over it left it to us to make the store's name last. */
static int settle_store(struct local *s, struct err *e)
{
	int fd __cleanup(close_fd) = -1;

	if (s->read_only || folder_is_settled(&s->folder))
		return 0;
	if (io_lock_file(s->folder.lock, s->deadline, &fd, e) < 0)
		return -1;
	return folder_settle(&s->folder, e);
}

static int open_folder(struct local *s, enum datastore_purpose purpose, struct err *e)
{
	bool has;

	if (folder_has_store(&s->folder, &has, e) < 0)
		return -1;
	if (!has && purpose != OPEN_TO_CREATE) {
		s->read_only = s->traits.absent = true;
		return purpose == OPEN_TO_PROBE ? folder_could_be_made(&s->folder, e) : 0;
	}
	if ((!has && create_store(s, e) < 0) || settle_store(s, e) < 0)
		return -1;
	return store_file_open(&s->folder, s->read_only, s->deadline, &s->file, e);
}

static int local_open(void **ret_state, const struct settings *settings,
		      enum datastore_purpose purpose, struct deadline deadline, struct err *e)
{
	struct local *s;

	if (store_file_is_taken())
		return err_set(e, ERR_INTERNAL, "a local store is open in this process already");
	s = calloc(1, sizeof(*s));
	if (!s)
		return err_set(e, ERR_INTERNAL, "out of memory");
	s->read_only = purpose == OPEN_TO_LOOK;
	s->deadline = deadline;
	s->pid = getpid();
	if (folder_init(&s->folder, settings_get(settings, SET_LOCAL_PATH), e) < 0) {
		free(s);
		return -1;
	}
	snprintf(s->place, sizeof(s->place), "local store %s", s->folder.path);
	s->traits = (struct datastore_traits){ .one_node = true, .transactions = true,
					       .in_order = true, .place = s->place };
	if (open_folder(s, purpose, e) < 0) {
		free(s);
		return -1;
	}
	*ret_state = s;
	return 0;
}

static void local_close(void *state)
{
	struct local *s = state;

	if (s->file && s->pid == getpid())
		store_file_close(s->file);
	free(s);
}

static void local_set_deadline(void *state, struct deadline deadline)
{
	struct local *s = state;

	s->deadline = deadline;
}

static const struct datastore_traits *local_traits(const void *state)
{
	const struct local *s = state;

	return &s->traits;
}

static unsigned long local_requests(const void *state)
{
	const struct local *s = state;

	return s->requests;
}

static int check_usable(const struct local *s, struct err *e)
{
	if (s->pid != getpid())
		return err_set(e, ERR_INTERNAL, "%s was opened before fork()", s->place);
	return s->file ? store_file_check(s->file, e) : 0;
}

/* Reading */

/* Whoever sees a record sees a value that ends in a NUL, which the file does not have. */
static bool end_in_nul(struct work *w, struct record *r)
{
	buf_reset(&w->scratch);
	buf_add(&w->scratch, r->value, r->value_len);
	r->value = w->scratch.data;
	return !w->scratch.failed;
}

static bool add_to_view(const struct record *r, void *arg)
{
	struct work *w = arg;
	struct record copy = *r;

	if (w->range.keep && !end_in_nul(w, &copy))
		w->view->failed = true;
	else
		view_put_as(w->view, &w->range, &copy);
	return !w->view->failed;
}

static int read_range(struct work *w)
{
	const struct range *range = &w->range;

	if (range->kind != RANGE_KEY)
		return store_txn_see_each(&w->txn, range->key, add_to_view, w);
	return *range->key ? store_txn_see(&w->txn, range->key, add_to_view, w) : 0;
}

static int read_ranges(struct work *w, const struct range *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int rc;

		w->range = list[i];
		view_forget(w->view, &w->range);
		rc = read_range(w);
		if (rc)
			return rc;
		view_cover(w->view, &w->range, w->revision);
	}
	return 0;
}

static int read_work(void *arg)
{
	struct work *w = arg;
	int rc;

	rc = store_txn_begin(w->s->file, false, &w->txn);
	if (rc)
		return rc;
	rc = store_txn_revision(&w->txn, &w->revision);
	if (!rc)
		rc = read_ranges(w, w->wants->list, w->wants->n);
	store_txn_abort(&w->txn);
	return rc;
}

/* There is no store yet, which is as good as a store just made. */
static void read_nothing(struct view *view, const struct wants *wants)
{
	for (size_t i = 0; i < wants->n; i++) {
		view_forget(view, &wants->list[i]);
		view_cover(view, &wants->list[i], 1);
	}
}

static int do_work(struct work *w, int (*work)(void *arg), const char *doing, struct err *e)
{
	int rc;

	buf_init(&w->scratch, LOCAL_VALUE_MAX);
	w->s->requests++;
	rc = store_file_run(w->s->file, work, w, doing, e);
	buf_done(&w->scratch);
	return rc;
}

/* A scan asks itself, page by page. */
static int do_work_in_time(struct work *w, int (*work)(void *arg), const char *doing,
			   struct err *e)
{
	if (deadline_passed(w->s->deadline))
		return err_set(e, ERR_DEADLINE, "%s: no time is left to %s it", w->s->place, doing);
	return do_work(w, work, doing, e);
}

static int local_read(void *state, struct view *view, const struct wants *wants, struct err *e)
{
	struct work w = { .s = state, .view = view, .wants = wants };

	if (check_usable(w.s, e) < 0)
		return -1;
	if (w.s->file)
		return do_work_in_time(&w, read_work, "read", e);
	read_nothing(view, wants);
	return 0;
}

/* Scanning */

static bool show(const struct record *r, void *arg)
{
	struct work *w = arg;
	struct scan *scan = w->scan;
	struct record copy = *r;

	scan->unasked += r->value_len + LOCAL_SCAN_RECORD;
	if (scan->unasked >= LOCAL_SCAN_PAGE) {
		scan->unasked = 0;
		scan->rc = deadline_passed(w->s->deadline) ? ETIMEDOUT : 0;
	}
	if (scan->rc)
		return false;
	if (!end_in_nul(w, &copy))
		scan->rc = ENOMEM;
	else
		scan->visited = scan->visit(&copy, scan->arg, scan->e);
	return !scan->rc && !scan->visited;
}

static int scan_work(void *arg)
{
	struct work *w = arg;
	int rc;

	rc = store_txn_begin(w->s->file, false, &w->txn);
	if (rc)
		return rc;
	rc = store_txn_see_each(&w->txn, w->scan->prefix, show, w);
	store_txn_abort(&w->txn);
	return rc ? rc : w->scan->rc;
}

/* A transaction sees one moment as long as it goes on. */
static int local_scan(void *state, const char *prefix, record_visitor *visit, void *arg,
		      enum scan_outcome *ret_outcome, struct err *e)
{
	struct scan scan = { .prefix = prefix, .visit = visit, .arg = arg, .e = e,
			     .unasked = LOCAL_SCAN_PAGE };
	struct work w = { .s = state, .scan = &scan };

	if (check_usable(w.s, e) < 0 || (w.s->file && do_work(&w, scan_work, "read", e) < 0) ||
	    scan.visited < 0)
		return -1;
	if (ret_outcome)
		*ret_outcome = SCAN_DONE;
	return 0;
}

/* Committing */

/* A guard, shown what the store has of it. */
struct showing {
	const struct guard *guard;
	size_t n;
	bool holds;
};

static bool show_record(const struct record *r, void *arg)
{
	struct showing *s = arg;

	s->holds = guard_admits(s->guard, s->n++, r);
	return s->holds;
}

static int check_guard(struct work *w, const struct guard *g)
{
	struct showing s = { .guard = g, .holds = true };
	int rc = guard_is_of_prefix(g) ? store_txn_see_each(&w->txn, g->key, show_record, &s)
				       : store_txn_see(&w->txn, g->key, show_record, &s);

	w->holds = s.holds && guard_admits_end(g, s.n);
	return rc;
}

static int check_guards(struct work *w)
{
	int rc = 0;

	w->holds = true;
	for (size_t i = 0; i < w->guards->n && w->holds && !rc; i++)
		rc = check_guard(w, &w->guards->list[i]);
	return rc;
}

/* With no commit since any of the view was read, all that it says still holds. */
static bool is_as_it_was_read(const struct work *w)
{
	const struct view *view = w->view;

	for (size_t i = 0; i < view->n_ranges; i++)
		if (view->ranges[i].revision != w->revision)
			return false;
	return !view->from_mirror;
}

/* A look-up and a walk that see different records would have a plan fail again and again. */
static int read_anew(struct work *w)
{
	if (is_as_it_was_read(w))
		return store_file_damaged;
	return read_ranges(w, w->view->ranges, w->view->n_ranges);
}

static int make_room(const struct work *w)
{
	const struct changes *c = w->changes;
	size_t bytes = 0;

	for (size_t i = 0; i < c->n; i++)
		bytes += c->list[i].value_len;
	return store_file_make_room(w->s->file, c->n, bytes);
}

static int apply_changes(struct work *w)
{
	const struct changes *c = w->changes;
	int rc = 0;

	for (size_t i = 0; i < c->n && !rc; i++) {
		const struct change *change = &c->list[i];

		if (!changes_is_last(c, i))
			continue;
		rc = change->value ? store_txn_put(&w->txn, change->key, change->value,
						   change->value_len, w->revision + 1)
				   : store_txn_delete(&w->txn, change->key);
	}
	return rc ? rc : store_txn_set_revision(&w->txn, w->revision + 1);
}

/* Ends the transaction. */
static int finish(struct work *w, int rc)
{
	bool writes = w->changes->n;

	if (rc || !w->holds || !writes)
		store_txn_abort(&w->txn);
	else
		rc = store_txn_commit(&w->txn);
	if (!rc && w->holds)
		changes_stand(w->changes, w->revision + writes);
	return rc;
}

static int commit_work(void *arg)
{
	struct work *w = arg;
	bool writes = w->changes->n;
	int rc;

	rc = writes ? make_room(w) : 0;
	if (!rc)
		rc = store_txn_begin(w->s->file, writes, &w->txn);
	if (rc)
		return rc;
	rc = store_txn_revision(&w->txn, &w->revision);
	if (!rc)
		rc = check_guards(w);
	if (!rc && !w->holds)
		rc = read_anew(w);
	else if (!rc && writes)
		rc = apply_changes(w);
	return finish(w, rc);
}

static int check_changes(const struct local *s, const struct changes *c, struct err *e)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->list[i].value_len > LOCAL_VALUE_MAX)
			return err_set(e, ERR_LIMIT,
				       "%s: the value of %s has %zu bytes, the limit is %zu",
				       s->place, c->list[i].key, c->list[i].value_len,
				       LOCAL_VALUE_MAX);
	if (s->read_only && c->n)
		return err_set(e, ERR_INTERNAL, "%s was opened for reading only", s->place);
	return 0;
}

static int local_commit(void *state, struct view *view, struct changes *changes,
			const struct guards *guards, enum commit_outcome *ret_outcome,
			struct err *e)
{
	struct work w = { .s = state, .view = view, .changes = changes, .guards = guards,
			  .holds = true };
	int fd __cleanup(close_fd) = -1;

	if (check_usable(w.s, e) < 0 || check_changes(w.s, changes, e) < 0)
		return -1;
	if (changes->n && io_lock_file(w.s->folder.lock, w.s->deadline, &fd, e) < 0)
		return err_wrap(e, "%s", w.s->place);
	if (w.s->file && do_work_in_time(&w, commit_work, "write", e) < 0)
		return -1;
	view->from_mirror &= w.holds;
	*ret_outcome = w.holds ? COMMIT_DONE : COMMIT_STALE;
	return 0;
}

static int begin_watch(void *state, struct feed *f, void **ret_source, struct err *e)
{
	struct local *s = state;

	if (check_usable(s, e) < 0)
		return -1;
	return local_watch_begin(s->file ? s->folder.data : NULL, f, ret_source, e);
}

static const struct watch_source local_watch = {
	.begin = begin_watch,
	.end = local_watch_end,
	.take = local_watch_take,
};

const struct backend local_backend = {
	.open = local_open,
	.close = local_close,
	.set_deadline = local_set_deadline,
	.traits = local_traits,
	.read = local_read,
	.commit = local_commit,
	.scan = local_scan,
	.requests = local_requests,
	.watch = &local_watch,
};
