/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/audit/watching.h"

#include "ipam/record/keys.h"

#define N_COUNTED 6

/* The first N_COUNTED are what a utilization is made of. */
static const char *const prefixes[] = {
	KEY_POOLS, KEY_RESERVATIONS, KEY_NODES, KEY_CONFIG, KEY_BLOCKS_4, KEY_BLOCKS_6,
	KEY_HANDLES, KEY_HOST_AFFINITIES, KEY_VIRTUAL_AFFINITIES,
};

int ipam_watch(struct datastore *ds, bool audited, struct watch **ret_watch, struct err *e)
{
	return datastore_watch(ds, NULL, prefixes, audited ? ARRAY_LEN(prefixes) : N_COUNTED,
			       ret_watch, e);
}

static int note(const struct record *record __unused_arg, void *arg, struct err *e __unused_arg)
{
	bool *changed = arg;

	*changed = true;
	return 0;
}

int ipam_watch_changed(struct watch *w, bool *changed, struct err *e)
{
	return watch_take(w, note, changed, e);
}
