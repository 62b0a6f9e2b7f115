/* SPDX-License-Identifier: Apache-2.0 */
#include "openstack/survey/neutron.h"

#include "base/json.h"
#include "base/list.h"
#include "datastore/http/round.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SILENCE_MS 10000
#define CONNECT_MS 5000
#define TOKEN_MAX 4096	/* bytes; Keystone's are shorter than 300 */

void neutron_done(struct neutron *n)
{
	free(n->subnets);
	free(n->ports);
	*n = (struct neutron){ 0 };
}

static int out_of_memory(struct err *e)
{
	return err_set(e, ERR_INTERNAL, "out of memory");
}

/* One that has no id, or an odd one, is none that etcd could name. */
static int add_subnet(struct neutron *n, const struct cJSON *o, struct err *e)
{
	struct neutron_subnet s = { .dhcp = json_true(json_field(o, "enable_dhcp")) };

	if (!word_copy(json_field_text(o, "id"), s.id, sizeof(s.id)) ||
	    !word_copy(json_field_text(o, "network_id"), s.network, sizeof(s.network)) ||
	    cidr_parse(json_field_text(o, "cidr"), &s.cidr) < 0)
		return 0;
	snprintf(s.ra_mode, sizeof(s.ra_mode), "%s", json_field_text(o, "ipv6_ra_mode"));
	snprintf(s.address_mode, sizeof(s.address_mode), "%s",
		 json_field_text(o, "ipv6_address_mode"));
	if (list_room(&n->subnets, n->n_subnets, &n->cap_subnets) < 0)
		return out_of_memory(e);
	n->subnets[n->n_subnets++] = s;
	return 0;
}

static int add_port(struct neutron *n, const struct cJSON *o, struct err *e)
{
	struct neutron_port p = { .bound = *json_field_text(o, "device_id") };

	if (!word_copy(json_field_text(o, "id"), p.id, sizeof(p.id)))
		return 0;
	n->sees_hosts |= json_type(json_field(o, "binding:host_id")) == JSON_STRING;
	snprintf(p.host, sizeof(p.host), "%s", json_field_text(o, "binding:host_id"));
	if (list_room(&n->ports, n->n_ports, &n->cap_ports) < 0)
		return out_of_memory(e);
	n->ports[n->n_ports++] = p;
	return 0;
}

struct collection {
	const char *name;	/* "subnets" */
	const char *fields;
	int (*add)(struct neutron *n, const struct cJSON *o, struct err *e);
};

struct asking {
	const struct neutron_access *access;
	struct http *http;
	struct deadline deadline;
};

static int denied(const struct asking *a, long status, struct err *e)
{
	return err_set(e, ERR_DENIED, "Neutron at %.200s does not accept the token (HTTP %ld): "
		       "get a new one with openstack token issue", a->access->url, status);
}

static int judge_status(const struct asking *a, const struct http_call *c, struct err *e)
{
	switch (c->result) {
	case HTTP_ANSWERED:
		break;
	case HTTP_DENIED:
	case HTTP_FILE:
		return err_set(e, ERR_DENIED, "Neutron at %.200s: %s", a->access->url, c->reason);
	case HTTP_TIMEOUT:
		return err_set(e, ERR_DEADLINE, "Neutron at %.200s: %s", a->access->url, c->reason);
	case HTTP_REFUSED:
	case HTTP_UNREACHED:
	case HTTP_STRANGE:
	case HTTP_LOST:
	case HTTP_TOO_LARGE:
	case HTTP_GOING:
		return err_set(e, ERR_UNAVAILABLE, "Neutron at %.200s: %s", a->access->url,
			       c->reason);
	}
	if (c->status == 401 || c->status == 403)
		return denied(a, c->status, e);
	if (c->status != 200)
		return err_set(e, ERR_UNAVAILABLE, "Neutron at %.200s answers %.60s with HTTP %ld",
			       a->access->url, c->path, c->status);
	return 0;
}

/* The last id of a page: the next one begins behind it. */
static int take_page(struct neutron *n, const struct collection *of, const struct cJSON *page,
		     char marker[WORD_TEXT], size_t *ret_n, struct err *e)
{
	const char *id = "";

	*ret_n = json_count(page);
	for (const struct cJSON *i = json_first(page); i; i = json_next(i)) {
		if (of->add(n, i, e) < 0)
			return -1;
		id = json_field_text(i, "id");
	}
	if (*ret_n && !word_copy(id, marker, WORD_TEXT))
		return err_set(e, ERR_DECODE, "the last of its %s has no id", of->name);
	return 0;
}

static int ask_page(const struct asking *a, const struct collection *of, const char *marker,
		    struct buf *answer, struct err *e)
{
	int64_t left = deadline_left_ms(a->deadline);
	const struct http_request common = {
		.url = a->access->url,
		.authorization = a->access->token, .authorization_name = "X-Auth-Token",
		.connect_ms = left < CONNECT_MS ? left : CONNECT_MS,
		.total_ms = left, .silence_ms = SILENCE_MS,
	};
	struct http_call call = { .method = "GET", .answer = answer };
	char path[512];

