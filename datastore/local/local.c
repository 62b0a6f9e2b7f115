/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/local/local.h"

#include "base/io.h"
#include "datastore/backend.h"
#include "datastore/local/bus_error.h"
#include "datastore/local/folder.h"
#include "datastore/local/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define REVISION_BYTES 8

/* No key of a caller's begins with a NUL. */
#define STORE_KEY "\0store"
#define STORE_FORMAT "calico-ipam 1"

/* The file grows ahead of LMDB by this, see make_room(). */
#define GROWTH_BYTES ((off_t)1 << 20)
#define PAGES_A_COMMIT 256
#define PAGES_A_CHANGE 64

#define LOCAL_SCAN_PAGE 1024	/* records, after which a scan asks for the deadline */
#define LOCAL_TOUCHED_MAX ((size_t)64 << 20)	/* bytes that a walk keeps mapped */

#define OPEN_TRIES 40
#define OPEN_PAUSE_MS 5

size_t local_map_bytes = LOCAL_MAP_BYTES;

struct local {
	MDB_env *env;	/* NULL: there is no store, and it is only read */
	MDB_dbi dbi;
	bool damaged;	/* the environment must not be touched again */
	bool read_only;
	pid_t pid;
	struct folder folder;
	struct deadline deadline;
	struct datastore_traits traits;
	char place[PATH_MAX + 16];
	unsigned long requests;
};

/* LMDB forbids a second environment in a process; it is also where a damaged one stays. */
static MDB_env *the_env;

struct scan {
	const char *prefix;
	record_visitor *visit;
	void *arg;
	struct err *e;	/* for the visitor */
	size_t n;	/* records shown */
	int visited;	/* what the visitor returned last */
	int rc;	/* why it could not be asked, as errno; or 0 */
};

/* What a piece of work under the fault guard needs. */
struct work {
	struct local *s;
	MDB_txn *txn;
	struct view *view;
	const struct wants *wants;
	const struct changes *changes;
	struct scan *scan;
	const struct guards *guards;
	uint64_t revision;	/* of the store, as the transaction sees it */
	bool holds;		/* the guards do */
	const char *doing;
	struct buf scratch;
};

static int fail(const struct local *s, int rc, const char *doing, struct err *e)
{
	const char *file = s->folder.data;

	switch (rc) {
	case MDB_MAP_FULL:
		return err_set(e, ERR_LIMIT,
			       "%s is full: %s has reached the limit of %zu MiB; "
			       "nothing was changed",
			       s->place, file, local_map_bytes >> 20);
	case MDB_READERS_FULL:
		return err_set(e, ERR_LIMIT, "%s: more than %d processes use it at once", s->place,
			       LOCAL_READERS_MAX);
	case MDB_VERSION_MISMATCH:
		return err_set(e, ERR_IO, "%s: %s was written by another version of LMDB; "
			       "move it away, or put back a copy of it", s->place, file);
	case MDB_INVALID:
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_CURSOR_FULL:
	case MDB_PANIC:
	case MDB_INCOMPATIBLE:
	case MDB_BAD_TXN:
		return err_set(e, ERR_IO, "%s: %s is damaged or is not a store of calico-ipam; "
			       "move it away, or put back a copy of it", s->place, file);
	case ETIMEDOUT:
		return err_set(e, ERR_DEADLINE, "%s: no time is left to %s %s", s->place, doing,
			       file);
	case EIO:
		return err_set(e, ERR_IO, "%s: cannot %s %s: %s (is the disk full?)", s->place,
			       doing, file, strerror(rc));
	default:
		return err_set(e, ERR_IO, "%s: cannot %s %s: %s", s->place, doing, file,
			       mdb_strerror(rc));
	}
}

