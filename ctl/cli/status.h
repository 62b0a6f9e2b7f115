/* SPDX-License-Identifier: Apache-2.0 */
/* The exit status of an error. */
#ifndef CTL_CLI_STATUS_H
#define CTL_CLI_STATUS_H

#include "ctl/cli/command.h"

enum status status_of_kind(enum err_kind kind);

#endif
