/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/cluster/config.h"

#include "ipam/record/keys.h"
#include "ipam/request/draft.h"
#include "ipam/request/loop.h"

#include <string.h>

int ipam_get_config(struct datastore *ds, struct ipam_config *ret, struct err *e)
{
	struct wants wants __cleanup(wants_done) = { 0 };
	struct view view __cleanup(view_done) = { 0 };

	wants_add(&wants, KEY_CONFIG, RANGE_KEY);
	if (datastore_read(ds, &view, &wants, e) < 0)
		return -1;
	return ipam_config_read(view_peek(&view, KEY_CONFIG), ret, e);
}

static int apply(struct ipam_config *config, const struct config_set_request *request,
		 struct err *e)
{
	for (unsigned i = 0; i < request->n; i++)
		if (ipam_config_set(config, request->settings[i].field, request->settings[i].value,
				    e) < 0)
			return -1;
	return ipam_config_check(config, e);
}

static int rewrite(struct plan *p, const struct config_set_request *request, struct err *e)
{
	const struct record *old = view_look_at(p->view, KEY_CONFIG);
	struct buf text __cleanup(buf_done) = BUF(DRAFT_VALUE_MAX);
	struct ipam_config config;

	if (ipam_config_read(old, &config, e) < 0 || apply(&config, request, e) < 0 ||
	    ipam_config_rewrite(old, &config, &text, e) < 0)
		return -1;
	if (!old || old->value_len != text.len || memcmp(old->value, text.data, text.len) != 0)
		changes_put(&p->changes, KEY_CONFIG, text.data, text.len);
	return 0;
}

int plan_config_set(struct plan *p, const struct config_set_request *request, struct err *e)
{
	if (plan_knows(p, KEY_CONFIG) && rewrite(p, request, e) < 0)
		return -1;
	plan_conclude(p);
	return 0;
}

int ipam_set_config(struct datastore *ds, const struct config_set_request *request,
		    struct err *e)
{
	struct loop loop __cleanup(loop_done) = { 0 };

	loop_init(&loop, ds);
	while (loop_goes_on(&loop))
		loop_turn(&loop, plan_config_set(&loop.plan, request, &loop.error));
	return loop_result(&loop, e);
}
