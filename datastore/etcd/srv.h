/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding etcd's servers by DNS: SRV records of a domain D, as etcd's client does.
 *
 *	_etcd-client-ssl._tcp.D	servers that speak TLS
 *	_etcd-client._tcp.D	servers that speak plain HTTP
 *
 * What is found is written as the list that a user would have written for
 * etcd_endpoints: "https://a.example.org:2379,http://b.example.org:2379".  Both names
 * are used, TLS first.  It is an error only when both yield nothing.
 */
#ifndef DATASTORE_ETCD_SRV_H
#define DATASTORE_ETCD_SRV_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"

#include <stdbool.h>

#define SRV_SERVERS_MAX 32	/* in the list; those beyond are passed over */
#define SRV_LIST_MAX 65536	/* bytes that such a list can have */

/*
 * Waits until the deadline, and 6 s at most.  ERR_UNAVAILABLE names the domain and what
 * DNS said.  ERR_CONFIG if it is no domain.  Forks, so no store may be open.
 */
int srv_discover(const char *domain, struct deadline deadline, struct buf *list, struct err *e);

/*
 * Appends the servers of one DNS answer (RFC 2782) by priority, then heaviest first.
 * Pure.  ERR_UNAVAILABLE if the answer is malformed.
 */
int srv_parse(const unsigned char *answer, size_t len, bool tls, struct buf *list,
	      struct err *e);

#endif
