/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a command and counts what passes between it and a server on loopback.
 *
 *	wiretap LISTEN-PORT SERVER-PORT REQUESTS-FILE COMMAND [ARGUMENT]...
 *
 * While the command runs, whatever connects to 127.0.0.1:LISTEN-PORT is passed on to
 * 127.0.0.1:SERVER-PORT and back.  All that was sent to the server is kept in
 * REQUESTS-FILE ("-": nowhere).  Ends with the command, then appends one line to
 * descriptor 3: connections, HTTP requests, bytes sent, bytes received, and the
 * command's peak resident set in KiB.  Its status is the command's.
 *
 * HTTP/2 is understood, and HTTP/1.1 with Content-Length, which is what etcd's clients
 * send; of TLS only the bytes mean something.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define WIRES_MAX 256
#define PIECE 65536	/* bytes passed on at a time */
#define LINE_LEN 256	/* bytes of a header line that are looked at */

/* HTTP/2 begins with a line that no HTTP/1.1 has, and eight more bytes; then come frames. */
#define PREFACE "PRI * HTTP/2.0"
#define PREFACE_REST 8
#define FRAME_HEAD 9	/* bytes: length, type, flags, stream */
#define HEADERS 1

/* Where in an HTTP request the last byte was. */
struct parser {
	char line[LINE_LEN];	/* or the head of a frame */
	size_t line_len;	/* longer than LINE_LEN: the rest was passed over */
	unsigned long body;	/* bytes announced, then left to come */
	bool in_body, in_headers;
	bool in_frames;
};

struct wire {
	int client, server;
	struct parser parser;
};

static struct wire wires[WIRES_MAX];
static unsigned n_wires;
static unsigned long connections, requests, sent, received;
static int kept_fd = -1;
static volatile sig_atomic_t child_ended;

static void die(const char *what)
{
	fprintf(stderr, "wiretap: %s: %s\n", what, strerror(errno));
	exit(125);
}

static void begin_frames(struct parser *p)
{
	p->in_frames = true;
	p->body = PREFACE_REST;
	p->in_body = true;
}

/* A client sends these once a request: etcd's have no trailers. */
static void end_of_frame_head(struct parser *p)
{
	const unsigned char *head = (const unsigned char *)p->line;

	p->line_len = 0;
	p->body = (unsigned long)head[0] << 16 | head[1] << 8 | head[2];
	p->in_body = p->body > 0;
	requests += head[3] == HEADERS;
}

static void end_of_line(struct parser *p)
{
	size_t len = p->line_len < LINE_LEN ? p->line_len : LINE_LEN - 1;

	p->line[len] = '\0';
	p->line_len = 0;
	if (len && p->line[len - 1] == '\r')
		p->line[--len] = '\0';
	if (!p->in_headers && strcmp(p->line, PREFACE) == 0) {
		begin_frames(p);
	} else if (len) {
		if (!p->in_headers)
			requests++;
		p->in_headers = true;
		if (strncasecmp(p->line, "content-length:", 15) == 0)
			p->body = strtoul(p->line + 15, NULL, 10);
	} else if (p->in_headers) {
		p->in_headers = false;
		p->in_body = p->body > 0;
	}
}

static void count_requests(struct parser *p, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (p->in_body) {
			p->in_body = --p->body > 0;
		} else if (p->in_frames) {
			p->line[p->line_len++] = data[i];
			if (p->line_len == FRAME_HEAD)
				end_of_frame_head(p);
		} else if (data[i] == '\n') {
			end_of_line(p);
		} else {
			if (p->line_len < LINE_LEN)
				p->line[p->line_len] = data[i];
			p->line_len++;
		}
	}
}

static struct sockaddr_in loopback(const char *port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons((in_port_t)atoi(port)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

static int listen_on(const char *port)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;
	struct sockaddr_in addr = loopback(port);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0 ||
	    bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(fd, 128) < 0)
		die("listen");
	return fd;
}

static void accept_one(int listener, const char *server_port)
{
	struct sockaddr_in addr = loopback(server_port);
	struct wire w = { .client = accept4(listener, NULL, NULL, SOCK_CLOEXEC) };

	if (w.client < 0)
		return;
	if (n_wires == WIRES_MAX)
		die("more connections than it has room for");
	w.server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (w.server < 0 || connect(w.server, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		die("connect to the server");
	connections++;
	wires[n_wires++] = w;
}

static bool send_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n < 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

/* Returns false once the connection is over. */
static bool pass_on(struct wire *w, bool to_server)
{
	static char piece[PIECE];
	ssize_t n = recv(to_server ? w->client : w->server, piece, sizeof(piece), 0);

	if (n <= 0)
		return false;
	if (to_server) {
		sent += (size_t)n;
		count_requests(&w->parser, piece, (size_t)n);
		if (kept_fd >= 0 && write(kept_fd, piece, (size_t)n) != n)
			die("requests file");
	} else {
		received += (size_t)n;
	}
	return send_all(to_server ? w->server : w->client, piece, (size_t)n);
}

static void close_wire(unsigned i)
{
	close(wires[i].client);
	close(wires[i].server);
	wires[i] = wires[--n_wires];
}

static void serve(int listener, const char *server_port, const sigset_t *while_waiting)
{
	struct pollfd fds[1 + 2 * WIRES_MAX] = { { listener, POLLIN, 0 } };
	unsigned n = n_wires;

	for (unsigned i = 0; i < n; i++) {
		fds[1 + 2 * i] = (struct pollfd){ wires[i].client, POLLIN, 0 };
		fds[2 + 2 * i] = (struct pollfd){ wires[i].server, POLLIN, 0 };
	}
	if (ppoll(fds, 1 + 2 * n, NULL, while_waiting) < 0)
		return;
	for (unsigned i = n; i-- > 0;) {
		if ((fds[1 + 2 * i].revents && !pass_on(&wires[i], true)) ||
		    (fds[2 + 2 * i].revents && !pass_on(&wires[i], false)))
			close_wire(i);
	}
	if (fds[0].revents)
		accept_one(listener, server_port);
}

static void on_child(int signal_number)
{
	(void)signal_number;
	child_ended = 1;
}

static pid_t start(char **command, const sigset_t *mask)
{
	pid_t pid = vfork();

	if (pid < 0)
		die("vfork");
	if (pid == 0) {
		sigprocmask(SIG_SETMASK, mask, NULL);
		close(3);
		execvp(command[0], command);
		_exit(127);
	}
	return pid;
}

int main(int argc, char **argv)
{
	struct rusage usage;
	sigset_t chld, before;
	int listener, status;
	pid_t pid;

	if (argc < 5)
		return fprintf(stderr, "usage: wiretap PORT SERVER-PORT FILE COMMAND...\n"), 125;
	if (strcmp(argv[3], "-") != 0 &&
	    (kept_fd = open(argv[3], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) < 0)
		die(argv[3]);
	listener = listen_on(argv[1]);
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, &before);
	signal(SIGCHLD, on_child);
	pid = start(argv + 4, &before);
	while (!child_ended)
		serve(listener, argv[2], &before);
	if (wait4(pid, &status, 0, &usage) < 0)
		die("wait4");
	dprintf(3, "%lu %lu %lu %lu %ld\n", connections, requests, sent, received, usage.ru_maxrss);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 126;
}
