/* SPDX-License-Identifier: Apache-2.0 */
/* Pools that have little left, before an ADD finds nothing. */
#include "ctl/doctor/doctor.h"

#include "base/terminal/shell_word.h"
#include "ctl/cli/store.h"
#include "ipam/audit/utilization.h"

#include <stdio.h>

#define FULL_PERCENT 90		/* more than that is told */
#define READ_MS 10000		/* a store that takes longer is not counted */

/* In hundredths, rounded down, of numbers of which a total of 0 is 2^128. */
static unsigned percent_used(const struct utilization_pool *p)
{
	u128 used = p->in_use + p->cooling + p->reserved;
	u128 hundredth = p->total / 100;

	if (!p->total)
		hundredth = (u128)-1 / 100;
	if (!hundredth)
		return (unsigned)(used * 100 / p->total);
	return used / hundredth > 100 ? 100 : (unsigned)(used / hundredth);
}

static void check_pool(struct doctor *d, const struct store *s, const struct utilization_pool *p)
{
	unsigned percent = percent_used(p);
	char total[U128_TEXT], left[U128_TEXT], mend[DOCTOR_MEND];
	struct err ignored = {0};

	if (p->pool->disabled || percent <= FULL_PERCENT || pool_tell_unusable(p->pool, &ignored))
		return;
	utilization_print_number(p->total, true, total);
	utilization_print_number(p->free, false, left);
	if (s->found.path[0])
		shell_command(mend, sizeof(mend), "calico-ipamctl --config %s reclaim  # then add "
			      "a pool: pool create NAME --cidr CIDR", s->found.path);
	else
		snprintf(mend, sizeof(mend), "calico-ipamctl reclaim  # then add a pool: pool "
			 "create NAME --cidr CIDR");
	doctor_say(d, HEALTH_WARN, "pool", mend, "pool %s is used to %u %%: of %s addresses %s "
		   "are left",
		   p->pool->name, percent, total, left);
}

void doctor_pools(struct doctor *d, const struct store *s)
{
	struct utilization u __cleanup(utilization_done) = { 0 };
	struct err ignored = {0};

	datastore_set_deadline(s->ds, deadline_in_ms(READ_MS));
	if (utilization_read(s->ds, NULL, &u, &ignored) < 0)
		return;
	for (size_t i = 0; i < u.pools.n; i++)
		check_pool(d, s, &u.list[i]);
}
