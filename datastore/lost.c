/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/lost.h"

#include "base/utf8.h"

#define WORDS_MAX 400	/* bytes */

void lost_note(struct lost *l, const struct err *e)
{
	if (e->kind != ERR_UNKNOWN_OUTCOME)
		return;
	l->n++;
	l->unseen = true;
	l->why = *e;
}

void lost_end(struct lost *l)
{
	l->n = 0;
}

int64_t lost_pause_ms(unsigned n)
{
	int64_t ms = n < 2 ? 0 : LOST_PAUSE_MS;

	for (unsigned i = 2; i < n && ms < LOST_PAUSE_MAX_MS; i++)
		ms *= 2;
	return ms < LOST_PAUSE_MAX_MS ? ms : LOST_PAUSE_MAX_MS;
}

void lost_pause(struct lost *l, struct deadline deadline)
{
	if (l->unseen && l->n > 1)
		deadline_sleep_ms(deadline, lost_pause_ms(l->n));
	l->unseen = false;
}

void lost_tell(const struct lost *l, struct err *e)
{
	if (e->kind == ERR_DEADLINE && l->n)
		err_add(e, "; of a commit before: %.*s", (int)utf8_within(l->why.text, WORDS_MAX),
			l->why.text);
}
