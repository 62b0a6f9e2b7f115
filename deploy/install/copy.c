/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/install/copy.h"

#include "base/io.h"
#include "base/new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RIGHTS 0755
#define PART (64 << 10)	/* bytes at a time */

static bool is_like(int fd, int of)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && fstat(of, &b) == 0 && S_ISREG(a.st_mode) &&
	       (a.st_mode & 07777) == RIGHTS && a.st_size == b.st_size;
}

static bool same_bytes(int fd, int of)
{
	static char a[PART], b[PART];
	ssize_t n;

	do {
		n = read(fd, a, sizeof(a));
		if (n < 0 || read(of, b, sizeof(b)) != n || memcmp(a, b, (size_t)n) != 0)
			return false;
	} while (n);
	return true;
}

bool copy_is(const char *path, const char *of)
{
	int fd __cleanup(close_fd) = -1;
	int other __cleanup(close_fd) = -1;

	return !io_open(path, O_RDONLY | O_NOFOLLOW, 0, &fd) && !io_open(of, O_RDONLY, 0, &other) &&
	       is_like(fd, other) && same_bytes(fd, other);
}

static int copy_bytes(int from, int to, const char *path, struct err *e)
{
	static char part[PART];
	ssize_t n;

	while ((n = read(from, part, sizeof(part))) > 0)
		if (io_write_fd(to, part, (size_t)n, path, e) < 0)
			return -1;
	return n < 0 ? err_set(e, ERR_IO, "cannot read what is to become %s: %s", path,
			       strerror(errno)) : 0;
}

int copy_make(const char *from, const char *path, struct err *e)
{
	struct new_file f __cleanup(new_file_done) = NO_NEW_FILE;
	int fd __cleanup(close_fd) = -1;
	const char *why = io_open(from, O_RDONLY, 0, &fd);

	if (why)
		return err_set(e, ERR_IO, "cannot open %s: %s", from, why);
	if (new_file_begin(&f, path, RIGHTS, e) < 0 || copy_bytes(fd, f.fd, path, e) < 0)
		return -1;
	if (fchmod(f.fd, RIGHTS) < 0)
		return err_set(e, ERR_IO, "cannot make %s executable: %s", path, strerror(errno));
	return new_file_sync(&f, path, e) < 0 ? -1 : new_file_publish(&f, path, e);
}
