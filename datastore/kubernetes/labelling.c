/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/kubernetes/labelling.h"

#include "base/json.h"

#include <stdlib.h>

/* The record of one that is to be labelled, or NULL. */
static const struct record *unlabelled(const struct known *known, const struct view *view)
{
	const struct record *record = view_peek(view, known->key);

	return known->unlabelled && !known->deleted && known->frame && record && record->value &&
	       record->revision == known->revision ? record : NULL;
}

static int print_all(const struct api *api, const struct knowns *knowns, const struct view *view,
		     struct api_call *calls, size_t *ret_n, struct err *e)
{
	for (size_t i = 0; i < knowns->n; i++) {
		const struct known *known = &knowns->list[i];
		const struct record *record = unlabelled(known, view);
		struct api_call *call = &calls[*ret_n];

		if (!record)
			continue;
		(*ret_n)++;
		api_call_init(call, "PUT");
		kind_path(KIND_AFFINITY, api->group, &call->path);
		buf_printf(&call->path, "/%s", known->name);
		if (object_print(&call->body, api->group, record->key, record->value,
				 record->value_len, known->frame, e) < 0)
			return -1;
	}
	return 0;
}

static void take(const struct api *api, struct knowns *knowns, struct view *view,
		 const struct api_call *call)
{
	struct object o __cleanup(object_done) = { .value = BUF(0), .frame = BUF(0) };
	struct cJSON *tree __cleanup(json_freep) = NULL;
	struct err ignored = {0};

	if (call->outcome != API_DONE)
		return;
	tree = json_parse(call->answer.data, call->answer.len, &ignored);
	if (!tree || object_read(&o, KIND_AFFINITY, api->group, tree, &ignored) < 0)
		return;
	knowns_put(knowns, &o);
	if (view_peek(view, o.key))
		view_put(view, o.key, o.value.data, o.value.len, o.revision);
}

static void send(struct api *api, struct api_call *calls, size_t n)
{
	struct deadline whole = api->deadline;
	struct err ignored = {0};

	if (deadline_left_ms(whole) > LABELLING_MS)
		api->deadline = deadline_in_ms(LABELLING_MS);
	api_round(api, calls, n, &ignored);
	api->deadline = whole;
}

void labelling_run(struct api *api, struct knowns *knowns, struct view *view)
{
	struct api_call *calls;
	struct err ignored = {0};
	size_t n = 0;

	for (size_t i = 0; i < knowns->n; i++)
		n += unlabelled(&knowns->list[i], view) != NULL;
	calls = n ? calloc(n, sizeof(*calls)) : NULL;
	if (!calls)
		return;
	n = 0;
	if (print_all(api, knowns, view, calls, &n, &ignored) == 0)
		send(api, calls, n);
	for (size_t i = 0; i < n; i++) {
		take(api, knowns, view, &calls[i]);
		api_call_done(&calls[i]);
	}
	free(calls);
}
