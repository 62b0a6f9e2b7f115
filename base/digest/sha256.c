/* SPDX-License-Identifier: Apache-2.0 */
#include "base/digest/sha256.h"

#include <openssl/evp.h>

int sha256(const void *data, size_t len, unsigned char out[SHA256_LEN])
{
	unsigned int n = 0;

	return EVP_Digest(data, len, out, &n, EVP_sha256(), NULL) == 1 && n == SHA256_LEN ? 0 : -1;
}
