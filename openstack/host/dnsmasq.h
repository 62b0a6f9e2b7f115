/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A running dnsmasq: found, started, told and ended.
 *
 * It is no child of ours (it goes to the background by itself) and outlives the agent.  It is
 * known by its --pid-file, whichever agent started it, as long as that was root, and held by a
 * file descriptor (pidfd), so that a signal never meets another process that got its number.
 */
#ifndef OPENSTACK_HOST_DNSMASQ_H
#define OPENSTACK_HOST_DNSMASQ_H

#include "base/address/addr.h"
#include "base/buf.h"
#include "base/err.h"
#include "openstack/record/word.h"

#include <stdbool.h>
#include <sys/types.h>

#define DNSMASQ_ARGUMENTS_MAX (1 << 20)	/* bytes */
#define DNSMASQ_START_MS 10000		/* from its start to its being in the background */

struct dnsmasq {
	pid_t pid;	/* 0: none */
	int fd;		/* owned; readable when it has ended */
};

#define DNSMASQ_NONE { 0, -1 }

void dnsmasq_done(struct dnsmasq *d);	/* forgets it; it runs on */

/*
 * Each that runs with a pid file "<confs>/<network>/pid", with its arguments, each with a NUL
 * behind it; the visitor may take d's descriptor by setting d->fd to -1.
 */
typedef int dnsmasq_visitor(struct dnsmasq *d, const char *network, const struct buf *arguments,
			    void *arg);
int dnsmasq_list(const char *confs, dnsmasq_visitor *visit, void *arg, struct err *e);

/* Whether any runs for the network. */
int dnsmasq_runs(const char *confs, const char *network, bool *ret_runs, struct err *e);

/* The process of a network's pid file; 0: none. */
pid_t dnsmasq_noted(const char *confs, const char *network);

/*
 * Starts one, and waits until it serves.  `network` is its own id.  ERR_IO in dnsmasq's words.
 */
int dnsmasq_start(struct dnsmasq *ret, const struct buf *arguments, const char *confs,
		  const char *network, struct err *e);

/* Has it read its files again. */
void dnsmasq_reload(const struct dnsmasq *d);

/* Has it end.  It is gone once its descriptor is readable. */
void dnsmasq_end(const struct dnsmasq *d, bool by_force);
bool dnsmasq_has_ended(const struct dnsmasq *d, int64_t wait_ms);

/*
 * Asks it over DNS for its version, without waiting: a socket on which its answer comes, or
 * -1.  A dnsmasq that hangs answers nothing.
 */
int dnsmasq_ask(struct addr at);
void dnsmasq_ask_again(int fd);
/* True if an answer is there. */
bool dnsmasq_answered(int fd);

#endif
