/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages over HTTP, until the process is told to end: what `--listen` does.
 *
 * A page is made anew for each request, by a function of the command's, and one at a time: all
 * happens in this thread.  So whoever asks while another page is made waits for it.  What takes
 * long looks at a deadline of its own.
 *
 * Only GET and HEAD are answered, requests are bounded in bytes, clients in number, and whoever
 * was waited for too long before it had its answer is cut off, however it spent that time.
 * Nothing of a request is logged.  There is no TLS and no password: on an address that others
 * reach, whoever reaches it may read.  On loopback a browser that was sent here by a page of
 * somebody else's is refused (listen_address_is_named).
 */
#ifndef CTL_SERVE_SERVER_H
#define CTL_SERVE_SERVER_H

#include "base/buf.h"
#include "base/err.h"
#include "ctl/serve/clients.h"
#include "ctl/serve/listen_address.h"

#include <stddef.h>

#define SERVER_CLIENTS_MAX CLIENTS_MAX	/* connections; those beyond wait to be taken */
#define SERVER_REQUEST_MAX (16 << 10)	/* bytes of a request's head */
#define SERVER_PATIENCE_MS 60000	/* with a client, from one answer to the next */
#define SERVER_END_MS 2000	/* for answers that are under way when the end is asked for */

struct server_request;	/* one that is being answered */

/* A header's value, or NULL; lives as long as the request. */
const char *server_request_header(const struct server_request *r, const char *name);

struct server_page {
	const char *path;	/* "/metrics" */
	const char *type;	/* "text/plain; charset=utf-8" */
	/* Appends the page.  -1: the client is told 500 and nothing of why. */
	int (*print)(const struct server_request *r, struct buf *out, void *arg, struct err *e);
};

struct server {
	const char *what;	/* is served: "metrics", in what is told on standard error */
	struct listen_address at;
	const struct server_page *pages;
	size_t n_pages;
	size_t page_max;	/* bytes of a page */
	int64_t patience_ms;	/* 0: SERVER_PATIENCE_MS */
	void *arg;		/* of each print() */
	/* What else is waited for: turn() whenever it is readable.  NULL: nothing. */
	void (*turn)(void *arg);
	int fd;
};

/*
 * Serves until SIGTERM or SIGINT, after which answers under way are finished, and returns 0.
 * Tells where, with the port that port 0 became and the first page's path; and of each page
 * that failed, why.
 * ERR_IO: it cannot listen there.  ERR_INTERNAL.
 */
int server_run(const struct server *s, struct err *e);

#endif
