/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/etcd/wire_watch.h"
#include "datastore/etcd/rpc.h"

#include <string.h>

void wire_watch(struct buf *out, const char *prefix, uint64_t from, uint64_t id)
{
	size_t begun = protobuf_begin(out, WATCH_CREATE);

	wire_prefix(out, CREATE_KEY, CREATE_RANGE_END, prefix);
	protobuf_number(out, CREATE_START_REVISION, from);
	protobuf_number(out, CREATE_WATCH_ID, id);
	protobuf_number(out, CREATE_PROGRESS_NOTIFY, true);
	protobuf_number(out, CREATE_FRAGMENT, true);
	protobuf_end(out, begun);
}

static bool take_flags(struct wire_message *m, const struct protobuf *p)
{
	switch (p->field) {
	case WATCH_CREATED:
		return wire_take_flag(p, &m->created);
	case WATCH_CANCELED:
		return wire_take_flag(p, &m->canceled);
	case WATCH_FRAGMENT:
		return wire_take_flag(p, &m->partial);
	default:
		return true;
	}
}

static int take_field(struct wire_message *m, const struct protobuf *p, struct err *e)
{
	/* -1 of one that could not be created. */
	if (p->field == WATCH_ID && (!wire_take_number(p, &m->id) || m->id > INT64_MAX))
		m->id = 0;
	if (p->field == WATCH_COMPACT_REVISION && !wire_take_number(p, &m->compacted))
		return wire_not_etcd(e, "a compact_revision is not a number");
	if (!take_flags(m, p))
		return wire_not_etcd(e, "a message's flag is neither true nor false");
	if (p->field == WATCH_CANCEL_REASON && p->type == PROTOBUF_BYTES)
		wire_words(m->words, p->data, p->len);
	return 0;
}

int wire_message_parse(const char *data, size_t len, struct wire_message *ret, struct err *e)
{
	struct protobuf p = protobuf_of(data, len);
	struct wire_message m = { .rest = p };
	bool has_header = false;

	while (protobuf_next(&p)) {
		has_header |= p.field == ANSWER_HEADER && p.type == PROTOBUF_BYTES;
		if (take_field(&m, &p, e) < 0)
			return -1;
	}
	if (p.bad)
		return wire_not_etcd(e, "a message ends too soon, or is none");
	if (!has_header)
		return wire_not_etcd(e, "a message has no header");
	if (m.canceled && !m.words[0])
		strcpy(m.words, "the watch was canceled");
	m.refusal = wire_meaning(0, m.words);
	*ret = m;
	return 0;
}

/* Of an event; 0: no reader could name its key. */
static int take_event(struct protobuf event, struct wire_record *scratch, struct record *ret,
		      struct err *e)
{
	uint64_t type = EVENT_PUT;
	struct protobuf kv = {0};

	while (protobuf_next(&event)) {
		if (event.field == EVENT_TYPE && (!wire_take_number(&event, &type) ||
						  type > EVENT_DELETE))
			return wire_not_etcd(e, "an event is neither PUT nor DELETE");
		if (event.field == EVENT_KV && !wire_take_message(&event, &kv))
			return wire_not_etcd(e, "a record is no message");
	}
	if (event.bad)
		return wire_not_etcd(e, "a message ends too soon, or is none");
	if (wire_decode(scratch, kv, e) < 0)
		return -1;
	*ret = (struct record){
		.key = scratch->key.data, .revision = scratch->revision,
		.value = type == EVENT_DELETE ? NULL : scratch->value.data,
		.value_len = type == EVENT_DELETE ? 0 : scratch->value.len,
	};
	return wire_key_is_text(&scratch->key);
}

int wire_message_event(struct wire_message *m, struct wire_record *scratch, struct record *ret,
		       struct err *e)
{
	struct protobuf event;
	int rc;

	while (protobuf_next(&m->rest)) {
		if (m->rest.field != WATCH_EVENTS)
			continue;
		if (!wire_take_message(&m->rest, &event))
			return wire_not_etcd(e, "a message's events are none");
		rc = take_event(event, scratch, ret, e);
		if (rc)
			return rc;
	}
	return 0;
}
