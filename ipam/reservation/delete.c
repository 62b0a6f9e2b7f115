/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/reservation/reservations.h"

#include "ipam/record/keys.h"
#include "ipam/request/loop.h"

static int list_changes(struct plan *p, const char *key, const char *name, struct err *e)
{
	if (view_look_at(p->view, key)) {
		changes_delete(&p->changes, key);
		return 0;
	}
	/* Our own deletion, its answer lost, or somebody else's. */
	return p->uncertain || p->lost ? 0 :
	       err_set(e, ERR_NOT_FOUND, "resource does not exist: IPReservation(%s)", name);
}

int plan_reservation_delete(struct plan *p, const struct reservation_delete_request *request,
			    struct err *e)
{
	char key[KEY_TEXT];

	if (key_of_reservation(request->name, key, e) < 0)
		return -1;
	if (!request->force && reservation_is_gateways(request->name))
		return err_set(e, ERR_CONFLICT, "it keeps a gateway from being assigned to a "
			       "container; --force deletes it all the same");
	if (plan_knows(p, key) && list_changes(p, key, request->name, e) < 0)
		return -1;
	plan_conclude(p);
	return 0;
}

int ipam_delete_reservation(struct datastore *ds,
			    const struct reservation_delete_request *request, struct err *e)
{
	struct loop loop __cleanup(loop_done) = { 0 };

	loop_init(&loop, ds);
	loop.plan.rehearsal = request->dry_run;
	while (loop_goes_on(&loop))
		loop_turn(&loop, plan_reservation_delete(&loop.plan, request, &loop.error));
	return loop_result(&loop, e);
}
