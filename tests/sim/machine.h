/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine that a host is: its clock, its pauses and the file of its mirror, as base/ asks
 * for them (replaced.ld).
 */
#ifndef TESTS_SIM_MACHINE_H
#define TESTS_SIM_MACHINE_H

#include "tests/sim/world.h"

/* What becomes of a mirror.  In the last it fits in form: identity and checksum are right. */
enum mirror_fate { MIRROR_LOST, MIRROR_OLDER, MIRROR_OF_ANOTHER_HOST, MIRROR_TORN,
		   MIRROR_OF_ANOTHER_STORE };

void mirror_spoil(struct host *h, const struct host *other, enum mirror_fate fate, unsigned seed);

#endif
