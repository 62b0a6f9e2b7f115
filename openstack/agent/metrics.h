/* SPDX-License-Identifier: Apache-2.0 */
/* The agent's numbers as a textfile that Prometheus' node_exporter collects. */
#ifndef OPENSTACK_AGENT_METRICS_H
#define OPENSTACK_AGENT_METRICS_H

#include "openstack/agent/agent.h"

void metrics_print(const struct agent *a, struct buf *out);

/* Replaces [DEFAULT] metrics_file, where one is named.  What fails is in the log. */
void metrics_write(const struct agent *a);

#endif
