/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A name that is not in the store, and the one there that was meant
 * (base/terminal/nearest.h).
 *
 * Each of these returns -1 with e as it was, but for an ERR_NOT_FOUND, which is told a name
 * near to the one that was typed, if there is one.
 */
#ifndef CTL_CLI_MEANT_H
#define CTL_CLI_MEANT_H

#include "base/terminal/nearest.h"
#include "ctl/cli/store.h"

int meant_pool(struct store *store, const char *name, struct err *e);
int meant_node(struct store *store, const char *name, struct err *e);
/* The same, and ERR_NOT_FOUND: nothing in the store is of that node. */
int meant_refuse_node(struct store *store, const char *name, struct err *e);
int meant_reservation(struct store *store, const char *name, struct err *e);

/* Asks whether the word was meant, behind the text; without one the text stays.  -1. */
int meant_add(const struct nearest *nearest, const char *before, struct err *e);

#endif
