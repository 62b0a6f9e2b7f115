/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Base64 (RFC 4648, section 4: the standard alphabet, padded), as JSON carries bytes.
 */
#ifndef BASE_B64_H
#define BASE_B64_H

#include "base/buf.h"

#include <stddef.h>

/* Characters that `len` bytes take. */
#define B64_LEN(len) (((len) + 2) / 3 * 4)

/* Appends the text of the bytes. */
void b64_encode(struct buf *out, const void *data, size_t len);

/*
 * Appends the bytes of the text.  Returns 0, or -1 if the text is malformed: a
 * character outside the alphabet, wrong length or padding, stray bits at the end.
 * What was appended before the fault stays.
 */
int b64_decode(struct buf *out, const char *text, size_t len);

#endif
