/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"

#include "base/new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

/* How often a waiter for a lock looks at its deadline, once that has come. */
#define LOCK_TICK_US 20000

const char *io_special(mode_t mode)
{
	if (S_ISFIFO(mode))
		return "is a FIFO, not a regular file";
	if (S_ISSOCK(mode))
		return "is a socket, not a regular file";
	if (S_ISCHR(mode) || S_ISBLK(mode))
		return "is a device, not a regular file";
	return NULL;
}

/* As open() would find it with these flags. */
static int find(const char *path, int flags, struct stat *ret)
{
	return flags & O_NOFOLLOW ? lstat(path, ret) : stat(path, ret);
}

/*
 * Before it is opened, which alone moves some devices; and after, when none can exchange it.
 * What is made by this very call is a file.
 */
const char *io_open(const char *path, int flags, mode_t mode, int *ret_fd)
{
	const char *special = NULL;
	bool is_new = flags & O_EXCL;
	struct stat st;
	int fd = -1;

	if (!is_new && find(path, flags, &st) == 0)
		special = io_special(st.st_mode);
	else if (!is_new && !(flags & O_CREAT) && errno == ENOENT)
		return strerror(errno);
	if (!special) {
		fd = open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, mode);
		if (fd < 0)
			return strerror(errno);
		if (!is_new && fstat(fd, &st) == 0)
			special = io_special(st.st_mode);
	}
	if (!special) {
		*ret_fd = fd;
		return NULL;
	}
	if (fd >= 0)
		close(fd);
	errno = ENXIO;
	return special;
}

int io_open_of_kernel(const char *path)
{
	return open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

int io_read_fd(int fd, struct buf *out, const char *what, struct err *e)
{
	char chunk[16384];
	ssize_t n;

	for (;;) {
		n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, ERR_IO, "cannot read %s: %s", what, strerror(errno));
		if (n == 0)
			return 0;
		buf_add(out, chunk, (size_t)n);
		if (out->full)
			return err_set(e, ERR_LIMIT, "%s is larger than the limit of %zu bytes",
				       what, out->limit);
		if (out->failed)
			return err_set(e, ERR_INTERNAL, "%s: out of memory", what);
	}
}

int io_read_file(const char *path, struct buf *out, struct err *e)
{
	int fd __cleanup(close_fd) = -1;
	const char *why = io_open(path, O_RDONLY, 0, &fd);

	if (why)
		return err_set(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "cannot open %s: %s",
			       path, why);
	return io_read_fd(fd, out, path, e);
}

static int open_own(const char *path, int flags, mode_t mode, int *ret_fd, struct stat *ret_stat,
		    struct err *e)
{
	const char *why = io_open(path, flags | O_NOFOLLOW, mode, ret_fd);

	if (why)
		return err_set(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "cannot open %s: %s",
			       path, why);
	if (fstat(*ret_fd, ret_stat) == 0 && S_ISREG(ret_stat->st_mode) &&
	    ret_stat->st_uid == geteuid())
		return 0;
	return err_set(e, ERR_IO, "%s is not a regular file of this user", path);
}

int io_read_own_file(const char *path, struct buf *out, struct err *e)
{
	int fd __cleanup(close_fd) = -1;
	struct stat st;

	if (open_own(path, O_RDONLY, 0, &fd, &st, e) < 0)
		return -1;
	return io_read_fd(fd, out, path, e);
}

int io_wait_readable(int fd, struct deadline until)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int64_t left;
	int n;

	do {
		left = deadline_left_ms(until);
		n = poll(&p, 1, left > INT_MAX ? INT_MAX : (int)left);
	} while (n < 0 && errno == EINTR);
	return n;
}

bool io_has_reader(int fd)
{
	struct pollfd p = { .fd = fd };

	return poll(&p, 1, 0) <= 0 || !(p.revents & (POLLERR | POLLHUP));
}

