/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/tally.h"

#include "base/clock.h"
#include "base/counters/counters.h"
#include "datastore/datastore.h"

#include <limits.h>
#include <stdio.h>

static const enum counted counted[] = {
	[COMMAND_ADD] = COUNTED_ADD, [COMMAND_DEL] = COUNTED_DEL,
	[COMMAND_CHECK] = COUNTED_CHECK, [COMMAND_GC] = COUNTED_GC,
	[COMMAND_STATUS] = COUNTED_STATUS,
};

static int64_t began_us;
static struct counted_request noted;
static char where[PATH_MAX];	/* "": nothing is noted */

void tally_begin(void)
{
	began_us = clock_monotonic_us();
}

void tally_note(enum command command, const struct settings *settings, enum err_kind outcome)
{
	const struct datastore_sums *sums = datastore_sums();

	if (command >= COMMAND_VERSION)
		return;
	noted = (struct counted_request){
		.command = counted[command], .outcome = outcome,
		.took_us = (uint64_t)(clock_monotonic_us() - began_us),
		.store_requests = sums->requests, .conflicts = sums->conflicts,
	};
	if (snprintf(where, sizeof(where), "%s", settings_run_path(settings)) >=
	    (int)sizeof(where))
		where[0] = '\0';
}

void tally_end(void)
{
	if (where[0])
		counters_add(where, &noted);
}
