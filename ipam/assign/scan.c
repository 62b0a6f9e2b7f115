/* SPDX-License-Identifier: Apache-2.0 */
/* Which block values a scan keeps in memory. */
#include "ipam/assign/planning.h"

#include <string.h>

static bool is_in_scope(const struct scan *scan, struct cidr block)
{
	for (unsigned i = 0; i < scan->n_pools; i++)
		if (cidr_holds_cidr(scan->pools[i], block))
			return true;
	return scan->everywhere;
}

/*
 * By its text: a full block has nothing unallocated, and nothing released that a
 * collection could free.
 */
bool scan_keeps(const struct record *record, void *arg)
{
	const char *name = strrchr(record->key, '/');
	struct cidr block;

	if (!name || cidr_parse_key(name + 1, &block) < 0 || !is_in_scope(arg, block))
		return false;
	return !strstr(record->value, "\"unallocated\":[]") ||
	       strstr(record->value, "\"releasedAt\"");
}
