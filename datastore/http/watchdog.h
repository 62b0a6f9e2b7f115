/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shuts connections when a time is over, whatever libcurl is doing.
 *
 * libcurl looks at a request's time between reads.  A server that sends frames of HTTP/2 which are
 * of no account, faster than they are read, keeps it within one call for as long as it likes.  So
 * a timer of the process's own shuts its sockets, by a signal (SIGRTMAX - 2) whose handler does
 * nothing else.  Without such a timer, for want of memory, there is none, and nothing fails.
 */
#ifndef DATASTORE_HTTP_WATCHDOG_H
#define DATASTORE_HTTP_WATCHDOG_H

#include <stdint.h>

/* A socket, from when it is made to before it is closed. */
void watchdog_watch(int fd);
void watchdog_leave(int fd);

/* In so many milliseconds all are shut, and those that are made later; one time for all. */
void watchdog_set(int64_t ms);
void watchdog_rest(void);

#endif
