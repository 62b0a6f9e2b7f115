/*
 * Finding etcd's servers by DNS: SRV records of a domain D, as etcd's client does.
 *
 *	_etcd-client-ssl._tcp.D	servers that speak TLS
 *	_etcd-client._tcp.D	servers that speak plain HTTP
 *
 * Both are used, TLS first, and as in a list the first one's scheme decides for
 * all.  It is an error only when both yield nothing.
 */
#ifndef DATASTORE_ETCD_SRV_H
#define DATASTORE_ETCD_SRV_H

#include "datastore/etcd/endpoints.h"

/*
 * Waits until the deadline, and 6 s at most.  ERR_UNAVAILABLE names the domain and what
 * DNS said.  ERR_CONFIG if it is no domain.  Forks, so no store may be open.
 */
int srv_discover(struct endpoints *p, const char *domain, struct deadline deadline, struct err *e);

/*
 * Adds the servers of one DNS answer (RFC 2782) by priority, then heaviest first.
 * Pure.  ERR_UNAVAILABLE if the answer is malformed.
 */
int srv_parse(struct endpoints *p, const unsigned char *answer, size_t len, bool tls,
	      struct err *e);

#endif
