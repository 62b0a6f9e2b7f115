/* SPDX-License-Identifier: Apache-2.0 */
#include "openstack/host/dnsmasq.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define DNS_PORT 53

/* version.bind, CHAOS, TXT: which dnsmasq answers by itself (RFC 4892). */
static const unsigned char question[] = "\x1b\xad\0\0\0\1\0\0\0\0\0\0\7version\4bind\0\0\x10\0\3";

static socklen_t address_of(struct addr at, struct sockaddr_storage *ret)
{
	struct sockaddr_in *four = (void *)ret;
	struct sockaddr_in6 *six = (void *)ret;
	char text[ADDR_TEXT];

	memset(ret, 0, sizeof(*ret));
	addr_print(at, text);
	if (at.family == FAMILY_4) {
		*four = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(DNS_PORT) };
		inet_pton(AF_INET, text, &four->sin_addr);
		return sizeof(*four);
	}
	*six = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = htons(DNS_PORT) };
	inet_pton(AF_INET6, text, &six->sin6_addr);
	return sizeof(*six);
}

int dnsmasq_ask(struct addr at)
{
	struct sockaddr_storage to;
	socklen_t len = address_of(at, &to);
	int fd = socket(to.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd >= 0 && (connect(fd, (struct sockaddr *)&to, len) < 0 ||
			send(fd, question, sizeof(question) - 1, 0) < 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

void dnsmasq_ask_again(int fd)
{
	send(fd, question, sizeof(question) - 1, 0);
}

bool dnsmasq_answered(int fd)
{
	unsigned char answer[512];
	ssize_t len = recv(fd, answer, sizeof(answer), 0);

	return len >= 12 && memcmp(answer, question, 2) == 0 && answer[2] & 0x80;
}
