/* The loop: read, plan, commit. */
#include "ipam/ipam.h"

#include "ipam/keys.h"
#include "ipam/plan.h"

#include <string.h>

/* A plan that never settles is a defect; a lost race is not, so this is generous. */
#define ROUNDS_MAX 100000

void step_init(struct step *s)
{
	s->kind = PLAN_NEED;
	wants_init(&s->wants);
	changes_init(&s->changes);
}

void step_done(struct step *s)
{
	wants_done(&s->wants);
	changes_done(&s->changes);
}

/* One turn: 1 settled, 0 once more, -1 failed. */
static int turn(struct datastore *ds, struct view *view, planner *plan, const struct plan *context,
		const void *request, void *answer, struct err *e)
{
	struct step step __cleanup(step_done);
	enum commit_outcome outcome;

	step_init(&step);
	if (plan(context, request, &step, answer, e) < 0)
		return -1;
	if (step.kind == PLAN_DONE)
		return 1;
	if (step.kind == PLAN_NEED)
		return datastore_read(ds, view, &step.wants, e) < 0 ? -1 : 0;
	if (datastore_commit(ds, view, &step.changes, &outcome, e) == 0)
		return outcome == COMMIT_DONE;
	if (e->kind != ERR_UNKNOWN_OUTCOME)
		return -1;
	/* It may have gone through: look again, the plan finds what it wrote. */
	view_reset(view);
	return 0;
}

static int settle(struct datastore *ds, planner *plan, const void *request, void *answer, struct err *e)
{
	struct view view __cleanup(view_done);
	struct scan scan = {0};
	struct plan context = { &view, datastore_traits(ds)->one_node, &scan };

	view_init(&view);
	for (unsigned i = 0; i < ROUNDS_MAX; i++) {
		int done = turn(ds, &view, plan, &context, request, answer, e);

		if (done)
			return done < 0 ? -1 : 0;
	}
	return err_set(e, ERR_CONFLICT, "other hosts changed the same records %d times in a row; try again", ROUNDS_MAX);
}

int ipam_assign(struct datastore *ds, const struct ipam_assign_request *request,
		struct ipam_assign_answer *ret_answer, struct err *e)
{
	struct ipam_assign_answer answer = {0};

	if (settle(ds, plan_assign, request, &answer, e) < 0)
		return -1;
	*ret_answer = answer;
	return 0;
}

int ipam_release(struct datastore *ds, const struct ipam_release_request *request,
		 struct ipam_release_answer *ret_answer, struct err *e)
{
	struct ipam_release_answer answer = {0};

	if (settle(ds, plan_release, request, &answer, e) < 0)
		return -1;
	*ret_answer = answer;
	return 0;
}

int ipam_verify(struct datastore *ds, const struct ipam_owner *owner, const struct addr *addresses,
		unsigned n_addresses, struct err *e)
{
	struct verify_request request = { owner, addresses, n_addresses, clock_now_ns() };

	return settle(ds, plan_verify, &request, NULL, e);
}

int ipam_status(struct datastore *ds, const struct ipam_assign_request *request, struct err *e)
{
	return settle(ds, plan_status, request, NULL, e);
}
