/*
 * Who an allocation belongs to: node name, handle ids and names of the pod (data-model
 * sheet, 7.1 and 7.4).
 */
#ifndef PLUGIN_IDENTITY_H
#define PLUGIN_IDENTITY_H

#include "ipam/ipam.h"
#include "plugin/args.h"
#include "plugin/environment.h"
#include "plugin/netconf.h"

#define NODE_MAX 253	/* bytes of a node name, Kubernetes' limit */
#define WORKLOAD_TEXT 1200	/* bytes, NUL included */

struct identity {
	struct ipam_owner owner;	/* points into the rest and into the arguments */
	char node[NODE_MAX + 1];
	char handle[IPAM_HANDLE_MAX + 1];	/* "<network>.<container id>" */
	char old_handle[IPAM_HANDLE_MAX + 1];	/* "<namespace>.<pod>", or "<container id>" */
	char workload[WORKLOAD_TEXT];	/* Calico's endpoint name, for the log */
};

/*
 * The node's name: `nodename`, else nodename_file byte for byte, else `hostname`, else
 * the machine's host name, trimmed and in lower case.  ERR_CONFIG says where a name
 * that is not allowed came from.
 */
int identity_node(const struct netconf *conf, char ret[NODE_MAX + 1], struct err *e);

/* Everything, for ADD, DEL and CHECK.  All arguments outlive *ret. */
int identity_read(const struct netconf *conf, const struct environment *env,
		  const struct cni_args *args, struct identity *ret, struct err *e);

#endif