	snprintf(path, sizeof(path), "/v2.0/%s?limit=%d&sort_key=id&sort_dir=asc&%s%s%s", of->name,
		 NEUTRON_PAGE, of->fields, *marker ? "&marker=" : "", marker);
	call.path = path;
	http_round(a->http, &common, &call, 1);
	return judge_status(a, &call, e);
}

static int read_page(const struct asking *a, const struct collection *of, char marker[WORD_TEXT],
		     struct neutron *n, size_t *ret_n, struct err *e)
{
	struct buf answer __cleanup(buf_done) = BUF(HTTP_ANSWER_MAX);
	struct cJSON *tree __cleanup(json_freep) = NULL;
	const struct cJSON *page;

	if (ask_page(a, of, marker, &answer, e) < 0)
		return -1;
	tree = json_parse(answer.data, answer.len, e);
	page = json_field(tree, of->name);
	if (!tree || json_type(page) != JSON_ARRAY)
		return err_set(e, ERR_DECODE, "what answers at %.200s does not look like Neutron: "
			       "no list \"%s\"", a->access->url, of->name);
	if (take_page(n, of, page, marker, ret_n, e) < 0)
		return err_wrap(e, "Neutron at %.200s", a->access->url);
	return 0;
}

/* A server may give fewer than it is asked for, and says by a link that there are more. */
static int read_all(const struct asking *a, const struct collection *of, struct neutron *n,
		    struct err *e)
{
	size_t max = a->access->records_max ? a->access->records_max : NEUTRON_RECORDS_MAX;
	char marker[WORD_TEXT] = "", before[WORD_TEXT];
	size_t page, all = 0;

	do {
		memcpy(before, marker, sizeof(before));
		if (read_page(a, of, marker, n, &page, e) < 0)
			return -1;
		all += page;
		if (all > max)
			return err_set(e, ERR_LIMIT, "Neutron at %.200s gives more than %zu %s: "
				       "check without --neutron", a->access->url, max, of->name);
	} while (page && strcmp(before, marker) != 0);
	return 0;
}

static int compare_subnets(const void *left, const void *right)
{
	const struct neutron_subnet *a = left, *b = right;

	return strcmp(a->id, b->id);
}

static int compare_ports(const void *left, const void *right)
{
	const struct neutron_port *a = left, *b = right;

	return strcmp(a->id, b->id);
}

static int begin(struct asking *a, struct err *e)
{
	const struct http_tls tls = { .ca_file = a->access->ca_file,
				      .ca_name = "the authority's file" };
	bool use_tls = strncasecmp(a->access->url, "https://", 8) == 0;

	if (!use_tls && strncasecmp(a->access->url, "http://", 7) != 0)
		return err_set(e, ERR_CONFIG, "the URL of Neutron, \"%.200s\", must begin with "
			       "http:// or https://", a->access->url);
	if (!*a->access->token || strlen(a->access->token) > TOKEN_MAX ||
	    strpbrk(a->access->token, "\r\n"))
		return err_set(e, ERR_CONFIG, "the token is none: it is one line of at most %d "
			       "bytes", TOKEN_MAX);
	return http_open(&a->http, &tls, use_tls, e);
}

static void asking_done(struct asking *a)
{
	if (a->http)
		http_close(a->http);
}

int neutron_read(const struct neutron_access *access, struct deadline deadline,
		 struct neutron *ret, struct err *e)
{
	static const struct collection subnets = {
		"subnets", "fields=id&fields=network_id&fields=cidr&fields=enable_dhcp"
		"&fields=ipv6_ra_mode&fields=ipv6_address_mode", add_subnet };
	static const struct collection ports = {
		"ports", "fields=id&fields=device_id&fields=binding:host_id", add_port };
	struct asking a __cleanup(asking_done) = { .access = access, .deadline = deadline };
	struct neutron n __cleanup(neutron_done) = { 0 };

	if (begin(&a, e) < 0 || read_all(&a, &subnets, &n, e) < 0 ||
	    read_all(&a, &ports, &n, e) < 0)
		return -1;
	if (n.n_subnets)
		qsort(n.subnets, n.n_subnets, sizeof(*n.subnets), compare_subnets);
	if (n.n_ports)
		qsort(n.ports, n.n_ports, sizeof(*n.ports), compare_ports);
	*ret = n;
	n = (struct neutron){ 0 };
	return 0;
}

static int find_subnet(const void *key, const void *element)
{
	const struct neutron_subnet *s = element;

	return strcmp(key, s->id);
}

static int find_port(const void *key, const void *element)
{
	const struct neutron_port *p = element;

	return strcmp(key, p->id);
}

const struct neutron_subnet *neutron_subnet(const struct neutron *n, const char *id)
{
	return n->n_subnets ? bsearch(id, n->subnets, n->n_subnets, sizeof(*n->subnets),
				      find_subnet) : NULL;
}

const struct neutron_port *neutron_port(const struct neutron *n, const char *id)
{
	return n->n_ports ? bsearch(id, n->ports, n->n_ports, sizeof(*n->ports), find_port) : NULL;
}

const struct neutron_subnet *neutron_subnet_of(const struct neutron *n, const char *network,
					       struct addr a)
{
	for (size_t i = 0; i < n->n_subnets; i++)
		if ((!*network || strcmp(n->subnets[i].network, network) == 0) &&
		    cidr_holds(n->subnets[i].cidr, a))
			return &n->subnets[i];
	return NULL;
}
