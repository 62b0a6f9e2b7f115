/* SPDX-License-Identifier: Apache-2.0 */
/* Help: all commands, those of one noun, or one command with its options. */
#ifndef CTL_CLI_HELP_H
#define CTL_CLI_HELP_H

#include "ctl/cli/command.h"

void help_print(const struct call *call, struct buf *out);

/* Where to find help for what the call was about: "calico-ipamctl pool create --help". */
void help_pointer(const struct call *call, struct buf *out);

#endif
