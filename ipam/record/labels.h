/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Labels: texts by name, which selectors choose by (docs/DATA-MODEL.md 5.4).
 */
#ifndef IPAM_RECORD_LABELS_H
#define IPAM_RECORD_LABELS_H

#include "base/json.h"

struct label {
	const char *key, *value;	/* of the record that they were read from */
};

struct labels {
	struct label *list;	/* owned; of a key that stands twice the last one counts */
	size_t n;
};

/*
 * The entries of a map, NULL: none.  One that is null is "", as in Go; ERR_CORRUPT names
 * one of another type.
 */
int labels_read(const struct cJSON *map, struct labels *ret, struct err *e);
void labels_done(struct labels *labels); /* also for __cleanup */
/* NULL: there is no such label.  labels may be NULL. */
const char *labels_value(const struct labels *labels, const char *key);
/* As a JSON object. */
void labels_print(const struct labels *labels, struct buf *out);

#endif
