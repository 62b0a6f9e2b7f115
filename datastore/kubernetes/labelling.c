/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/kubernetes/labelling.h"

#include "base/json.h"

#include <stdlib.h>

/* The record of one that is to be labelled, or NULL. */
static const struct record *unlabelled(const struct known *known, const struct view *view)
{
	const struct record *record;

	if (!known->unlabelled || known->deleted || !known->frame)
		return NULL;
	record = view_peek(view, known->key);
	return record && record->value && record->revision == known->revision ? record : NULL;
}

static int print(const struct api *api, const struct known *known, const struct record *record,
		 struct api_call *call)
{
	struct err ignored = {0};

	api_call_init(call, "PUT");
	kind_path(KIND_AFFINITY, api->group, &call->path);
	buf_printf(&call->path, "/%s", known->name);
	return object_print(&call->body, api->group, record->key, record->value,
			    record->value_len, known->frame, &ignored);
}

/* How many there are of those that can be printed. */
static size_t print_all(const struct api *api, const struct knowns *knowns,
			const struct view *view, struct api_call *calls)
{
	size_t n = 0;

	for (size_t i = 0; i < knowns->n; i++) {
		const struct record *record = unlabelled(&knowns->list[i], view);

		if (!record)
			continue;
		if (print(api, &knowns->list[i], record, &calls[n]) == 0)
			n++;
		else
			api_call_done(&calls[n]);
	}
	return n;
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

	api->deadline = deadline_in_ms(LABELLING_MS);
	api_round(api, calls, n, &ignored);
	api->deadline = whole;
}

void labelling_run(struct api *api, struct knowns *knowns, struct view *view)
{
	struct api_call *calls;
	size_t n = 0;

	if (deadline_left_ms(api->deadline) <= LABELLING_MS)
		return;
	for (size_t i = 0; i < knowns->n; i++)
		n += unlabelled(&knowns->list[i], view) != NULL;
	calls = n ? calloc(n, sizeof(*calls)) : NULL;
	if (!calls)
		return;
	n = print_all(api, knowns, view, calls);
	if (n)
		send(api, calls, n);
	for (size_t i = 0; i < n; i++) {
		take(api, knowns, view, &calls[i]);
		api_call_done(&calls[i]);
	}
	free(calls);
}
