/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/etcd/srv.h"
#include "datastore/etcd/lookup.h"

#include <arpa/nameser.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RDATA_MIN 7		/* priority, weight, port, and the root as target */
#define WAIT_MAX_MS 6000	/* for both answers; they are waited for side by side */

struct server {
	unsigned priority, weight, port;
	char host[NS_MAXDNAME];
};

static int by_priority(const void *a, const void *b)
{
	const struct server *x = a, *y = b;

	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	return x->weight == y->weight ? 0 : x->weight > y->weight ? -1 : 1;
}

/* 1 with *ret filled, 0 if the record is another, -1 if it is malformed. */
static int read_record(ns_msg *msg, int i, struct server *ret)
{
	const unsigned char *data;
	ns_rr rr;

	if (ns_parserr(msg, ns_s_an, i, &rr) < 0)
		return -1;
	if (ns_rr_type(rr) != ns_t_srv)
		return 0;
	if (ns_rr_rdlen(rr) < RDATA_MIN)
		return -1;
	data = ns_rr_rdata(rr);
	ret->priority = ns_get16(data);
	ret->weight = ns_get16(data + 2);
	ret->port = ns_get16(data + 4);
	if (ns_name_uncompress(ns_msg_base(*msg), ns_msg_end(*msg), data + 6, ret->host,
			       sizeof(ret->host)) < 0)
		return -1;
	/* A root target says that there is no such service. */
	return *ret->host && strcmp(ret->host, ".") != 0;
}

static size_t count_servers(const struct buf *list)
{
	size_t n = list->len > 0;

	for (size_t i = 0; i < list->len; i++)
		n += list->data[i] == ',';
	return n;
}

static void add_servers(const struct server *servers, size_t n, bool tls, struct buf *list)
{
	size_t there = count_servers(list);

	for (size_t i = 0; i < n && there + i < SRV_SERVERS_MAX; i++)
		buf_printf(list, "%s%s://%s:%u", list->len ? "," : "", tls ? "https" : "http",
			   servers[i].host, servers[i].port);
}

int srv_parse(const unsigned char *answer, size_t len, bool tls, struct buf *list, struct err *e)
{
	struct server servers[SRV_SERVERS_MAX];
	size_t n = 0;
	ns_msg msg;

	if (len > LOOKUP_ANSWER_MAX || ns_initparse(answer, (int)len, &msg) < 0)
		return err_set(e, ERR_UNAVAILABLE, "malformed DNS answer");
	for (int i = 0; i < ns_msg_count(msg, ns_s_an) && n < ARRAY_LEN(servers); i++) {
		int rc = read_record(&msg, i, &servers[n]);

		if (rc < 0)
			return err_set(e, ERR_UNAVAILABLE, "malformed DNS answer");
		n += (size_t)rc;
	}
	qsort(servers, n, sizeof(servers[0]), by_priority);
	add_servers(servers, n, tls, list);
	return list->failed ? err_set(e, ERR_INTERNAL, "out of memory") : 0;
}

static int start(struct lookup *l, const char *domain, bool tls, struct err *e)
{
	char name[NS_MAXDNAME];
	int len = snprintf(name, sizeof(name), "_etcd-client%s._tcp.%s", tls ? "-ssl" : "",
			   domain);

	if (len >= (int)sizeof(name))
		return err_set(e, ERR_CONFIG, "etcd_discovery_srv is longer than a domain name can "
			       "be");
	return lookup_start(l, name, e);
}

/* Adds what one name yields; *ret_says tells why it was nothing. */
static int finish(struct lookup *l, bool tls, struct deadline until, struct buf *list,
		  const char **ret_says, struct err *e)
{
	unsigned char answer[LOOKUP_ANSWER_MAX];
	int len;

	*ret_says = "no SRV record";
	len = lookup_finish(l, until, answer, ret_says);
	return len < 0 ? 0 : srv_parse(answer, (size_t)len, tls, list, e);
}

static int look_up_both(const char *domain, struct deadline deadline, struct buf *list,
			struct err *e)
{
	struct deadline until = deadline_within_ms(deadline, WAIT_MAX_MS);
	struct lookup secure __cleanup(lookup_done) = { 0 };
	struct lookup plain __cleanup(lookup_done) = { 0 };
	const char *secure_says, *plain_says;

	if (start(&secure, domain, true, e) < 0 || start(&plain, domain, false, e) < 0 ||
	    finish(&secure, true, until, list, &secure_says, e) < 0 ||
	    finish(&plain, false, until, list, &plain_says, e) < 0)
		return -1;
	if (list->len)
		return 0;
	return err_set(e, ERR_UNAVAILABLE, "no server found: _etcd-client-ssl._tcp: %s; "
		       "_etcd-client._tcp: %s",
		       secure_says, plain_says);
}

int srv_discover(const char *domain, struct deadline deadline, struct buf *list, struct err *e)
{
	if (look_up_both(domain, deadline, list, e) < 0)
		return err_wrap(e, "etcd_discovery_srv %.100s", domain);
	return 0;
}
