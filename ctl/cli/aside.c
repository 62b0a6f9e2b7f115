/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/aside.h"
#include "base/terminal/printable.h"

#include <stdarg.h>
#include <stdio.h>

#define ASIDE_MAX (64 << 10)	/* bytes, escapes included */

void aside(const char *fmt, ...)
{
	struct buf text __cleanup(buf_done) = BUF(ASIDE_MAX);
	va_list args;

	va_start(args, fmt);
	printable_vprintf(&text, fmt, args);
	va_end(args);
	fputs(text.data, stderr);
}
