/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/aside.h"
#include "base/terminal/printable.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#define ASIDE_MAX (64 << 10)	/* bytes, escapes included */

static void tell(const char *fmt, va_list args)
{
	struct buf text __cleanup(buf_done) = BUF(ASIDE_MAX);

	printable_vprintf(&text, fmt, args);
	fputs(text.data, stderr);
	if (text.failed)
		fputs("calico-ipamctl: out of memory, or more was to be said than fits\n", stderr);
}

void aside(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	tell(fmt, args);
	va_end(args);
}

bool aside_names(uint64_t *n)
{
	return ++*n <= ASIDE_NAMED_MAX;
}

void aside_rest(uint64_t n, const char *what)
{
	if (n > ASIDE_NAMED_MAX)
		aside("calico-ipamctl: and %" PRIu64 " more %s\n", n - ASIDE_NAMED_MAX, what);
}

bool aside_is_on_terminal(void)
{
	return isatty(STDERR_FILENO);
}

void aside_on_terminal(const char *fmt, ...)
{
	va_list args;

	if (!aside_is_on_terminal())
		return;
	va_start(args, fmt);
	tell(fmt, args);
	va_end(args);
}
