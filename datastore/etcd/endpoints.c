/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/etcd/endpoints.h"
#include "base/clock.h"
#include "base/io.h"
#include "datastore/etcd/language.h"
#include "datastore/etcd/srv.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HINT_NAME "endpoint"
#define HINT_MAX 16384	/* bytes */
#define JSON_UNTIL "json until %" SCNd64

_Static_assert(SRV_SERVERS_MAX <= DATASTORE_ENDPOINTS_MAX, "what DNS finds must fit");

static const char host_characters[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_:[]%";

static const char blanks[] = " \t\r\n";

/* The length of the scheme with its "://", 0 without one, -1 if it is none of ours. */
static int scheme_of(const char *text, size_t len, bool *ret_tls)
{
	*ret_tls = true;
	if (len >= 7 && strncasecmp(text, "http://", 7) == 0) {
		*ret_tls = false;
		return 7;
	}
	if (len >= 8 && strncasecmp(text, "https://", 8) == 0)
		return 8;
	return memmem(text, len, "://", 3) ? -1 : 0;
}

static bool port_is_good(const char *text, size_t len)
{
	unsigned long port = 0;

	if (!len || len > 5)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		port = port * 10 + (unsigned long)(text[i] - '0');
	}
	return port > 0 && port <= 65535;
}

static const char *fault_of(const char *host, size_t len)
{
	const char *colon = memrchr(host, ':', len);

	for (size_t i = 0; i < len; i++) {
		if (host[i] == '@')
			return "a user does not belong there; use ETCD_USERNAME and ETCD_PASSWORD";
		if (strchr(blanks, host[i]) || host[i] == ';')
			return "a comma separates endpoints, and no blank or semicolon";
		if (!memchr(host_characters, host[i], sizeof(host_characters) - 1))
			return "a character is not allowed; write http://host:port or "
			       "https://host:port";
	}
	if (!colon || !port_is_good(colon + 1, (size_t)(host + len - colon) - 1))
		return "the port is missing or bad; write http://host:port or https://host:port";
	if (colon == host)
		return "the host is missing";
	if (memchr(host, ':', (size_t)(colon - host)) && (host[0] != '[' || colon[-1] != ']'))
		return "an IPv6 address is written in brackets";
	return NULL;
}

/* What stands behind host and port, a path or a query, is of no account. */
static const char *parse_endpoint(const char *text, size_t len, bool *ret_tls, size_t *ret_at,
				  size_t *ret_len)
{
	int at = scheme_of(text, len, ret_tls);
	const char *fault;

	if (at < 0)
		return "the scheme is neither http nor https";
	*ret_at = (size_t)at;
	for (*ret_len = 0; *ret_at + *ret_len < len; ++*ret_len)
		if (strchr("/?#", text[*ret_at + *ret_len]))
			break;
	fault = fault_of(text + at, *ret_len);
	if (!fault && *ret_len + sizeof("https://") > ENDPOINT_LEN)
		fault = "it is too long";
	return fault;
}

/* Appends one, [scheme://]host:port, under the scheme of the first. */
static int add(struct endpoints *p, const char *text, size_t len, size_t entry, const char *what,
	       struct err *e)
{
	size_t host, host_len;
	const char *fault;
	bool tls;

	fault = parse_endpoint(text, len, &tls, &host, &host_len);
	if (fault) {
		/* What stands before an @ may be a password. */
		if (memchr(text, '@', len))
			return err_set(e, ERR_CONFIG, "%s: entry %zu: %s", what, entry, fault);
		return err_set(e, ERR_CONFIG, "%s: entry %zu, \"%.*s\": %s", what, entry,
			       len < 100 ? (int)len : 100, text, fault);
	}
	if (p->n == DATASTORE_ENDPOINTS_MAX)
		return err_set(e, ERR_CONFIG, "%s: more than %d entries", what,
			       DATASTORE_ENDPOINTS_MAX);
	if (!p->n)
		p->tls = tls;
	if (asprintf(&p->url[p->n], "%s://%.*s", p->tls ? "https" : "http", (int)host_len,
		     text + host) < 0) {
		p->url[p->n] = NULL;
		return err_set(e, ERR_INTERNAL, "out of memory");
	}
	p->n++;
	return 0;
}

/* Blanks around an entry do not count, nor do entries that are empty. */
static int add_trimmed(struct endpoints *p, const char *text, size_t len, size_t entry,
		       const char *what, struct err *e)
{
	while (len && strchr(blanks, *text)) {
		text++;
		len--;
	}
	while (len && strchr(blanks, text[len - 1]))
		len--;
	return len ? add(p, text, len, entry, what, e) : 0;
}

