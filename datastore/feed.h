/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A feed: what a watch has shown so far, what it has lost, and what it waits for.
 *
 * It stands between watch.c, which reads anew what was lost, and a store, which says what
 * happened, or only that something did.  What comes twice is dropped here.
 */
#ifndef DATASTORE_FEED_H
#define DATASTORE_FEED_H

#include "base/clock.h"
#include "base/err.h"
#include "datastore/view.h"

#define FEED_PREFIXES_MAX 16

struct watched {
	char prefix[VIEW_KEY_MAX + 1];
	uint64_t seen;	/* the store's revision up to which all was shown; 0: not known */
	bool lost;	/* to be read anew */
};

struct feed {
	struct watched list[FEED_PREFIXES_MAX];
	size_t n;
	struct view known;	/* keys and revisions of what was shown */
	int fd, timer;		/* an epoll, and the timer in its set */
	int64_t wake_at_ms;
	bool asking;		/* the store has been asked and has not said yet that it watches */
	/* Of the take under way: */
	record_visitor *visit;
	void *arg;
	struct err *e;
	int stopped;	/* what the visitor said, or -1: nothing more is shown */
};

/* For watch.c. */

int feed_init(struct feed *f, struct err *e);
void feed_done(struct feed *f);
/* Goes on from what the view knows, or from nothing where it is NULL. */
int feed_add(struct feed *f, const char *prefix, const struct view *from, struct err *e);
/* Begins a take, and ends it: the timer is set. */
void feed_begin(struct feed *f, record_visitor *visit, void *arg, struct err *e);
void feed_end(struct feed *f);
/* Reading anew: forget, each record that is there, then what is there no more. */
void feed_forget(struct feed *f, const char *prefix);
int feed_compare(struct feed *f, const struct record *record);
int feed_settle(struct feed *f, struct watched *it, uint64_t revision);

/* For stores, which alone know whether their revisions have an order. */

/* The revision in which the key was shown; 0: it was not, or as deleted. */
uint64_t feed_shown(const struct feed *f, const char *key);
/*
 * Shows a record or, with a value of NULL, a deletion at record->revision, unless it was
 * shown or is none of the prefix's.  Not 0: nothing more is shown before the next take.
 */
int feed_show(struct feed *f, size_t i, const struct record *record);
/* All up to this revision has been shown. */
void feed_advance(struct feed *f, size_t i, uint64_t seen);
/* What happened is not known: what differs is shown, right after this take. */
void feed_lose(struct feed *f, size_t i);
void feed_lose_all(struct feed *f);
/* Takes again when fd is readable, until the store closes it; or at a moment, this once. */
int feed_listen(struct feed *f, int fd, struct err *e);
void feed_wake_at(struct feed *f, struct deadline at);

#endif
