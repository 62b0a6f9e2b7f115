/* SPDX-License-Identifier: Apache-2.0 */
#include "openstack/agent/ending.h"

#include "base/log.h"

#include <unistd.h>

/* One that was never heard may stand behind a firewall: only who falls silent hangs. */
static bool note_silence(struct served_network *n)
{
	if (!n->answered || n->ending || ++n->misses < SERVED_MISSES_MAX)
		return false;
	log_warning("dnsmasq answers no more; it is ended", LOG_TEXT("network", n->id),
		    LOG_NUMBER("pid", n->dnsmasq.pid));
	ending_begin(n);
	return true;
}

static void forget_question(struct served_network *n)
{
	if (n->asked_pid)
		close(n->asked);
	n->asked_pid = 0;
}

/* A late answer counts: one that has much to do does not hang. */
static bool hear(struct served_network *n)
{
	if (n->asked_pid != n->dnsmasq.pid)
		forget_question(n);
	if (!n->asked_pid)
		return false;
	if (!dnsmasq_answered(n->asked))
		return note_silence(n);
	n->answered = true;
	n->misses = 0;
	forget_question(n);
	return false;
}

static void ask(struct served_network *n)
{
	if (n->asked_pid) {
		dnsmasq_ask_again(n->asked);
		return;
	}
	if (!n->dnsmasq.pid || n->ending || n->at.family == FAMILY_NONE)
		return;
	n->asked = dnsmasq_ask(n->at);
	if (n->asked >= 0)
		n->asked_pid = n->dnsmasq.pid;
}

bool served_hung(struct served *s)
{
	bool any = false;

	for (size_t i = 0; i < s->n; i++) {
		any |= hear(&s->list[i]);
		ask(&s->list[i]);
	}
	return any;
}