static int add_list(struct endpoints *p, const char *list, const char *what, struct err *e)
{
	for (size_t entry = 1; ; entry++) {
		size_t len = strcspn(list, ",");

		if (add_trimmed(p, list, len, entry, what, e) < 0)
			return -1;
		if (!list[len])
			break;
		list += len + 1;
	}
	return p->n ? 0 : err_set(e, ERR_CONFIG, "%s: \"%.60s\" names no endpoint", what,
				  p->spelled);
}

static int discover(struct endpoints *p, const char *domain, struct deadline deadline,
		    struct err *e)
{
	struct buf list __cleanup(buf_done) = BUF(SRV_LIST_MAX);

	if (srv_discover(domain, deadline, &list, e) < 0)
		return -1;
	return add_list(p, list.data, "etcd_discovery_srv", e);
}

static int find_servers(struct endpoints *p, const char *list, const char *domain,
			struct deadline deadline, struct err *e)
{
	if (*list && *domain)
		return err_set(e, ERR_CONFIG, "multiple discovery or bootstrap options specified: "
			       "etcd_endpoints and etcd_discovery_srv; keep one");
	if (*list)
		return add_list(p, list, "etcd_endpoints", e);
	if (*domain)
		return discover(p, domain, deadline, e);
	return err_set(e, ERR_CONFIG, "datastore etcdv3 needs etcd_endpoints or "
		       "etcd_discovery_srv");
}

static bool hint_is_for(const struct endpoints *p, const char *text, const char **ret_url)
{
	size_t len = strlen(p->spelled);

	if (strncmp(text, p->spelled, len) != 0 || text[len] != '\n')
		return false;
	*ret_url = text + len + 1;
	return true;
}

static int64_t now_s(void)
{
	return clock_now_ns() / 1000000000;
}

/* Behind an URL: nothing, or until when JSON is to be spoken. */
static bool read_hint_end(struct endpoints *p, const char *text)
{
	int64_t until_s;
	char end;

	if (!*text)
		return true;
	if (sscanf(text, JSON_UNTIL "%c", &until_s, &end) != 2 || end != '\n')
		return false;
	p->met_json = until_s > now_s() && until_s <= now_s() + LANGUAGE_JSON_S;
	p->json_until_s = until_s;
	return true;
}

static void read_hint(struct endpoints *p)
{
	struct buf text __cleanup(buf_done) = BUF(HINT_MAX);
	struct err ignored = {0};
	const char *url;

	if (!p->hint_path || io_read_own_file(p->hint_path, &text, &ignored) < 0 ||
	    !hint_is_for(p, text.data, &url))
		return;
	for (size_t i = 0; i < p->n; i++) {
		size_t len = strlen(p->url[i]);

		if (strncmp(url, p->url[i], len) != 0 || url[len] != '\n' ||
		    !read_hint_end(p, url + len + 1))
			continue;
		p->first = i;
		p->hint_stands = true;
		return;
	}
}

static void write_hint(struct endpoints *p)
{
	struct buf text __cleanup(buf_done) = BUF(HINT_MAX);
	struct err ignored = {0};

	buf_printf(&text, "%s\n%s\n", p->spelled, p->url[p->first]);
	if (p->met_json)
		buf_printf(&text, JSON_UNTIL "\n", p->json_until_s);
	if (text.failed || !p->hint_path)
		return;
	if (io_make_parent(p->hint_path, 0700, &ignored) == 0)
		io_replace_file(p->hint_path, text.data, text.len, 0600, &ignored);
}

void endpoints_good(struct endpoints *p, size_t i, bool json)
{
	bool news = json != p->met_json;

	if (p->hint_stands && p->first == i && !news)
		return;
	p->first = i;
	p->hint_stands = true;
	p->met_json = json;
	if (news && json)
		p->json_until_s = now_s() + LANGUAGE_JSON_S;
	/* One server alone that speaks gRPC needs no memory. */
	if (p->n > 1 || news)
		write_hint(p);
}

void endpoints_pass(struct endpoints *p, size_t i)
{
	p->first = (i + 1) % p->n;
	p->hint_stands = false;
}

int endpoints_init(struct endpoints *p, const struct settings *settings, struct deadline deadline,
		   struct err *e)
{
	const char *list = settings_get(settings, SET_ETCD_ENDPOINTS);
	const char *domain = settings_get(settings, SET_ETCD_DISCOVERY_SRV);

	*p = (struct endpoints){0};
	if (find_servers(p, list, domain, deadline, e) < 0)
		goto failed;
	p->spelled = strdup(*list ? list : domain);
	if (!p->spelled ||
	    asprintf(&p->hint_path, "%s/" HINT_NAME, settings_run_path(settings)) < 0) {
		p->hint_path = NULL;
		err_set(e, ERR_INTERNAL, "out of memory");
		goto failed;
	}
	read_hint(p);
	return 0;
failed:
	endpoints_done(p);
	return -1;
}

void endpoints_done(struct endpoints *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->url[i]);
	free(p->spelled);
	free(p->hint_path);
	*p = (struct endpoints){0};
}
