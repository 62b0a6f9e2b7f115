/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/queue/host_files.h"

#include "base/io.h"
#include "datastore/datastore.h"
#include "tests/sim/queue/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES 256
#define OPEN_FILES 256
#define FIRST_FD (1 << 20) /* the kernel's own are below */
#define WHOLE_FILE (-1)

struct file {
	const struct host *host; /* NULL: the place is free */
	char path[128]; /* "": it has lost its name */
	struct buf text; /* owned */
	int64_t changed_ns; /* by the host's clock */
	struct actor *whose; /* who made it, for which of his requests */
	unsigned request;
	bool was_alive; /* when somebody looked whether he is */
};

struct open_file {
	struct file *file; /* NULL: the place is free */
	struct actor *by;
	size_t at;
	bool has_file, has_byte, waits; /* for locks */
	off_t byte, wanted;
	struct deadline until; /* it waits */
};

static struct file files[FILES];
static struct open_file open_files[OPEN_FILES];

/* What base/, datastore/ and plugin/ ask the kernel for (replaced.ld). */
const char *__wrap_io_open(const char *path, int flags, mode_t mode, int *ret_fd);
int __wrap_io_read_fd(int fd, struct buf *out, const char *what, struct err *e);
int __wrap_io_write_fd(int fd, const void *data, size_t len, const char *what, struct err *e);
int __wrap_io_lock_byte(const char *path, off_t at, struct deadline until, int *ret_fd,
			struct err *e);
bool __wrap_io_try_lock(int fd, const char *path);
int __wrap_io_wait_for_lock(int fd, const char *path, off_t at, struct deadline until,
			    struct err *e);
int __wrap_fstat(int fd, struct stat *ret);
int __wrap_flock(int fd, int operation);
int __wrap_futimens(int fd, const struct timespec times[2]);
off_t __wrap_lseek(int fd, off_t at, int from);
ssize_t __wrap_pwrite(int fd, const void *data, size_t len, off_t at);
int __wrap_rename(const char *from, const char *to);
int __wrap_close(int fd);
pid_t __wrap_getpid(void);
int __wrap_datastore_open(struct datastore **ret_ds, const struct settings *settings,
			  enum datastore_purpose purpose, struct deadline deadline, struct err *e);

const char *__real_io_open(const char *path, int flags, mode_t mode, int *ret_fd);
int __real_io_read_fd(int fd, struct buf *out, const char *what, struct err *e);
int __real_io_write_fd(int fd, const void *data, size_t len, const char *what, struct err *e);
int __real_fstat(int fd, struct stat *ret);
int __real_flock(int fd, int operation);
int __real_futimens(int fd, const struct timespec times[2]);
off_t __real_lseek(int fd, off_t at, int from);
ssize_t __real_pwrite(int fd, const void *data, size_t len, off_t at);
int __real_rename(const char *from, const char *to);
int __real_close(int fd);
pid_t __real_getpid(void);

static struct open_file *opened(int fd)
{
	return fd >= FIRST_FD ? &open_files[fd - FIRST_FD] : NULL;
}

static struct file *find(const char *path)
{
	for (unsigned i = 0; i < FILES; i++)
		if (files[i].host == world.current->host && strcmp(files[i].path, path) == 0)
			return &files[i];
	return NULL;
}

static _Noreturn void have_no_room(void)
{
	fprintf(stderr, "a host has no room for more files\n");
	abort();
}

static struct file *make(const char *path)
{
	unsigned i = 0;

	while (i < FILES && files[i].host)
		i++;
	if (i == FILES)
		have_no_room();
	files[i].host = world.current->host;
	files[i].whose = world.current;
	files[i].request = world.current->n_requests;
	files[i].was_alive = false;
	files[i].changed_ns = host_now(world.current->host);
	snprintf(files[i].path, sizeof(files[i].path), "%s", path);
	buf_reset(&files[i].text);
	return &files[i];
}

static bool is_open(const struct file *f)
{
	for (unsigned i = 0; i < OPEN_FILES; i++)
		if (open_files[i].file == f)
			return true;
	return false;
}

static void forget_if_gone(struct file *f)
{
	if (!f->path[0] && !is_open(f))
		f->host = NULL;
}

static int open_file(struct file *f)
{
	int i = 0;

	while (i < OPEN_FILES && open_files[i].file)
		i++;
	if (i == OPEN_FILES)
		have_no_room();
	open_files[i] = (struct open_file){ .file = f, .by = world.current };
	return FIRST_FD + i;
}

void host_files_forget(void)
{
	for (unsigned i = 0; i < FILES; i++) {
		buf_done(&files[i].text);
		files[i] = (struct file){ .text = BUF(1 << 20) };
	}
	memset(open_files, 0, sizeof(open_files));
}

void host_files_are_gone(const struct host *host)
{
	for (unsigned i = 0; i < FILES; i++) {
		if (files[i].host != host)
			continue;
		if (is_open(&files[i]))
			world_lose("what is dead holds no file", "%s", files[i].path);
		files[i].host = NULL;
	}
}

