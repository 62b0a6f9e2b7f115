/* SPDX-License-Identifier: Apache-2.0 */
#include "openstack/record/subnet.h"

#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#define NO_NETWORK "calico"	/* Calico's NETWORK_ID */

void subnet_done(struct subnet *s)
{
	free(s->servers);
	free(s->routes);
	*s = (struct subnet){ 0 };
}

static void complain(struct subnet *s, const char *what)
{
	if (!s->complaint)
		s->complaint = what;
}

static int read_ids(struct subnet *s, const char *id, const struct cJSON *o, struct err *e)
{
	const char *network = NO_NETWORK;

	if (!word_copy(id, s->id, sizeof(s->id)))
		return err_set(e, ERR_CORRUPT, "the subnet's id is not one");
	if (json_get_string(o, "network_id", &network, e) < 0)
		return -1;
	if (!word_copy(network, s->network, sizeof(s->network)))
		return err_set(e, ERR_CORRUPT, "network_id is not the id of a network");
	return 0;
}

static int read_gateway(struct subnet *s, const struct cJSON *o, struct err *e)
{
	const char *text = NULL;

	if (json_get_string(o, "gateway_ip", &text, e) < 0)
		return -1;
	if (text && *text && (addr_parse(text, &s->gateway) < 0 ||
			      s->gateway.family != s->cidr.base.family))
		return err_set(e, ERR_CORRUPT, "gateway_ip \"%.60s\" is not an address of IPv%u",
			       text, family_number(s->cidr.base.family));
	return 0;
}

static int read_cidr(struct subnet *s, const struct cJSON *o, struct err *e)
{
	const char *text = NULL;

	if (json_get_string(o, "cidr", &text, e) < 0)
		return -1;
	if (!text || cidr_parse(text, &s->cidr) < 0)
		return err_set(e, ERR_CORRUPT, "cidr \"%.60s\" is not a CIDR", text ? text : "");
	s->cidr = cidr_masked(s->cidr);
	return 0;
}

static bool is_of(const struct subnet *s, const char *text, struct addr *ret)
{
	return text && addr_parse(text, ret) == 0 && ret->family == s->cidr.base.family;
}

static int read_servers(struct subnet *s, const struct cJSON *o, struct err *e)
{
	struct cJSON *list = NULL;

	if (json_get_array(o, "dns_servers", &list, e) < 0)
		return -1;
	if (!json_count(list))
		return 0;
	s->servers = calloc(SUBNET_SERVERS_MAX, sizeof(*s->servers));
	if (!s->servers)
		return err_set(e, ERR_INTERNAL, "out of memory");
	for (struct cJSON *i = json_first(list); i; i = json_next(i)) {
		if (s->n_servers < SUBNET_SERVERS_MAX &&
		    is_of(s, json_string(i), &s->servers[s->n_servers]))
			s->n_servers++;
		else
			complain(s, "an entry of dns_servers cannot be read and is left out");
	}
	return 0;
}

static bool read_route(const struct subnet *s, const struct cJSON *o, struct route *ret)
{
	const char *text = json_field_text(o, "destination");

	return cidr_parse(text, &ret->destination) == 0 &&
	       ret->destination.base.family == s->cidr.base.family &&
	       is_of(s, json_field_text(o, "nexthop"), &ret->nexthop);
}

static int read_routes(struct subnet *s, const struct cJSON *o, struct err *e)
{
	struct cJSON *list = NULL;
	size_t n;

	if (json_get_array(o, "host_routes", &list, e) < 0)
		return -1;
	n = json_count(list);
	if (!n)
		return 0;
	n = n < SUBNET_ROUTES_MAX ? n : SUBNET_ROUTES_MAX;
	s->routes = calloc(n, sizeof(*s->routes));
	if (!s->routes)
		return err_set(e, ERR_INTERNAL, "out of memory");
	for (struct cJSON *i = json_first(list); i; i = json_next(i)) {
		if (s->n_routes < n && read_route(s, i, &s->routes[s->n_routes]))
			s->n_routes++;
		else
			complain(s, "an entry of host_routes cannot be read and is left out");
	}
	return 0;
}

static enum subnet_mode read_mode(const struct cJSON *o)
{
	static const char *const words[] = {
		[SUBNET_STATEFUL] = "dhcpv6-stateful",
		[SUBNET_SLAAC] = "slaac",
		[SUBNET_STATELESS] = "dhcpv6-stateless",
		[SUBNET_NO_MODE] = "",
	};
	const char *mode = json_field_text(o, "ipv6_ra_mode");

	if (strcmp(mode, json_field_text(o, "ipv6_address_mode")) != 0)
		return SUBNET_OTHER_MODES;
	for (unsigned i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(mode, words[i]) == 0)
			return (enum subnet_mode)i;
	return SUBNET_OTHER_MODES;
}

static int read_object(struct subnet *s, const char *id, const struct cJSON *o, struct err *e)
{
	if (json_type(o) != JSON_OBJECT)
		return err_set(e, ERR_CORRUPT, "is not a JSON object");
	if (read_ids(s, id, o, e) < 0 || read_cidr(s, o, e) < 0 || read_gateway(s, o, e) < 0 ||
	    read_servers(s, o, e) < 0 || read_routes(s, o, e) < 0)
		return -1;
	if (s->cidr.base.family == FAMILY_6)
		s->mode = read_mode(o);
	return 0;
}

int subnet_read(struct subnet *ret, const char *id, const char *value, size_t len, struct err *e)
{
	struct subnet s __cleanup(subnet_done) = { 0 };
	struct cJSON *o __cleanup(json_freep) = json_parse(value, len, e);

	if (!o || read_object(&s, id, o, e) < 0) {
		if (e->kind == ERR_DECODE)
			e->kind = ERR_CORRUPT;
		return -1;
	}
	*ret = s;
	s = (struct subnet){ 0 };
	return 0;
}
