/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/reservation/reservations.h"

#include "ipam/record/keys.h"
#include "ipam/request/draft.h"
#include "ipam/request/loop.h"

int reservation_check_name(const char *name, struct err *e)
{
	char key[KEY_TEXT];

	return key_of_reservation(name, key, e);
}

int reservation_check_foreign(const char *name, struct err *e)
{
	if (!reservation_is_gateways(name))
		return 0;
	return err_set(e, ERR_CONFIG, "names that begin with " GATEWAY_RESERVATION " are the "
		       "plugin's own");
}

static int put(struct plan *p, const char *key, const struct reservation_create_request *request,
	       struct err *e)
{
	struct buf text __cleanup(buf_done) = BUF(DRAFT_VALUE_MAX);

	if (reservation_new(&request->spec, request->uid, request->now_ns, &text, e) < 0 ||
	    resource_show(&request->terms, NULL, &text, e) < 0)
		return -1;
	changes_put(&p->changes, key, text.data, text.len);
	return 0;
}

int plan_reservation_create(struct plan *p, const struct reservation_create_request *request,
			    struct err *e)
{
	const struct record *old;
	char key[KEY_TEXT];

	if (reservation_check_foreign(request->spec.name, e) < 0 ||
	    resource_check_name("reservation", request->spec.name, e) < 0 ||
	    key_of_reservation(request->spec.name, key, e) < 0)
		return -1;
	if (plan_knows(p, key)) {
		old = view_look_at(p->view, key);
		if (old && !resource_is_made_by(old, request->uid))
			return err_set(e, ERR_EXISTS, "resource already exists: IPReservation(%s)",
				       request->spec.name);
		if (!old && put(p, key, request, e) < 0)
			return -1;
	}
	plan_conclude(p);
	return 0;
}

int ipam_create_reservation(struct datastore *ds,
			    const struct reservation_create_request *request, struct err *e)
{
	struct loop loop __cleanup(loop_done) = { 0 };

	loop_init(&loop, ds);
	loop.plan.rehearsal = request->terms.dry_run;
	while (loop_goes_on(&loop))
		loop_turn(&loop, plan_reservation_create(&loop.plan, request, &loop.error));
	return loop_result(&loop, e);
}
