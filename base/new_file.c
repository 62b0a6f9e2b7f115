/* SPDX-License-Identifier: Apache-2.0 */
#include "base/new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define MARK ".calico-ipam-new-"
#define NAME_TRIES 8

/* Bytes of the folder's part of a path, its last slash included. */
static size_t folder_len(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash + 1 - path) : 0;
}

static int make_name(struct new_file *f, const char *path, struct err *e)
{
	uint64_t number;
	int n;

	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) != sizeof(number))
		return err_set(e, ERR_IO, "cannot write %s: no random number: %s", path,
			       strerror(errno));
	n = snprintf(f->name, sizeof(f->name), "%.*s" MARK "%016" PRIx64, (int)folder_len(path),
		     path, number);
	if (n < (int)sizeof(f->name))
		return 0;
	f->name[0] = '\0';
	return err_set(e, ERR_LIMIT, "%s: path longer than %d bytes", path, PATH_MAX);
}

int new_file_begin(struct new_file *f, const char *path, mode_t mode, struct err *e)
{
	for (int i = 0; i < NAME_TRIES && f->fd < 0; i++) {
		if (make_name(f, path, e) < 0)
			return -1;
		f->fd = open(f->name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
		if (f->fd < 0 && errno != EEXIST)
			break;
	}
	if (f->fd >= 0)
		return 0;
	f->name[0] = '\0';
	return err_set(e, ERR_IO, "cannot create a file to become %s: %s", path, strerror(errno));
}

int new_file_open_stream(struct new_file *f, const char *path, struct err *e)
{
	f->stream = fdopen(f->fd, "w+");
	if (!f->stream)
		return err_set(e, ERR_IO, "cannot write %s: %s", path, strerror(errno));
	return 0;
}

int new_file_sync(struct new_file *f, const char *path, struct err *e)
{
	if ((f->stream && fflush(f->stream) != 0) || fsync(f->fd) < 0)
		return err_set(e, ERR_IO, "cannot write %s: %s", path, strerror(errno));
	return 0;
}

int new_file_publish(struct new_file *f, const char *path, struct err *e)
{
	if (rename(f->name, path) < 0)
		return err_set(e, ERR_IO, "cannot replace %s: %s", path, strerror(errno));
	f->name[0] = '\0';
	return 0;
}

void new_file_done(struct new_file *f)
{
	if (f->name[0])
		unlink(f->name);
	if (f->stream)
		fclose(f->stream);
	else
		close_fd(&f->fd);
	f->fd = -1;
	f->stream = NULL;
	f->name[0] = '\0';
}
