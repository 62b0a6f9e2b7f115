/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/local/touched.h"

#include <sys/mman.h>
#include <unistd.h>

void touched_add(struct touched *t, const void *value, size_t len)
{
	uintptr_t low = (uintptr_t)value, high = low + len;
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	if (low / page == t->last && t->bytes)
		return;
	t->last = low / page;
	t->low = !t->bytes || low < t->low ? low : t->low;
	t->high = high > t->high ? high : t->high;
	t->bytes += len + page;
	if (t->bytes < TOUCHED_MAX)
		return;
	low = t->low / page * page;
	madvise((void *)low, t->high - low, MADV_DONTNEED);
	*t = (struct touched){ 0 };
}
