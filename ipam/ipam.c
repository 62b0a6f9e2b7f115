/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/ipam.h"

#include "ipam/crowd/take_back.h"

int ipam_add(struct datastore *ds, const struct ipam_assign_request *request,
	     struct ipam_assign_answer *ret_answer, struct err *e)
{
	if (ipam_assign(ds, request, ret_answer, e) == 0)
		return 0;
	/* What a virtual machine was given is its own, and what it holds may be older. */
	if (!datastore_traits(ds)->transactions && !request->owner.vm)
		take_back(ds, request);
	return -1;
}
