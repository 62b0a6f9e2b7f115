/* SPDX-License-Identifier: Apache-2.0 */
#include "base/process/heap.h"

#include <stdlib.h>

#define STEP 150000 /* bytes, below what musl maps by itself */
#define STEPS_MAX 7

void heap_grow(size_t bytes)
{
#ifdef __GLIBC__
	(void)bytes;
#else
	void *volatile steps[STEPS_MAX];
	size_t n = 0;

	for (; n < STEPS_MAX && n * STEP < bytes; n++)
		steps[n] = malloc(STEP);
	while (n > 0)
		free(steps[--n]);
#endif
}
