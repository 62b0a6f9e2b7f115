/* SPDX-License-Identifier: Apache-2.0 */
/* `show --ip`: all that is known of one address. */
#ifndef CTL_INSPECT_SHOW_H
#define CTL_INSPECT_SHOW_H

#include "ctl/cli/store.h"

int show_address(struct call *call, struct store *store, const char *text, struct err *e);

#endif
