/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/crowd/add.h"

#include "ipam/release/release.h"
#include "ipam/request/loop.h"

bool ipam_take_back(struct datastore *ds, const struct ipam_assign_request *request)
{
	const struct ipam_release_request written = {
		.owner = request->owner, .assigned_ns = request->now_ns, .now_ns = request->now_ns
	};
	struct ipam_release_answer ignored_answer;
	struct err ignored = {0};

	return !datastore_traits(ds)->transactions && !request->owner.vm &&
	       ipam_release(ds, &written, &ignored_answer, &ignored) == 0;
}

int ipam_add(struct datastore *ds, const struct ipam_assign_request *request,
	     struct ipam_assign_answer *ret_answer, struct err *e)
{
	struct loop loop __cleanup(loop_done) = {0};

	if (assign_in_loop(&loop, ds, request, ret_answer) == 0)
		return 0;
	if (ipam_take_back(ds, request))
		loop_took_back(&loop);
	return loop_result_in_store(&loop, e);
}
