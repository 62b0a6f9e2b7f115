/* SPDX-License-Identifier: Apache-2.0 */
#include "openstack/agent/ending.h"

#include "base/log.h"

#include <string.h>

#define WAIT_MS 50	/* within the loop: nearly each has ended by then */
#define AGAIN_MS 100

void ending_begin(struct served_network *n)
{
	if (!n->ending)
		n->forced = deadline_in_ms(SERVED_END_MS);
	n->ending = true;
	if (n->dnsmasq.pid)
		dnsmasq_end(&n->dnsmasq, deadline_passed(n->forced));
}

void ending_note(struct served *s, struct served_network *n)
{
	dnsmasq_done(&n->dnsmasq);
	s->counts.stops++;
	n->answered = false;
	n->misses = 0;
}

struct asking {
	struct served_network *network;
	struct deadline until;
	pid_t left;	/* one that has not ended yet; 0: none */
};

static void note_left(struct asking *a, const struct dnsmasq *d)
{
	if (!dnsmasq_has_ended(d, deadline_left_ms(a->until)))
		a->left = d->pid;
}

static int end_stray(struct dnsmasq *d, const char *network,
		     const struct buf *arguments __unused_arg, void *arg)
{
	struct asking *a = arg;

	if (strcmp(network, a->network->id) != 0 || d->pid == a->network->dnsmasq.pid)
		return 0;
	log_warning("a second dnsmasq of the network is ended", LOG_TEXT("network", network),
		    LOG_NUMBER("pid", d->pid));
	dnsmasq_end(d, deadline_passed(a->network->forced));
	note_left(a, d);
	return 0;
}

int ending_go_on(struct served *s, struct served_network *n, const char *confs, struct err *e)
{
	struct asking a = { .network = n, .until = deadline_in_ms(WAIT_MS) };

	ending_begin(n);
	if (n->dnsmasq.pid)
		note_left(&a, &n->dnsmasq);
	if (n->dnsmasq.pid && !a.left)
		ending_note(s, n);
	if (dnsmasq_list(confs, end_stray, &a, e) < 0)
		return -1;
	if (a.left && deadline_passed((struct deadline){ n->forced.at_ms + SERVED_END_MS }))
		return err_set(e, ERR_IO, "dnsmasq (pid %d) does not end, though it is killed",
			       (int)a.left);
	n->ending = n->late = a.left;
	n->again = deadline_in_ms(AGAIN_MS);
	return !a.left;
}
