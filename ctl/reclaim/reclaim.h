/* SPDX-License-Identifier: Apache-2.0 */
/* One call of reclaim, and its parts. */
#ifndef CTL_RECLAIM_RECLAIM_H
#define CTL_RECLAIM_RECLAIM_H

#include "ctl/cli/command.h"
#include "ctl/cli/node_name.h"
#include "ctl/cli/store.h"
#include "ctl/reclaim/machine.h"

struct reclaim_call {
	struct call *call;
	struct store store;
	char node[NODE_NAME_TEXT]; /* this machine's */
	const char *gone_node; /* of --node, or NULL */
	bool dry, boot;
	uint64_t grace_s;
	size_t max; /* addresses */
	struct machine_view machine;
	struct reclaim cases;
	struct ipam_reclaim_answer answer; /* in sum */
};

/* Into the call's output: what is to be given back, and what was. */
void reclaim_print_plan(struct reclaim_call *r);
void reclaim_print(struct reclaim_call *r);

/*
 * ERR_CONFLICT: of some it was found that another machine made them: then two machines have
 * one node name, and none of it is judged.
 */
int reclaim_refuse_other_machine(const struct reclaim_call *r, struct err *e);

/*
 * Judges the containers of --node.  ERR_CONFLICT: the node is there, or is this machine;
 * ERR_NOT_FOUND: it has neither blocks nor addresses.
 * Where the store has no nodes of Kubernetes nothing tells that it is gone: who asks for it
 * says so.
 */
int reclaim_node_look(struct reclaim_call *r, struct err *e);

#endif
