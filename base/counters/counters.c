/* SPDX-License-Identifier: Apache-2.0 */
#include "base/counters/counters.h"

#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOREVER UINT64_MAX
/* Of waiting for who writes at the same moment, 10 ms at most: then the request is not counted. */
#define TRIES 50
#define PAUSE_US 200

_Static_assert(ERR_KINDS <= COUNTERS_KINDS, "each kind of error has a counter");

const char *const counted_names[N_COUNTED] = {
	[COUNTED_ADD] = "ADD", [COUNTED_DEL] = "DEL", [COUNTED_CHECK] = "CHECK",
	[COUNTED_GC] = "GC", [COUNTED_STATUS] = "STATUS",
};

const uint64_t counters_bounds_us[COUNTERS_BUCKETS] = {
	1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000, 5000000,
	10000000, 30000000, 60000000, FOREVER,
};

static int open_in(const char *run_path, int flags, int *ret_fd)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/" COUNTERS_NAME, run_path) >= (int)sizeof(path))
		return -1;
	return io_open(path, flags | O_NOFOLLOW, 0600, ret_fd) ? -1 : 0;
}

/* Nobody else reads it under another name, and it is this user's. */
static bool is_own(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
	       st.st_nlink == 1;
}

static int open_own(const char *run_path, int *ret_fd)
{
	int fd __cleanup(close_fd) = -1;

	if (open_in(run_path, O_RDWR | O_CREAT, &fd) < 0 || !is_own(fd))
		return -1;
	*ret_fd = fd;
	fd = -1;
	return 0;
}

static void remove_foreign(const char *run_path)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/" COUNTERS_NAME, run_path) < (int)sizeof(path))
		unlink(path);
}

static int open_or_begin(const char *run_path, bool makes_folder, int *ret_fd)
{
	struct err ignored = { 0 };

	if (open_own(run_path, ret_fd) == 0)
		return 0;
	if (access(run_path, F_OK) == 0)
		remove_foreign(run_path);
	else if (!makes_folder || io_make_folders(run_path, 0700, &ignored) < 0)
		return -1;
	return open_own(run_path, ret_fd);
}

/* Of the file as it is open here: who dies lets go of it. */
static bool lock(int fd)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	for (int i = 0; i < TRIES; i++) {
		if (fcntl(fd, F_OFD_SETLK, &whole) == 0)
			return true;
		usleep(PAUSE_US);
	}
	return false;
}

static void read_or_begin(int fd, struct counters *ret)
{
	struct {
		struct counters c;
		char more;
	} file;

	if (pread(fd, &file, sizeof(file), 0) == sizeof(file.c) &&
	    file.c.version == COUNTERS_VERSION) {
		*ret = file.c;
		return;
	}
	if (ftruncate(fd, 0) < 0)
		errno = 0; /* what is behind the record makes the next one begin anew as well */
	*ret = (struct counters){ .version = COUNTERS_VERSION };
}

static unsigned bucket_of(uint64_t us)
{
	unsigned i = 0;

	while (us > counters_bounds_us[i])
		i++;
	return i;
}

static void add(struct counters *c, const struct counted_request *r)
{
	c->requests[r->command][r->outcome]++;
	if (r->command < N_TIMED) {
		c->buckets[r->command][bucket_of(r->took_us)]++;
		c->sum_us[r->command] += r->took_us;
	}
	c->store_requests += r->store_requests;
	c->conflicts += r->conflicts;
}

void counters_add(const char *run_path, const struct counted_request *r)
{
	int fd __cleanup(close_fd) = -1;
	struct counters c;

	if (open_or_begin(run_path, r->command == COUNTED_ADD, &fd) < 0 || !lock(fd))
		return;
	read_or_begin(fd, &c);
	add(&c, r);
	if (pwrite(fd, &c, sizeof(c), 0) != sizeof(c))
		remove_foreign(run_path);
}

int counters_read(const char *run_path, struct counters *ret, struct err *e)
{
	int fd __cleanup(close_fd) = -1;
	struct counters c;
	struct stat st;

	if (open_in(run_path, O_RDONLY, &fd) < 0)
		return err_set(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
			       "%s/" COUNTERS_NAME " cannot be opened: %s", run_path,
			       strerror(errno));
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		return err_set(e, ERR_IO, "%s/" COUNTERS_NAME " is a folder: remove it, for the "
			       "plugin counts nothing where it is", run_path);
	if (fstat(fd, &st) < 0 || st.st_size != sizeof(c) ||
	    read(fd, &c, sizeof(c)) != sizeof(c) || c.version != COUNTERS_VERSION)
		return err_set(e, ERR_CORRUPT, "%s/" COUNTERS_NAME " is no record of this "
			       "version's plugin, whose next request begins it anew", run_path);
	*ret = c;
	return 0;
}
