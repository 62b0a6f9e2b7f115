#include "base/list.h"

#include <stdlib.h>
#include <string.h>

int list_room_for(void *list, size_t n, size_t *cap, size_t size)
{
	size_t want = *cap ? *cap + *cap / 2 : LIST_ROOM_FIRST;
	void *elements;

	if (n < *cap)
		return 0;
	/* A pointer to T is no pointer to void: it is copied, not cast. */
	memcpy(&elements, list, sizeof(elements));
	elements = reallocarray(elements, want, size);
	if (!elements)
		return -1;
	memcpy(list, &elements, sizeof(elements));
	*cap = want;
	return 0;
}
