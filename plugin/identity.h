/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who an allocation belongs to: node name, handle ids and names of the pod
 * (docs/DATA-MODEL.md 7.1 and 7.4).
 */
#ifndef PLUGIN_IDENTITY_H
#define PLUGIN_IDENTITY_H

#include "base/machine/origin.h"
#include "base/node_name.h"
#include "ipam/ipam.h"
#include "plugin/args.h"
#include "plugin/environment.h"
#include "plugin/netconf.h"

#define WORKLOAD_TEXT 1200	/* bytes, NUL included */

struct identity {
	struct ipam_owner owner;	/* points into the rest and into the arguments */
	struct origin origin; /* of an ADD, once identity_find_origin() has filled it */
	struct ipam_vm vm;	/* whose addresses they are, where owner.vm is set (launcher.h) */
	char node[NODE_NAME_MAX + 1];	/* "" where DEL found none that is allowed */
	char handle[IPAM_HANDLE_MAX + 1];	/* "<network>.<container id>" */
	char old_handle[IPAM_HANDLE_MAX + 1];	/* "<namespace>.<pod>", "<container>", "" */
	char workload[WORKLOAD_TEXT];	/* Calico's endpoint name, for the log */
};

/* The node's name (base/node_name.h).  ERR_CONFIG says where one that is not allowed came from. */
int identity_node(const struct netconf *conf, char ret[NODE_NAME_MAX + 1], struct err *e);

/*
 * Everything, for ADD, DEL and CHECK.  All arguments outlive *ret.
 *
 * DEL releases by handle, whatever node and pod are called: a name that ADD would
 * refuse stands in no record of ours, so it is logged and left out.
 */
int identity_read(const struct netconf *conf, const struct environment *env,
		  const struct cni_args *args, struct identity *ret, struct err *e);

/*
 * An ADD's: under which boot, and for which network namespace (base/machine/origin.h, with its
 * error).
 */
int identity_find_origin(struct identity *id, const struct netconf *conf,
			 const struct environment *env, struct err *e);

#endif
