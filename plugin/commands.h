/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verbs of the CNI specification, from request to reply.
 *
 * One request is one process: the runtime's environment and stdin are read here, what
 * they demand is handed to ipam/, and the answer is left in `out` for main to write.
 */
#ifndef PLUGIN_COMMANDS_H
#define PLUGIN_COMMANDS_H

#include "base/buf.h"
#include "base/clock.h"

/*
 * Runs the command that the environment names.  `started`: when this process began,
 * from which the deadline counts.  Returns the process's exit status; out holds what
 * goes to stdout, which is nothing after a successful DEL, CHECK, GC or STATUS.
 */
int command_run(struct deadline started, int stdin_fd, struct buf *out);

#endif
