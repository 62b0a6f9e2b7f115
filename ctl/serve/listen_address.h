/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a command listens, as it is typed: PORT, :PORT, HOST:PORT or [IPv6]:PORT.
 *
 * HOST is an address of this machine, "localhost" for 127.0.0.1.  Without one it is
 * 127.0.0.1 too: what is to be reached from elsewhere names an address, 0.0.0.0 or [::] for
 * all.  Port 0 is one that is free.
 */
#ifndef CTL_SERVE_LISTEN_ADDRESS_H
#define CTL_SERVE_LISTEN_ADDRESS_H

#include "base/address/addr.h"
#include "base/err.h"

#include <stdint.h>

#define LISTEN_ADDRESS_TEXT (ADDR_TEXT + 16)

struct listen_address {
	struct addr host;
	uint16_t port;
};

/* ERR_CONFIG says what is wrong with the text. */
int listen_address_parse(const char *text, struct listen_address *ret, struct err *e);
/* As in a URL: "127.0.0.1:9475", "[::1]:9475". */
void listen_address_print(struct listen_address a, char out[LISTEN_ADDRESS_TEXT]);

/* Only this machine reaches it. */
bool listen_address_is_loopback(struct listen_address a);

/*
 * What a client calls the server, its Host header, is an address or localhost, with or without
 * a port: no page of the web has its visitors' browsers ask a server of theirs under a name.
 */
bool listen_address_is_named(const char *host);

#endif
