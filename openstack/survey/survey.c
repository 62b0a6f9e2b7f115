/* SPDX-License-Identifier: Apache-2.0 */
#include "openstack/survey/survey.h"

#include "base/json.h"
#include "base/list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMPACTION "/calico/compaction/v1/last"

void survey_done(struct survey *s)
{
	for (size_t i = 0; i < s->n_subnets; i++)
		subnet_done(&s->subnets[i].subnet);
	for (size_t i = 0; i < s->n_ports; i++) {
		vm_endpoint_done(&s->ports[i].endpoint);
		free(s->ports[i].key);
		free(s->ports[i].bad_pair);
	}
	free(s->subnets);
	free(s->by_id);
	free(s->ports);
	free(s->hosts);
	*s = (struct survey){ 0 };
}

struct reading {
	struct survey *survey;
	const char *region;	/* NULL: all */
	struct findings *findings;
};

static int out_of_memory(struct err *e)
{
	return err_set(e, ERR_INTERNAL, "out of memory");
}

static bool is_wanted(const struct reading *r, const char *region)
{
	return !r->region || strcmp(r->region, region) == 0;
}

/* Of a record that could be read, or in part; -1: for want of memory. */
static int tell(struct reading *r, const struct record *record, const char *complaint,
		const struct err *why, struct err *e)
{
	if (why->kind && why->kind != ERR_CORRUPT) {
		*e = *why;
		return -1;
	}
	if (why->kind || complaint)
		findings_add(r->findings, FINDING_UNREADABLE, record->key, "%s",
			     why->kind ? why->text : complaint);
	return 0;
}

static int look_at_subnet(const struct record *record, void *arg, struct err *e)
{
	struct subnet subnet __cleanup(subnet_done) = { 0 };
	struct reading *r = arg;
	struct survey *s = r->survey;
	struct key_words words;
	struct err why = { 0 };
	bool old;

	if (!subnet_key_read(record->key, &words, &old) || !is_wanted(r, words.region))
		return 0;
	subnet_read(&subnet, words.rest, record->value, record->value_len, &why);
	if (tell(r, record, subnet.complaint, &why, e) < 0)
		return -1;
	if (why.kind)
		return 0;
	if (list_room(&s->subnets, s->n_subnets, &s->cap_subnets) < 0)
		return out_of_memory(e);
	subnet.old = old;
	s->subnets[s->n_subnets] = (struct survey_subnet){ .subnet = subnet };
	memcpy(s->subnets[s->n_subnets++].region, words.region, sizeof(words.region));
	subnet = (struct subnet){ 0 };
	return 0;
}

static bool is_own(const struct vm_endpoint *p, struct addr a)
{
	for (size_t i = 0; i < p->n_addresses; i++)
		if (addr_equal(p->addresses[i], a))
			return true;
	return false;
}

/* "10.0.0.5/32": an address alone, or a CIDR of its family's whole length. */
static bool is_pair(const char *text, struct addr *ret)
{
	struct cidr c;

	if (cidr_parse_lenient(text, &c) < 0 || c.len != family_bits(c.base.family))
		return false;
	*ret = c.base;
	return true;
}

/* Its first faulty pairs: the agent passes over them, so they are read here. */
static int read_pairs(struct survey_port *p, const struct record *record, struct err *e)
{
	struct cJSON *tree __cleanup(json_freep) =
		json_parse(record->value, record->value_len, e);
	const struct cJSON *pairs = json_field(json_field(tree, "spec"), "allowedIps");

	if (!tree)
		return -1;
	for (const struct cJSON *i = json_first(pairs); i; i = json_next(i)) {
		const char *text = json_string(i);
		struct addr a;

		if (!text || !is_pair(text, &a)) {
			if (!p->bad_pair && !(p->bad_pair = strdup(text ? text : "no text")))
				return out_of_memory(e);
		} else if (p->own_pair.family == FAMILY_NONE && is_own(&p->endpoint, a)) {
			p->own_pair = a;
		}
	}
	return 0;
}

