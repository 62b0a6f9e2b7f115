/* SPDX-License-Identifier: Apache-2.0 */
/* From argv to a call, by what the commands declare. */
#ifndef CTL_CLI_OPTIONS_H
#define CTL_CLI_OPTIONS_H

#include "ctl/cli/command.h"

/*
 * Reads the words.  With --help, or when only help can follow, call->help is set and
 * command or noun say about what.  Otherwise the command, its name and its options
 * are complete and well formed.  -1 with call->wrong_use set and e saying what is
 * wrong and what would be right.
 */
int options_read(int argc, char **argv, struct call *call, struct err *e);

#endif
