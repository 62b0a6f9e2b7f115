/* SPDX-License-Identifier: Apache-2.0 */
/* What a utilization knows nothing of, because its record cannot be read. */
#ifndef CTL_INSPECT_LEFT_OUT_H
#define CTL_INSPECT_LEFT_OUT_H

#include "ipam/audit/utilization.h"

/* On standard error: how many pools and reservations, and what is wrong with the first. */
void left_out_tell(const struct utilization *s);

#endif
