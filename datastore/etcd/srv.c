#include "datastore/etcd/srv.h"

#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_MAX 16384	/* bytes of a DNS answer */
#define RDATA_MIN 7		/* priority, weight, port, and the root as target */
#define WAIT_MAX_S 3		/* for one server's answer */

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

static int add_servers(struct endpoints *p, const struct server *servers, size_t n, bool tls,
		       struct err *e)
{
	char url[NS_MAXDNAME + 32];

	for (size_t i = 0; i < n && p->n < DATASTORE_ENDPOINTS_MAX; i++) {
		int len = snprintf(url, sizeof(url), "%s%s:%u", tls ? "https://" : "http://",
				   servers[i].host, servers[i].port);

		if (endpoints_add(p, url, (size_t)len, "etcd_discovery_srv", e) < 0)
			return -1;
	}
	return 0;
}

int srv_parse(struct endpoints *p, const unsigned char *answer, size_t len, bool tls, struct err *e)
{
	struct server servers[DATASTORE_ENDPOINTS_MAX];
	size_t n = 0;
	ns_msg msg;

	if (len > ANSWER_MAX || ns_initparse(answer, (int)len, &msg) < 0)
		return err_set(e, ERR_UNAVAILABLE, "malformed DNS answer");
	for (int i = 0; i < ns_msg_count(msg, ns_s_an) && n < ARRAY_LEN(servers); i++) {
		int rc = read_record(&msg, i, &servers[n]);

		if (rc < 0)
			return err_set(e, ERR_UNAVAILABLE, "malformed DNS answer");
		n += (size_t)rc;
	}
	qsort(servers, n, sizeof(servers[0]), by_priority);
	return add_servers(p, servers, n, tls, e);
}

#ifdef __GLIBC__
/* The resolver counts whole seconds: a quarter of what is left for each look-up's two tries. */
static void bound_time(struct __res_state *dns, struct deadline deadline)
{
	int64_t s = deadline_left_ms(deadline) / 4000;

	dns->retrans = s < 1 ? 1 : s > WAIT_MAX_S ? WAIT_MAX_S : (int)s;
	dns->retry = s < 1 ? 1 : 2;
}

static int ask(const char *name, unsigned char *answer, struct deadline deadline, int *ret_code)
{
	struct __res_state dns = {0};
	int len;

	if (res_ninit(&dns) < 0) {
		*ret_code = NETDB_INTERNAL;
		return -1;
	}
	bound_time(&dns, deadline);
	len = res_nquery(&dns, name, ns_c_in, ns_t_srv, answer, ANSWER_MAX);
	*ret_code = dns.res_h_errno;
	res_nclose(&dns);
	return len;
}
#else
/* musl's resolver takes its time from resolv.conf: 5 s a look-up unless told otherwise there. */
static int ask(const char *name, unsigned char *answer, struct deadline deadline, int *ret_code)
{
	int len = -1;

	*ret_code = TRY_AGAIN;
	if (deadline_left_ms(deadline) > 0) {
		len = res_query(name, ns_c_in, ns_t_srv, answer, ANSWER_MAX);
		*ret_code = h_errno;
	}
	return len;
}
#endif

static const char *dns_says(int code)
{
	switch (code) {
	case HOST_NOT_FOUND:
		return "no such name";
	case NO_DATA:
		return "no SRV record";
	default:
		return "no answer from DNS";
	}
}

/* Adds what one name yields; *ret_says tells why it was nothing. */
static int look_up(struct endpoints *p, const char *domain, bool tls, struct deadline deadline,
		   const char **ret_says, struct err *e)
{
	unsigned char answer[ANSWER_MAX];
	char name[NS_MAXDNAME];
	int len, code;

	len = snprintf(name, sizeof(name), "_etcd-client%s._tcp.%s", tls ? "-ssl" : "", domain);
	if (len >= (int)sizeof(name))
		return err_set(e, ERR_CONFIG, "etcd_discovery_srv is longer than a domain name can "
			       "be");
	len = ask(name, answer, deadline, &code);
	*ret_says = len < 0 ? dns_says(code) : "no SRV record";
	return len < 0 ? 0 : srv_parse(p, answer, (size_t)len, tls, e);
}

static int look_up_both(struct endpoints *p, const char *domain, struct deadline deadline,
			struct err *e)
{
	const char *secure = "", *plain = "";

	if (look_up(p, domain, true, deadline, &secure, e) < 0)
		return -1;
	if (look_up(p, domain, false, deadline, &plain, e) < 0)
		return -1;
	if (p->n)
		return 0;
	return err_set(e, ERR_UNAVAILABLE, "no server found: _etcd-client-ssl._tcp: %s; "
		       "_etcd-client._tcp: %s",
		       secure, plain);
}

int srv_discover(struct endpoints *p, const char *domain, struct deadline deadline, struct err *e)
{
	if (look_up_both(p, domain, deadline, e) < 0)
		return err_wrap(e, "etcd_discovery_srv %.100s", domain);
	return 0;
}
