/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/record/endpoint.h"

#include "base/list.h"
#include "ipam/record/tree.h"

#include <stdlib.h>
#include <string.h>

static const char *const tunnels[][2] = {
	{ "bgp", "ipv4IPIPTunnelAddr" },
	{ NULL, "ipv4VXLANTunnelAddr" },
	{ NULL, "ipv6VXLANTunnelAddr" },
	{ "wireguard", "interfaceIPv4Address" },
	{ "wireguard", "interfaceIPv6Address" },
};

void endpoint_done(struct endpoint *endpoint)
{
	free(endpoint->list);
	json_free(endpoint->kept);
	*endpoint = (struct endpoint){ 0 };
}

static int add(struct endpoint *endpoint, const char *text, struct err *e)
{
	struct cidr c;

	if (!text || cidr_parse_lenient(text, &c) < 0)
		return 0;
	if (list_room(&endpoint->list, endpoint->n, &endpoint->cap) < 0)
		return err_set(e, ERR_INTERNAL, "out of memory");
	endpoint->list[endpoint->n++] = c.base;
	return 0;
}

static int add_networks(struct endpoint *endpoint, const struct cJSON *tree, struct err *e)
{
	const struct cJSON *spec = json_field(tree, "spec"),
			   *metadata = json_field(tree, "metadata");
	const char *orchestrator = json_string(json_field(spec, "orchestrator"));
	const struct cJSON *list = json_field(spec, "ipNetworks");

	endpoint->node = json_string(json_field(spec, "node"));
	endpoint->pod = json_string(json_field(spec, "pod"));
	endpoint->namespace_name = json_string(json_field(metadata, "namespace"));
	endpoint->openstacks = orchestrator && strcmp(orchestrator, "openstack") == 0;
	for (const struct cJSON *i = json_first(list); i; i = json_next(i))
		if (add(endpoint, json_string(i), e) < 0)
			return -1;
	return 0;
}

static int add_tunnels(struct endpoint *endpoint, const struct cJSON *tree, struct err *e)
{
	const struct cJSON *spec = json_field(tree, "spec");

	for (size_t i = 0; i < ARRAY_LEN(tunnels); i++) {
		const struct cJSON *in = tunnels[i][0] ? json_field(spec, tunnels[i][0]) : spec;

		if (add(endpoint, json_string(json_field(in, tunnels[i][1])), e) < 0)
			return -1;
	}
	return 0;
}

static int read_record(const struct record *record,
		       int (*add_all)(struct endpoint *endpoint, const struct cJSON *tree,
				      struct err *e),
		       struct endpoint *ret, struct err *e)
{
	struct endpoint endpoint __cleanup(endpoint_done) = { 0 };
	struct err why = { 0 };

	endpoint.kept = record_parse(record, &why);
	if (!endpoint.kept && why.kind == ERR_INTERNAL) {
		*e = why;
		return -1;
	}
	if (add_all(&endpoint, endpoint.kept, e) < 0)
		return -1;
	*ret = endpoint;
	endpoint = (struct endpoint){ 0 };
	return 0;
}

int endpoint_read(const struct record *record, struct endpoint *ret, struct err *e)
{
	return read_record(record, add_networks, ret, e);
}

int endpoint_read_tunnels(const struct record *node, struct endpoint *ret, struct err *e)
{
	return read_record(node, add_tunnels, ret, e);
}

#define KUBEVIRT "kubevirt.io/"

static bool controls(const struct cJSON *owner, const char *kind)
{
	return json_true(json_field(owner, "controller")) &&
	       strcmp(json_field_text(owner, "kind"), kind) == 0 &&
	       strncmp(json_field_text(owner, "apiVersion"), KUBEVIRT, strlen(KUBEVIRT)) == 0;
}

static const char *find_controller(const struct cJSON *metadata, const char *kind)
{
	const struct cJSON *owner = json_first(json_field(metadata, "ownerReferences"));

	while (owner && !controls(owner, kind))
		owner = json_next(owner);
	return json_field_text(owner, "name");
}

int controlled_read(const struct record *record, const char *kind, struct controlled *ret,
		    struct err *e)
{
	struct controlled c = { .kept = record_parse(record, e) };
	const struct cJSON *metadata = json_field(c.kept, "metadata");
	const char *migration;

	if (!c.kept)
		return record_corrupt(record, e);
	migration = json_string(json_entry(json_field(metadata, "labels"),
					   KUBEVIRT "migrationJobUID"));
	c.uid = json_field_text(metadata, "uid");
	c.controller = find_controller(metadata, kind);
	c.migration = migration ? migration : "";
	c.deleting = json_string(json_field(metadata, "deletionTimestamp"));
	*ret = c;
	return 0;
}

void controlled_done(struct controlled *controlled)
{
	json_free(controlled->kept);
	*controlled = (struct controlled){ 0 };
}
