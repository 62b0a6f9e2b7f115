/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/etcd/gateway.h"

#include "base/b64.h"
#include "base/json.h"
#include "base/json_walk.h"
#include "datastore/etcd/protobuf.h"
#include "datastore/etcd/rpc.h"
#include "datastore/etcd/wire_answer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define REFUSAL_MAX 65536	/* bytes in which etcd says why */

enum type {
	NUMBER,
	FLAG,
	WORD,		/* an enumeration */
	BYTES,		/* in base64 */
	TEXT,
	MESSAGE,
};

struct message;

struct field {
	const char *name;
	unsigned number;
	enum type type;
	bool repeated;
	const struct message *of;	/* MESSAGE */
	const char *const *words;	/* WORD; NULL behind the last */
};

struct message {
	const struct field *fields;
	size_t n;
};

#define F(its_name, its_number, its_type, ...) \
	{ .name = (its_name), .number = (its_number), .type = (its_type), ##__VA_ARGS__ }
#define FIELDS(name, ...) \
	static const struct field name##_fields[] = { __VA_ARGS__ }; \
	static const struct message name = { name##_fields, ARRAY_LEN(name##_fields) }

static const char *const results[] = { "EQUAL", "GREATER", "LESS", "NOT_EQUAL", NULL };
static const char *const targets[] = { "VERSION", "CREATE", "MOD", "VALUE", "LEASE", NULL };
static const char *const events[] = { "PUT", "DELETE", NULL };

FIELDS(compare,
	F("key", COMPARE_KEY, BYTES),
	F("range_end", COMPARE_RANGE_END, BYTES),
	F("target", COMPARE_TARGET, WORD, .words = targets),
	F("result", COMPARE_RESULT, WORD, .words = results),
	F("version", COMPARE_VERSION, NUMBER),
	F("create_revision", COMPARE_CREATE_REVISION, NUMBER),
	F("mod_revision", COMPARE_MOD_REVISION, NUMBER),
	F("value", COMPARE_VALUE, BYTES));
FIELDS(range,
	F("key", RANGE_OF_KEY, BYTES),
	F("range_end", RANGE_TO, BYTES),
	F("limit", RANGE_LIMIT, NUMBER),
	F("revision", RANGE_REVISION, NUMBER),
	F("keys_only", RANGE_KEYS_ONLY, FLAG));
FIELDS(put, F("key", PUT_KEY, BYTES), F("value", PUT_VALUE, BYTES));
FIELDS(delete_range, F("key", DELETE_KEY, BYTES));
FIELDS(op,
	F("request_range", OP_RANGE, MESSAGE, .of = &range),
	F("request_put", OP_PUT, MESSAGE, .of = &put),
	F("request_delete_range", OP_DELETE_RANGE, MESSAGE, .of = &delete_range));
FIELDS(txn,
	F("compare", TXN_COMPARE, MESSAGE, .repeated = true, .of = &compare),
	F("success", TXN_SUCCESS, MESSAGE, .repeated = true, .of = &op),
	F("failure", TXN_FAILURE, MESSAGE, .repeated = true, .of = &op));
FIELDS(authenticate,
	F("name", AUTHENTICATE_NAME, TEXT),
	F("password", AUTHENTICATE_PASSWORD, TEXT));
FIELDS(watch_create,
	F("key", CREATE_KEY, BYTES),
	F("range_end", CREATE_RANGE_END, BYTES),
	F("start_revision", CREATE_START_REVISION, NUMBER),
	F("watch_id", CREATE_WATCH_ID, NUMBER),
	F("progress_notify", CREATE_PROGRESS_NOTIFY, FLAG),
	F("fragment", CREATE_FRAGMENT, FLAG));
FIELDS(watch, F("create_request", WATCH_CREATE, MESSAGE, .of = &watch_create));

FIELDS(header, F("revision", HEADER_REVISION, NUMBER));
FIELDS(kv,
	F("key", KV_KEY, BYTES),
	F("mod_revision", KV_MOD_REVISION, NUMBER),
	F("value", KV_VALUE, BYTES));
FIELDS(range_answer,
	F("kvs", RANGE_KVS, MESSAGE, .repeated = true, .of = &kv),
	F("more", RANGE_MORE, FLAG));
FIELDS(op_answer, F("response_range", OP_RANGE, MESSAGE, .of = &range_answer));
FIELDS(txn_answer,
	F("header", ANSWER_HEADER, MESSAGE, .of = &header),
	F("succeeded", TXN_SUCCEEDED, FLAG),
	F("responses", TXN_RESPONSES, MESSAGE, .repeated = true, .of = &op_answer));
FIELDS(token_answer,
	F("header", ANSWER_HEADER, MESSAGE, .of = &header),
	F("token", AUTHENTICATE_TOKEN, TEXT));
FIELDS(status_answer,
	F("header", ANSWER_HEADER, MESSAGE, .of = &header),
	F("errors", STATUS_ERRORS, TEXT, .repeated = true));
FIELDS(event,
	F("type", EVENT_TYPE, WORD, .words = events),
	F("kv", EVENT_KV, MESSAGE, .of = &kv));
FIELDS(watch_answer,
	F("header", ANSWER_HEADER, MESSAGE, .of = &header),
	F("watch_id", WATCH_ID, NUMBER),
	F("created", WATCH_CREATED, FLAG),
	F("canceled", WATCH_CANCELED, FLAG),
	F("compact_revision", WATCH_COMPACT_REVISION, NUMBER),
	F("cancel_reason", WATCH_CANCEL_REASON, TEXT),
	F("fragment", WATCH_FRAGMENT, FLAG),
	F("events", WATCH_EVENTS, MESSAGE, .repeated = true, .of = &event));

static const struct message nothing;

static const struct {
	const char *path;
	const struct message *request, *answer;
} calls[WIRE_CALLS] = {
	[WIRE_TXN] = { "/v3/kv/txn", &txn, &txn_answer },
	[WIRE_AUTHENTICATE] = { "/v3/auth/authenticate", &authenticate, &token_answer },
	[WIRE_STATUS] = { "/v3/maintenance/status", &nothing, &status_answer },
	[WIRE_WATCH] = { "/v3/watch", &watch, &watch_answer },
};

const char *gateway_path(enum wire_call call)
{
	return calls[call].path;
}

/* Requests */

static const struct field *field_of(const struct message *m, unsigned number)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->fields[i].number == number)
			return &m->fields[i];
	return NULL;
}

