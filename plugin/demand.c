/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/demand.h"

#include "base/json.h"
#include "plugin/route.h"

#include <string.h>

/* `assign_ipv4` and the like: a boolean, or exactly its name. */
static int read_switch(const struct cJSON *ipam, const char *name, bool *ret, struct err *e)
{
	const struct cJSON *item = json_field(ipam, name);
	const char *text = json_string(item);
	enum json_type type = json_type(item);

	if (type == JSON_ABSENT || type == JSON_NULL)
		return 0;
	if (type == JSON_BOOL)
		*ret = json_true(item);
	else if (text && strcmp(text, "true") == 0)
		*ret = true;
	else if (text && strcmp(text, "false") == 0)
		*ret = false;
	else if (text)
		return err_set(e, ERR_CONFIG,
			       "ipam: \"%s\" must be \"true\" or \"false\", not \"%s\"", name,
			       text);
	else
		return err_set(e, ERR_CONFIG, "ipam: \"%s\" must be \"true\" or \"false\", not %s",
			       name, json_type_name(type));
	return 0;
}

static int read_pools(const struct cJSON *ipam, const char *name, const char **pools, unsigned *n,
		      struct err *e)
{
	struct cJSON *list = NULL;
	struct cidr c;

	if (json_get_array(ipam, name, &list, e) < 0)
		return err_wrap(e, "ipam");
	for (const struct cJSON *item = json_first(list); item; item = json_next(item)) {
		const char *text = json_string(item);

		if (!text || !*text)
			return err_set(e, ERR_CONFIG,
				       "ipam: \"%s\" must list names and CIDRs of pools as strings",
				       name);
		if (strchr(text, '/') && cidr_parse(text, &c) < 0)
			return err_set(e, ERR_CONFIG, "ipam: \"%s\": error parsing pool "
				       "\"%.100s\": invalid CIDR address: %.100s", name, text,
				       text);
		if (*n == IPAM_POOLS_MAX)
			return err_set(e, ERR_LIMIT, "ipam: \"%s\" lists more than %d pools", name,
				       IPAM_POOLS_MAX);
		pools[(*n)++] = text;
	}
	return 0;
}

/* Of each family that has no address yet. */
static int read_exact_list(const struct cJSON *parent, const char *where,
			   struct addr exact[N_FAMILIES], struct err *e)
{
	struct addr listed[N_FAMILIES] = { 0 };
	struct cJSON *list = NULL;

	if (json_get_array(parent, "ips", &list, e) < 0)
		return err_wrap(e, "%s", where);
	for (const struct cJSON *item = json_first(list); item; item = json_next(item)) {
		if (!json_string(item))
			return err_set(e, ERR_CONFIG, "%s must list addresses as strings", where);
		if (exact_add(listed, json_string(item), where, ERR_CONFIG, e) < 0)
			return -1;
	}
	for (enum family f = FAMILY_4; f < N_FAMILIES; f++)
		if (exact[f].family == FAMILY_NONE)
			exact[f] = listed[f];
	return 0;
}

static bool has_exact(const struct addr exact[N_FAMILIES])
{
	return exact[FAMILY_4].family != FAMILY_NONE || exact[FAMILY_6].family != FAMILY_NONE;
}

static int read_exact(const struct netconf *conf, const struct cni_args *args,
		      struct addr exact[N_FAMILIES], struct err *e)
{
	struct cJSON *outer = NULL, *cni = NULL, *runtime = NULL;

	memcpy(exact, args->exact, sizeof(args->exact));
	if (json_get_object(conf->tree, "args", &outer, e) < 0 ||
	    json_get_object(outer, "cni", &cni, e) < 0 ||
	    json_get_object(conf->tree, "runtimeConfig", &runtime, e) < 0)
		return -1;
	if (read_exact_list(cni, "args.cni.ips", exact, e) < 0)
		return -1;
	return read_exact_list(runtime, "runtimeConfig.ips", exact, e);
}

static int read_prefix(const struct cJSON *ipam, enum ipam_prefix *ret, struct err *e)
{
	const char *text = "block";

	if (json_get_string(ipam, "prefix", &text, e) < 0)
		return err_wrap(e, "ipam");
	if (strcmp(text, "block") == 0)
		*ret = IPAM_PREFIX_BLOCK;
	else if (strcmp(text, "pool") == 0)
		*ret = IPAM_PREFIX_POOL;
	else
		return err_set(e, ERR_CONFIG,
			       "ipam: \"prefix\" must be \"block\" or \"pool\", not \"%s\"", text);
	return 0;
}

static int read_gateway_list(const struct cJSON *list, struct ipam_gateway *ret, struct err *e)
{
	struct addr a;

	for (const struct cJSON *item = json_first(list); item; item = json_next(item)) {
		const char *text = json_string(item);

		if (!text || addr_parse(text, &a) < 0)
			return err_set(e, ERR_CONFIG,
				       "ipam: \"gateway\" must list IP addresses without prefix "
				       "length%s%s", text ? ", not " : "", text ? text : "");
		if (ret->address[a.family].family != FAMILY_NONE)
			return err_set(e, ERR_CONFIG,
				       "ipam: \"gateway\" lists more than one IPv%u address: %s",
				       family_number(a.family), text);
		ret->address[a.family] = a;
		ret->wanted = true;
	}
	return 0;
}

static int read_implied_gateway(const struct netconf *conf, struct ipam_gateway *ret, struct err *e)
{
	bool is_gateway = false, is_default = false;

	if (json_get_bool(conf->tree, "isGateway", &is_gateway, e) < 0 ||
	    json_get_bool(conf->tree, "isDefaultGateway", &is_default, e) < 0)
		return -1;
	ret->wanted = ret->first = is_gateway || is_default;
	return 0;
}

