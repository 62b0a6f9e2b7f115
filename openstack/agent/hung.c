/* SPDX-License-Identifier: Apache-2.0 */
#include "openstack/agent/ending.h"

#include "base/log.h"

#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

/* One that was never heard may stand behind a firewall: only who falls silent hangs. */
static bool note_silence(struct served_network *n)
{
	if (!n->answered || ++n->misses < SERVED_MISSES_MAX)
		return false;
	log_warning("dnsmasq answers no more; it is ended", LOG_TEXT("network", n->id),
		    LOG_NUMBER("pid", n->dnsmasq.pid));
	ending_begin(n);
	return true;
}

static void note_answer(struct served_network *n)
{
	n->answered = true;
	n->misses = 0;
}

static void hear(struct served *s, struct pollfd *asked)
{
	struct deadline until = deadline_in_ms(SERVED_ANSWER_MS);
	size_t silent = 0;

	for (size_t i = 0; i < s->n; i++)
		silent += asked[i].fd >= 0;
	while (silent && poll(asked, s->n, (int)deadline_left_ms(until)) > 0) {
		silent = 0;
		for (size_t i = 0; i < s->n; i++) {
			if (asked[i].fd >= 0 && asked[i].revents) {
				if (dnsmasq_answered(asked[i].fd))
					note_answer(&s->list[i]);
				close(asked[i].fd);
				asked[i] = (struct pollfd){ .fd = -1, .events = 0 };
			}
			silent += asked[i].fd >= 0;
		}
	}
}

static int ask(const struct served_network *n)
{
	bool can = n->dnsmasq.pid && !n->ending && n->at.family != FAMILY_NONE;

	return can ? dnsmasq_ask(n->at) : -1;
}

bool served_hung(struct served *s)
{
	struct pollfd *asked = calloc(s->n + 1, sizeof(*asked));
	bool any = false;

	for (size_t i = 0; asked && i < s->n; i++)
		asked[i] = (struct pollfd){ .fd = ask(&s->list[i]), .events = POLLIN };
	if (asked)
		hear(s, asked);
	for (size_t i = 0; asked && i < s->n; i++) {
		if (asked[i].fd < 0)
			continue;
		close(asked[i].fd);
		if (note_silence(&s->list[i]))
			any = true;
	}
	free(asked);
	return any;
}
