/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest's DHCP client, for scripts: asks often, takes what it gets, and tells times.
 *
 *	guest DEVICE 4|6 served LIMIT_MS [DUID]	until it is offered an address: "<address> <ms>"
 *	guest DEVICE 4|6 gone LIMIT_MS		until none answers any more: "<ms>"
 *	guest DEVICE 4|6 take LIMIT_MS [DUID]	takes one: "<address> <ms>"
 *	guest DEVICE 4|6 keep LIMIT_MS [DUID]	takes one, and renews it until SIGTERM:
 *						"<address> <renewals> <ms of the longest silence>"
 *
 * <ms> is the moment, since 1970.  Status 1: not within the limit, or the guest was refused
 * what it holds, or was given another address.  DUID is a text of its own; without it the
 * MAC.  For IPv4, keep needs the address on the device.
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ASK_MS 50	/* from one question to the next */
#define PATIENT_MS 2000	/* from here on answers may be slower than the next question: */
#define ASK_PATIENTLY_MS 500
#define RENEW_MS 100
#define SILENT_MS 400	/* without an answer: gone */
#define MESSAGE_MAX 1500

enum { FIRST, REQUEST, RENEW };			/* questions */
enum { SILENCE, OFFERED, GIVEN, REFUSED };	/* answers */

struct guest {
	int family, fd;
	unsigned index;
	uint8_t mac[6], xid[4];
	uint8_t duid[64], server[128], address[16];
	size_t duid_len, server_len;
};

struct message {
	uint8_t bytes[MESSAGE_MAX];
	size_t len;
};

static volatile sig_atomic_t ended;

static void on_term(int signal)
{
	(void)signal;
	ended = 1;
}