static int keep_port(struct reading *r, const struct record *record, const struct key_words *words,
		     struct vm_endpoint *endpoint, struct err *e)
{
	struct survey *s = r->survey;
	struct survey_port *p;

	if (list_room(&s->ports, s->n_ports, &s->cap_ports) < 0)
		return out_of_memory(e);
	p = &s->ports[s->n_ports];
	*p = (struct survey_port){ .key = strdup(record->key), .endpoint = *endpoint };
	if (!p->key)
		return out_of_memory(e);
	memcpy(p->region, words->region, sizeof(p->region));
	memcpy(p->host, words->host, sizeof(p->host));
	*endpoint = (struct vm_endpoint){ 0 };
	s->n_ports++;
	return read_pairs(p, record, e);
}

static int look_at_endpoint(const struct record *record, void *arg, struct err *e)
{
	struct vm_endpoint endpoint __cleanup(vm_endpoint_done) = { 0 };
	enum vm_endpoint_state state = ENDPOINT_ABSENT;
	struct reading *r = arg;
	struct key_words words;
	struct err why = { 0 };

	if (!endpoint_key_read(record->key, ALL_ENDPOINTS, &words)) {
		findings_add(r->findings, FINDING_UNREADABLE, record->key,
			     "the name is not <host>-openstack-<device>-<port>");
		return 0;
	}
	if (!is_wanted(r, words.region))
		return 0;
	vm_endpoint_read(&endpoint, &state, words.rest, record->value, record->value_len, &why);
	if (tell(r, record, endpoint.complaint, &why, e) < 0)
		return -1;
	if (why.kind || state == ENDPOINT_ABSENT)
		return 0;
	return keep_port(r, record, &words, &endpoint, e);
}

static int compare_ids(const void *left, const void *right)
{
	const struct survey_port *const *a = left, *const *b = right;
	int order = strcmp((*a)->endpoint.port, (*b)->endpoint.port);

	return order ? order : strcmp((*a)->key, (*b)->key);
}

static int index_ports(struct survey *s, struct err *e)
{
	s->by_id = calloc(s->n_ports + 1, sizeof(struct survey_port *));
	if (!s->by_id)
		return out_of_memory(e);
	for (size_t i = 0; i < s->n_ports; i++)
		s->by_id[i] = &s->ports[i];
	qsort(s->by_id, s->n_ports, sizeof(struct survey_port *), compare_ids);
	return 0;
}

static int compare_id(const void *key, const void *element)
{
	const struct survey_port *const *p = element;

	return strcmp(key, (*p)->endpoint.port);
}

struct survey_port **survey_ports_of(const struct survey *s, const char *port, size_t *ret_n)
{
	size_t at = list_place(s->by_id, s->n_ports, port, compare_id), end = at;

	while (end < s->n_ports && compare_id(port, &s->by_id[end]) == 0)
		end++;
	*ret_n = end - at;
	return s->by_id + at;
}

/* The record of a port on a host; NULL: there is none. */
static struct survey_port *find_port(const struct survey *s, const struct key_words *words,
				     const char *port)
{
	struct survey_port **list;
	size_t n;

	list = survey_ports_of(s, port, &n);
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i]->host, words->host) == 0 &&
		    strcmp(list[i]->region, words->region) == 0)
			return list[i];
	return NULL;
}

static int look_at_migration(const struct record *record, void *arg, struct err *e __unused_arg)
{
	struct reading *r = arg;
	struct key_words words;
	struct survey_port *p = NULL;
	char port[WORD_TEXT];

	if (endpoint_key_read(record->key, ALL_MIGRATIONS, &words) &&
	    endpoint_name_port(words.rest, port))
		p = find_port(r->survey, &words, port);
	if (p)
		p->migrating = true;
	return 0;
}

