/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/map/page.h"

#include <string.h>

extern const char map_html[], live_map_html[];
static const char data_mark[] = "@DATA@";

static const char *page(bool live)
{
	return live ? live_map_html : map_html;
}

void page_begin(bool live, struct buf *out)
{
	buf_add(out, page(live), (size_t)(strstr(page(live), data_mark) - page(live)));
}

void page_end(bool live, struct buf *out)
{
	buf_puts(out, strstr(page(live), data_mark) + sizeof(data_mark) - 1);
}