int io_write_fd(int fd, const void *data, size_t len, const char *what, struct err *e)
{
	const char *p = data;
	ssize_t n;

	while (len) {
		n = write(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_set(e, ERR_IO, "cannot write %s: %s", what, strerror(errno));
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int io_replace_file(const char *path, const void *data, size_t len, mode_t mode, struct err *e)
{
	struct new_file f __cleanup(new_file_done) = NO_NEW_FILE;

	if (new_file_begin(&f, path, mode, e) < 0 || io_write_fd(f.fd, data, len, path, e) < 0)
		return -1;
	return new_file_publish(&f, path, e);
}

int io_overwrite_own_file(const char *path, const void *data, size_t len, mode_t mode,
			  struct err *e)
{
	int fd __cleanup(close_fd) = -1;
	struct stat st;

	if (open_own(path, O_RDWR | O_CREAT, mode, &fd, &st, e) < 0)
		return -1;
	if (st.st_nlink != 1)
		return err_set(e, ERR_IO, "%s has other names too", path);
	if (st.st_size > (off_t)len && ftruncate(fd, (off_t)len) < 0)
		return err_set(e, ERR_IO, "cannot shorten %s: %s", path, strerror(errno));
	return io_write_fd(fd, data, len, path, e);
}

static int make_folder(const char *path, mode_t mode, struct err *e)
{
	struct stat st;

	if (mkdir(path, mode) == 0)
		return 0;
	if (errno == EEXIST && stat(path, &st) == 0 && !S_ISDIR(st.st_mode))
		errno = ENOTDIR;
	if (errno == EEXIST)
		return 0;
	return err_set(e, ERR_IO, "cannot make folder %s: %s", path, strerror(errno));
}

void close_folder(DIR **folder)
{
	if (*folder)
		closedir(*folder);
}

int io_make_folders(const char *path, mode_t mode, struct err *e)
{
	char part[PATH_MAX];
	size_t len = strlen(path);
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return 0;
	if (len >= sizeof(part))
		return err_set(e, ERR_LIMIT, "%s: path longer than %d bytes", path, PATH_MAX);
	memcpy(part, path, len + 1);
	for (char *slash = part;;) {
		slash = strchr(slash + 1, '/');
		if (slash)
			*slash = '\0';
		if (make_folder(part, mode, e) < 0)
			return -1;
		if (!slash)
			return 0;
		*slash = '/';
	}
}

int io_make_parent(const char *path, mode_t mode, struct err *e)
{
	char parent[PATH_MAX];
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) : 0;

	if (len == 0)
		return 0;
	if (len >= sizeof(parent))
		return err_set(e, ERR_LIMIT, "%s: path longer than %d bytes", path, PATH_MAX);
	memcpy(parent, path, len);
	parent[len] = '\0';
	return io_make_folders(parent, mode, e);
}

static void on_tick(int sig __unused_arg)
{
}

/* What is waited for: a file whole, by flock(2), or one byte of it. */
struct wanted_lock {
	int fd;
	bool one_byte;
	off_t at;
};

/* OFD locks, for those of fcntl(2) would go with any other close of the file. */
static int take_lock(const struct wanted_lock *lock, bool wait)
{
	struct flock byte = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = lock->at,
			      .l_len = 1 };

	if (lock->one_byte)
		return fcntl(lock->fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &byte);
	return flock(lock->fd, wait ? LOCK_EX : LOCK_EX | LOCK_NB);
}

/* Ticks from the deadline on, which end a wait; and what they take the place of. */
struct ticks {
	struct sigaction action;
	sigset_t mask;
	struct itimerval timer;
};

/*
 * Whoever started us may have blocked the signal, and so the deadline.  The tick repeats, so
 * one that comes before the wait has begun is not missed for good.  There is none before the
 * deadline: Linux puts who is interrupted to the end of the queue, and wakes all who stood
 * behind it to do the same.
 */
static int begin_ticks(struct deadline until, struct ticks *before)
{
	int64_t ms = deadline_left_ms(until) + 1;
	struct itimerval tick = { .it_interval = { 0, LOCK_TICK_US },
				  .it_value = { ms / 1000, ms % 1000 * 1000 } };
	struct sigaction act = { .sa_handler = on_tick };
	sigset_t alarm_only;

	sigemptyset(&alarm_only);
	sigaddset(&alarm_only, SIGALRM);
	if (sigaction(SIGALRM, &act, &before->action) < 0)
		return -1;
	if (sigprocmask(SIG_UNBLOCK, &alarm_only, &before->mask) == 0) {
		if (setitimer(ITIMER_REAL, &tick, &before->timer) == 0)
			return 0;
		sigprocmask(SIG_SETMASK, &before->mask, NULL);
	}
	sigaction(SIGALRM, &before->action, NULL);
	return -1;
}

/* Ticks that cannot be ended kill nobody. */
static void end_ticks(struct ticks *before)
{
	if (setitimer(ITIMER_REAL, &before->timer, NULL) < 0)
		before->action = (struct sigaction){ .sa_handler = SIG_IGN };
	sigprocmask(SIG_SETMASK, &before->mask, NULL);
	sigaction(SIGALRM, &before->action, NULL);
}

static int wait_for_lock(const struct wanted_lock *lock, struct deadline until)
{
	struct ticks before;
	int rc, code;

	if (begin_ticks(until, &before) < 0)
		return -1;
	do {
		rc = take_lock(lock, true);
		code = errno;
	} while (rc < 0 && code == EINTR && !deadline_passed(until));
	end_ticks(&before);
	errno = code;
	return rc;
}

static int await_lock(struct wanted_lock lock, const char *what, const char *path,
		      struct deadline until, struct err *e)
{
	if (take_lock(&lock, false) == 0 || wait_for_lock(&lock, until) == 0)
		return 0;
	if (errno == EINTR)
		return err_set(e, ERR_DEADLINE,
			       "%s%s is still held by another process at the deadline; "
			       "nothing was changed",
			       what, path);
	return err_set(e, ERR_IO, "cannot lock %s: %s", path, strerror(errno));
}

static int open_lock(const char *path, int flags, int *ret_fd, struct err *e)
{
	const char *why = io_open(path, flags | O_CREAT, 0600, ret_fd);

	return why ? err_set(e, ERR_IO, "cannot open lock file %s: %s", path, why) : 0;
}

/*
 * It was removed: whoever comes now locks another of that name.  One that is mounted there, and was
 * removed elsewhere, is there still.
 */
static bool is_removed(int fd, const char *path)
{
	struct stat st, there;

	return fstat(fd, &st) == 0 && st.st_nlink == 0 &&
	       (stat(path, &there) < 0 || there.st_dev != st.st_dev || there.st_ino != st.st_ino);
}

/* Who need not wait has just found it by its name. */
static int lock_named(struct wanted_lock lock, int flags, const char *path, struct deadline until,
		      int *ret_fd, struct err *e)
{
	for (;;) {
		if (open_lock(path, flags, &lock.fd, e) < 0)
			return -1;
		if (take_lock(&lock, false) == 0)
			break;
		if (await_lock(lock, "lock file ", path, until, e) < 0) {
			close(lock.fd);
			return -1;
		}
		if (!is_removed(lock.fd, path))
			break;
		close(lock.fd);
	}
	*ret_fd = lock.fd;
	return 0;
}

bool io_try_lock(int fd, const char *path)
{
	const struct wanted_lock lock = { .fd = fd };

	return take_lock(&lock, false) == 0 && !is_removed(fd, path);
}

/* The byte of the old file is kept until that of the new is had: who waits for it comes behind. */
static int lock_anew(int fd, const char *path, off_t at, struct deadline until, struct err *e)
{
	struct wanted_lock lock = { .one_byte = true, .at = at };
	int rc;

	flock(fd, LOCK_UN);
	if (lock_named(lock, O_RDWR, path, until, &lock.fd, e) < 0)
		return -1;
	lock.one_byte = false;
	rc = await_lock(lock, "lock file ", path, until, e);
	if (rc == 0 && dup3(lock.fd, fd, O_CLOEXEC) < 0)
		rc = err_set(e, ERR_IO, "cannot keep lock file %s open: %s", path,
			     strerror(errno));
	close(lock.fd);
	return rc;
}

int io_wait_for_lock(int fd, const char *path, off_t at, struct deadline until, struct err *e)
{
	const struct wanted_lock lock = { .fd = fd };

	if (await_lock(lock, "lock file ", path, until, e) < 0)
		return -1;
	while (is_removed(fd, path))
		if (lock_anew(fd, path, at, until, e) < 0)
			return -1;
	return 0;
}

int io_lock_file(const char *path, struct deadline until, int *ret_fd, struct err *e)
{
	return lock_named((struct wanted_lock){ .fd = -1 }, O_RDONLY, path, until, ret_fd, e);
}

int io_lock_byte(const char *path, off_t at, struct deadline until, int *ret_fd, struct err *e)
{
	const struct wanted_lock lock = { .one_byte = true, .at = at };

	return lock_named(lock, O_RDWR, path, until, ret_fd, e);
}

int io_lock_existing(const char *path, struct deadline until, int *ret_fd, struct err *e)
{
	const char *why;
	int fd = -1;

	why = io_open(path, O_RDONLY, 0, &fd);
	if (why)
		return err_set(e, ERR_IO, "cannot open %s: %s", path, why);
	if (await_lock((struct wanted_lock){ .fd = fd }, "", path, until, e) < 0) {
		close(fd);
		return -1;
	}
	*ret_fd = fd;
	return 0;
}
