/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/ipam.h"

#include "ipam/request/loop.h"

#include <string.h>

int ipam_assign(struct datastore *ds, const struct ipam_assign_request *request,
		struct ipam_assign_answer *ret_answer, struct err *e)
{
	struct loop loop __cleanup(loop_done) = {0};
	struct ipam_assign_answer answer = {0};

	loop_init(&loop, ds);
	loop_recall(&loop, &request->owner, NULL);
	while (loop_goes_on(&loop))
		loop_turn(&loop, plan_assign(&loop.plan, request, &answer, &loop.error));
	if (loop_result_in_store(&loop, e) < 0)
		return -1;
	*ret_answer = answer;
	return 0;
}

int ipam_would_assign(struct datastore *ds, const struct ipam_assign_request *request,
		      struct err *e)
{
	struct loop loop __cleanup(loop_done) = {0};
	struct ipam_assign_answer ignored = {0};

	loop_init(&loop, ds);
	loop.rehearsal = true;
	while (loop_goes_on(&loop))
		loop_turn(&loop, plan_assign(&loop.plan, request, &ignored, &loop.error));
	return loop_result_in_store(&loop, e);
}

int ipam_status(struct datastore *ds, const struct ipam_assign_request *request, struct err *e)
{
	struct loop loop __cleanup(loop_done) = {0};

	loop_init(&loop, ds);
	while (loop_goes_on(&loop))
		loop_turn(&loop, plan_status(&loop.plan, request, &loop.error));
	return loop_result_in_store(&loop, e);
}

int ipam_verify(struct datastore *ds, const struct ipam_owner *owner, const struct addr *addresses,
		unsigned n_addresses, struct err *e)
{
	struct verify_request request = { owner, addresses, n_addresses, clock_now_ns() };
	struct loop loop __cleanup(loop_done) = {0};

	loop_init(&loop, ds);
	while (loop_goes_on(&loop))
		loop_turn(&loop, plan_verify(&loop.plan, &request, &loop.error));
	return loop_result_in_store(&loop, e);
}

/* One commit's worth; *most is what that can be, from one part to the next. */
static int release_part(struct datastore *ds, const struct release_request *request,
			unsigned *most, struct release_answer *ret_answer, struct err *e)
{
	const struct ipam_release_request *r = request->of;
	struct loop loop __cleanup(loop_done) = {0};

	loop_init(&loop, ds);
	loop.plan.most = *most;
	loop_recall(&loop, &r->owner, r->old_handle);
	while (loop_goes_on(&loop))
		loop_turn(&loop, plan_release(&loop.plan, request, ret_answer, &loop.error));
	*most = loop.plan.most;
	return loop_result_in_store(&loop, e);
}

int ipam_release(struct datastore *ds, const struct ipam_release_request *request,
		 struct ipam_release_answer *ret_answer, struct err *e)
{
	struct release_request part = { .of = request };
	struct ipam_release_answer sum = {0};
	struct release_answer answer = { .more = true };
	unsigned most = 0;

	while (answer.more) {
		if (release_part(ds, &part, &most, &answer, e) < 0)
			return -1;
		sum.released += answer.of_this.released;
		sum.handle_was_there |= answer.of_this.handle_was_there;
		memcpy(part.after, answer.last, sizeof(part.after));
	}
	*ret_answer = sum;
	return 0;
}

static int release_addresses_part(struct datastore *ds, struct ipam_release_address *list,
				  unsigned n, unsigned *most, unsigned *done, struct err *e)
{
	struct release_meant meant[IPAM_RELEASE_MAX] = {0};
	struct release_addresses_request request = { list, n, clock_now_ns(), meant };
	struct release_addresses_answer answer = {0};
	struct loop loop __cleanup(loop_done) = {0};

	loop_init(&loop, ds);
	loop.plan.most = *most;
	while (loop_goes_on(&loop))
		loop_turn(&loop, plan_release_addresses(&loop.plan, &request, &answer,
							&loop.error));
	*most = loop.plan.most;
	*done += answer.n;
	return loop_result_in_store(&loop, e);
}

int ipam_release_addresses(struct datastore *ds, struct ipam_release_address *list, unsigned n,
			   void (*progress)(unsigned done, unsigned n), unsigned *ret_done,
			   struct err *e)
{
	unsigned most = 0, done = 0;

	while (done < n) {
		*ret_done = done;
		if (release_addresses_part(ds, list + done, n - done, &most, &done, e) < 0)
			return -1;
		if (progress)
			progress(done, n);
	}
	*ret_done = n;
	return 0;
}
