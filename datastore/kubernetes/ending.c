/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/kubernetes/ending.h"

#include "base/json.h"

#include <stdlib.h>
#include <string.h>

void ending_print_options(const struct known *known, bool with_revision, struct buf *body)
{
	struct cJSON *options __cleanup(json_freep) = json_new_object();
	struct cJSON *frame __cleanup(json_freep) = NULL;
	struct cJSON *conditions = json_new_object();
	struct err ignored = {0};
	const char *revision;

	if (with_revision && known->frame)
		frame = json_parse(known->frame, strlen(known->frame), &ignored);
	revision = json_field_text(json_field(frame, "metadata"), "resourceVersion");

	json_set(options, "apiVersion", json_new_string("v1"));
	json_set(options, "kind", json_new_string("DeleteOptions"));
	json_set(conditions, "uid", json_new_string(known->uid));
	if (*revision)
		json_set(conditions, "resourceVersion", json_new_string(revision));
	json_set(options, "preconditions", conditions);
	json_print(options, body);
	body->failed |= json_lost();
}

void ending_print(const struct api *api, enum kind kind, const struct known *known,
		  struct api_call *call)
{
	call->method = "DELETE";
	call->again = true;
	kind_path(kind, api->group, &call->path);
	buf_printf(&call->path, "/%s", known->name);
	ending_print_options(known, false, &call->body);
}

/* Left by somebody; one that the server has begun to delete waits for others than us. */
static const struct known *left_marked(const struct knowns *knowns, const struct range *range)
{
	const struct known *known = range->kind == RANGE_KEY ? knowns_find(knowns, range->key)
							     : NULL;

	return known && known->deleted && !known->ending && *known->uid ? known : NULL;
}

/* How many; of each its range. */
static size_t print_all(const struct api *api, const struct knowns *knowns,
			const struct range *ranges, size_t n, struct api_call *calls, size_t *of)
{
	size_t n_calls = 0;

	for (size_t i = 0; i < n; i++) {
		const struct known *known = left_marked(knowns, &ranges[i]);
		struct object_id id;

		if (!known || kind_of_key(known->key, &id) < 0)
			continue;
		api_call_init(&calls[n_calls], "");
		ending_print(api, id.kind, known, &calls[n_calls]);
		of[n_calls++] = i;
	}
	return n_calls;
}

static void send(struct api *api, struct api_call *calls, size_t n)
{
	struct deadline whole = api->deadline;
	struct err ignored = {0};

	api->deadline = deadline_in_ms(ENDING_MS);
	api_round(api, calls, n, &ignored);
	api->deadline = whole;
}

static void end_all(struct api *api, struct knowns *knowns, const struct range *ranges, size_t n,
		    struct api_call *calls, size_t *of)
{
	size_t n_calls = print_all(api, knowns, ranges, n, calls, of);

	send(api, calls, n_calls);
	for (size_t i = 0; i < n_calls; i++) {
		if (calls[i].outcome != API_FAILED)
			knowns_remove(knowns, ranges[of[i]].key);
		api_call_done(&calls[i]);
	}
}

void ending_run(struct api *api, struct knowns *knowns, const struct range *ranges, size_t n)
{
	struct api_call *calls;
	size_t *of, left = 0;

	for (size_t i = 0; i < n; i++)
		left += left_marked(knowns, &ranges[i]) != NULL;
	if (!left || deadline_left_ms(api->deadline) <= ENDING_MS)
		return;
	calls = calloc(left, sizeof(*calls));
	of = calloc(left, sizeof(*of));
	if (calls && of)
		end_all(api, knowns, ranges, n, calls, of);
	free(calls);
	free(of);
}
