/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Since when an allocation is in its state, in the one form that dates have here, and how
 * long that is ago.
 */
#ifndef CTL_INSPECT_SINCE_H
#define CTL_INSPECT_SINCE_H

#include "base/clock.h"
#include "ipam/record/attribute.h"

#include <stdbool.h>
#include <stdint.h>

#define SINCE_TEXT CLOCK_GO_LEN	/* bytes, NUL included */
#define AGE_TEXT 32

/*
 * RFC 3339 in UTC, of whole seconds: when it was released, else assigned.  What cannot be
 * read is told as it is stored, at most SINCE_TEXT of it.  False: it does not say.
 */
bool since_of(const struct attribute *attribute, char out[SINCE_TEXT]);

/*
 * How long that is ago, as kubectl's AGE: "47s", "3m12s", "5h30m", "12d", "2y40d".  "" where
 * there is no such date; what lies ahead is "<invalid>", as there.
 */
void age_of(const char *since, int64_t now_ns, char out[AGE_TEXT]);

#endif
