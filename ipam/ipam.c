/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/ipam.h"

#include "ipam/request/loop.h"

#include <stdio.h>
#include <string.h>

/* A plan that never settles is a defect; a lost race is not, so this is generous. */
#define TURNS_MAX 100000

static int copy_handle(const char *id, char out[IPAM_HANDLE_MAX + 1], struct err *e)
{
	if (snprintf(out, IPAM_HANDLE_MAX + 1, "%s", id) > IPAM_HANDLE_MAX)
		return err_set(e, ERR_LIMIT, "handle id is longer than %d bytes", IPAM_HANDLE_MAX);
	return 0;
}

static int handles_of_assign(const void *request, char (*out)[IPAM_HANDLE_MAX + 1], unsigned *ret_n,
			     struct err *e)
{
	const struct ipam_assign_request *r = request;

	*ret_n = 1;
	return owner_handle(&r->owner, out[0], e);
}

static int handles_of_release(const void *request, char (*out)[IPAM_HANDLE_MAX + 1],
			      unsigned *ret_n, struct err *e)
{
	const struct ipam_release_request *r = ((const struct release_request *)request)->of;

	*ret_n = r->old_handle ? 2 : 1;
	if (r->old_handle && copy_handle(r->old_handle, out[1], e) < 0)
		return -1;
	return owner_handle(&r->owner, out[0], e);
}

const struct verb verb_assign = { .plan = plan_assign, .handles = handles_of_assign };
const struct verb verb_would_assign = { .plan = plan_assign, .rehearsal = true };
const struct verb verb_release = { .plan = plan_release, .handles = handles_of_release };
const struct verb verb_release_addresses = { .plan = plan_release_addresses };
const struct verb verb_verify = { .plan = plan_verify };
const struct verb verb_status = { .plan = plan_status };

/* What was planned from the records says whose they are; the store's own errors do already. */
static int name_store(const struct datastore *ds, struct err *e)
{
	switch (e->kind) {
	case ERR_CONFIG:
	case ERR_POOL:
	case ERR_EXHAUSTED:
	case ERR_EXISTS:
	case ERR_NOT_FOUND:
	case ERR_CORRUPT:
	case ERR_CONFLICT:
		return err_wrap(e, "%.200s", datastore_traits(ds)->place);
	default:
		return -1;
	}
}

static int run(struct datastore *ds, const struct verb *verb, const void *request, void *answer,
	       struct err *e)
{
	struct loop loop __cleanup(loop_done) = {0};
	enum loop_turn turn = LOOP_GOES_ON;

	loop_init(&loop, ds, verb, request, answer);
	for (unsigned i = 0; i < TURNS_MAX && turn == LOOP_GOES_ON; i++)
		turn = loop_take_turn(&loop, e);
	if (turn == LOOP_GOES_ON)
		err_set(e, ERR_CONFLICT,
			"other hosts changed the same records %d times in a row; try again",
			TURNS_MAX);
	return turn == LOOP_DONE ? 0 : name_store(ds, e);
}

int ipam_assign(struct datastore *ds, const struct ipam_assign_request *request,
		struct ipam_assign_answer *ret_answer, struct err *e)
{
	struct ipam_assign_answer answer = {0};

	if (run(ds, &verb_assign, request, &answer, e) < 0)
		return -1;
	*ret_answer = answer;
	return 0;
}

int ipam_release(struct datastore *ds, const struct ipam_release_request *request,
		 struct ipam_release_answer *ret_answer, struct err *e)
{
	struct release_request part = { .of = request, .most = RELEASE_BLOCKS_MAX };
	struct ipam_release_answer sum = {0};
	struct release_answer answer;

	for (;;) {
		if (run(ds, &verb_release, &part, &answer, e) < 0) {
			if (e->kind != ERR_LIMIT || part.most == 1)
				return -1;
			err_reset(e);
			part.most /= 2;
			continue;
		}
		sum.released += answer.of_this.released;
		sum.handle_was_there |= answer.of_this.handle_was_there;
		memcpy(part.after, answer.last, sizeof(part.after));
		if (!answer.more)
			break;
	}
	*ret_answer = sum;
	return 0;
}

int ipam_release_addresses(struct datastore *ds, struct ipam_release_address *list, unsigned n,
			   void (*progress)(unsigned done, unsigned n), unsigned *ret_done,
			   struct err *e)
{
	unsigned most = IPAM_RELEASE_MAX;

	for (unsigned done = 0; done < n;) {
		unsigned part = n - done < most ? n - done : most;
		struct release_meant meant[IPAM_RELEASE_MAX] = {0};
		struct release_addresses_request request = { list + done, part, clock_now_ns(),
							     meant };

		*ret_done = done;
		if (run(ds, &verb_release_addresses, &request, NULL, e) < 0) {
			if (e->kind != ERR_LIMIT || part == 1)
				return -1;
			err_reset(e);
			most = part / 2;
			continue;
		}
		done += part;
		if (progress)
			progress(done, n);
	}
	*ret_done = n;
	return 0;
}

int ipam_verify(struct datastore *ds, const struct ipam_owner *owner, const struct addr *addresses,
		unsigned n_addresses, struct err *e)
{
	struct verify_request request = { owner, addresses, n_addresses, clock_now_ns() };

	return run(ds, &verb_verify, &request, NULL, e);
}

int ipam_status(struct datastore *ds, const struct ipam_assign_request *request, struct err *e)
{
	return run(ds, &verb_status, request, NULL, e);
}

int ipam_would_assign(struct datastore *ds, const struct ipam_assign_request *request,
		      struct err *e)
{
	struct ipam_assign_answer ignored = {0};

	return run(ds, &verb_would_assign, request, &ignored, e);
}
