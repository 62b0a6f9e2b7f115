/* SPDX-License-Identifier: Apache-2.0 */
/* What the plugin has counted on this machine (base/counters/counters.h). */
#ifndef CTL_METRICS_PLUGIN_H
#define CTL_METRICS_PLUGIN_H

#include "base/buf.h"
#include "base/err.h"

/* -1: the counters are there and cannot be read; then nothing is put. */
int plugin_put(const char *run_path, struct buf *out, struct err *e);

#endif
