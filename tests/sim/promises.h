/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a verb promises of its own commit: that it asked for what it does not force, and that
 * it wrote one thing before another.
 */
#ifndef TESTS_SIM_PROMISES_H
#define TESTS_SIM_PROMISES_H

#include "tests/sim/world.h"

/* Looks at one record that the last step has written; `was`: of a block, as it was. */
void promises_after_change(const struct ledger_change *c, const struct ledger_block *was);

#endif
