/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/crowd/add.h"

#include "ipam/release/release.h"

void ipam_take_back(struct datastore *ds, const struct ipam_assign_request *request)
{
	const struct ipam_release_request written = {
		.owner = request->owner, .assigned_ns = request->now_ns, .now_ns = request->now_ns
	};
	struct ipam_release_answer ignored_answer;
	struct err ignored = {0};

	if (!datastore_traits(ds)->transactions && !request->owner.vm)
		ipam_release(ds, &written, &ignored_answer, &ignored);
}

int ipam_add(struct datastore *ds, const struct ipam_assign_request *request,
	     struct ipam_assign_answer *ret_answer, struct err *e)
{
	if (ipam_assign(ds, request, ret_answer, e) == 0)
		return 0;
	ipam_take_back(ds, request);
	return -1;
}
