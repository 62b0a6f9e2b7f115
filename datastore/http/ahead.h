/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection that is begun before it is known what will be asked: while a plan is made, the
 * server takes it.  What stands when libcurl would make one to that address is libcurl's then;
 * what does not, for whatever reason, is closed, and libcurl finds that reason itself.
 */
#ifndef DATASTORE_HTTP_AHEAD_H
#define DATASTORE_HTTP_AHEAD_H

#include <stdbool.h>
#include <sys/socket.h>

struct ahead {
	int fd;		/* -1: none was begun, or it was taken */
	struct sockaddr_storage to;
	socklen_t to_len;
	int taken;	/* by libcurl; -1: none was */
};

/* Of a server whose host is an address, to which one is begun; others have none. */
void ahead_begin(struct ahead *a, const char *url);

/* The socket, which is the caller's then, if it is connected to that address; else -1. */
int ahead_take(struct ahead *a, const struct sockaddr *to, socklen_t to_len);

void ahead_done(struct ahead *a);

#endif
