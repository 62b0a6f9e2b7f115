/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Room in a list that grows: an array, how many it holds and how many it has room for.
 *
 *	struct name *list = NULL;
 *	size_t n = 0, cap = 0;
 *
 *	if (list_room(&list, n, &cap) < 0)
 *		return err_set(e, ERR_INTERNAL, "out of memory");
 *	list[n++] = name;
 *	free(list);
 *
 * Pointers into the list end where it grows.
 */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stddef.h>

#define LIST_ROOM_FIRST 16	/* elements that a list has room for at first */

/* Makes room for one more behind the n that are there.  -1: out of memory, all is as it was. */
#define list_room(list, n, cap) list_room_for((list), (n), (cap), sizeof(**(list)))

/* The same for elements of `size` bytes: `list` points at the pointer to the first. */
int list_room_for(void *list, size_t n, size_t *cap, size_t size);

/*
 * Where a key stands in a sorted list, or would have to be put: the first element that is
 * not below it, n if all are.  compare(key, element) as for bsearch().
 */
#define list_place(list, n, key, compare) \
	list_place_of((list), (n), sizeof(*(list)), (key), (compare))

typedef int list_compare(const void *key, const void *element);
size_t list_place_of(const void *list, size_t n, size_t size, const void *key,
		     list_compare *compare);

/*
 * Sorts a list and keeps one of elements that are equal: how many are left.  join(kept, other),
 * if there is one, adds to it what the other has, or frees what that owns.
 */
#define list_settle(list, n, compare, join) \
	list_settle_of((list), (n), sizeof(*(list)), (compare), (join))

typedef void list_join(void *kept, void *other);
size_t list_settle_of(void *list, size_t n, size_t size, list_compare *compare, list_join *join);

#endif
