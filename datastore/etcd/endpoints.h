/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The servers of a cluster: a list, or found by DNS; and which one answered last.
 *
 * Rules (docs/DATA-MODEL.md 6): the list is split at commas and not trimmed;
 * the first endpoint's scheme decides for all, http is plain, https and no scheme
 * are TLS; a list together with a domain is an error.
 */
#ifndef DATASTORE_ETCD_ENDPOINTS_H
#define DATASTORE_ETCD_ENDPOINTS_H

#include "datastore/datastore.h"

#define ENDPOINT_LEN 300	/* bytes of an URL, NUL included */

struct endpoints {
	char *url[DATASTORE_ENDPOINTS_MAX];	/* "http://host:port", owned */
	size_t n;
	size_t first;		/* the one to try first */
	bool tls;
	char *spelled;		/* as the user wrote them: the hint is for these only */
	char *hint_path;	/* file that holds the last good one; NULL: none */
	bool hint_stands;	/* the file names `first` */
	bool met_json;		/* it says that gRPC was not spoken there, not long ago */
	int64_t json_until_s;	/* for how long it says so, seconds since 1970 */
};

/*
 * From etcd_endpoints or etcd_discovery_srv.  ERR_CONFIG names the key and the
 * entry; ERR_UNAVAILABLE when the domain yields nothing by the deadline.  The last good endpoint of
 * this very list, if the hint file knows it, is `first`.
 */
int endpoints_init(struct endpoints *p, const struct settings *settings, struct deadline deadline,
		   struct err *e);
void endpoints_done(struct endpoints *p);

/*
 * Notes that url[i] has answered, in JSON or not: it is `first` now, and the hint file says so,
 * where it has something to say.
 */
void endpoints_good(struct endpoints *p, size_t i, bool json);

/* Notes that url[i] took a request and gave no answer: the one after it is `first` now. */
void endpoints_pass(struct endpoints *p, size_t i);

#endif
