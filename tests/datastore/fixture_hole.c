/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/datastore/fixture_hole.h"

#include "base/attr.h"

#include <arpa/inet.h>
#include <check.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

void hole_dig(struct hole *h)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);

	h->fd[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(h->fd[0], (struct sockaddr *)&a, len), 0);
	ck_assert_int_eq(listen(h->fd[0], 0), 0);
	ck_assert_int_eq(getsockname(h->fd[0], (struct sockaddr *)&a, &len), 0);
	snprintf(h->url, sizeof(h->url), "http://127.0.0.1:%d", ntohs(a.sin_port));
	for (int i = 1; i < 3; i++) {
		h->fd[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		connect(h->fd[i], (struct sockaddr *)&a, len);
	}
}

void hole_fill(struct hole *h)
{
	for (size_t i = 0; i < ARRAY_LEN(h->fd); i++)
		close(h->fd[i]);
}
