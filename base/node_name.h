/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The name of this machine's node (docs/DATA-MODEL.md 7.1), as it is configured: whether
 * such a name is allowed is for the caller to say.
 */
#ifndef BASE_NODE_NAME_H
#define BASE_NODE_NAME_H

#include "base/buf.h"
#include "base/err.h"

#define NODE_NAME_MAX 253	/* bytes, Kubernetes' limit */
#define NODE_NAME_FILE "/var/lib/calico/nodename"
#define NODE_NAME_SOURCE_TEXT 512	/* bytes, NUL included */

/* Keys of the configuration; NULL or "": not set. */
struct node_name_keys {
	const char *nodename;
	const char *nodename_file;	/* not set: NODE_NAME_FILE */
	const char *hostname;
};

/*
 * Appends the name: `nodename`, else the file byte for byte, else `hostname`, else the
 * machine's host name, trimmed and in lower case.  A file that is not there, cannot be
 * read or is empty counts as absent; but ERR_IO of a FIFO, a socket or a device, in which a
 * name may well be waiting.  ret_source, for messages: where it came from.
 */
int node_name_find(const struct node_name_keys *keys, struct buf *out,
		   char ret_source[NODE_NAME_SOURCE_TEXT], struct err *e);

#endif
