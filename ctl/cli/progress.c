/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/progress.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#define QUIET_MS 1000
#define EVERY_MS 200

static int64_t now_ms(void)
{
	return clock_monotonic_us() / 1000;
}

void progress_begin(struct progress *p, const char *what)
{
	*p = (struct progress){ .what = what, .off = !isatty(STDERR_FILENO) };
	p->next_ms = now_ms() + QUIET_MS;
}

void progress_tell(struct progress *p, uint64_t n, uint64_t total)
{
	int64_t now;

	if (p->off || (now = now_ms()) < p->next_ms)
		return;
	p->next_ms = now + EVERY_MS;
	p->shown = true;
	if (total)
		fprintf(stderr, "\r%" PRIu64 " of %" PRIu64 " %s\033[K", n, total, p->what);
	else
		fprintf(stderr, "\r%" PRIu64 " %s\033[K", n, p->what);
	fflush(stderr);
}

void progress_see(const char *what, uint64_t n, uint64_t total, void *progress)
{
	struct progress *p = progress;

	p->what = what;
	progress_tell(p, n, total);
}

void progress_end(struct progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
	p->shown = false;
}