static void print_message(const struct message *m, struct protobuf p, struct buf *out);

static void print_text(const struct protobuf *p, struct buf *out)
{
	struct buf text __cleanup(buf_done) = BUF(SIZE_MAX / 4);

	buf_add(&text, p->data, p->len);
	json_print_string(text.data, out);
	out->failed |= text.failed;
	explicit_bzero(text.data, text.len);
}

static void print_value(const struct field *f, const struct protobuf *p, struct buf *out)
{
	switch (f->type) {
	case NUMBER:
		buf_printf(out, "\"%" PRIu64 "\"", p->number);
		break;
	case FLAG:
		buf_puts(out, p->number ? "true" : "false");
		break;
	case WORD:
		buf_printf(out, "\"%s\"", f->words[p->number]);
		break;
	case BYTES:
		buf_putc(out, '"');
		b64_encode(out, p->data, p->len);
		buf_putc(out, '"');
		break;
	case TEXT:
		print_text(p, out);
		break;
	case MESSAGE:
		print_message(f->of, protobuf_within(p), out);
		break;
	}
}

/* Fields of a list stand one behind the other. */
static void print_message(const struct message *m, struct protobuf p, struct buf *out)
{
	const struct field *list = NULL;
	bool first = true;

	buf_putc(out, '{');
	while (protobuf_next(&p)) {
		const struct field *f = field_of(m, p.field);

		if (!f)
			continue;
		if (list && list != f)
			buf_putc(out, ']');
		if (!first)
			buf_putc(out, ',');
		if (!list || list != f)
			buf_printf(out, "\"%s\":%s", f->name, f->repeated ? "[" : "");
		list = f->repeated ? f : NULL;
		first = false;
		print_value(f, &p, out);
	}
	buf_puts(out, list ? "]}" : "}");
}

/* A watch's request is a row of them. */
static void print_row(const struct message *m, struct protobuf p, struct buf *out)
{
	const char *from = p.at;

	while (protobuf_next(&p)) {
		print_message(m, protobuf_of(from, (size_t)(p.at - from)), out);
		from = p.at;
	}
}

void gateway_print(enum wire_call call, const char *message, size_t len, struct buf *out)
{
	struct protobuf p = protobuf_of(message, len);

	if (call == WIRE_WATCH)
		print_row(calls[call].request, p, out);
	else
		print_message(calls[call].request, p, out);
}

