/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest's name: what Neutron's dns extension has written as its fqdn, the same for all its
 * addresses, else "host-", the address with dashes, and the domain.
 */
#ifndef OPENSTACK_SERVE_NAME_H
#define OPENSTACK_SERVE_NAME_H

#include "openstack/serve/files.h"

void print_name(const struct vm_endpoint *p, struct addr a, const struct serving *s,
		struct buf *out);
/* Up to the first dot. */
void print_short_name(const struct vm_endpoint *p, struct addr a, struct buf *out);

#endif