static int read_gateway(const struct netconf *conf, struct ipam_gateway *ret, struct err *e)
{
	const struct cJSON *item = json_field(conf->ipam, "gateway");
	const char *text = json_string(item);
	enum json_type type = json_type(item);

	if (type == JSON_ABSENT || type == JSON_NULL)
		return read_implied_gateway(conf, ret, e);
	if (type == JSON_ARRAY)
		return read_gateway_list(item, ret, e);
	if (!text || strcmp(text, "first") != 0)
		return err_set(e, ERR_CONFIG, "ipam: \"gateway\" must be \"first\" or a list of "
			       "addresses");
	ret->wanted = ret->first = true;
	return 0;
}

int demand_routes(const struct netconf *conf, struct cJSON **ret_routes, struct err *e)
{
	struct cJSON *routes = NULL;

	if (!netconf_is_calico(conf) && json_get_array(conf->ipam, "routes", &routes, e) < 0)
		return err_wrap(e, "ipam");
	if (json_count(routes) > ROUTES_MAX)
		return err_set(e, ERR_LIMIT, "ipam: \"routes\" lists more than %d routes",
			       ROUTES_MAX);
	for (const struct cJSON *route = json_first(routes); route; route = json_next(route))
		if (route_check(route, e) < 0)
			return -1;
	*ret_routes = routes;
	return 0;
}

static int read_assignment(const struct netconf *conf, struct ipam_assign_request *ret,
			   struct err *e)
{
	ret->wanted[FAMILY_4] = true;
	ret->wanted[FAMILY_6] = false;
	if (read_switch(conf->ipam, "assign_ipv4", &ret->wanted[FAMILY_4], e) < 0 ||
	    read_switch(conf->ipam, "assign_ipv6", &ret->wanted[FAMILY_6], e) < 0 ||
	    read_pools(conf->ipam, "ipv4_pools", ret->pools[FAMILY_4], &ret->n_pools[FAMILY_4],
		       e) < 0)
		return -1;
	return read_pools(conf->ipam, "ipv6_pools", ret->pools[FAMILY_6], &ret->n_pools[FAMILY_6],
			  e);
}

int demand_read(const struct netconf *conf, const struct cni_args *args,
		struct ipam_assign_request *ret, struct err *e)
{
	if (read_assignment(conf, ret, e) < 0 || read_exact(conf, args, ret->exact, e) < 0)
		return -1;
	ret->max_blocks = conf->single_block ? 1 : 0;
	if (has_exact(ret->exact))
		for (enum family f = FAMILY_4; f < N_FAMILIES; f++)
			ret->wanted[f] = ret->exact[f].family != FAMILY_NONE;
	if (netconf_is_calico(conf)) {
		ret->prefix = has_exact(ret->exact) ? IPAM_PREFIX_HOST : IPAM_PREFIX_BLOCK;
		return 0;
	}
	if (read_prefix(conf->ipam, &ret->prefix, e) < 0)
		return -1;
	return read_gateway(conf, &ret->gateway, e);
}

int demand_status_exhaustion(const struct netconf *conf, bool *ret, struct err *e)
{
	bool wanted = false;

	if (read_switch(conf->ipam, "status_exhaustion", &wanted, e) < 0)
		return -1;
	*ret = wanted;
	return 0;
}

static int add_held(const char *text, struct addr *ret, unsigned *n, struct err *e)
{
	struct cidr c;

	if (!text || cidr_parse_lenient(text, &c) < 0)
		return err_set(e, ERR_CONFIG, "prevResult: invalid IP address: %s",
			       text ? text : "(no string)");
	if (*n == PREV_RESULT_MAX)
		return err_set(e, ERR_LIMIT, "prevResult holds more than %d addresses",
			       PREV_RESULT_MAX);
	ret[(*n)++] = c.base;
	return 0;
}

int demand_prev_result(const struct netconf *conf, struct addr ret[PREV_RESULT_MAX],
		       unsigned *ret_n, struct err *e)
{
	static const char *const old_names[] = { "ip4", "ip6" };
	struct cJSON *prev = NULL, *list = NULL, *old;
	unsigned n = 0;

	if (json_get_object(conf->tree, "prevResult", &prev, e) < 0)
		return -1;
	if (!prev)
		return err_set(e, ERR_CONFIG,
			       "CHECK needs \"prevResult\" in the network configuration");
	if (json_get_array(prev, "ips", &list, e) < 0)
		return err_wrap(e, "prevResult");
	for (const struct cJSON *item = json_first(list); item; item = json_next(item))
		if (add_held(json_string(json_field(item, "address")), ret, &n, e) < 0)
			return -1;
	for (size_t i = 0; i < ARRAY_LEN(old_names); i++) {
		if (json_get_object(prev, old_names[i], &old, e) < 0)
			return err_wrap(e, "prevResult");
		if (old && add_held(json_string(json_field(old, "ip")), ret, &n, e) < 0)
			return -1;
	}
	*ret_n = n;
	return 0;
}

int demand_refuse_no_address(const struct netconf *conf, const struct cni_args *args,
			     struct err *e)
{
	struct ipam_assign_request request = {0};

	if (demand_read(conf, args, &request, e) < 0)
		return -1;
	if (!request.wanted[FAMILY_4] && !request.wanted[FAMILY_6])
		return 0;
	return err_set(e, ERR_CONFIG, "prevResult holds no address, but the configuration assigns "
		       "%s", !request.wanted[FAMILY_6] ? "IPv4" :
		       !request.wanted[FAMILY_4] ? "IPv6" : "IPv4 and IPv6");
}
