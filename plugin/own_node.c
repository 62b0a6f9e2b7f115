/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/own_node.h"

#include "ipam/node/nodes.h"

#include <uuid/uuid.h>

bool own_node_wanted(const struct netconf *conf)
{
	enum datastore_type type;
	struct err ignored = { 0 };

	return conf->create_node && settings_decide(&conf->settings, &type, &ignored) == 0 &&
	       type != DATASTORE_KUBERNETES;
}

static int make(struct datastore *ds, const char *node, struct err *e)
{
	struct node_create_request r = { .spec = { .name = node }, .now_ns = clock_now_ns() };
	struct err made = { 0 };
	uuid_t uuid;

	uuid_generate_random(uuid);
	uuid_unparse_lower(uuid, r.uid);
	if (ipam_create_node(ds, &r, &made) == 0)
		log_info("Made this node known, as create_node says", LOG_TEXT("Node", node));
	else if (made.kind != ERR_EXISTS)
		return err_set(e, made.kind, "create_node: %s", made.text);
	err_reset(e);
	return 1;
}

int own_node_make(const struct netconf *conf, const char *node, struct deadline deadline,
		  bool *tried, struct err *e)
{
	struct datastore *ds __cleanup(datastore_closep) = NULL;
	struct err ignored = { 0 };
	bool there = true;

	if (e->kind != ERR_NOT_FOUND || !own_node_wanted(conf) ||
	    datastore_open(&ds, &conf->settings, OPEN_TO_CHANGE, deadline, &ignored) < 0 ||
	    ipam_has_node(ds, node, &there, &ignored) < 0 || (there && *tried))
		return 0;
	if (!there)
		return make(ds, node, e);
	*tried = true;
	err_reset(e);
	return 1;
}
