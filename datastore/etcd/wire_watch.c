/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/etcd/wire_watch.h"
#include "base/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void wire_watch(struct buf *out, const char *prefix, uint64_t from, uint64_t id)
{
	buf_puts(out, "{\"create_request\":{");
	wire_prefix(out, prefix);
	buf_printf(out, ",\"start_revision\":\"%" PRIu64 "\",\"watch_id\":\"%" PRIu64 "\","
		   "\"progress_notify\":true,\"fragment\":true}}", from, id);
}

static void take_words(struct wire_message *m, const char *words, uint64_t code)
{
	m->refusal = wire_meaning(code, words);
	wire_words(m->words, words, strlen(words));
}

/* {"grpc_code": 14, "message": …} of a stream, {"code": 14, "message": …} of an answer. */
static void take_error(struct wire_message *m, const struct cJSON *error)
{
	const char *words = json_string(json_field(error, "message"));
	uint64_t code = 0;

	if (!words)
		words = json_string(error);
	if (wire_number(error, "grpc_code", &code) < 0)
		code = 0;
	m->is_error = true;
	take_words(m, words ? words : "the watch ended", code);
}

static int take_result(struct wire_message *m, const struct cJSON *result, struct err *e)
{
	const char *reason = json_field_text(result, "cancel_reason");

	if (json_type(json_field(result, "header")) != JSON_OBJECT)
		return wire_not_etcd(e, "a message has no header");
	/* -1 of one that could not be created. */
	if (wire_number(result, "watch_id", &m->id) < 0)
		m->id = 0;
	if (wire_number(result, "compact_revision", &m->compacted) < 0)
		return wire_not_etcd(e, "a compact_revision is not a number");
	if (wire_bool(result, "created", &m->created) < 0 ||
	    wire_bool(result, "canceled", &m->canceled) < 0 ||
	    wire_bool(result, "fragment", &m->partial) < 0)
		return wire_not_etcd(e, "a message's flag is neither true nor false");
	if (wire_list(result, "events", &m->next) < 0)
		return wire_not_etcd(e, "a message's events are no list");
	if (m->canceled && !m->compacted)
		take_words(m, *reason ? reason : "the watch was canceled", 0);
	return 0;
}

int wire_message_parse(const char *line, size_t len, struct wire_message *ret, struct err *e)
{
	struct wire_message m __cleanup(wire_message_done) = {0};
	const struct cJSON *result;
	struct err bad = {0};

	m.tree = json_parse(line, len, &bad);
	if (!m.tree)
		return wire_not_etcd(e, bad.text);
	result = json_field(m.tree, "result");
	if (json_type(result) == JSON_OBJECT) {
		if (take_result(&m, result, e) < 0)
			return -1;
	} else if (json_field(m.tree, "error")) {
		take_error(&m, json_field(m.tree, "error"));
	} else {
		return wire_not_etcd(e, "a message is neither result nor error");
	}
	*ret = m;
	m.tree = NULL;
	return 0;
}

void wire_message_done(struct wire_message *m)
{
	json_free(m->tree);
	m->tree = NULL;
}

int wire_message_event(struct wire_message *m, struct wire_record *scratch, struct record *ret,
		       struct err *e)
{
	while (m->next) {
		const struct cJSON *event = m->next;
		const char *type = json_field_text(event, "type");
		bool deleted = strcmp(type, "DELETE") == 0;

		if (!deleted && *type && strcmp(type, "PUT") != 0)
			return wire_not_etcd(e, "an event is neither PUT nor DELETE");
		m->next = json_next(event);
		if (wire_decode(scratch, json_field(event, "kv"), e) < 0)
			return -1;
		if (!wire_key_is_text(&scratch->key))
			continue;
		*ret = (struct record){
			.key = scratch->key.data, .revision = scratch->revision,
			.value = deleted ? NULL : scratch->value.data,
			.value_len = deleted ? 0 : scratch->value.len,
		};
		return 1;
	}
	return 0;
}
