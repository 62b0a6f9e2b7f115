/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One question to DNS, asked by a child process: the resolver counts whole seconds and
 * cannot be told to stop, a process can.  Several questions wait side by side.
 *
 *	lookup_start(&l, "_etcd-client._tcp.example.org", e);
 *	len = lookup_finish(&l, until, answer, &says);
 *	lookup_done(&l);
 */
#ifndef DATASTORE_ETCD_LOOKUP_H
#define DATASTORE_ETCD_LOOKUP_H

#include "base/clock.h"
#include "base/err.h"

#include <sys/types.h>

#define LOOKUP_ANSWER_MAX 16384	/* bytes of a DNS answer */

struct lookup {
	pid_t pid;	/* 0: none is running */
	int fd;		/* where its answer comes from */
};

/* Asks for the SRV records of a name.  ERR_INTERNAL when no process can be made. */
int lookup_start(struct lookup *l, const char *name, struct err *e);

/*
 * Waits for the answer and returns its length, which is larger than the room if it did
 * not fit; or -1, and *ret_says tells why: a text that lives on.
 */
int lookup_finish(struct lookup *l, struct deadline until,
		  unsigned char answer[LOOKUP_ANSWER_MAX], const char **ret_says);

/* Ends it, answered or not; for __cleanup too, where *l began as { 0 }. */
void lookup_done(struct lookup *l);

#endif
