/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/http/watchdog.h"

#include "base/attr.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <time.h>

#define SOCKETS_MAX 64
#define AGAIN_NS 100000000	/* it barks on, since another connection may have been made */

/* Each is the socket and 1; 0: none. */
static atomic_int sockets[SOCKETS_MAX];
static timer_t timer;
static bool has_timer;

/* Reset, or whoever floods would not be told, and goes on behind this process. */
static void on_time(int signal __unused_arg)
{
	static const struct linger none = { .l_onoff = 1 };

	for (int i = 0; i < SOCKETS_MAX; i++) {
		int fd = atomic_load(&sockets[i]) - 1;

		if (fd < 0)
			continue;
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
		shutdown(fd, SHUT_RDWR);
	}
}

static bool replace(int from, int to)
{
	for (int i = 0; i < SOCKETS_MAX; i++) {
		int expected = from;

		if (atomic_compare_exchange_strong(&sockets[i], &expected, to))
			return true;
	}
	return false;
}

void watchdog_watch(int fd)
{
	replace(0, fd + 1);
}

void watchdog_leave(int fd)
{
	replace(fd + 1, 0);
}

static bool make_timer(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMAX - 2 };
	struct sigaction act = { .sa_handler = on_time, .sa_flags = SA_RESTART };

	if (!has_timer)
		has_timer = sigaction(event.sigev_signo, &act, NULL) == 0 &&
			    timer_create(CLOCK_MONOTONIC, &event, &timer) == 0;
	return has_timer;
}

void watchdog_set(int64_t ms)
{
	struct itimerspec at = { .it_value = { ms / 1000, ms % 1000 * 1000000 + 1 },
				 .it_interval = { 0, AGAIN_NS } };

	if (make_timer())
		timer_settime(timer, 0, &at, NULL);
}

void watchdog_rest(void)
{
	static const struct itimerspec never;

	if (has_timer)
		timer_settime(timer, 0, &never, NULL);
}