/* Runs work under the fault guard. */
static int guarded(struct local *s, int (*work)(void *arg), void *arg)
{
	struct statvfs disk;
	int rc;

	if (bus_error_guard(work, arg, &rc))
		return rc;
	s->damaged = true;
	/* LMDB maps lock.mdb for writing: on a full disk its first pages cannot be had. */
	return statvfs(s->folder.path, &disk) == 0 && !disk.f_bavail ? ENOSPC : MDB_CORRUPTED;
}

static void on_assert(MDB_env *env __unused_arg, const char *text __unused_arg)
{
	bus_error_throw();
}

static MDB_val store_key(void)
{
	return (MDB_val){ sizeof(STORE_KEY) - 1, (void *)STORE_KEY };
}

static uint64_t load_revision(const void *data)
{
	const unsigned char *p = data;
	uint64_t n = 0;

	for (int i = REVISION_BYTES - 1; i >= 0; i--)
		n = n << 8 | p[i];
	return n;
}

static void store_revision(void *data, uint64_t revision)
{
	unsigned char *p = data;

	for (int i = 0; i < REVISION_BYTES; i++)
		p[i] = (unsigned char)(revision >> 8 * i);
}

static int put(MDB_txn *txn, MDB_dbi dbi, MDB_val key, const void *value, size_t len,
	       uint64_t revision)
{
	MDB_val data = { REVISION_BYTES + len, NULL };
	int rc = mdb_put(txn, dbi, &key, &data, MDB_RESERVE);

	if (rc)
		return rc;
	store_revision(data.mv_data, revision);
	if (len)
		memcpy((char *)data.mv_data + REVISION_BYTES, value, len);
	return 0;
}

static int put_store_record(MDB_txn *txn, MDB_dbi dbi, uint64_t revision)
{
	return put(txn, dbi, store_key(), STORE_FORMAT, sizeof(STORE_FORMAT) - 1, revision);
}

/* MDB_INVALID unless this is a store of ours. */
static int get_store_record(MDB_txn *txn, MDB_dbi dbi, uint64_t *ret_revision)
{
	MDB_val key = store_key(), data;
	int rc = mdb_get(txn, dbi, &key, &data);

	if (rc == MDB_NOTFOUND)
		return MDB_INVALID;
	if (rc)
		return rc;
	if (data.mv_size != REVISION_BYTES + sizeof(STORE_FORMAT) - 1 ||
	    memcmp((char *)data.mv_data + REVISION_BYTES, STORE_FORMAT,
		   sizeof(STORE_FORMAT) - 1) != 0)
		return MDB_INVALID;
	*ret_revision = load_revision(data.mv_data);
	return 0;
}

/* Opening */

static int new_env(MDB_env **ret_env, const char *path, unsigned int flags)
{
	MDB_env *env;
	int rc = mdb_env_create(&env);

	if (rc)
		return rc;
	*ret_env = env;
	if (!(rc = mdb_env_set_mapsize(env, local_map_bytes)) &&
	    !(rc = mdb_env_set_maxreaders(env, LOCAL_READERS_MAX)) &&
	    !(rc = mdb_env_set_assert(env, on_assert)))
		rc = mdb_env_open(env, path, flags, 0600);
	return rc;
}

static int write_first_record(MDB_env *env)
{
	MDB_txn *txn;
	MDB_dbi dbi;
	int rc = mdb_txn_begin(env, NULL, 0, &txn);

	if (rc)
		return rc;
	if (!(rc = mdb_dbi_open(txn, NULL, 0, &dbi)) && !(rc = put_store_record(txn, dbi, 1)))
		return mdb_txn_commit(txn);
	mdb_txn_abort(txn);
	return rc;
}

static int create_work(void *arg)
{
	struct local *s = arg;
	int rc;

	rc = new_env(&the_env, s->folder.fresh, MDB_NOSUBDIR | MDB_NOLOCK);
	if (!rc)
		rc = write_first_record(the_env);
	if (the_env)
		mdb_env_close(the_env);
	the_env = NULL;
	return rc;
}

