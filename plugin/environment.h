/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the runtime says in the environment: CNI_COMMAND and its companions, required
 * and checked as the CNI library does (docs/DATA-MODEL.md 7.1 and 8).
 */
#ifndef PLUGIN_ENVIRONMENT_H
#define PLUGIN_ENVIRONMENT_H

#include "base/err.h"

#include <stdbool.h>

enum command {
	COMMAND_ADD,
	COMMAND_DEL,
	COMMAND_CHECK,
	COMMAND_GC,
	COMMAND_STATUS,
	COMMAND_VERSION,
	N_COMMANDS
};

/* Texts belong to the process's environment; "" when not set. */
struct environment {
	enum command command;
	const char *container;	/* CNI_CONTAINERID */
	const char *netns;	/* CNI_NETNS: a path */
	const char *ifname;	/* CNI_IFNAME */
	const char *args;	/* CNI_ARGS */
	bool netns_override;	/* CNI_NETNS_OVERRIDE is 1 or true */
};

/* True if CNI_COMMAND is set: a runtime speaks, not a person. */
bool environment_is_cni(void);

/*
 * ERR_ENVIRONMENT: "required env variables [CNI_NETNS,CNI_PATH] missing", or the
 * variable whose text is not allowed.
 */
int environment_read(struct environment *ret, struct err *e);

const char *command_name(enum command command);

/* ERR_OWN_NETNS if netns is the namespace of this process; a path that cannot be opened is not. */
int environment_refuse_own_netns(const struct environment *env, struct err *e);

#endif