/* Answers */

static int wrong(struct err *e, const char *name, const char *what)
{
	return err_set(e, ERR_UNAVAILABLE, "the answer does not look like etcd v3: its \"%s\" %s",
		       name, what);
}

static int read_message(const struct message *m, const char *name, struct json_walk *w,
			struct buf *out, struct err *e);

/* Some are signed, and are then as protobuf has them. */
static bool number_of_text(const char *text, uint64_t *ret)
{
	char *end;

	errno = 0;
	*ret = *text == '-' ? (uint64_t)strtoll(text, &end, 10) : strtoull(text, &end, 10);
	return strchr("-0123456789", *text) && end != text && !*end && !errno;
}

static bool number_of(const struct cJSON *item, uint64_t *ret)
{
	int64_t n;

	if (json_u64(item, ret) == 0)
		return true;
	if (json_i64(item, &n) < 0)
		return false;
	*ret = (uint64_t)n;
	return true;
}

/* A 64-bit number of protobuf's JSON: text, or a plain number. */
static int read_number(const struct field *f, const struct cJSON *item, struct buf *out,
		       struct err *e)
{
	const char *text = json_string(item);
	uint64_t n;

	if (text ? !number_of_text(text, &n) : !number_of(item, &n))
		return wrong(e, f->name, "is not a number");
	protobuf_number(out, f->number, n);
	return 0;
}

static int read_flag(const struct field *f, const struct cJSON *item, struct buf *out,
		     struct err *e)
{
	if (json_type(item) != JSON_BOOL)
		return wrong(e, f->name, "is neither true nor false");
	protobuf_number(out, f->number, json_true(item));
	return 0;
}

static int read_word(const struct field *f, const struct cJSON *item, struct buf *out,
		     struct err *e)
{
	const char *text = json_string(item);

	for (unsigned i = 0; text && f->words[i]; i++)
		if (strcmp(text, f->words[i]) == 0) {
			protobuf_number(out, f->number, i);
			return 0;
		}
	return wrong(e, f->name, "is none of its words");
}

static int read_bytes(const struct field *f, const struct cJSON *item, struct buf *out,
		      struct err *e)
{
	struct buf bytes __cleanup(buf_done) = BUF(SIZE_MAX / 4);
	const char *text = json_string(item);

	if (!text || b64_decode(&bytes, text, strlen(text)) < 0)
		return wrong(e, f->name, "is not base64");
	if (bytes.failed)
		return err_set(e, ERR_INTERNAL, "out of memory for a record");
	protobuf_bytes(out, f->number, bytes.data, bytes.len);
	return 0;
}

static int read_text(const struct field *f, const struct cJSON *item, struct buf *out,
		     struct err *e)
{
	const char *text = json_string(item);

	if (!text)
		return wrong(e, f->name, "is no text");
	protobuf_bytes(out, f->number, text, strlen(text));
	return 0;
}

static int read_within(const struct field *f, struct json_walk *w, struct buf *out, struct err *e)
{
	size_t begun = protobuf_begin(out, f->number);

	if (read_message(f->of, f->name, w, out, e) < 0)
		return -1;
	protobuf_end(out, begun);
	return 0;
}

static int read_value(const struct field *f, struct json_walk *w, struct buf *out, struct err *e)
{
	static int (*const readers[])(const struct field *f, const struct cJSON *item,
				      struct buf *out, struct err *e) = {
		[NUMBER] = read_number, [FLAG] = read_flag, [WORD] = read_word,
		[BYTES] = read_bytes, [TEXT] = read_text,
	};
	struct cJSON *item __cleanup(json_freep) = NULL;
	struct err bad = {0};
	int rc;

	if (f->type == MESSAGE)
		return read_within(f, w, out, e);
	item = json_walk_parse(w, &bad);
	if (!item)
		return wrong(e, f->name, bad.text);
	rc = readers[f->type](f, item, out, e);
	if (f->type == TEXT && json_string(item))
		explicit_bzero(unconst(json_string(item)), strlen(json_string(item)));
	return rc;
}

static int read_list(const struct field *f, struct json_walk *w, struct buf *out, struct err *e)
{
	int rc = 0;

	if (!json_walk_enter(w, JSON_ARRAY))
		return wrong(e, f->name, "is no list");
	while (rc == 0 && json_walk_next(w))
		rc = read_value(f, w, out, e);
	return rc;
}

