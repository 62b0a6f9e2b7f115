/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is connected, and for how long each has been waited for: all in all, so that whoever sends
 * or takes a byte now and then holds no place for ever.  What the server itself took to make
 * pages, for others too, is nobody's fault and does not count.
 */
#ifndef CTL_SERVE_CLIENTS_H
#define CTL_SERVE_CLIENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLIENTS_MAX 32

struct client {
	int fd;	/* borrowed */
	int64_t waited_ms;
	bool is_there;
};

struct clients {
	struct client list[CLIENTS_MAX];
};

/* NULL: there are CLIENTS_MAX. */
struct client *clients_add(struct clients *c, int fd);
/* It is gone, before its fd is closed. */
void client_leaves(struct client *c);
/* It has its answer: what it asks next has the whole time again. */
void client_is_served(struct client *c);

/* All were waited for so long; those for which that was too long are cut off. */
void clients_waited(struct clients *c, int64_t ms, int64_t at_most_ms);

#endif
