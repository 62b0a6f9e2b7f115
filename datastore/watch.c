/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/watch.h"
#include "datastore/backend.h"

#include <stdlib.h>

_Static_assert(WATCH_PREFIXES_MAX <= FEED_PREFIXES_MAX, "they are the feed's");

struct watch {
	struct datastore *ds;
	const struct watch_source *source;
	void *state;	/* the source's */
	struct feed feed;
	int64_t pause_ms;	/* after the last failure */
	struct deadline recently;	/* a failure before this is one of a row */
};

/* The store's revision, from which a scan that follows misses nothing. */
static int read_revision(struct watch *w, const char *prefix, uint64_t *ret, struct err *e)
{
	struct wants wants __cleanup(wants_done) = {0};
	struct view view __cleanup(view_done) = {0};

	wants_add(&wants, prefix, RANGE_KEY);
	if (datastore_read(w->ds, &view, &wants, e) < 0)
		return -1;
	*ret = view.ranges[0].revision;
	return 0;
}

static int compare(const struct record *record, void *arg, struct err *e __unused_arg)
{
	return feed_compare(arg, record);
}

/* The visitor's word, or -1. */
static int read_anew(struct watch *w, struct watched *it, struct err *e)
{
	uint64_t revision;

	if (read_revision(w, it->prefix, &revision, e) < 0)
		return -1;
	if (it->seen && revision == it->seen) {
		it->lost = false;
		return 0;
	}
	feed_forget(&w->feed, it->prefix);
	if (datastore_scan(w->ds, it->prefix, compare, &w->feed, e) < 0)
		return -1;
	return w->feed.stopped ? w->feed.stopped : feed_settle(&w->feed, it, revision);
}

static int read_lost(struct watch *w, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < w->feed.n && !rc; i++)
		if (w->feed.list[i].lost)
			rc = read_anew(w, &w->feed.list[i], e);
	return rc;
}

static int take(struct watch *w, struct err *e)
{
	int rc = read_lost(w, e);

	if (rc)
		return rc;
	rc = w->source->take(w->state, &w->feed, e);
	/* What the source had in hand is read anew, when the caller comes again. */
	if (w->feed.stopped)
		feed_lose_all(&w->feed);
	if (rc < 0 || w->feed.stopped)
		return w->feed.stopped ? w->feed.stopped : -1;
	return read_lost(w, e);
}

static void pause_after_failure(struct watch *w)
{
	w->pause_ms = deadline_passed(w->recently) ? WATCH_PAUSE_MS : 2 * w->pause_ms;
	if (w->pause_ms > WATCH_PAUSE_MAX_MS)
		w->pause_ms = WATCH_PAUSE_MAX_MS;
	w->recently = deadline_in_ms(2 * WATCH_PAUSE_MAX_MS);
	w->feed.wake_at_ms = deadline_in_ms(w->pause_ms).at_ms;
}

int watch_take(struct watch *w, record_visitor *visit, void *arg, struct err *e)
{
	int rc;

	feed_begin(&w->feed, visit, arg, e);
	rc = take(w, e);
	if (rc < 0 && !w->feed.stopped)
		pause_after_failure(w);
	feed_end(&w->feed);
	return rc < 0 ? -1 : 0;
}

int watch_fd(const struct watch *w)
{
	return w->feed.fd;
}

bool watch_stands(const struct watch *w)
{
	return !w->feed.asking;
}

static int add_prefixes(struct watch *w, const struct view *from, const char *const *prefixes,
			size_t n, struct err *e)
{
	if (!n || n > WATCH_PREFIXES_MAX)
		return err_set(e, ERR_LIMIT, "a watch has 1 to %d prefixes, not %zu",
			       WATCH_PREFIXES_MAX, n);
	for (size_t i = 0; i < n; i++)
		if (feed_add(&w->feed, prefixes[i], from, e) < 0)
			return -1;
	return 0;
}

int datastore_watch(struct datastore *ds, const struct view *from, const char *const *prefixes,
		    size_t n, struct watch **ret_watch, struct err *e)
{
	struct watch *w __cleanup(watch_closep) = NULL;
	void *store;
	const struct watch_source *source = datastore_watch_source(ds, &store);

	if (!source)
		return err_set(e, ERR_UNSUPPORTED, "the %s has no watch",
			       datastore_traits(ds)->place);
	w = calloc(1, sizeof(*w));
	if (!w)
		return err_set(e, ERR_INTERNAL, "out of memory");
	w->ds = ds;
	w->source = source;
	w->feed.fd = w->feed.timer = -1;
	if (feed_init(&w->feed, e) < 0 || add_prefixes(w, from, prefixes, n, e) < 0 ||
	    source->begin(store, &w->feed, &w->state, e) < 0)
		return -1;
	*ret_watch = w;
	w = NULL;
	return 0;
}

void watch_close(struct watch *w)
{
	if (!w)
		return;
	if (w->state)
		w->source->end(w->state);
	feed_done(&w->feed);
	free(w);
}

void watch_closep(struct watch **w)
{
	watch_close(*w);
}
