/* SPDX-License-Identifier: Apache-2.0 */
/* All kinds, and which of them a word means. */
#ifndef CTL_MANIFEST_KINDS_H
#define CTL_MANIFEST_KINDS_H

#include "ctl/manifest/kind.h"

extern const struct kind *const kinds[];	/* ends in NULL */

/* By any of its spellings, whatever their case, of len bytes; NULL: none. */
const struct kind *kind_of(const char *word, size_t len);
/* ERR_CONFIG: the word is no kind; names the nearest, or all. */
int kind_unknown(const char *word, struct err *e);

#endif
