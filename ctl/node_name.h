/*
 * The name of this machine's node, by the plugin's rule (data-model sheet, 7.1):
 * `nodename`, else nodename_file byte for byte, else `hostname`, else the machine's
 * host name in lower case.
 */
#ifndef CTL_NODE_NAME_H
#define CTL_NODE_NAME_H

struct cJSON;

#define NODE_NAME_TEXT 256	/* bytes, NUL included */

/* plugin: its configuration, or NULL.  "" where there is no name that fits. */
void node_name(const struct cJSON *plugin, char ret[NODE_NAME_TEXT]);

#endif
