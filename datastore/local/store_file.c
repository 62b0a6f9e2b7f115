/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/local/store_file.h"

#include "base/io.h"
#include "datastore/local/bus_error.h"
#include "datastore/local/local.h"
#include "datastore/local/touched.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define REVISION_BYTES 8

/* No key of a caller's begins with a NUL. */
#define STORE_KEY "\0store"
#define STORE_FORMAT "calico-ipam 1"

/* The file grows ahead of LMDB by this, see store_file_make_room(). */
#define GROWTH_BYTES ((off_t)1 << 20)
#define PAGES_A_COMMIT 256
#define PAGES_A_CHANGE 64

#define OPEN_TRIES 40
#define OPEN_PAUSE_MS 5

size_t local_map_bytes = LOCAL_MAP_BYTES;
const int store_file_damaged = MDB_CORRUPTED;

struct store_file {
	MDB_env *env;	/* NULL: not open */
	MDB_dbi dbi;
	bool damaged;	/* the environment must not be touched again */
	bool read_only;
	const struct folder *folder;
};

/* LMDB forbids a second environment in a process; it is also where a damaged one stays. */
static struct store_file the_file;

static int fail(const struct store_file *f, int rc, const char *doing, struct err *e)
{
	const char *path = f->folder->path, *file = f->folder->data;

	switch (rc) {
	case MDB_MAP_FULL:
		return err_set(e, ERR_LIMIT,
			       "local store %s is full: %s has reached the limit of %zu MiB; "
			       "nothing was changed", path, file, local_map_bytes >> 20);
	case MDB_READERS_FULL:
		return err_set(e, ERR_LIMIT,
			       "local store %s: more than %d processes use it at once", path,
			       LOCAL_READERS_MAX);
	case MDB_VERSION_MISMATCH:
		return err_set(e, ERR_IO,
			       "local store %s: %s was written by another version of LMDB; "
			       "move it away, or put back a copy of it", path, file);
	case MDB_INVALID:
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_CURSOR_FULL:
	case MDB_PANIC:
	case MDB_INCOMPATIBLE:
	case MDB_BAD_TXN:
		return err_set(e, ERR_IO,
			       "local store %s: %s is damaged or is not a store of calico-ipam; "
			       "move it away, or put back a copy of it", path, file);
	case ETIMEDOUT:
		return err_set(e, ERR_DEADLINE, "local store %s: no time is left to %s %s", path,
			       doing, file);
	case EIO:
		return err_set(e, ERR_IO, "local store %s: cannot %s %s: %s (is the disk full?)",
			       path, doing, file, strerror(rc));
	default:
		return err_set(e, ERR_IO, "local store %s: cannot %s %s: %s", path, doing, file,
			       mdb_strerror(rc));
	}
}

/* Runs work under the fault guard. */
static int guarded(struct store_file *f, int (*work)(void *arg), void *arg)
{
	struct statvfs disk;
	int rc;

	if (bus_error_guard(work, arg, &rc))
		return rc;
	f->damaged = true;
	/* LMDB maps lock.mdb for writing: on a full disk its first pages cannot be had. */
	return statvfs(f->folder->path, &disk) == 0 && !disk.f_bavail ? ENOSPC : MDB_CORRUPTED;
}

static void on_assert(MDB_env *env __unused_arg, const char *text __unused_arg)
{
	bus_error_throw();
}

static MDB_val store_key(void)
{
	return (MDB_val){ sizeof(STORE_KEY) - 1, (void *)STORE_KEY };
}

