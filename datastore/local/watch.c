/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/local/watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define LOOKS 2	/* after what happened to the file */
#define LOOK_SOON_MS 20
#define LOOK_LATE_MS 1000

struct local_watch {
	int fd;		/* inotify's; -1: there is no store */
	bool looked;	/* what was before the first take has been looked at */
	unsigned looks;	/* still to come */
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

/*
 * What happened the file does not tell; that much did not, watch.c finds by the revision.  A
 * writer tells readers of its transaction a moment after it has written the file, so whoever
 * is quicker sees the older revision, and has to look again.
 */
int local_watch_take(void *source, struct feed *f, struct err *e __unused_arg)
{
	struct local_watch *w = source;
	bool written = !w->looked, due = w->looks > 0;
	char events[4096];

	while (w->fd >= 0 && read(w->fd, events, sizeof(events)) > 0)
		written = true;
	w->looked = true;
	w->looks = written ? LOOKS : w->looks - due;
	if (written || due)
		feed_lose_all(f);
	if (w->looks)
		feed_wake_at(f, deadline_in_ms(w->looks == LOOKS ? LOOK_SOON_MS : LOOK_LATE_MS));
	return 0;
}
