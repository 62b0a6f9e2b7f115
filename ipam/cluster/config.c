/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/cluster/config.h"

#include "ipam/record/keys.h"
#include "ipam/record/resource.h"
#include "ipam/request/draft.h"
#include "ipam/request/loop.h"

#include <string.h>

int ipam_get_config(struct datastore *ds, struct ipam_config *ret, uint64_t *ret_revision,
		    struct err *e)
{
	struct wants wants __cleanup(wants_done) = { 0 };
	struct view view __cleanup(view_done) = { 0 };
	const struct record *record;

	wants_add(&wants, KEY_CONFIG, RANGE_KEY);
	if (datastore_read(ds, &view, &wants, e) < 0)
		return -1;
	record = view_peek(&view, KEY_CONFIG);
	if (ipam_config_read(record, ret, e) < 0)
		return -1;
	if (ret_revision)
		*ret_revision = record ? record->revision : 0;
	return 0;
}

static int apply(struct ipam_config *config, const struct config_set_request *request,
		 struct err *e)
{
	for (unsigned i = 0; i < request->n; i++)
		if (ipam_config_set(config, request->settings[i].field, request->settings[i].value,
				    e) < 0)
			return -1;
	return 0;
}

static bool is_another(const struct record *old, const struct buf *text)
{
	return !old || old->value_len != text->len || memcmp(old->value, text->data, text->len);
}

static int check_revision(const struct config_set_request *request, const struct record *old,
			  struct err *e)
{
	struct resource_terms terms = { .revision = request->revision };

	return old ? resource_check_revision(&terms, old, "IPAMConfiguration", "default", e) : 0;
}

static int rewrite(struct plan *p, const struct config_set_request *request,
		   struct config_set_answer *ret, struct err *e)
{
	const struct record *old = view_look_at(p->view, KEY_CONFIG);
	struct buf text __cleanup(buf_done) = BUF(DRAFT_VALUE_MAX);
	bool in_force;

	if (ipam_config_read(old, &ret->before, e) < 0)
		return -1;
	ret->after = ret->before;
	if (apply(&ret->after, request, e) < 0)
		return -1;
	in_force = request->unless_in_force && ipam_config_equal(&ret->before, &ret->after);
	/* Others write what goes against the rules, and that may be said again. */
	if ((!in_force && ipam_config_check(&ret->after, e) < 0) ||
	    ipam_config_rewrite(old, &ret->after, &text, e) < 0)
		return -1;
	ret->changed = is_another(old, &text) && !in_force;
	if ((ret->changed || !p->uncertain) && check_revision(request, old, e) < 0)
		return -1;
	if (ret->changed)
		changes_put(&p->changes, KEY_CONFIG, text.data, text.len);
	/* Or an earlier plan has changed it, before its answer was lost. */
	ret->changed |= p->uncertain;
	return 0;
}

int plan_config_set(struct plan *p, const struct config_set_request *request,
		    struct config_set_answer *ret, struct err *e)
{
	if (plan_knows(p, KEY_CONFIG) && rewrite(p, request, ret, e) < 0)
		return -1;
	plan_conclude(p);
	return 0;
}

int ipam_set_config(struct datastore *ds, const struct config_set_request *request,
		    struct config_set_answer *ret_answer, struct err *e)
{
	struct loop loop __cleanup(loop_done) = { 0 };
	struct config_set_answer answer = { 0 };

	loop_init(&loop, ds);
	loop.plan.rehearsal = request->dry_run;
	while (loop_goes_on(&loop))
		loop_turn(&loop, plan_config_set(&loop.plan, request, &answer, &loop.error));
	if (loop_result(&loop, e) < 0)
		return -1;
	*ret_answer = answer;
	return 0;
}
