/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/audit/stir.h"

#include "datastore/watch.h"
#include "ipam/record/keys.h"

#include <poll.h>

#define READ_MS 60000	/* for one reading of the store */

static const char *const prefixes[] = { KEY_BLOCKS_4, KEY_BLOCKS_6, KEY_POOLS, KEY_RESERVATIONS,
					KEY_NODES, KEY_CONFIG };

int stir_init(struct stir *s, struct datastore *ds, struct err *e)
{
	struct wants wants __cleanup(wants_done) = { 0 };
	struct view view __cleanup(view_done) = { 0 };
	struct watch *watch = NULL;

	*s = (struct stir){ .ds = ds };
	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
		wants_add(&wants, prefixes[i], RANGE_PREFIX_KEYS);
	datastore_set_deadline(ds, deadline_in_ms(READ_MS));
	if (datastore_read(ds, &view, &wants, e) < 0)
		return -1;
	if (datastore_watch(ds, &view, prefixes, ARRAY_LEN(prefixes), &watch, e) == 0)
		s->watch = watch;
	else if (e->kind != ERR_UNSUPPORTED)
		return -1;
	else
		err_reset(e);
	return 0;
}

void stir_done(struct stir *s)
{
	watch_close(s->watch);
	s->watch = NULL;
}

static int count(const struct record *record, void *arg, struct err *e)
{
	struct stir *s = arg;

	(void)record;
	(void)e;
	s->changes++;
	return 0;
}

static int take(struct stir *s, struct err *e)
{
	datastore_set_deadline(s->ds, deadline_in_ms(READ_MS));
	return watch_take(s->watch, count, s, e);
}

int stir_wait(struct stir *s, struct err *e)
{
	struct deadline patience = deadline_in_ms(STIR_PATIENCE_MS);
	struct deadline settled = deadline_in_ms(STIR_SETTLE_MS);

	if (!s->watch) {
		deadline_sleep_ms(deadline_in_ms(STIR_LOOK_MS), STIR_LOOK_MS);
		return 0;
	}
	for (s->changes = 0; !s->changes || !deadline_passed(settled);) {
		struct pollfd fd = { .fd = watch_fd(s->watch), .events = POLLIN };
		bool stirred = s->changes;

		poll(&fd, 1, (int)(stirred ? deadline_left_ms(settled) : WATCH_ALIVE_MS));
		if (take(s, e) == 0)
			patience = deadline_in_ms(STIR_PATIENCE_MS);
		else if (deadline_passed(patience))
			return -1;
		if (!stirred)
			settled = deadline_in_ms(STIR_SETTLE_MS);
	}
	err_reset(e);
	return 0;
}
