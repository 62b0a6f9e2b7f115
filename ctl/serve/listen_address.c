/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/serve/listen_address.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PORT_MAX 65535
#define LOOPBACK_TEXT "127.0.0.1"

/* Nothing is loopback. */
static int parse_host(const char *text, size_t len, struct addr *ret)
{
	bool none = !len;
	char host[ADDR_TEXT + 2];

	if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
		text++;
		len -= 2;
	} else if (memchr(text, ':', len)) {
		return -1;
	}
	if (len >= sizeof(host))
		return -1;
	snprintf(host, sizeof(host), "%.*s", (int)len, text);
	if (none || strcmp(host, "localhost") == 0)
		strcpy(host, LOOPBACK_TEXT);
	return addr_parse(host, ret);
}

static int parse_port(const char *text, uint16_t *ret)
{
	size_t len = strspn(text, "0123456789");
	long n = strtol(text, NULL, 10);

	if (!len || len > 5 || text[len] || n > PORT_MAX)
		return -1;
	*ret = (uint16_t)n;
	return 0;
}

int listen_address_parse(const char *text, struct listen_address *ret, struct err *e)
{
	const char *colon = strrchr(text, ':');
	const char *port = colon ? colon + 1 : text;
	struct listen_address a;

	if (parse_host(text, colon ? (size_t)(colon - text) : 0, &a.host) < 0)
		return err_set(e, ERR_CONFIG, "\"%.100s\" begins with no IP address: "
			       "127.0.0.1:9475, [::1]:9475 or 9475", text);
	if (parse_port(port, &a.port) < 0)
		return err_set(e, ERR_CONFIG, "\"%.100s\" ends in no port from 0 to %d", text,
			       PORT_MAX);
	*ret = a;
	return 0;
}

void listen_address_print(struct listen_address a, char out[LISTEN_ADDRESS_TEXT])
{
	char host[ADDR_TEXT];

	addr_print(a.host, host);
	snprintf(out, LISTEN_ADDRESS_TEXT, a.host.family == FAMILY_6 ? "[%s]:%u" : "%s:%u", host,
		 a.port);
}

bool listen_address_is_loopback(struct listen_address a)
{
	struct cidr loopback;

	cidr_parse(a.host.family == FAMILY_6 ? "::1/128" : "127.0.0.0/8", &loopback);
	return cidr_holds(loopback, a.host);
}

bool listen_address_is_named(const char *host)
{
	const char *colon = strrchr(host, ':');
	size_t len = colon && !strchr(colon, ']') ? (size_t)(colon - host) : strlen(host);
	struct addr ignored;

	return parse_host(host, len, &ignored) == 0;
}
