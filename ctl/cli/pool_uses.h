/* SPDX-License-Identifier: Apache-2.0 */
/* --allowed-uses, as pool create and pool update take it. */
#ifndef CTL_CLI_POOL_USES_H
#define CTL_CLI_POOL_USES_H

#include "ctl/cli/command.h"

#define POOL_USES_TEXT 64	/* bytes, NUL included */
#define POOL_USES_MAX 3

/* "Workload,Tunnel": cut in `text`, which the uses point into.  None without the option. */
int pool_uses_read(struct call *call, char text[POOL_USES_TEXT],
		   const char *ret_uses[POOL_USES_MAX], unsigned *ret_n, struct err *e);

#endif
