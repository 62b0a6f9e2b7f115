/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/store.h"
#include "ctl/cli/aside.h"

int store_open_unsaid(struct store *s, const char *config, enum datastore_purpose purpose,
		      struct err *e)
{
	s->ds = NULL;
	if (found_init(&s->found, config, e) < 0)
		return -1;
	return datastore_open(&s->ds, &s->found.settings, purpose,
			      deadline_in_ms(STORE_TIMEOUT_MS), e);
}

int store_open(struct store *s, const struct call *call, enum datastore_purpose purpose,
	       struct err *e)
{
	if (store_open_unsaid(s, call->config, purpose, e) < 0)
		return -1;
	store_say(s);
	return 0;
}

void store_say(const struct store *s)
{
	const struct datastore_traits *traits = datastore_traits(s->ds);

	aside_on_terminal("store: %s (by %s)\n", traits->place,
			  *s->found.path ? s->found.path : "the environment");
	if (traits->absent)
		aside("the %s is not there yet, and is taken for an empty one\n", traits->place);
}

int store_refuse_context(struct call *call, struct err *e)
{
	if (!call_option(call, "context", 0))
		return 0;
	return call_wrong_use(call, e, "--context is not known here; KUBECONFIG names a file whose "
			      "current context is meant");
}

enum datastore_purpose store_purpose(bool dry_run, enum datastore_purpose otherwise)
{
	return dry_run ? OPEN_TO_LOOK : otherwise;
}

void store_close(struct store *s)
{
	datastore_close(s->ds);
	found_done(&s->found);
}

void store_go_on(struct store *s)
{
	datastore_set_deadline(s->ds, deadline_in_ms(STORE_TIMEOUT_MS));
}