/* A name that readers pass over. */
static bool is_begun(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] == '.';
}

unsigned host_files_count(const struct host *host, const char *kind)
{
	unsigned n = 0;

	for (unsigned i = 0; i < FILES; i++)
		n += files[i].host == host && strstr(files[i].path, kind) &&
		     !is_begun(files[i].path);
	return n;
}

/* Locks: who has what this one wants; NULL: nobody else. */
static struct actor *holder(const struct open_file *o, off_t byte)
{
	for (unsigned i = 0; i < OPEN_FILES; i++) {
		const struct open_file *other = &open_files[i];

		if (other == o || other->file != o->file)
			continue;
		if (byte == WHOLE_FILE ? other->has_file : other->has_byte && other->byte == byte)
			return other->by;
	}
	return NULL;
}

static bool time_is_over(struct deadline until)
{
	return world.now_ns / 1000000 >= until.at_ms;
}

static int await(struct open_file *o, off_t byte, const char *path, struct deadline until,
		 struct err *e)
{
	struct actor *a = world.current;

	o->waits = true;
	o->wanted = byte;
	o->until = until;
	while (holder(o, byte) && !a->dead && !time_is_over(until))
		actor_stop(STOP_LOCK);
	o->waits = false;
	if (holder(o, byte) || a->dead) {
		a->over = true;
		return err_set(e, ERR_DEADLINE, "lock file %s is still held by another process at "
			       "the deadline; nothing was changed", path);
	}
	o->has_file |= byte == WHOLE_FILE;
	if (byte != WHOLE_FILE) {
		o->has_byte = true;
		o->byte = byte;
	}
	return 0;
}

static struct file *find_lock(const char *path)
{
	struct file *f = find(path);

	return f ? f : make(path);
}

int __wrap_io_lock_byte(const char *path, off_t at, struct deadline until, int *ret_fd,
			struct err *e)
{
	int fd = open_file(find_lock(path));

	if (await(opened(fd), at, path, until, e) < 0) {
		__wrap_close(fd);
		return -1;
	}
	*ret_fd = fd;
	return 0;
}

bool __wrap_io_try_lock(int fd, const char *path __unused_arg)
{
	struct open_file *o = opened(fd);

	if (!holder(o, WHOLE_FILE))
		o->has_file = true;
	return o->has_file;
}

int __wrap_io_wait_for_lock(int fd, const char *path, off_t at __unused_arg, struct deadline until,
			    struct err *e)
{
	return await(opened(fd), WHOLE_FILE, path, until, e);
}

int host_files_lock(void)
{
	int fd = open_file(find_lock(HOST_LOCK_FILE));
	struct err ignored = {0};

	if (await(opened(fd), WHOLE_FILE, "", (struct deadline){ INT64_MAX }, &ignored) == 0)
		return fd;
	__wrap_close(fd);
	return -1;
}

struct actor *host_files_blocker(const struct actor *a)
{
	for (unsigned i = 0; i < OPEN_FILES; i++) {
		const struct open_file *o = &open_files[i];

		if (o->file && o->by == a && o->waits && !time_is_over(o->until))
			return holder(o, o->wanted);
	}
	return NULL;
}

bool host_files_are_locked_by(const struct actor *a)
{
	for (unsigned i = 0; i < OPEN_FILES; i++)
		if (open_files[i].file && open_files[i].by == a && open_files[i].has_file &&
		    strcmp(open_files[i].file->path, HOST_LOCK_FILE) == 0)
			return true;
	return false;
}

int __wrap_flock(int fd, int operation)
{
	struct open_file *o = opened(fd);

	if (!o)
		return __real_flock(fd, operation);
	o->file->was_alive = holder(o, WHOLE_FILE);
	if (__wrap_io_try_lock(fd, o->file->path))
		return 0;
	errno = EWOULDBLOCK;
	return -1;
}

/* Entries. */

static int fail(int code)
{
	errno = code;
	return -1;
}

/* Here others come in, now and then; false: he has died. */
static bool is_let_on(enum stop stop)
{
	struct actor *a = world.current;

	return !a->dead && (draw(a, 3) || actor_stop(stop));
}

const char *__wrap_io_open(const char *path, int flags, mode_t mode, int *ret_fd)
{
	struct file *f = NULL;

	if (!world.current)
		return __real_io_open(path, flags, mode, ret_fd);
	if (world.current->dead || (!(flags & O_CREAT) && !is_let_on(STOP_TAKE)))
		return "its process is dead";
	f = find(path);
	if ((flags & O_EXCL) ? f != NULL : f == NULL) {
		errno = f ? EEXIST : ENOENT;
		return strerror(errno);
	}
	*ret_fd = open_file(f ? f : make(path));
	if (f || is_let_on(STOP_LAY))
		return NULL;
	__wrap_close(*ret_fd);
	return "its process is dead";
}

