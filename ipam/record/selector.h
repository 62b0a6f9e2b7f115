/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Labels, texts by name, and Calico's selectors, which choose by them: the whole grammar
 * of docs/DATA-MODEL.md 5.4.
 *
 * A selector is compiled once and evaluated against labels.  Compiling never
 * recurses deeper than SELECTOR_DEPTH_MAX.
 */
#ifndef IPAM_RECORD_SELECTOR_H
#define IPAM_RECORD_SELECTOR_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>

#define SELECTOR_DEPTH_MAX 64	/* nested parentheses and negations */

struct label {
	const char *key, *value;	/* of the record that they were read from */
};

struct labels {
	struct label *list;	/* owned; of a key that stands twice the last one counts */
	size_t n;
	bool sorted;	/* by key, bytewise, each once: one is found by a binary search */
};

void labels_done(struct labels *labels); /* also for __cleanup */
/* NULL: there is no such label.  labels may be NULL. */
const char *labels_value(const struct labels *labels, const char *key);
/* As a JSON object. */
void labels_print(const struct labels *labels, struct buf *out);

struct selector;

/* "" and NULL select everything.  ERR_CONFIG with the byte and what was expected there. */
int selector_parse(const char *text, struct selector **ret, struct err *e);
void selector_free(struct selector *s);
void selector_freep(struct selector **s); /* for __cleanup */

/* labels: NULL for none. */
bool selector_matches(const struct selector *s, const struct labels *labels);

/* True if global() stands anywhere in it. */
bool selector_names_global(const struct selector *s);

#endif
