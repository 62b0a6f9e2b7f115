/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The node that this machine is, for commands that were not told one: by the plugin's
 * rule (base/node_name.h).
 */
#ifndef CTL_CLI_NODE_NAME_H
#define CTL_CLI_NODE_NAME_H

#include "base/node_name.h"

struct cJSON;

#define NODE_NAME_TEXT (NODE_NAME_MAX + 1)	/* bytes, NUL included */

/* plugin: its configuration, or NULL.  "" where there is no name that fits. */
void node_name(const struct cJSON *plugin, char ret[NODE_NAME_TEXT]);

#endif
