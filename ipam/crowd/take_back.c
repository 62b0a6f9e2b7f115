/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/crowd/take_back.h"

#include "ipam/release/release.h"

void take_back(struct datastore *ds, const struct ipam_assign_request *request)
{
	const struct ipam_release_request written = {
		.owner = request->owner, .assigned_ns = request->now_ns, .now_ns = request->now_ns
	};
	struct ipam_release_answer ignored_answer;
	struct err ignored = {0};

	ipam_release(ds, &written, &ignored_answer, &ignored);
}