/* Felix's keys come by region and host: the last one is the one, or there is none yet. */
static struct survey_host *host_for(struct survey *s, const struct key_words *words)
{
	struct survey_host *last = s->n_hosts ? &s->hosts[s->n_hosts - 1] : NULL;

	if (last && strcmp(last->region, words->region) == 0 &&
	    strcmp(last->host, words->host) == 0)
		return last;
	if (list_room(&s->hosts, s->n_hosts, &s->cap_hosts) < 0)
		return NULL;
	last = &s->hosts[s->n_hosts++];
	*last = (struct survey_host){ 0 };
	memcpy(last->region, words->region, sizeof(last->region));
	memcpy(last->host, words->host, sizeof(last->host));
	return last;
}

static void note_reported(struct survey *s, const struct key_words *words)
{
	const char *port = strrchr(words->rest, '/');
	struct survey_port *p = port ? find_port(s, words, port + 1) : NULL;

	if (p)
		p->reported = true;
}

static int look_at_felix(const struct record *record, void *arg, struct err *e)
{
	static const char openstack[] = "workload/openstack/";
	struct reading *r = arg;
	struct survey_host *host;
	struct key_words words;
	bool alive, endpoint;

	if (!felix_key_read(record->key, &words) || !is_wanted(r, words.region))
		return 0;
	alive = strcmp(words.rest, "status") == 0;
	endpoint = strncmp(words.rest, openstack, strlen(openstack)) == 0;
	if (!alive && !endpoint)
		return 0;
	host = host_for(r->survey, &words);
	if (!host)
		return out_of_memory(e);
	host->alive |= alive;
	host->n_reported += endpoint;
	if (endpoint)
		note_reported(r->survey, &words);
	return 0;
}

static int look_at_compaction(const struct record *record, void *arg, struct err *e __unused_arg)
{
	struct reading *r = arg;
	char text[24] = "";

	if (strcmp(record->key, COMPACTION) != 0 || record->value_len >= sizeof(text))
		return 0;
	memcpy(text, record->value, record->value_len);
	if (text[strspn(text, "0123456789")] == 0)
		r->survey->compacted = strtoull(text, NULL, 10);
	return 0;
}

int survey_read(struct datastore *ds, const char *region, struct survey *ret,
		struct findings *findings, struct err *e)
{
	/* What others are looked up in comes first. */
	static const struct {
		const char *prefix;
		record_visitor *look;
	} scans[] = {
		{ ALL_SUBNETS, look_at_subnet },
		{ ALL_ENDPOINTS, look_at_endpoint },
		{ ALL_MIGRATIONS, look_at_migration },
		{ ALL_FELIX, look_at_felix },
		{ COMPACTION, look_at_compaction },
	};
	struct survey s __cleanup(survey_done) = { 0 };
	struct reading reading = { &s, region, findings };

	if (datastore_keeps(ds, OLD_SUBNETS "any") == DATASTORE_KEEPS_NOT)
		return err_set(e, ERR_UNSUPPORTED, "%s has no place for what Neutron's driver "
			       "writes: that is in etcd", datastore_traits(ds)->place);
	for (size_t i = 0; i < ARRAY_LEN(scans); i++)
		if (datastore_scan(ds, scans[i].prefix, scans[i].look, &reading, e) < 0 ||
		    (scans[i].look == look_at_endpoint && index_ports(&s, e) < 0))
			return -1;
	if (findings->failed)
		return out_of_memory(e);
	*ret = s;
	s = (struct survey){ 0 };
	return 0;
}

const struct subnet *survey_subnet_of(const struct survey *s, const char *region,
				      const char *network, struct addr a)
{
	for (size_t i = 0; i < s->n_subnets; i++) {
		const struct survey_subnet *one = &s->subnets[i];

		if ((one->subnet.old || strcmp(one->region, region) == 0) &&
		    (!*network || strcmp(one->subnet.network, network) == 0) &&
		    cidr_holds(one->subnet.cidr, a))
			return &one->subnet;
	}
	return NULL;
}