static int create_store(struct local *s, struct err *e)
{
	int fd __cleanup(close_fd) = -1;
	bool has;
	int rc;

	if (folder_make(&s->folder, e) < 0 ||
	    io_lock_file(s->folder.lock, s->deadline, &fd, e) < 0 ||
	    folder_has_store(&s->folder, &has, e) < 0)
		return -1;
	if (has)
		return 0;
	unlink(s->folder.fresh);
	rc = guarded(s, create_work, s);
	if (rc) {
		unlink(s->folder.fresh);
		return fail(s, rc, "create", e);
	}
	return folder_adopt(&s->folder, e);
}

/* LMDB opens its data file without O_CLOEXEC. */
static int close_on_exec(MDB_env *env)
{
	int fd, rc = mdb_env_get_fd(env, &fd);

	if (rc)
		return rc;
	return fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ? errno : 0;
}

/* How far a file goes, and how far LMDB counts it, in bytes. */
struct extent {
	int fd;
	off_t page;
	off_t counted;
	off_t size;
};

static int measure(MDB_env *env, struct extent *ret)
{
	struct extent x;
	MDB_envinfo info;
	MDB_stat stat;
	struct stat st;
	int rc;

	/* In this order: the file of another process's making only grows. */
	if ((rc = mdb_env_info(env, &info)) || (rc = mdb_env_stat(env, &stat)) ||
	    (rc = mdb_env_get_fd(env, &x.fd)))
		return rc;
	if (fstat(x.fd, &st) < 0)
		return errno;
	x.page = stat.ms_psize;
	x.counted = (off_t)(info.me_last_pgno + 1) * stat.ms_psize;
	x.size = st.st_size;
	*ret = x;
	return 0;
}

/* A file shorter than its records was cut. */
static int check_size(MDB_env *env)
{
	struct extent x;
	int rc = measure(env, &x);

	if (rc)
		return rc;
	return x.size < x.counted ? MDB_CORRUPTED : 0;
}

static int open_work(void *arg)
{
	struct local *s = arg;
	uint64_t revision;
	MDB_txn *txn;
	int rc, dead;

	if ((rc = new_env(&the_env, s->folder.path, s->read_only ? MDB_RDONLY : 0)) ||
	    (rc = close_on_exec(the_env)) || (rc = check_size(the_env)) ||
	    (rc = mdb_reader_check(the_env, &dead)) ||
	    (rc = mdb_txn_begin(the_env, NULL, MDB_RDONLY, &txn)))
		return rc;
	rc = mdb_dbi_open(txn, NULL, 0, &s->dbi);
	if (!rc)
		rc = get_store_record(txn, s->dbi, &revision);
	/* A commit keeps the handle; an abort would close it. */
	if (!rc)
		return mdb_txn_commit(txn);
	mdb_txn_abort(txn);
	return rc;
}

/* What another process that opens or closes the store at this moment can cause. */
static bool may_pass(int rc)
{
	return rc == EAGAIN || rc == EBUSY || rc == EINVAL || rc == ENOENT || rc == MDB_INVALID ||
	       rc == MDB_READERS_FULL;
}

static int open_store(struct local *s, struct err *e)
{
	int rc = 0;

	for (int i = 0; i < OPEN_TRIES && !(i && deadline_passed(s->deadline)); i++) {
		if (i)
			deadline_sleep_ms(s->deadline, OPEN_PAUSE_MS);
		rc = guarded(s, open_work, s);
		if (!rc) {
			s->env = the_env;
			return 0;
		}
		if (s->damaged)
			break;
		if (the_env)
			mdb_env_close(the_env);
		the_env = NULL;
		if (!may_pass(rc))
			break;
	}
	return fail(s, rc, "open", e);
}

static int open_folder(struct local *s, enum datastore_purpose purpose, struct err *e)
{
	bool has;

	if (folder_has_store(&s->folder, &has, e) < 0)
		return -1;
	if (!has && purpose != OPEN_TO_CREATE) {
		s->read_only = true;
		return purpose == OPEN_TO_PROBE ? folder_could_be_made(&s->folder, e) : 0;
	}
	if (!has && create_store(s, e) < 0)
		return -1;
	return open_store(s, e);
}