int __wrap_io_read_fd(int fd, struct buf *out, const char *what, struct err *e)
{
	struct open_file *o = opened(fd);

	if (!o)
		return __real_io_read_fd(fd, out, what, e);
	if (o->at < o->file->text.len)
		buf_add(out, o->file->text.data + o->at, o->file->text.len - o->at);
	o->at = o->file->text.len;
	return 0;
}

int __wrap_io_write_fd(int fd, const void *data, size_t len, const char *what, struct err *e)
{
	struct open_file *o = opened(fd);

	if (!o)
		return __real_io_write_fd(fd, data, len, what, e);
	if (world.current->dead)
		return err_set(e, ERR_IO, "its process is dead");
	buf_add(&o->file->text, data, len);
	o->file->changed_ns = host_now(o->by->host);
	o->at += len;
	return 0;
}

off_t __wrap_lseek(int fd, off_t at, int from)
{
	struct open_file *o = opened(fd);

	if (!o)
		return __real_lseek(fd, at, from);
	o->at = (size_t)at;
	return at;
}

/* An answer: of one who dies as he writes it a part may be there. */
ssize_t __wrap_pwrite(int fd, const void *data, size_t len, off_t at)
{
	struct open_file *o = opened(fd);
	struct actor *a = world.current;
	bool whole;

	if (!o)
		return __real_pwrite(fd, data, len, at);
	if (a->dead)
		return fail(EIO);
	whole = actor_stop(STOP_TELL);
	if (!whole && a->fate != FAKE_IS_LATE)
		return fail(EIO);
	o->file->text.len = (size_t)at;
	buf_add(&o->file->text, data, whole ? len : len / 2);
	process_answers(a, o->file->whose, o->file->request, whole);
	return (ssize_t)len;
}

static bool is_taken(const char *path)
{
	return strstr(path, ".taken");
}

int __wrap_rename(const char *from, const char *to)
{
	struct file *f;

	if (!world.current)
		return __real_rename(from, to);
	if (is_begun(from) ? world.current->dead : !is_let_on(STOP_TAKE))
		return fail(EIO);
	f = find(from);
	if (!f)
		return fail(ENOENT);
	snprintf(f->path, sizeof(f->path), "%s", to);
	if (is_taken(from) && !is_taken(to))
		process_gives_back(world.current, f->whose, f->request);
	else if (!is_begun(from))
		process_takes(world.current, f->whose, f->was_alive ? f->request : 0);
	return 0;
}

bool host_files_unlink(const char *path)
{
	struct file *f = world.current ? find(path) : NULL;

	if (!f || world.current->dead)
		return false;
	f->path[0] = '\0';
	forget_if_gone(f);
	return true;
}

int __wrap_close(int fd)
{
	struct open_file *o = opened(fd);
	struct file *f = o ? o->file : NULL;

	if (!f)
		return __real_close(fd);
	*o = (struct open_file){ .file = NULL };
	forget_if_gone(f);
	return 0;
}

int __wrap_fstat(int fd, struct stat *ret)
{
	if (!opened(fd))
		return __real_fstat(fd, ret);
	*ret = (struct stat){ .st_mode = S_IFREG | 0600, .st_uid = geteuid() };
	ret->st_nlink = opened(fd)->file->path[0] ? 1 : 0;
	ret->st_mtim.tv_sec = opened(fd)->file->changed_ns / SECOND_NS;
	ret->st_mtim.tv_nsec = opened(fd)->file->changed_ns % SECOND_NS;
	return 0;
}

int __wrap_futimens(int fd, const struct timespec times[2])
{
	struct open_file *o = opened(fd);

	if (!o)
		return __real_futimens(fd, times);
	if (!world.current->dead)
		o->file->changed_ns = times[1].tv_sec * SECOND_NS + times[1].tv_nsec;
	return 0;
}

const char *host_files_next(const char *folder, unsigned *at)
{
	size_t len = strlen(folder);

	while (*at < FILES) {
		const struct file *f = &files[(*at)++];

		if (f->host == world.current->host && strncmp(f->path, folder, len) == 0)
			return f->path + len;
	}
	return NULL;
}

pid_t __wrap_getpid(void)
{
	return world.current ? (pid_t)world.current->number + 1 : __real_getpid();
}

int __wrap_datastore_open(struct datastore **ret_ds, const struct settings *settings __unused_arg,
			  enum datastore_purpose purpose __unused_arg,
			  struct deadline deadline __unused_arg, struct err *e)
{
	struct actor *a = world.current;

	if (a->dead || !actor_stop(STOP_OPEN))
		return err_set(e, ERR_UNAVAILABLE, "its process is dead");
	if (world.now_ns >= a->ends_ns) {
		a->over = true;
		return err_set(e, ERR_DEADLINE, "fake store: no time is left");
	}
	if (a->fate != FAKE_GOES_ON && draw(a, 2)) {
		a->misread = true;
		return err_set(e, ERR_DECODE, "its kubeconfig is being written");
	}
	if (a->fate != FAKE_GOES_ON)
		return err_set(e, ERR_UNAVAILABLE, "fake store: nobody answers");
	*ret_ds = fake_open(world.store);
	return 0;
}
