/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine that a host is: its clock, its pauses and the file of its mirror, as base/ asks
 * for them (replaced.ld).
 */
#ifndef TESTS_SIM_MACHINE_H
#define TESTS_SIM_MACHINE_H

#include "tests/sim/world.h"

/* A host's mirror is lost, older, another's, torn. */
void mirror_spoil(uint64_t seed);

#endif
