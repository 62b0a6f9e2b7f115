/* SPDX-License-Identifier: Apache-2.0 */
/*
 *	mute_proxy PORT SERVER_PORT FOLDER
 *
 * Passes on what comes to the port, until FOLDER has a file `mute`: then the next answer of
 * the server is swallowed, whatever it was, the file `swallowed` says so, and nothing passes
 * any more in either direction until `mute` is gone.  What a server of HTTP/2 says before it
 * answers is swallowed too, and is no answer.
 */
#include "base/attr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static struct sockaddr_in at(const char *port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static void die(const char *what)
{
	fprintf(stderr, "mute_proxy: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void send_all(int fd, const char *data, ssize_t len)
{
	while (len > 0) {
		ssize_t sent = write(fd, data, (size_t)len);

		if (sent <= 0)
			exit(0);
		data += sent;
		len -= sent;
	}
}

static void note_swallowed(void)
{
	int fd __cleanup(close_fd) = open("swallowed", O_WRONLY | O_CREAT, 0600);

	if (fd < 0)
		die("swallowed");
}

#define FRAME_HEAD 9	/* bytes: its length, the highest first, its type, … */
#define HEADERS 1

/* As frames of HTTP/2, a HEADERS frame is among them. */
static bool is_answer_of_http2(const char *data, ssize_t len)
{
	const unsigned char *at = (const unsigned char *)data, *end = at + len;

	while (end - at >= FRAME_HEAD && at[3] != HEADERS)
		at += FRAME_HEAD + (at[0] << 16 | at[1] << 8 | at[2]);
	return end - at >= FRAME_HEAD;
}

/* False: one of them has closed. */
static bool pass(int from, int to, bool is_answer)
{
	char data[65536];
	ssize_t len = read(from, data, sizeof(data));
	bool mute = access("mute", F_OK) == 0;

	if (len <= 0)
		return false;
	if (!mute || (!is_answer && access("swallowed", F_OK) < 0))
		send_all(to, data, len);
	else if (is_answer && (data[0] == 'H' || is_answer_of_http2(data, len)))
		note_swallowed();
	return true;
}

static void serve(int client, const char *server_port)
{
	struct sockaddr_in server = at(server_port);
	struct pollfd ends[2] = { { .fd = client, .events = POLLIN }, { .events = POLLIN } };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	ends[1].fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(ends[1].fd, (struct sockaddr *)&server, sizeof(server)) < 0)
		die("server");
	while (poll(ends, 2, -1) > 0)
		for (int i = 0; i < 2; i++)
			if (ends[i].revents && !pass(ends[i].fd, ends[!i].fd, i == 1))
				exit(0);
	exit(0);
}

int main(int argc, char **argv)
{
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1, client;
	struct sockaddr_in here;

	if (argc != 4 || chdir(argv[3]) < 0)
		die("usage: mute_proxy PORT SERVER_PORT FOLDER");
	here = at(argv[1]);
	signal(SIGCHLD, SIG_IGN);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(listener, (struct sockaddr *)&here, sizeof(here)) < 0 || listen(listener, 64) < 0)
		die(argv[1]);
	while ((client = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		if (fork() == 0)
			serve(client, argv[2]);
		close(client);
	}
	die("accept");
}
