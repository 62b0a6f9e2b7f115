/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many addresses were given back, and why, as counters for Prometheus that go on from
 * one run to the next in a file.
 */
#ifndef CTL_RECLAIM_TALLY_H
#define CTL_RECLAIM_TALLY_H

#include "ipam/release/reclaim.h"

/* A reason in one word: "earlierBoot". */
extern const char *const verdict_words[N_VERDICTS];

/*
 * Adds what was given back to what the file tells; one that is not there tells nothing.  The
 * file's folder is locked (flock) meanwhile.
 */
int tally_add(const char *path, const struct reclaim *cases, struct err *e);

#endif
