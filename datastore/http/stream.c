/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/http/transfer.h"
#include "datastore/http/watchdog.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define STREAM_EVENTS 8	/* dealt with in one http_stream_take() */
#define STREAM_TAKE_MS 2000	/* in which each has its turn; or it is flooded */

struct http_stream {
	struct transfer transfer;
	CURLM *multi;
	int fd;		/* epoll: curl's sockets and the timer */
	int timer;	/* when curl wants to be called without a socket */
};

/* curl says which sockets it waits for, and until when at the latest. */

static int on_socket(CURL *curl __unused_arg, curl_socket_t fd, int what, void *arg,
		     void *known __unused_arg)
{
	struct http_stream *s = arg;
	struct epoll_event event = { .data.fd = fd };

	event.events |= what & CURL_POLL_IN ? EPOLLIN : 0;
	event.events |= what & CURL_POLL_OUT ? EPOLLOUT : 0;
	if (what == CURL_POLL_REMOVE)
		epoll_ctl(s->fd, EPOLL_CTL_DEL, fd, NULL);
	else if (epoll_ctl(s->fd, EPOLL_CTL_MOD, fd, &event) < 0)
		return epoll_ctl(s->fd, EPOLL_CTL_ADD, fd, &event);
	return 0;
}

static int on_timer(CURLM *multi __unused_arg, long ms, void *arg)
{
	struct http_stream *s = arg;
	struct itimerspec at = {0};

	if (ms >= 0)
		at.it_value = (struct timespec){ ms / 1000, ms % 1000 * 1000000 + 1 };
	return timerfd_settime(s->timer, 0, &at, NULL);
}

static int stream_set_up(struct http_stream *s, struct http *h, const struct http_request *r)
{
	struct epoll_event event = { .events = EPOLLIN };

	if (transfer_init(&s->transfer, h) < 0 || transfer_set(&s->transfer, r) < 0 ||
	    curl_easy_setopt(s->transfer.curl, CURLOPT_COPYPOSTFIELDS, r->body) != CURLE_OK)
		return -1;
	curl_easy_setopt(s->transfer.curl, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(s->transfer.curl, CURLOPT_TCP_KEEPIDLE, (long)HTTP_KEEPALIVE_S);
	curl_easy_setopt(s->transfer.curl, CURLOPT_TCP_KEEPINTVL, (long)HTTP_KEEPALIVE_AGAIN_S);
	s->multi = curl_multi_init();
	s->fd = epoll_create1(EPOLL_CLOEXEC);
	s->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	event.data.fd = s->timer;
	if (!s->multi || s->fd < 0 || s->timer < 0 ||
	    epoll_ctl(s->fd, EPOLL_CTL_ADD, s->timer, &event) < 0)
		return -1;
	curl_multi_setopt(s->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(s->multi, CURLMOPT_SOCKETDATA, s);
	curl_multi_setopt(s->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(s->multi, CURLMOPT_TIMERDATA, s);
	return curl_multi_add_handle(s->multi, s->transfer.curl) == CURLM_OK ? 0 : -1;
}

int http_stream_post(struct http *h, const struct http_request *request,
		     struct http_stream **ret_stream, struct err *e)
{
	struct http_stream *s = calloc(1, sizeof(*s));

	if (!s)
		return err_set(e, ERR_INTERNAL, "out of memory");
	s->fd = s->timer = -1;
	if (stream_set_up(s, h, request) < 0) {
		http_stream_close(s);
		return err_set(e, ERR_INTERNAL, "out of memory or of file descriptors");
	}
	*ret_stream = s;
	return 0;
}

void http_stream_close(struct http_stream *s)
{
	if (!s)
		return;
	if (s->multi)
		curl_multi_remove_handle(s->multi, s->transfer.curl);
	transfer_done(&s->transfer);
	curl_multi_cleanup(s->multi);
	close_fd(&s->timer);
	close_fd(&s->fd);
	free(s);
}

int http_stream_fd(const struct http_stream *s)
{
	return s->fd;
}

long http_stream_status(const struct http_stream *s)
{
	long status = 0;

	curl_easy_getinfo(s->transfer.curl, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

const struct http_grpc *http_stream_grpc(const struct http_stream *s)
{
	return &s->transfer.grpc;
}

static void act(struct http_stream *s, const struct epoll_event *event)
{
	int running, fd = event->data.fd, what = 0;
	uint64_t expired;

	if (fd == s->timer)
		fd = read(fd, &expired, sizeof(expired)) < 0 ? fd : CURL_SOCKET_TIMEOUT;
	what |= event->events & EPOLLIN ? CURL_CSELECT_IN : 0;
	what |= event->events & EPOLLOUT ? CURL_CSELECT_OUT : 0;
	what |= event->events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0;
	curl_multi_socket_action(s->multi, fd, what, &running);
}

enum http_result http_stream_take(struct http_stream *s, http_visitor *visit, void *arg,
				  char reason[HTTP_REASON_LEN])
{
	struct epoll_event events[STREAM_EVENTS];
	int n = epoll_wait(s->fd, events, STREAM_EVENTS, 0), left;
	const CURLMsg *end;

	s->transfer.visit = visit;
	s->transfer.arg = arg;
	watchdog_set(STREAM_TAKE_MS);
	for (int i = 0; i < n; i++)
		act(s, &events[i]);
	watchdog_rest();
	end = curl_multi_info_read(s->multi, &left);
	return end ? transfer_judge(&s->transfer, end->data.result, reason) : HTTP_GOING;
}