static int local_open(void **ret_state, const struct settings *settings,
		      enum datastore_purpose purpose, struct deadline deadline, struct err *e)
{
	struct local *s;

	if (the_env)
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
					       .place = s->place };
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

	if (s->env && !s->damaged && s->pid == getpid()) {
		mdb_env_close(s->env);
		the_env = NULL;
	}
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
	if (s->damaged)
		return fail(s, MDB_CORRUPTED, "use", e);
	return 0;
}

/* Reading */

/* Checks what the file says of a record, and splits it. */
static int split_record(const MDB_val *key, const MDB_val *data, char name[VIEW_KEY_MAX + 1],
			struct record *r)
{
	if (key->mv_size > VIEW_KEY_MAX || memchr(key->mv_data, '\0', key->mv_size) ||
	    data->mv_size < REVISION_BYTES || data->mv_size > REVISION_BYTES + LOCAL_VALUE_MAX)
		return MDB_CORRUPTED;
	memcpy(name, key->mv_data, key->mv_size);
	name[key->mv_size] = '\0';
	r->key = name;
	r->revision = load_revision(data->mv_data);
	r->value = (const char *)data->mv_data + REVISION_BYTES;
	r->value_len = data->mv_size - REVISION_BYTES;
	return 0;
}

/* Whoever sees a record sees a value that ends in a NUL, which the file does not have. */
static bool end_in_nul(struct work *w, struct record *r)
{
	buf_reset(&w->scratch);
	buf_add(&w->scratch, r->value, r->value_len);
	r->value = w->scratch.data;
	return !w->scratch.failed;
}

static void add_to_view(struct work *w, const struct range *range, const struct record *r)
{
	struct record copy = *r;

	if (range->keep && !end_in_nul(w, &copy))
		w->view->failed = true;
	else
		view_put_as(w->view, range, &copy);
}

static int read_key(struct work *w, const struct range *range)
{
	MDB_val key = { strlen(range->key), unconst(range->key) }, data;
	char name[VIEW_KEY_MAX + 1];
	struct record r;
	int rc;

	if (!key.mv_size)
		return 0;
	rc = mdb_get(w->txn, w->s->dbi, &key, &data);
	if (rc)
		return rc == MDB_NOTFOUND ? 0 : rc;
	rc = split_record(&key, &data, name, &r);
	if (!rc)
		add_to_view(w, range, &r);
	return rc;
}

/* The part of the map that a walk has read since it last let go of it. */
struct touched {
	uintptr_t low, high;	/* addresses */
	uintptr_t last;		/* page of the last value */
	size_t bytes;		/* of pages, about */
};

/*
 * Read pages of the map count as this process's memory as long as it lives, though they
 * are the kernel's: a walk through a large store gives them back on its way.
 */
static void touch(struct touched *t, const MDB_val *data)
{
	uintptr_t low = (uintptr_t)data->mv_data, high = low + data->mv_size;
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	if (low / page == t->last && t->bytes)
		return;
	t->last = low / page;
	t->low = !t->bytes || low < t->low ? low : t->low;
	t->high = high > t->high ? high : t->high;
	t->bytes += data->mv_size + page;
	if (t->bytes < LOCAL_TOUCHED_MAX)
		return;
	low = t->low / page * page;
	madvise((void *)low, t->high - low, MADV_DONTNEED);
	*t = (struct touched){ 0 };
}

/*
 * Calls each(w, arg, record) for the records whose key begins with the prefix,
 * until it returns false.  Keys that do not ascend are a damaged store, which
 * could have us go in circles.
 */
