/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/inspect/left_out.h"

#include "ctl/cli/aside.h"

void left_out_tell(const struct utilization *s)
{
	if (s->pools.n_unreadable)
		aside("calico-ipamctl: pools that cannot be read and are left out: %zu (%s); see: "
		      "calico-ipamctl pool list\n", s->pools.n_unreadable,
		      s->pools.unreadable[0].why);
	if (s->reservations.n_unreadable)
		aside("calico-ipamctl: reservations that cannot be read, so that what they keep "
		      "counts as free: %u (%s); see: calico-ipamctl reservation list\n",
		      s->reservations.n_unreadable, s->reservations.unreadable.text);
}