static size_t find_field(const struct message *m, const struct json_walk *w)
{
	size_t i = 0;

	while (i < m->n && !json_walk_is(w, m->fields[i].name))
		i++;
	return i;
}

static int read_message(const struct message *m, const char *name, struct json_walk *w,
			struct buf *out, struct err *e)
{
	uint64_t seen = 0;
	int rc = 0;

	if (!json_walk_enter(w, JSON_OBJECT))
		return wrong(e, name, "is no object");
	while (rc == 0 && json_walk_next(w)) {
		size_t i = find_field(m, w);

		if (i == m->n)
			continue;
		if (seen >> i & 1)
			return wrong(e, m->fields[i].name, "is there twice");
		seen |= UINT64_C(1) << i;
		if (json_walk_type(w) == JSON_NULL)
			continue;
		rc = m->fields[i].repeated ? read_list(&m->fields[i], w, out, e)
					   : read_value(&m->fields[i], w, out, e);
	}
	return rc;
}

static int read_answer(enum wire_call call, const char *name, struct json_walk *w, struct buf *ret,
		       struct err *e)
{
	if (read_message(calls[call].answer, name, w, ret, e) < 0)
		return -1;
	return ret->failed ? err_set(e, ERR_INTERNAL, "out of memory for an answer") : 0;
}

int gateway_read(enum wire_call call, const char *text, size_t len, struct deadline until,
		 struct buf *ret, struct err *e)
{
	struct json_walk w = {0};
	struct err bad = {0};

	if (json_walk_begin(&w, text, len, until, &bad) < 0)
		return wire_not_etcd(e, bad.text);
	if (json_walk_type(&w) != JSON_OBJECT)
		return wire_not_etcd(e, "it is no object");
	return read_answer(call, "answer", &w, ret, e);
}

enum wire_refusal gateway_refusal(long status, const char *text, size_t len,
				  char words[WIRE_TEXT_LEN])
{
	struct err bad = {0};
	struct cJSON *tree __cleanup(json_freep) =
		json_parse(text, len < REFUSAL_MAX ? len : REFUSAL_MAX, &bad);
	const char *message = json_string(json_field(tree, "message"));
	uint64_t code;

	if (!message)
		message = json_string(json_field(tree, "error"));
	if (message && json_field(tree, "code") &&
	    json_u64(json_field(tree, "code"), &code) == 0) {
		wire_words(words, message, strlen(message));
		return wire_meaning(code, message);
	}
	wire_words(words, text, len);
	/* server/embed/serve.go: in plain text, and before it looks at user and password. */
	if (strstr(words, "CommonName of client"))
		return REFUSED_COMMON_NAME;
	return status >= 500 ? REFUSED_BY_GATEWAY : REFUSED_NOT_ETCD;
}

/* {"grpc_code": 14, "message": …} of a stream, {"code": 14, "message": …} of an answer. */
static enum wire_refusal read_error(struct json_walk *w, char words[WIRE_TEXT_LEN])
{
	struct err bad = {0};
	struct cJSON *error __cleanup(json_freep) = json_walk_parse(w, &bad);
	const char *said = json_string(json_field(error, "message"));
	uint64_t code = 0;

	if (!said)
		said = json_string(error);
	if (!said)
		said = "the watch ended";
	if (json_u64(json_field(error, "grpc_code"), &code) < 0)
		code = 0;
	wire_words(words, said, strlen(said));
	return wire_meaning(code, said);
}

bool gateway_read_watch(const char *line, size_t len, struct buf *ret, int *ret_rc,
			enum wire_refusal *ret_refusal, char words[WIRE_TEXT_LEN],
			struct err *e)
{
	static const struct deadline never;
	struct json_walk w = {0};
	struct err bad = {0};

	if (json_walk_begin(&w, line, len, never, &bad) < 0 || !json_walk_enter(&w, JSON_OBJECT)) {
		*ret_rc = wire_not_etcd(e, bad.text[0] ? bad.text : "a message is no object");
		return true;
	}
	while (json_walk_next(&w)) {
		if (json_walk_is(&w, "result") && json_walk_type(&w) == JSON_OBJECT) {
			*ret_rc = read_answer(WIRE_WATCH, "result", &w, ret, e);
			return true;
		}
		if (json_walk_is(&w, "error")) {
			*ret_refusal = read_error(&w, words);
			return false;
		}
	}
	*ret_rc = wire_not_etcd(e, "a message is neither result nor error");
	return true;
}
