/* SPDX-License-Identifier: Apache-2.0 */
#include "openstack/agent/holder.h"

#include <stdlib.h>

#define AGAIN_MS 50

static bool had(const struct served_network *n, struct addr a)
{
	for (size_t i = 0; i < n->n_own; i++)
		if (addr_equal(n->own[i], a))
			return true;
	return false;
}

static bool is_to_have(const struct networks *all, const char *id, struct addr a)
{
	const struct network *network = networks_find(all, id);

	for (size_t i = 0; network && i < network->n_subnets; i++)
		if (addr_equal(subnet_own_address(network->subnets[i]), a))
			return true;
	return false;
}

static int give_way(const struct served_network *holder, struct served_network *n,
		    const struct networks *all, struct addr a, struct err *e)
{
	char text[ADDR_TEXT];

	n->late = true;
	n->again = deadline_in_ms(AGAIN_MS);
	if (!is_to_have(all, holder->id, a))
		return 0;
	addr_print(a, text);
	return err_set(e, ERR_EXISTS, "its gateway %s is that of network %s, which is served: two "
		       "networks with one gateway cannot be served on one host", text, holder->id);
}

int holder_gives_way(const struct served *s, struct served_network *n,
		     const struct network *wanted, const struct networks *all, struct err *e)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct served_network *other = &s->list[i];

		for (size_t k = 0; other != n && other->dnsmasq.pid && k < wanted->n_subnets; k++) {
			struct addr a = subnet_own_address(wanted->subnets[k]);

			if (had(other, a) || is_to_have(all, other->id, a))
				return give_way(other, n, all, a, e);
		}
	}
	return 1;
}

int holder_note(struct served_network *n, const struct network *wanted, struct err *e)
{
	struct addr *own = reallocarray(n->own, wanted->n_subnets, sizeof(*own));

	if (!own)
		return err_set(e, ERR_INTERNAL, "out of memory");
	for (size_t i = 0; i < wanted->n_subnets; i++)
		own[i] = subnet_own_address(wanted->subnets[i]);
	n->own = own;
	n->n_own = wanted->n_subnets;
	return 0;
}
