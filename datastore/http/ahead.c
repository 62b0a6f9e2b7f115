/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/http/ahead.h"
#include "datastore/http/transfer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* libcurl writes an address of IPv6 in brackets. */
static bool read_host(struct ahead *a, char *host, in_port_t port)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&a->to;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&a->to;
	size_t len = strlen(host);

	a->to = (struct sockaddr_storage){0};
	if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = port;
		a->to_len = sizeof(*v4);
		return true;
	}
	if (len < 2 || host[0] != '[')
		return false;
	host[len - 1] = '\0';
	if (inet_pton(AF_INET6, host + 1, &v6->sin6_addr) != 1)
		return false;
	v6->sin6_family = AF_INET6;
	v6->sin6_port = port;
	a->to_len = sizeof(*v6);
	return true;
}

static bool read_url(struct ahead *a, const char *url)
{
	char *host = NULL, *port = NULL;
	CURLU *parsed = curl_url();
	bool ok = parsed && curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK &&
		  curl_url_get(parsed, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
		  curl_url_get(parsed, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
		  read_host(a, host, htons((in_port_t)strtoul(port, NULL, 10)));

	curl_free(host);
	curl_free(port);
	curl_url_cleanup(parsed);
	return ok;
}

void ahead_begin(struct ahead *a, const char *url)
{
	ahead_done(a);
	if (!read_url(a, url))
		return;
	a->fd = socket(a->to.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (a->fd >= 0)
		(void)connect(a->fd, (const struct sockaddr *)&a->to, a->to_len);
}

/* And not closed again at the other end. */
static bool is_connected(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT | POLLRDHUP };

	return poll(&p, 1, 0) == 1 && p.revents == POLLOUT;
}

int ahead_take(struct ahead *a, const struct sockaddr *to, socklen_t to_len)
{
	int fd = a->fd;

	a->taken = -1;
	if (fd < 0 || to_len != a->to_len || memcmp(to, &a->to, to_len) != 0)
		return -1;
	if (!is_connected(fd)) {
		ahead_done(a);
		return -1;
	}
	a->fd = -1;
	return a->taken = fd;
}

void ahead_done(struct ahead *a)
{
	if (a->fd >= 0)
		close(a->fd);
	a->fd = a->taken = -1;
}
