/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page: page/map.html with its style and its script in it (embed.cmake), and a drawing
 * (drawing.h) between its beginning and its end.
 */
#ifndef CTL_MAP_PAGE_H
#define CTL_MAP_PAGE_H

#include "base/buf.h"

/* live: one that asks its server for what has changed; else it asks nobody for anything. */
void page_begin(bool live, struct buf *out);
void page_end(bool live, struct buf *out);

#endif
