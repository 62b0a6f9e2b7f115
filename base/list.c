/* SPDX-License-Identifier: Apache-2.0 */
#include "base/list.h"

#include <stdlib.h>
#include <string.h>

int list_room_for(void *list, size_t n, size_t *cap, size_t size)
{
	size_t want = *cap ? *cap + *cap / 2 : LIST_ROOM_FIRST;
	void *elements, *grown;

	if (n < *cap)
		return 0;
	/* A pointer to T is no pointer to void: it is copied, not cast. */
	memcpy(&elements, list, sizeof(elements));
	grown = reallocarray(elements, want, size);
	if (!grown)
		return -1;
	memcpy(list, &grown, sizeof(grown));
	*cap = want;
	return 0;
}

size_t list_place_of(const void *list, size_t n, size_t size, const void *key,
		     list_compare *compare)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (compare(key, (const char *)list + mid * size) > 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

size_t list_settle_of(void *list, size_t n, size_t size, list_compare *compare, list_join *join)
{
	char *kept = list;

	if (!n)
		return 0;
	qsort(list, n, size, compare);
	for (char *next = kept + size; next < (char *)list + n * size; next += size)
		if (compare(kept, next) != 0)
			memmove(kept += size, next, size);
		else if (join)
			join(kept, next);
	return (size_t)(kept - (char *)list) / size + 1;
}
