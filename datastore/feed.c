/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/feed.h"

#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define NEVER INT64_MAX

/* Time */

int feed_listen(struct feed *f, int fd, struct err *e)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	return epoll_ctl(f->fd, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 :
		err_set(e, ERR_INTERNAL, "a watch cannot wait for another file descriptor");
}

void feed_wake_at(struct feed *f, struct deadline at)
{
	if (at.at_ms < f->wake_at_ms)
		f->wake_at_ms = at.at_ms;
}

void feed_end(struct feed *f)
{
	struct itimerspec at = {0};

	if (f->wake_at_ms != NEVER)
		at.it_value = (struct timespec){ f->wake_at_ms / 1000,
						 f->wake_at_ms % 1000 * 1000000 + 1 };
	timerfd_settime(f->timer, TFD_TIMER_ABSTIME, &at, NULL);
}

void feed_begin(struct feed *f, record_visitor *visit, void *arg, struct err *e)
{
	struct itimerspec never = {0};

	/* Makes it silent too. */
	timerfd_settime(f->timer, 0, &never, NULL);
	f->visit = visit;
	f->arg = arg;
	f->e = e;
	f->stopped = 0;
	f->wake_at_ms = NEVER;
}

/* Showing */

static int hand_over(struct feed *f, const struct record *record)
{
	if (f->known.failed)
		f->stopped = err_set(f->e, ERR_INTERNAL, "out of memory for what was shown");
	else
		f->stopped = f->visit(record, f->arg, f->e);
	return f->stopped;
}

uint64_t feed_shown(const struct feed *f, const char *key)
{
	const struct record *known = view_peek(&f->known, key);

	return known ? known->revision : 0;
}

int feed_show(struct feed *f, size_t i, const struct record *record)
{
	uint64_t shown = feed_shown(f, record->key);
	const char *prefix = f->list[i].prefix;

	if (f->stopped || !key_is_under(record->key, prefix))
		return f->stopped;
	if (shown ? shown == record->revision : !record->value)
		return 0;
	if (record->value)
		view_put_key(&f->known, record->key, record->revision);
	else
		view_remove(&f->known, record->key);
	return hand_over(f, record);
}

void feed_advance(struct feed *f, size_t i, uint64_t seen)
{
	f->list[i].seen = seen;
}

void feed_lose(struct feed *f, size_t i)
{
	f->list[i].lost = true;
}

void feed_lose_all(struct feed *f)
{
	for (size_t i = 0; i < f->n; i++)
		feed_lose(f, i);
}

/* Reading anew */

void feed_forget(struct feed *f, const char *prefix)
{
	struct range range = { .key = prefix, .kind = RANGE_PREFIX_KEYS };

	view_forget(&f->known, &range);
}

int feed_compare(struct feed *f, const struct record *record)
{
	bool differs = feed_shown(f, record->key) != record->revision;

	view_put_key(&f->known, record->key, record->revision);
	return differs || f->known.failed ? hand_over(f, record) : 0;
}

/* What was shown once, and has not been seen now. */
static int show_deletions(struct feed *f, const char *prefix, uint64_t revision)
{
	char key[VIEW_KEY_MAX + 1];
	const struct record *r;
	size_t i = view_first(&f->known, prefix);

	while (!f->stopped && (r = view_at(&f->known, i, prefix))) {
		struct record gone = { .key = key, .revision = revision };

		if (!r->unseen) {
			i++;
			continue;
		}
		strcpy(key, r->key);
		view_remove(&f->known, key);
		hand_over(f, &gone);
	}
	return f->stopped;
}

int feed_settle(struct feed *f, struct watched *it, uint64_t revision)
{
	struct range range = { .key = it->prefix, .kind = RANGE_PREFIX_KEYS };

	if (show_deletions(f, it->prefix, revision))
		return f->stopped;
	view_cover(&f->known, &range, revision);
	it->seen = revision;
	it->lost = false;
	return 0;
}

/* Beginning and end */

static int take_over(struct feed *f, struct watched *it, const struct view *from, struct err *e)
{
	struct range range = { .key = it->prefix, .kind = RANGE_PREFIX_KEYS };
	const struct record *r;

	if (!view_knows_prefix(from, it->prefix, RANGE_PREFIX_KEYS))
		return err_set(e, ERR_INTERNAL, "watch of %s, which was not read", it->prefix);
	for (size_t i = view_first(from, it->prefix); (r = view_at(from, i, it->prefix)); i++)
		view_put_key(&f->known, r->key, r->revision);
	it->seen = view_prefix_revision(from, it->prefix);
	view_cover(&f->known, &range, it->seen);
	return f->known.failed ? err_set(e, ERR_INTERNAL, "out of memory") : 0;
}

int feed_add(struct feed *f, const char *prefix, const struct view *from, struct err *e)
{
	struct watched *it = &f->list[f->n];

	if (!*prefix || strlen(prefix) > VIEW_KEY_MAX)
		return err_set(e, ERR_LIMIT, "prefix \"%.64s\" is empty or longer than %d bytes",
			       prefix, VIEW_KEY_MAX);
	strcpy(it->prefix, prefix);
	f->n++;
	it->lost = !from;
	return from ? take_over(f, it, from, e) : 0;
}

int feed_init(struct feed *f, struct err *e)
{
	f->fd = epoll_create1(EPOLL_CLOEXEC);
	f->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (f->fd < 0 || f->timer < 0)
		return err_set(e, ERR_INTERNAL, "out of file descriptors for a watch");
	if (feed_listen(f, f->timer, e) < 0)
		return -1;
	f->wake_at_ms = 0;
	feed_end(f);
	return 0;
}

void feed_done(struct feed *f)
{
	view_done(&f->known);
	close_fd(&f->timer);
	close_fd(&f->fd);
}
