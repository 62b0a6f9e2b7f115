/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Room in the heap, asked for at once.
 *
 * musl's heap grows by a page at a time, each a system call that changes the map of memory:
 * some thirty in a request, and 0.3 ms of one over TLS.  Pages that are not touched cost
 * nothing.  Other heaps grow by more, and are left alone.
 */
#ifndef BASE_PROCESS_HEAP_H
#define BASE_PROCESS_HEAP_H

#include <stddef.h>

/* So that so many bytes can be allocated without another system call; at most 1 MiB. */
void heap_grow(size_t bytes);

#endif
