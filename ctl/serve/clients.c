/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/serve/clients.h"

#include <sys/socket.h>

struct client *clients_add(struct clients *c, int fd)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (!c->list[i].is_there) {
			c->list[i] = (struct client){ .fd = fd, .is_there = true };
			return &c->list[i];
		}
	return NULL;
}

void client_leaves(struct client *c)
{
	c->is_there = false;
}

void client_is_served(struct client *c)
{
	c->waited_ms = 0;
}

/* Closed it is by its owner, who sees the end. */
void clients_waited(struct clients *c, int64_t ms, int64_t at_most_ms)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *one = &c->list[i];

		if (!one->is_there)
			continue;
		one->waited_ms += ms;
		if (one->waited_ms >= at_most_ms)
			shutdown(one->fd, SHUT_RDWR);
	}
}