static void stop(const char *why)
{
	fprintf(stderr, "guest: %s\n", why);
	exit(1);
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void add(struct message *m, const void *bytes, size_t len)
{
	memcpy(m->bytes + m->len, bytes, len);
	m->len += len;
}

/* IPv4 (RFC 2131) */

static void option4(struct message *m, uint8_t code, const void *bytes, uint8_t len)
{
	add(m, &code, 1);
	add(m, &len, 1);
	add(m, bytes, len);
}

static void print4(const struct guest *g, int question, struct message *m)
{
	static const uint8_t types[] = { [FIRST] = 1, [REQUEST] = 3, [RENEW] = 3 };
	static const uint8_t cookie[] = { 99, 130, 83, 99 };
	uint8_t head[236] = { 1, 1, 6, 0 };

	memcpy(head + 4, g->xid, 4);
	if (question == RENEW)
		memcpy(head + 12, g->address, 4);
	else
		head[10] = 0x80;	/* to be answered by a broadcast */
	memcpy(head + 28, g->mac, 6);
	add(m, head, sizeof(head));
	add(m, cookie, sizeof(cookie));
	option4(m, 53, &types[question], 1);
	if (question == REQUEST) {
		option4(m, 50, g->address, 4);
		option4(m, 54, g->server, 4);
	}
	add(m, "\377", 1);
}

static int read4(struct guest *g, const struct message *m)
{
	uint8_t type = 0;

	if (m->len < 240 || m->bytes[0] != 2 || memcmp(m->bytes + 4, g->xid, 4) != 0)
		return SILENCE;
	for (size_t at = 240; at + 2 <= m->len && m->bytes[at] != 255; at += 2 + m->bytes[at + 1]) {
		if (m->bytes[at] == 53)
			type = m->bytes[at + 2];
		if (m->bytes[at] == 54)
			memcpy(g->server, m->bytes + at + 2, 4);
	}
	if (type != 6)
		memcpy(g->address, m->bytes + 16, 4);
	return type == 2 ? OFFERED : type == 5 ? GIVEN : type == 6 ? REFUSED : SILENCE;
}

/* IPv6 (RFC 8415) */

static void option6(struct message *m, uint16_t code, const void *bytes, size_t len)
{
	uint8_t head[4] = { (uint8_t)(code >> 8), (uint8_t)code, (uint8_t)(len >> 8),
			     (uint8_t)len };

	add(m, head, 4);
	add(m, bytes, len);
}

static void print6(const struct guest *g, int question, struct message *m)
{
	static const uint8_t types[] = { [FIRST] = 1, [REQUEST] = 3, [RENEW] = 5 };
	struct message ia = { .len = 12 };	/* IAID 0, no times */
	uint8_t lifetimes[8] = { 0 };

	add(m, &types[question], 1);
	add(m, g->xid + 1, 3);
	option6(m, 1, g->duid, g->duid_len);
	if (question != FIRST) {
		struct message address = { .len = 0 };

		option6(m, 2, g->server, g->server_len);
		add(&address, g->address, 16);
		add(&address, lifetimes, 8);
		option6(&ia, 5, address.bytes, address.len);
	}
	option6(m, 3, ia.bytes, ia.len);
	option6(m, 8, lifetimes, 2);
}

static size_t number16(const uint8_t *at)
{
	return (size_t)at[0] << 8 | at[1];
}

/* Whether there is an address, with a lifetime, among the options; a server's id is taken. */
static bool find6(struct guest *g, const uint8_t *at, const uint8_t *end)
{
	bool found = false;

	for (; at + 4 <= end; at += 4 + number16(at + 2)) {
		size_t code = number16(at), len = number16(at + 2);

		if (at + 4 + len > end)
			break;
		if (code == 2 && len <= sizeof(g->server)) {
			memcpy(g->server, at + 4, len);
			g->server_len = len;
		}
		if (code == 3 && len >= 12)
			found |= find6(g, at + 16, at + 4 + len);
		if (code == 5 && len >= 24 && memcmp(at + 24, "\0\0\0\0", 4) != 0) {
			memcpy(g->address, at + 4, 16);
			found = true;
		}
	}
	return found;
}

static int read6(struct guest *g, const struct message *m)
{
	bool found;

	if (m->len < 4 || memcmp(m->bytes + 1, g->xid + 1, 3) != 0)
		return SILENCE;
	found = find6(g, m->bytes + 4, m->bytes + m->len);
	if (m->bytes[0] == 2)
		return found ? OFFERED : SILENCE;
	return m->bytes[0] != 7 ? SILENCE : found ? GIVEN : REFUSED;
}

/* Sockets */

static void open4(struct guest *g, const char *device)
{
	struct sockaddr_in me = { .sin_family = AF_INET, .sin_port = htons(68) };
	int yes = 1;

	g->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	setsockopt(g->fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	setsockopt(g->fd, SOL_SOCKET, SO_BROADCAST, &yes, sizeof(yes));
	if (setsockopt(g->fd, SOL_SOCKET, SO_BINDTODEVICE, device, (socklen_t)strlen(device)) < 0 ||
	    bind(g->fd, (struct sockaddr *)&me, sizeof(me)) < 0)
		stop("no socket for IPv4");
}

static void open6(struct guest *g, const char *device)
{
	struct sockaddr_in6 me = { .sin6_family = AF_INET6, .sin6_port = htons(546) };
	int yes = 1;

	g->fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	setsockopt(g->fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (setsockopt(g->fd, SOL_SOCKET, SO_BINDTODEVICE, device, (socklen_t)strlen(device)) < 0 ||
	    bind(g->fd, (struct sockaddr *)&me, sizeof(me)) < 0)
		stop("no socket for IPv6");
}

/* Without a text: by its MAC (DUID-LL); with one: of an enterprise (DUID-EN). */
static void name_guest(struct guest *g, const char *text)
{
	struct message m = { .len = 0 };

	add(&m, text ? "\0\2\0\0\176\331" : "\0\3\0\1", text ? 6 : 4);
	add(&m, text ? (const void *)text : g->mac, text ? strnlen(text, 40) : 6);
	memcpy(g->duid, m.bytes, m.len);
	g->duid_len = m.len;
}

static void open_guest(struct guest *g, const char *device, int family, const char *duid)
{
	struct ifreq request = { 0 };

	*g = (struct guest){ .family = family, .index = if_nametoindex(device) };
	if (family == 4)
		open4(g, device);
	else
		open6(g, device);
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", device);
	if (ioctl(g->fd, SIOCGIFHWADDR, &request) < 0)
		stop("no MAC");
	memcpy(g->mac, request.ifr_hwaddr.sa_data, 6);
	memcpy(g->xid, g->mac + 2, 4);
	name_guest(g, duid);
}

/* What the kernel does not send now (no route, the link is down) is asked again later. */
static void send_message(const struct guest *g, const struct message *m)
{
	struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons(67),
				    .sin_addr.s_addr = INADDR_BROADCAST };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons(547),
				    .sin6_scope_id = g->index };

	inet_pton(AF_INET6, "ff02::1:2", &six.sin6_addr);
	if (g->family == 4)
		sendto(g->fd, m->bytes, m->len, 0, (struct sockaddr *)&four, sizeof(four));
	else
		sendto(g->fd, m->bytes, m->len, 0, (struct sockaddr *)&six, sizeof(six));
}

static int hear(struct guest *g, int wait_ms)
{
	struct pollfd p = { .fd = g->fd, .events = POLLIN };
	int64_t until = now_ms() + wait_ms;

	for (int64_t left = wait_ms; left >= 0; left = until - now_ms()) {
		struct message m;
		ssize_t len = poll(&p, 1, (int)left) > 0 ?
			      recv(g->fd, m.bytes, MESSAGE_MAX, 0) : -1;
		int answer;

		m.len = len > 0 ? (size_t)len : 0;
		answer = len < 0 ? SILENCE : g->family == 4 ? read4(g, &m) : read6(g, &m);
		if (answer != SILENCE || ended)
			return answer;
	}
	return SILENCE;
}

static int ask(struct guest *g, int question, int wait_ms)
{
	struct message m = { .len = 0 };

	g->xid[3]++;
	if (g->family == 4)
		print4(g, question, &m);
	else
		print6(g, question, &m);
	send_message(g, &m);
	return hear(g, wait_ms);
}

/* Verbs */

static void print_address(const struct guest *g)
{
	char text[INET6_ADDRSTRLEN];

	printf("%s ", inet_ntop(g->family == 4 ? AF_INET : AF_INET6, g->address, text,
				sizeof(text)));
}

/* Once `patient_ms` have passed it asks less often. */
static void until_served(struct guest *g, int64_t limit, int64_t patient_ms)
{
	const int64_t first = now_ms();
	int64_t begin, left;

	for (;;) {
		int wait_ms;

		begin = now_ms();
		if (begin > limit)
			stop("not served in time");
		wait_ms = begin - first < patient_ms ? ASK_MS : ASK_PATIENTLY_MS;
		if (ask(g, FIRST, wait_ms) == OFFERED)
			return;
		left = wait_ms - (now_ms() - begin);
		usleep(left > 0 ? (useconds_t)left * 1000 : 0);
	}
}

static int until_gone(struct guest *g, int64_t limit)
{
	int64_t last = now_ms();

	while (now_ms() - last < SILENT_MS) {
		if (now_ms() > limit)
			stop("is served still");
		if (ask(g, FIRST, ASK_MS) == OFFERED) {
			last = now_ms();
			usleep(ASK_MS * 1000);
		}
	}
	printf("%lld\n", (long long)last);
	return 0;
}

static void take(struct guest *g, int64_t limit)
{
	do
		until_served(g, limit, PATIENT_MS);
	while (ask(g, REQUEST, ASK_PATIENTLY_MS) != GIVEN);
}

static int keep(struct guest *g, int64_t limit)
{
	long renewals = 0, silence = 0;
	int64_t last;
	uint8_t held[16];

	take(g, limit);
	memcpy(held, g->address, sizeof(held));
	for (last = now_ms(); !ended; usleep(RENEW_MS * 1000)) {
		int answer = ask(g, RENEW, RENEW_MS);

		if (answer == REFUSED || (answer == GIVEN && memcmp(held, g->address, 16) != 0))
			stop("refused what it holds");
		if (now_ms() - last > silence)
			silence = (long)(now_ms() - last);
		if (answer != GIVEN)
			continue;
		renewals++;
		last = now_ms();
	}
	print_address(g);
	printf("%ld %ld\n", renewals, silence);
	return 0;
}

int main(int argc, char *argv[])
{
	struct guest g;
	int64_t limit;

	if (argc < 5)
		stop("guest DEVICE 4|6 served|gone|take|keep LIMIT_MS [DUID]");
	sigaction(SIGTERM, &(struct sigaction){ .sa_handler = on_term }, NULL);
	open_guest(&g, argv[1], atoi(argv[2]), argv[5]);
	limit = now_ms() + atoll(argv[4]);
	if (strcmp(argv[3], "gone") == 0)
		return until_gone(&g, limit);
	if (strcmp(argv[3], "keep") == 0)
		return keep(&g, limit);
	if (strcmp(argv[3], "take") == 0)
		take(&g, limit);
	else
		until_served(&g, limit, INT64_MAX);
	print_address(&g);
	printf("%lld\n", (long long)now_ms());
	return 0;
}
