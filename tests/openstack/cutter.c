/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store that answers half, for scripts: forwards connections, and cuts each after so many
 * bytes of what the server says.
 *
 *	cutter PORT TO_PORT LEAST MOST	on 127.0.0.1; the bytes grow from connection to
 *					connection, and begin again
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define GROWTH 3 / 2

static struct sockaddr_in loopback(const char *port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

/* What one end says goes to the other, at most *left bytes.  The bytes; 0 at the end. */
static size_t pass(int from, int to, size_t left)
{
	char piece[4096];
	ssize_t n = read(from, piece, left < sizeof(piece) ? left : sizeof(piece));

	return n > 0 && write(to, piece, (size_t)n) == n ? (size_t)n : 0;
}

static void forward(int client, int server, size_t left)
{
	struct pollfd p[2] = { { .fd = client, .events = POLLIN },
				{ .fd = server, .events = POLLIN } };

	while (left && poll(p, 2, -1) > 0) {
		if (p[0].revents && !pass(client, server, SIZE_MAX))
			return;
		if (p[1].revents) {
			size_t n = pass(server, client, left);

			if (!n)
				return;
			left -= n;
		}
	}
}

int main(int argc, char *argv[])
{
	size_t least, most, bytes;
	struct sockaddr_in me, to;
	int yes = 1, fd = socket(AF_INET, SOCK_STREAM, 0);

	if (argc != 5)
		return 2;
	me = loopback(argv[1]);
	to = loopback(argv[2]);
	bytes = least = (size_t)atoi(argv[3]);
	most = (size_t)atoi(argv[4]);
	signal(SIGCHLD, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(fd, (struct sockaddr *)&me, sizeof(me)) < 0 || listen(fd, 64) < 0) {
		perror("cutter: cannot listen");
		return 1;
	}
	for (;; bytes = bytes > most ? least : bytes * GROWTH + 1) {
		int client = accept(fd, NULL, NULL);

		if (client >= 0 && fork() == 0) {
			int server = socket(AF_INET, SOCK_STREAM, 0);

			/* As long as it is here, the next cutter could not listen. */
			close(fd);
			if (connect(server, (struct sockaddr *)&to, sizeof(to)) == 0)
				forward(client, server, bytes);
			_exit(0);
		}
		close(client);
	}
}
