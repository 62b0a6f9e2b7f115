/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is served on this host now, and how it becomes what is to be.
 *
 * A network is a folder (its files), a device (ns-…) and a dnsmasq.  Nothing is remembered
 * but what can be found again: served_find() takes over what runs, whoever started it.
 *
 * served_become() changes what differs, and nothing else: files are replaced and dnsmasq
 * reads them again; it is started anew only where its arguments differ, a tap of its was
 * made anew and left a lease, or it has ended.  What is not to be served any more goes first,
 * so that an address is free when another network comes with it.  A network that fails is
 * told, left, and tried again, and one whose dnsmasq takes its time to end is looked at again;
 * the others go on.  What is as it was made is not looked at: neither its files nor its device.
 */
#ifndef OPENSTACK_AGENT_SERVED_H
#define OPENSTACK_AGENT_SERVED_H

#include "base/clock.h"
#include "openstack/host/dnsmasq.h"
#include "openstack/host/links.h"
#include "openstack/serve/files.h"

#define SERVED_RETRY_MS 1000		/* after a failure; each next wait is twice as long */
#define SERVED_RETRY_MAX_MS 10000
#define SERVED_REST_MS 500		/* after its start, for guests, until it is started anew */
#define SERVED_END_MS 2000		/* from asking it to end to ending it by force */
#define SERVED_YOUNG_MS 5000		/* one that ends sooner after its start is a failure */
#define SERVED_RELOAD_MS 2000		/* after it was told to read its files: it died of that */
#define SERVED_HUNG_MS 7000		/* from one question whether they hang to the next */
#define SERVED_MISSES_MAX 2		/* answers missed, until it is taken for hung */

struct served_network {
	char id[WORD_TEXT];
	struct dnsmasq dnsmasq;
	struct buf arguments;		/* it runs with; failed: not known */
	struct addr at;			/* where it answers; FAMILY_NONE: not known yet */
	bool behind;			/* files may have been written that it was not told of */
	bool wanted;
	bool broken;			/* tried again at retry */
	struct deadline retry;
	int64_t wait_ms;
	bool late;			/* waits for something, and is looked at again then */
	struct deadline again;
	bool ending;			/* was asked to end; by force from then on */
	struct deadline forced;
	struct deadline rested, young, told;	/* SERVED_REST_MS, _YOUNG_MS, _RELOAD_MS */
	struct addr *own;		/* owned: its addresses on this host */
	size_t n_own;
	struct buf settled;		/* all of it, as it was done; while it is so it is let be */
	unsigned device_index;
	bool answered;			/* to a question, since it was started */
	unsigned misses;
	pid_t asked_pid;		/* 0: no question is open */
	int asked;			/* owned where one is */
};

struct served_counts {
	uint64_t starts, reloads, stops, failures, ended;
};

struct served {
	struct served_network *list;	/* ascending by id */
	size_t n, cap;
	/*
	 * This host's dnsmasq dies of reading its files again once it has served a guest that
	 * has a tag (2.90, and what Debian 12 has): seen once, it is started anew instead.
	 */
	bool reloads_kill;
	struct served_counts counts;
};

void served_done(struct served *s);	/* also for __cleanup; all runs on */

/* Takes over: each dnsmasq that runs for a network, and each network that has a folder. */
int served_find(struct served *s, const struct serving *serving, struct err *e);

/* -1: out of memory.  What fails is in the log. */
int served_become(struct served *s, const struct networks *wanted, const struct serving *serving,
		  struct links *links, unsigned device_mtu, struct err *e);

/* Takes notice of those that have ended; true if any has. */
bool served_ended(struct served *s);

/*
 * Hears whether they have answered since the last time, and asks again; has the one that hangs
 * end.  True if any was.  Waits for nothing.
 */
bool served_hung(struct served *s);

/* Milliseconds until a network that failed, or is late, is to be tried again; -1: none. */
int64_t served_retry_ms(const struct served *s);

/*
 * Writes the files, though no dnsmasq is told; a line to `out` for each that was another, and
 * for each network that served_become() would leave.  Where a lease must go it goes, but while
 * a dnsmasq has it: then the host file stays, by which that is known.
 */
int served_write(const struct networks *wanted, const struct serving *serving, struct buf *out,
		 struct err *e);

#endif
