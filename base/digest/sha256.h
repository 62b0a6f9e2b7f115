/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256, of bytes that lie in memory. */
#ifndef BASE_DIGEST_SHA256_H
#define BASE_DIGEST_SHA256_H

#include <stddef.h>

#define SHA256_LEN 32 /* bytes */

/* -1: it cannot be had. */
int sha256(const void *data, size_t len, unsigned char out[SHA256_LEN]);

#endif
