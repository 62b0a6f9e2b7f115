/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Metrics in Prometheus' text format, 0.0.4.
 *
 * A name's samples come one after the other, behind its metric_begin().  In a label's value a
 * byte that is no UTF-8 becomes U+FFFD.
 */
#ifndef CTL_METRICS_EXPOSITION_H
#define CTL_METRICS_EXPOSITION_H

#include "base/buf.h"

#define EXPOSITION_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct metric_label {
	const char *name, *value;
};

/* LABELS({ "pool", name }, { "node", node }) */
#define LABELS(...) ((const struct metric_label[]){ __VA_ARGS__, { NULL, NULL } })
#define NO_LABELS ((const struct metric_label[]){ { NULL, NULL } })

/* type: "gauge", "counter", "histogram" */
void metric_begin(struct buf *out, const char *name, const char *type, const char *help);
void metric_put(struct buf *out, const char *name, const struct metric_label *labels, uint64_t n);
/* A number that is written already. */
void metric_put_text(struct buf *out, const char *name, const struct metric_label *labels,
		     const char *number);
/* A metric of one sample without labels, whole. */
void metric_one(struct buf *out, const char *name, const char *type, const char *help,
		uint64_t n);

#endif
