/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/reservation/reservations.h"

#include "ipam/record/keys.h"
#include "ipam/request/draft.h"
#include "ipam/request/loop.h"
#include "ipam/request/rewrite.h"

static int rewrite(struct plan *p, const struct record *record,
		   const struct reservation_update_request *request, const struct rewrite *of,
		   struct reservation_update_answer *ret, struct err *e)
{
	struct reservation reservation __cleanup(reservation_done) = { 0 };
	struct buf text __cleanup(buf_done) = BUF(DRAFT_VALUE_MAX);
	bool changed = false;

	if (reservation_read(record, &reservation, e) < 0)
		return -1;
	if (reservation_update(&reservation, &request->spec, &text, &changed, e) < 0)
		return err_wrap(e, "record %s", record->key);
	if (changed && reservation_check_foreign(of->name, e) < 0)
		return -1;
	return rewrite_record(p, record, of, &text, changed, &ret->changed, e);
}

int plan_reservation_update(struct plan *p, const struct reservation_update_request *request,
			    struct reservation_update_answer *ret, struct err *e)
{
	const struct rewrite of = { "IPReservation", request->spec.name, &request->terms };
	const struct record *record = NULL;
	char key[KEY_TEXT];

	if (key_of_reservation(request->spec.name, key, e) < 0 ||
	    rewrite_open(p, key, &of, &record, e) < 0 ||
	    (record && rewrite(p, record, request, &of, ret, e) < 0))
		return -1;
	plan_conclude(p);
	return 0;
}

int ipam_update_reservation(struct datastore *ds,
			    const struct reservation_update_request *request,
			    struct reservation_update_answer *ret_answer, struct err *e)
{
	struct loop loop __cleanup(loop_done) = { 0 };
	struct reservation_update_answer answer = { 0 };

	loop_init(&loop, ds);
	loop.plan.rehearsal = request->terms.dry_run;
	while (loop_goes_on(&loop))
		loop_turn(&loop, plan_reservation_update(&loop.plan, request, &answer,
							 &loop.error));
	if (loop_result(&loop, e) < 0)
		return -1;
	*ret_answer = answer;
	return 0;
}