static int each_record(struct work *w, const char *prefix,
		       bool (*each)(struct work *w, void *arg, const struct record *r), void *arg)
{
	MDB_val key = { strlen(prefix), unconst(prefix) }, data;
	char names[2][VIEW_KEY_MAX + 1] = { "", "" };
	struct touched touched = { 0 };
	MDB_cursor *cursor;
	struct record r;
	int rc, turn = 0;

	if (!key.mv_size)
		key = (MDB_val){ 1, "\1" };
	rc = mdb_cursor_open(w->txn, w->s->dbi, &cursor);
	if (rc)
		return rc;
	for (rc = mdb_cursor_get(cursor, &key, &data, MDB_SET_RANGE); !rc;
	     rc = mdb_cursor_get(cursor, &key, &data, MDB_NEXT)) {
		char *name = names[turn], *before = names[turn ^= 1];

		rc = split_record(&key, &data, name, &r);
		if (!rc && strcmp(before, name) >= 0)
			rc = MDB_CORRUPTED;
		if (rc || strncmp(name, prefix, strlen(prefix)) != 0 || !each(w, arg, &r))
			break;
		touch(&touched, &data);
	}
	mdb_cursor_close(cursor);
	return rc == MDB_NOTFOUND ? 0 : rc;
}

static bool add_each(struct work *w, void *range, const struct record *r)
{
	add_to_view(w, range, r);
	return !w->view->failed;
}

static int read_ranges(struct work *w, const struct range *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct range range = list[i];
		int rc;

		view_forget(w->view, &range);
		rc = range.kind == RANGE_KEY ? read_key(w, &range) :
			each_record(w, range.key, add_each, &range);
		if (rc)
			return rc;
		view_cover(w->view, &range, w->revision);
	}
	return 0;
}

