/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host as the owner of blocks: "host:<node>", as a block's `affinity` has it
 * (docs/DATA-MODEL.md 3).
 */
#ifndef IPAM_RECORD_HOST_H
#define IPAM_RECORD_HOST_H

#include "base/err.h"

#define HOST_PREFIX "host:"
#define HOST_TEXT 300 /* bytes of an owner, NUL included */

/* The owner's text for the node; ERR_LIMIT. */
int host_print(const char *node, char out[HOST_TEXT], struct err *e);
/* The node's name within the owner's text; NULL: it has no owner, or one that is no host. */
const char *host_node(const char *owner);

#endif