static MDB_val key_of(const char *text)
{
	return (MDB_val){ strlen(text), unconst(text) };
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

int store_txn_begin(struct store_file *f, bool writes, struct store_txn *ret_txn)
{
	MDB_txn *txn;
	int rc = mdb_txn_begin(f->env, NULL, writes ? 0 : MDB_RDONLY, &txn);

	if (!rc)
		*ret_txn = (struct store_txn){ f, txn };
	return rc;
}

int store_txn_commit(struct store_txn *t)
{
	return mdb_txn_commit(t->handle);
}

void store_txn_abort(struct store_txn *t)
{
	mdb_txn_abort(t->handle);
}

static int put(struct store_txn *t, MDB_val key, const void *value, size_t len, uint64_t revision)
{
	MDB_val data = { REVISION_BYTES + len, NULL };
	int rc = mdb_put(t->handle, t->file->dbi, &key, &data, MDB_RESERVE);

	if (rc)
		return rc;
	store_revision(data.mv_data, revision);
	if (len)
		memcpy((char *)data.mv_data + REVISION_BYTES, value, len);
	return 0;
}

int store_txn_put(struct store_txn *t, const char *key, const void *value, size_t len,
		  uint64_t revision)
{
	return put(t, key_of(key), value, len, revision);
}

int store_txn_delete(struct store_txn *t, const char *name)
{
	MDB_val key = key_of(name);
	int rc = mdb_del(t->handle, t->file->dbi, &key, NULL);

	return rc == MDB_NOTFOUND ? 0 : rc;
}

int store_txn_set_revision(struct store_txn *t, uint64_t revision)
{
	return put(t, store_key(), STORE_FORMAT, sizeof(STORE_FORMAT) - 1, revision);
}

/* MDB_INVALID unless this is a store of ours. */
int store_txn_revision(struct store_txn *t, uint64_t *ret_revision)
{
	MDB_val key = store_key(), data;
	int rc = mdb_get(t->handle, t->file->dbi, &key, &data);

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

static int write_first_record(struct store_file *f)
{
	struct store_txn txn;
	int rc = store_txn_begin(f, true, &txn);

	if (rc)
		return rc;
	if (!(rc = mdb_dbi_open(txn.handle, NULL, 0, &f->dbi)) &&
	    !(rc = store_txn_set_revision(&txn, 1)))
		return store_txn_commit(&txn);
	store_txn_abort(&txn);
	return rc;
}

static int create_work(void *arg)
{
	struct store_file *f = arg;
	int rc;

	rc = new_env(&f->env, f->folder->fresh, MDB_NOSUBDIR | MDB_NOLOCK);
	if (!rc)
		rc = write_first_record(f);
	if (f->env)
		mdb_env_close(f->env);
	f->env = NULL;
	return rc;
}

int store_file_create(const struct folder *folder, struct err *e)
{
	struct store_file *f = &the_file;
	int rc;

	*f = (struct store_file){ .folder = folder };
	unlink(folder->fresh);
	rc = guarded(f, create_work, f);
	if (!rc)
		return 0;
	unlink(folder->fresh);
	return fail(f, rc, "create", e);
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
	struct extent x = { 0 };
	int rc = measure(env, &x);

	if (rc)
		return rc;
	return x.size < x.counted ? MDB_CORRUPTED : 0;
}

static int open_work(void *arg)
{
	struct store_file *f = arg;

	return new_env(&f->env, f->folder->path, f->read_only ? MDB_RDONLY : 0);
}

static int look_work(void *arg)
{
	struct store_file *f = arg;
	struct store_txn txn;
	uint64_t revision;
	int rc, dead;

	if ((rc = close_on_exec(f->env)) || (rc = check_size(f->env)) ||
	    (rc = mdb_reader_check(f->env, &dead)) || (rc = store_txn_begin(f, false, &txn)))
		return rc;
	rc = mdb_dbi_open(txn.handle, NULL, 0, &f->dbi);
	if (!rc)
		rc = store_txn_revision(&txn, &revision);
	/* A commit keeps the handle; an abort would close it. */
	if (!rc)
		return store_txn_commit(&txn);
	store_txn_abort(&txn);
	return rc;
}

void store_file_close(struct store_file *f)
{
	if (f->env && !f->damaged) {
		mdb_env_close(f->env);
		f->env = NULL;
	}
}

/* What another process that opens or closes the store at this moment can cause. */
static bool may_pass(int rc)
{
	return rc == EAGAIN || rc == EBUSY || rc == EINVAL || rc == ENOENT || rc == MDB_INVALID ||
	       rc == MDB_READERS_FULL;
}

/*
 * The first to open lock.mdb resets it under LMDB's own lock, and says last which commit
 * is the newest: whoever waits in that lock for one that dies before takes it for done,
 * and writes over a commit.  A dying process loses flock(2) after its fcntl(2) locks, so
 * that who waits here comes when the dead one's are gone, and is the first itself.
 */
static int open_in_turn(struct store_file *f, struct deadline deadline, int *ret_rc, struct err *e)
{
	int turn __cleanup(close_fd) = -1;

	if (io_lock_existing(f->folder->data, deadline, &turn, e) < 0)
		return err_wrap(e, "local store %s", f->folder->path);
	*ret_rc = guarded(f, open_work, f);
	return 0;
}

int store_file_open(const struct folder *folder, bool read_only, struct deadline deadline,
		    struct store_file **ret_file, struct err *e)
{
	struct store_file *f = &the_file;
	int rc = 0;

	*f = (struct store_file){ .folder = folder, .read_only = read_only };
	for (int i = 0; i < OPEN_TRIES && !(i && deadline_passed(deadline)); i++) {
		if (i)
			deadline_sleep_ms(deadline, OPEN_PAUSE_MS);
		if (open_in_turn(f, deadline, &rc, e) < 0)
			return -1;
		if (!rc)
			rc = guarded(f, look_work, f);
		if (!rc) {
			*ret_file = f;
			return 0;
		}
		if (f->damaged)
			break;
		store_file_close(f);
		if (!may_pass(rc))
			break;
	}
	return fail(f, rc, "open", e);
}

bool store_file_is_taken(void)
{
	return the_file.env;
}

int store_file_check(const struct store_file *f, struct err *e)
{
	return f->damaged ? fail(f, MDB_CORRUPTED, "use", e) : 0;
}

int store_file_run(struct store_file *f, int (*work)(void *arg), void *arg, const char *doing,
		   struct err *e)
{
	int rc = guarded(f, work, arg);

	return rc ? fail(f, rc, doing, e) : 0;
}

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

int store_txn_see(struct store_txn *t, const char *key_text, record_sight *see, void *arg)
{
	MDB_val key = key_of(key_text), data;
	char name[VIEW_KEY_MAX + 1];
	struct record r;
	int rc = mdb_get(t->handle, t->file->dbi, &key, &data);

	if (rc)
		return rc == MDB_NOTFOUND ? 0 : rc;
	rc = split_record(&key, &data, name, &r);
	if (!rc)
		see(&r, arg);
	return rc;
}

/* Keys that do not ascend are a damaged store, which could have us go in circles. */
int store_txn_see_each(struct store_txn *t, const char *prefix, record_sight *see, void *arg)
{
	MDB_val key = *prefix ? key_of(prefix) : (MDB_val){ 1, "\1" }, data;
	char names[2][VIEW_KEY_MAX + 1] = { "", "" };
	struct touched touched = { 0 };
	MDB_cursor *cursor;
	struct record r;
	int rc, turn = 0;

	rc = mdb_cursor_open(t->handle, t->file->dbi, &cursor);
	if (rc)
		return rc;
	for (rc = mdb_cursor_get(cursor, &key, &data, MDB_SET_RANGE); !rc;
	     rc = mdb_cursor_get(cursor, &key, &data, MDB_NEXT)) {
		char *name = names[turn], *before = names[turn ^= 1];

		rc = split_record(&key, &data, name, &r);
		if (!rc && strcmp(before, name) >= 0)
			rc = MDB_CORRUPTED;
		if (rc || !key_is_under(name, prefix) || !see(&r, arg))
			break;
		touched_add(&touched, data.mv_data, data.mv_size);
	}
	mdb_cursor_close(cursor);
	return rc == MDB_NOTFOUND ? 0 : rc;
}

/*
 * LMDB need not write the last pages that it counts, so a sound file could be
 * shorter than check_size() wants.  Growing it ahead (a hole, no disk space)
 * makes a short file mean one thing.
 */
int store_file_make_room(struct store_file *f, size_t n_changes, size_t value_bytes)
{
	struct extent x = { 0 };
	off_t want;
	int rc = measure(f->env, &x);

	if (rc)
		return rc;
	want = x.counted + (off_t)(PAGES_A_COMMIT + n_changes * PAGES_A_CHANGE) * x.page +
	       (off_t)value_bytes;
	if (want <= x.size)
		return 0;
	want += GROWTH_BYTES - want % GROWTH_BYTES;
	return ftruncate(x.fd, want) < 0 ? errno : 0;
}