static int read_work(void *arg)
{
	struct work *w = arg;
	int rc;

	w->doing = "read";
	rc = mdb_txn_begin(w->s->env, NULL, MDB_RDONLY, &w->txn);
	if (rc)
		return rc;
	rc = get_store_record(w->txn, w->s->dbi, &w->revision);
	if (!rc)
		rc = read_ranges(w, w->wants->list, w->wants->n);
	mdb_txn_abort(w->txn);
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

static int run(struct work *w, int (*work)(void *arg), struct err *e)
{
	int rc;

	buf_init(&w->scratch, LOCAL_VALUE_MAX);
	w->s->requests++;
	rc = guarded(w->s, work, w);
	buf_done(&w->scratch);
	return rc ? fail(w->s, rc, w->doing, e) : 0;
}

static int local_read(void *state, struct view *view, const struct wants *wants, struct err *e)
{
	struct work w = { .s = state, .view = view, .wants = wants };

	if (check_usable(w.s, e) < 0)
		return -1;
	if (w.s->env)
		return run(&w, read_work, e);
	read_nothing(view, wants);
	return 0;
}

/* Scanning */

static bool show(struct work *w, void *arg __unused_arg, const struct record *r)
{
	struct scan *scan = w->scan;
	struct record copy = *r;

	if (scan->n++ % LOCAL_SCAN_PAGE == 0 && deadline_passed(w->s->deadline))
		scan->rc = ETIMEDOUT;
	else if (!end_in_nul(w, &copy))
		scan->rc = ENOMEM;
	else
		scan->visited = scan->visit(&copy, scan->arg, scan->e);
	return !scan->rc && !scan->visited;
}

static int scan_work(void *arg)
{
	struct work *w = arg;
	int rc;

	w->doing = "read";
	rc = mdb_txn_begin(w->s->env, NULL, MDB_RDONLY, &w->txn);
	if (rc)
		return rc;
	rc = each_record(w, w->scan->prefix, show, NULL);
	mdb_txn_abort(w->txn);
	return rc ? rc : w->scan->rc;
}

/* A transaction sees one moment as long as it goes on. */
static int local_scan(void *state, const char *prefix, record_visitor *visit, void *arg,
		      enum scan_outcome *ret_outcome, struct err *e)
{
	struct scan scan = { .prefix = prefix, .visit = visit, .arg = arg, .e = e };
	struct work w = { .s = state, .scan = &scan };

	if (check_usable(w.s, e) < 0 || (w.s->env && run(&w, scan_work, e) < 0) ||
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

static bool show_record(struct work *w __unused_arg, void *arg, const struct record *r)
{
	struct showing *s = arg;

	s->holds = guard_admits(s->guard, s->n++, r);
	return s->holds;
}

static int show_key(struct work *w, const char *name, struct showing *s)
{
	MDB_val key = { strlen(name), unconst(name) }, data;
	char copy[VIEW_KEY_MAX + 1];
	struct record r;
	int rc = mdb_get(w->txn, w->s->dbi, &key, &data);

	if (rc)
		return rc == MDB_NOTFOUND ? 0 : rc;
	rc = split_record(&key, &data, copy, &r);
	if (!rc)
		show_record(w, s, &r);
	return rc;
}

static int check_guard(struct work *w, const struct guard *g)
{
	struct showing s = { .guard = g, .holds = true };
	int rc = guard_is_of_prefix(g) ? each_record(w, g->key, show_record, &s)
				       : show_key(w, g->key, &s);

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

/*
 * LMDB need not write the last pages that it counts, so a sound file could be
 * shorter than check_size() wants.  Growing it ahead (a hole, no disk space)
 * makes a short file mean one thing.
 */
static int make_room(const struct work *w)
{
	const struct changes *c = w->changes;
	struct extent x;
	off_t want;
	int rc = measure(w->s->env, &x);

	if (rc)
		return rc;
	want = x.counted + (off_t)(PAGES_A_COMMIT + c->n * PAGES_A_CHANGE) * x.page;
	for (size_t i = 0; i < c->n; i++)
		want += (off_t)c->list[i].value_len;
	if (want <= x.size)
		return 0;
	want += GROWTH_BYTES - want % GROWTH_BYTES;
	return ftruncate(x.fd, want) < 0 ? errno : 0;
}

static int apply_changes(struct work *w)
{
	const struct changes *c = w->changes;
	int rc = 0;

	for (size_t i = 0; i < c->n && !rc; i++) {
		const struct change *change = &c->list[i];
		MDB_val key = { strlen(change->key), change->key };

		if (!changes_is_last(c, i))
			continue;
		if (change->value)
			rc = put(w->txn, w->s->dbi, key, change->value, change->value_len,
				 w->revision + 1);
		else if ((rc = mdb_del(w->txn, w->s->dbi, &key, NULL)) == MDB_NOTFOUND)
			rc = 0;
	}
	return rc ? rc : put_store_record(w->txn, w->s->dbi, w->revision + 1);
}

/* Ends the transaction. */
static int finish(struct work *w, int rc)
{
	bool writes = w->changes->n;

	if (rc || !w->holds || !writes)
		mdb_txn_abort(w->txn);
	else
		rc = mdb_txn_commit(w->txn);
	if (!rc && w->holds)
		w->view->committed = w->revision + writes;
	return rc;
}

static int commit_work(void *arg)
{
	struct work *w = arg;
	bool writes = w->changes->n;
	int rc;

	w->doing = "write";
	rc = writes ? make_room(w) : 0;
	if (!rc)
		rc = mdb_txn_begin(w->s->env, NULL, writes ? 0 : MDB_RDONLY, &w->txn);
	if (rc)
		return rc;
	rc = get_store_record(w->txn, w->s->dbi, &w->revision);
	if (!rc)
		rc = check_guards(w);
	if (!rc && !w->holds)
		rc = read_ranges(w, w->view->ranges, w->view->n_ranges);
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

static int local_commit(void *state, struct view *view, const struct changes *changes,
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
	if (w.s->env && run(&w, commit_work, e) < 0)
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
	return local_watch_begin(s->env ? s->folder.data : NULL, f, ret_source, e);
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
