/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/serve/server.h"

#include "base/clock.h"
#include "ctl/cli/aside.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 64
#define IDLE_MS (10 * 1000)	/* between looks where nothing happens */

struct server_request {
	struct MHD_Connection *connection;
};

struct running {
	const struct server *server;
	struct MHD_Daemon *daemon;	/* owned */
	int socket;	/* owned by the daemon, once it runs */
	int signals;	/* owned */
	unsigned answers;	/* under way */
	struct clients clients;
};

static void running_done(struct running *r)
{
	if (r->daemon)
		MHD_stop_daemon(r->daemon);
	else
		close_fd(&r->socket);
	close_fd(&r->signals);
}

const char *server_request_header(const struct server_request *r, const char *name)
{
	return MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name);
}

static enum MHD_Result respond(struct MHD_Connection *c, unsigned status, const char *type,
			       const struct buf *body)
{
	struct MHD_Response *response =
		MHD_create_response_from_buffer(body->len, body->data, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result rc = MHD_NO;

	if (!response)
		return MHD_NO;
	if (MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type) == MHD_YES &&
	    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff") == MHD_YES &&
	    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store") ==
	    MHD_YES &&
	    (status != MHD_HTTP_METHOD_NOT_ALLOWED ||
	     MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD") == MHD_YES))
		rc = MHD_queue_response(c, status, response);
	MHD_destroy_response(response);
	return rc;
}

static enum MHD_Result refuse(struct MHD_Connection *c, unsigned status, const char *text)
{
	struct buf body __cleanup(buf_done) = BUF(256);

	buf_puts(&body, text);
	return respond(c, status, "text/plain; charset=utf-8", &body);
}

static enum MHD_Result answer_page(struct running *r, struct MHD_Connection *c,
				   const struct server_page *page)
{
	struct buf body __cleanup(buf_done) = BUF(r->server->page_max);
	const struct server_request request = { c };
	struct err why = { 0 };

	if (page->print(&request, &body, r->server->arg, &why) == 0 && body.failed)
		err_set(&why, ERR_LIMIT, "out of memory, or a page of more than %zu bytes",
			r->server->page_max);
	if (!why.kind)
		return respond(c, MHD_HTTP_OK, page->type, &body);
	aside("calico-ipamctl: %s: %s\n", page->path, why.text);
	return refuse(c, MHD_HTTP_INTERNAL_SERVER_ERROR, "It failed; the server's log says why.\n");
}

static bool is_asked_by_name(const struct server *s, struct MHD_Connection *c)
{
	const char *host = MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);

	return host && listen_address_is_loopback(s->at) && !listen_address_is_named(host);
}

static enum MHD_Result answer(void *arg, struct MHD_Connection *c, const char *url,
			      const char *method, const char *version __unused_arg,
			      const char *upload __unused_arg, size_t *upload_len __unused_arg,
			      void **ret_seen)
{
	struct running *r = arg;

	r->answers += !*ret_seen;
	*ret_seen = r;
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return refuse(c, MHD_HTTP_METHOD_NOT_ALLOWED, "Only GET and HEAD.\n");
	if (is_asked_by_name(r->server, c))
		return refuse(c, MHD_HTTP_FORBIDDEN, "On loopback ask by address, or localhost.\n");
	for (size_t i = 0; i < r->server->n_pages; i++)
		if (strcmp(url, r->server->pages[i].path) == 0)
			return answer_page(r, c, &r->server->pages[i]);
	return refuse(c, MHD_HTTP_NOT_FOUND, "There is no such page.\n");
}

static void completed(void *arg, struct MHD_Connection *c, void **seen,
		      enum MHD_RequestTerminationCode how __unused_arg)
{
	struct client *client =
		MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
	struct running *r = arg;

	r->answers -= *seen != NULL;
	*seen = NULL;
	if (client)
		client_is_served(client);
}

static void came_or_left(void *arg, struct MHD_Connection *c, void **client,
			 enum MHD_ConnectionNotificationCode which)
{
	struct running *r = arg;

	if (which == MHD_CONNECTION_NOTIFY_STARTED)
		*client = clients_add(&r->clients, MHD_get_connection_info(c,
				      MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd);
	else if (*client)
		client_leaves(*client);
}

/* What a client sends that is no HTTP is its own affair. */
static void say_nothing(void *arg __unused_arg, const char *fmt __unused_arg,
			va_list ap __unused_arg)
{
}

union socket_address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t fill_address(struct listen_address at, union socket_address *ret)
{
	char text[ADDR_TEXT];

	*ret = (union socket_address){ 0 };
	addr_print(at.host, text);
	if (at.host.family == FAMILY_4) {
		ret->v4.sin_family = AF_INET;
		ret->v4.sin_port = htons(at.port);
		inet_pton(AF_INET, text, &ret->v4.sin_addr);
		return sizeof(ret->v4);
	}
	ret->v6.sin6_family = AF_INET6;
	ret->v6.sin6_port = htons(at.port);
	inet_pton(AF_INET6, text, &ret->v6.sin6_addr);
	return sizeof(ret->v6);
}

static int open_socket(struct running *r, struct listen_address *at, struct err *e)
{
	union socket_address address;
	socklen_t len = fill_address(*at, &address);
	char text[LISTEN_ADDRESS_TEXT];
	int yes = 1;

	r->socket = socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (r->socket >= 0)
		setsockopt(r->socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (r->socket < 0 || bind(r->socket, &address.any, len) < 0 ||
	    listen(r->socket, BACKLOG) < 0 || getsockname(r->socket, &address.any, &len) < 0) {
		listen_address_print(*at, text);
		return err_set(e, ERR_IO, "cannot listen on %s: %s", text, strerror(errno));
	}
	at->port = ntohs(at->host.family == FAMILY_4 ? address.v4.sin_port :
						       address.v6.sin6_port);
	return 0;
}

static int open_signals(struct running *r, struct err *e)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	r->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return r->signals < 0 ? err_set(e, ERR_INTERNAL, "signalfd: %s", strerror(errno)) : 0;
}

static int start(struct running *r, struct err *e)
{
	unsigned flags = MHD_USE_EPOLL | MHD_USE_ERROR_LOG;

	if (r->server->at.host.family == FAMILY_6)
		flags |= MHD_USE_IPv6;
	r->daemon = MHD_start_daemon(flags, 0, NULL, NULL, answer, r,
				     MHD_OPTION_EXTERNAL_LOGGER, say_nothing, NULL,
				     MHD_OPTION_LISTEN_SOCKET, r->socket,
				     MHD_OPTION_CONNECTION_LIMIT, (unsigned)SERVER_CLIENTS_MAX,
				     MHD_OPTION_CONNECTION_MEMORY_LIMIT,
				     (size_t)SERVER_REQUEST_MAX, MHD_OPTION_NOTIFY_COMPLETED,
				     completed, r, MHD_OPTION_NOTIFY_CONNECTION, came_or_left, r,
				     MHD_OPTION_END);
	return r->daemon ? 0 : err_set(e, ERR_INTERNAL, "the HTTP server cannot be started");
}

static void wait_for_clients(struct running *r, struct pollfd *fds, nfds_t n, int64_t at_most_ms)
{
	int64_t patience_ms = r->server->patience_ms ? r->server->patience_ms : SERVER_PATIENCE_MS;
	struct deadline patience = deadline_in_ms(patience_ms);

	poll(fds, n, (int)(at_most_ms < patience_ms ? at_most_ms : patience_ms));
	clients_waited(&r->clients, patience_ms - deadline_left_ms(patience), patience_ms);
}

/* True: a signal asks for the end. */
static bool wait_and_run(struct running *r, int64_t at_most_ms)
{
	int fd = MHD_get_daemon_info(r->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
	struct pollfd fds[] = { { .fd = fd, .events = POLLIN },
				{ .fd = r->signals, .events = POLLIN },
				{ .fd = r->server->turn ? r->server->fd : -1, .events = POLLIN } };
	MHD_UNSIGNED_LONG_LONG due_ms;

	if (MHD_get_timeout(r->daemon, &due_ms) == MHD_YES && due_ms < (uint64_t)at_most_ms)
		at_most_ms = (int64_t)due_ms;
	wait_for_clients(r, fds, ARRAY_LEN(fds), at_most_ms);
	MHD_run(r->daemon);
	if (r->server->turn && fds[2].revents)
		r->server->turn(r->server->arg);
	return fds[1].revents & POLLIN;
}

static void say_where(const struct server *s, struct listen_address at)
{
	char text[LISTEN_ADDRESS_TEXT];

	listen_address_print(at, text);
	aside("calico-ipamctl: %s at http://%s%s\n", s->what, text, s->pages[0].path);
	if (!listen_address_is_loopback(at))
		aside("calico-ipamctl: others reach this address, and may read what is served\n");
}

int server_run(const struct server *s, struct err *e)
{
	struct running r __cleanup(running_done) = { .server = s, .socket = -1, .signals = -1 };
	struct listen_address at = s->at;
	struct deadline end;

	if (open_signals(&r, e) < 0 || open_socket(&r, &at, e) < 0 || start(&r, e) < 0)
		return -1;
	say_where(s, at);
	while (!wait_and_run(&r, IDLE_MS))
		continue;
	close_fd(&r.signals);
	r.signals = -1;
	end = deadline_in_ms(SERVER_END_MS);
	while (r.answers && !deadline_passed(end))
		wait_and_run(&r, deadline_left_ms(end));
	return 0;
}
