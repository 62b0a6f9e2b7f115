/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/input.h"

#include "base/io.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static int wait_readable(int fd, struct deadline until, struct err *e)
{
	int n = io_wait_readable(fd, until);

	if (n > 0)
		return 0;
	if (n == 0)
		return err_set(e, ERR_DEADLINE,
			       "stdin: the request did not end before the deadline");
	return err_set(e, ERR_IO, "error reading from stdin: %s", strerror(errno));
}

int input_read(int fd, struct deadline until, struct buf *out, struct err *e)
{
	char chunk[16384];
	ssize_t n;

	for (;;) {
		if (wait_readable(fd, until, e) < 0)
			return -1;
		n = read(fd, chunk, sizeof(chunk));
		if (n == 0)
			return 0;
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			return err_set(e, ERR_IO, "error reading from stdin: %s", strerror(errno));
		buf_add(out, chunk, (size_t)n);
		if (out->failed)
			return err_set(e, ERR_LIMIT,
				       "stdin: the request is larger than the limit of %zu bytes",
				       out->limit);
	}
}
