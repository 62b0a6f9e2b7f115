/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The queue: a folder in run_path where requests lie that wait for the host lock, so that
 * whoever holds it can carry them out too.
 *
 * Each waiting request is a file that its process holds a flock(2) on as long as it lives: a
 * file without one is a dead process's, and is removed.  The holder of the host lock takes
 * what waits, which renames it, and writes each answer behind the request; whoever waits
 * looks for its answer once it has the lock itself, or at its deadline without it.  One that
 * was taken and has no answer, though another has the lock now, had a leader who died or does
 * not tell: it is taken again.
 * A file that is not written to its end, and a folder or file that another user could have
 * written, are as if they were not there (folder.h): then each request is carried out by its
 * own process, as without a queue.
 */
#ifndef PLUGIN_CROWD_QUEUE_H
#define PLUGIN_CROWD_QUEUE_H

#include "ipam/crowd/crowd.h"
#include "plugin/crowd/folder.h"

struct cJSON;

#define QUEUE_NAME_MAX 64 /* bytes of an entry's name */
#define QUEUE_TAKEN_MAX 200 /* entries that are taken at once */

struct queue {
	struct crowd_folder folder;
};

/*
 * Nothing is made yet.  -1: out of memory, or the path is too long; or an endpoint has a user,
 * with whom nobody waits.
 */
int queue_init(struct queue *q, const struct settings *settings, const char *node,
	       const char *lock_file);
void queue_done(struct queue *q); /* also for __cleanup */

/* This process's own request, for as long as it waits. */
struct waiting {
	int fd; /* owned; -1: none waits */
	char name[QUEUE_NAME_MAX];
	size_t request_len;
};

#define NOBODY_WAITS { .fd = -1 }

/* Lays the request down.  -1: it cannot lie there, and why. */
int queue_join(const struct queue *q, const struct crowd_member *m, struct waiting *ret,
	       struct err *e);
/*
 * True if it was answered; the answer is in *m.  Who has the host lock knows that none will
 * come if none is there.
 */
bool queue_find_answer(const struct waiting *w, struct crowd_member *m);
/*
 * It does not wait any more.  False: somebody has taken it, and may have carried it out; or
 * it is gone, so that nobody knows.  Without effect for nobody.
 */
bool queue_leave(const struct queue *q, struct waiting *w);

/* One that was taken, with the host lock held. */
struct taken {
	int fd; /* owned */
	char name[QUEUE_NAME_MAX]; /* that it waited under */
	struct cJSON *tree; /* owned: of the request's texts */
	struct crowd_member *member; /* borrowed */
	size_t request_len;
	bool again; /* another had taken it, and what that sent may come yet */
	int64_t asked_ns; /* the request's time as it was read */
};

struct taken_list {
	struct taken list[QUEUE_TAKEN_MAX];
	unsigned n;
};

/* False: there is nothing to take. */
bool queue_is_waited_in(const struct queue *q);
/*
 * Takes all requests that wait now, in the order in which they came, and fills as many
 * members, of which there is room for QUEUE_TAKEN_MAX.  With the host lock held: so nobody
 * else is at work on them.
 */
void queue_take(const struct queue *q, struct crowd_member *members, struct taken_list *ret);
/*
 * Writes to each what became of its member; but not an error that may be this process's alone:
 * its time, its files and its memory, and as whom it asked, since a password or token may be of
 * before or behind a change.  Nor, unless it had time for the store (in_time), that the store
 * does not answer.  The request of such a one waits again, unless something of it may stand:
 * the next who has the lock takes it, or its own process carries it out.
 */
void queue_answer(const struct queue *q, const struct taken_list *taken, bool in_time);
/*
 * Where the store could not be opened, which may lie in a file that only this process has read:
 * whatever the error, it is told to nobody, as above.
 */
void queue_give_back(const struct queue *q, const struct taken_list *taken);
void queue_done_taken(struct taken_list *taken); /* also for __cleanup */

/* Of why a request failed that another had taken before: something of it may stand. */
void queue_tell_taken_before(struct err *e);

#endif
