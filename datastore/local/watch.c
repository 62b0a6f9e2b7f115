/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/local/watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

struct local_watch {
	int fd;		/* inotify's; -1: there is no store */
	bool looked;	/* what was before the first take has been looked at */
};

static int listen_to(struct local_watch *w, const char *file, struct feed *f, struct err *e)
{
	w->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (w->fd < 0 || inotify_add_watch(w->fd, file, IN_MODIFY) < 0)
		return err_set(e, ERR_IO, "cannot watch %s: %s", file, strerror(errno));
	return feed_listen(f, w->fd, e);
}

int local_watch_begin(const char *file, struct feed *f, void **ret_source, struct err *e)
{
	struct local_watch *w = calloc(1, sizeof(*w));

	if (!w)
		return err_set(e, ERR_INTERNAL, "out of memory");
	w->fd = -1;
	w->looked = !file;
	if (file && listen_to(w, file, f, e) < 0) {
		local_watch_end(w);
		return -1;
	}
	*ret_source = w;
	return 0;
}

void local_watch_end(void *source)
{
	struct local_watch *w = source;

	close_fd(&w->fd);
	free(w);
}

/* What happened the file does not tell; that much did not, watch.c finds by the revision. */
int local_watch_take(void *source, struct feed *f, struct err *e __unused_arg)
{
	struct local_watch *w = source;
	char events[4096];
	bool written = !w->looked;

	while (w->fd >= 0 && read(w->fd, events, sizeof(events)) > 0)
		written = true;
	w->looked = true;
	if (written)
		feed_lose_all(f);
	return 0;
}
