/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/etcd/wire_answer.h"
#include "datastore/etcd/rpc.h"

#include <stdlib.h>
#include <string.h>

bool wire_take_number(const struct protobuf *p, uint64_t *ret)
{
	*ret = p->number;
	return p->type == PROTOBUF_NUMBER;
}

/* One that is below nothing is signed, and none of etcd's revisions. */
static bool take_revision(const struct protobuf *p, uint64_t *ret)
{
	return wire_take_number(p, ret) && *ret <= INT64_MAX;
}

bool wire_take_flag(const struct protobuf *p, bool *ret)
{
	*ret = p->number != 0;
	return p->type == PROTOBUF_NUMBER;
}

bool wire_take_message(const struct protobuf *p, struct protobuf *ret)
{
	if (p->type == PROTOBUF_BYTES)
		*ret = protobuf_within(p);
	return p->type == PROTOBUF_BYTES;
}

int wire_not_etcd(struct err *e, const char *what)
{
	return err_set(e, ERR_UNAVAILABLE, "the answer does not look like etcd v3: %s", what);
}

/* At the end of a message. */
static int whole(const struct protobuf *p, struct err *e)
{
	return p->bad ? wire_not_etcd(e, "a message ends too soon, or is none") : 0;
}

static int take_header(struct wire_answer *a, const struct protobuf *field, struct err *e)
{
	struct protobuf header;

	if (!wire_take_message(field, &header))
		return wire_not_etcd(e, "it has no header");
	while (protobuf_next(&header))
		if (header.field == HEADER_REVISION && !take_revision(&header, &a->revision))
			return wire_not_etcd(e, "its revision is not a number");
	return whole(&header, e);
}

/* It goes into a header line. */
static bool is_token(const char *text, size_t len)
{
	return len && !memchr(text, '\r', len) && !memchr(text, '\n', len) && !memchr(text, 0, len);
}

static int take_token(struct wire_answer *a, const struct protobuf *field, struct err *e)
{
	if (field->type != PROTOBUF_BYTES || !is_token(field->data, field->len))
		return 0;
	free(a->token);
	a->token = strndup(field->data, field->len);
	return a->token ? 0 : err_set(e, ERR_INTERNAL, "out of memory");
}

/* etcdserver/api/v3rpc/maintenance.go: alarms in words, whichever member has raised them. */
static void take_error(struct wire_answer *a, const struct protobuf *field)
{
	static const char full[] = "alarm:NOSPACE";

	a->full |= field->type == PROTOBUF_BYTES &&
		   memmem(field->data, field->len, full, strlen(full));
}

static int take_field(struct wire_answer *a, enum wire_call call, const struct protobuf *field,
		      struct err *e)
{
	if (field->field == ANSWER_HEADER)
		return take_header(a, field, e);
	if (call == WIRE_TXN && field->field == TXN_SUCCEEDED &&
	    !wire_take_flag(field, &a->succeeded))
		return wire_not_etcd(e, "its \"succeeded\" is neither true nor false");
	if (call == WIRE_AUTHENTICATE && field->field == AUTHENTICATE_TOKEN)
		return take_token(a, field, e);
	if (call == WIRE_STATUS && field->field == STATUS_ERRORS)
		take_error(a, field);
	return 0;
}

int wire_parse(enum wire_call call, const char *message, size_t len, struct wire_answer *ret,
	       struct err *e)
{
	struct wire_answer a __cleanup(wire_answer_done) = { .message = message, .len = len };
	struct protobuf p = protobuf_of(message, len);
	bool has_header = false;

	while (protobuf_next(&p)) {
		has_header |= p.field == ANSWER_HEADER;
		if (take_field(&a, call, &p, e) < 0)
			return -1;
	}
	if (whole(&p, e) < 0)
		return -1;
	if (!has_header)
		return wire_not_etcd(e, "it has no header");
	if (call == WIRE_TXN && !a.revision)
		return wire_not_etcd(e, "its header has no revision");
	*ret = a;
	a = (struct wire_answer){0};
	return 0;
}

void wire_answer_done(struct wire_answer *a)
{
	if (a->token)
		explicit_bzero(a->token, strlen(a->token));
	if (a->token && a->own.len)
		explicit_bzero(a->own.data, a->own.len);
	free(a->token);
	buf_done(&a->own);
	*a = (struct wire_answer){0};
}

void wire_record_init(struct wire_record *d)
{
	buf_init(&d->key, WIRE_KEY_MAX);
	buf_init(&d->before, WIRE_KEY_MAX);
	buf_init(&d->value, SIZE_MAX / 4);
}

void wire_record_done(struct wire_record *d)
{
	buf_done(&d->key);
	buf_done(&d->before);
	buf_done(&d->value);
}

static bool take_text(struct buf *out, const struct protobuf *field)
{
	buf_reset(out);
	if (field->type == PROTOBUF_BYTES)
		buf_add(out, field->data, field->len);
	return field->type == PROTOBUF_BYTES;
}

static int decode_field(struct wire_record *d, const struct protobuf *field, struct err *e)
{
	if ((field->field == KV_KEY && !take_text(&d->key, field)) ||
	    (field->field == KV_VALUE && !take_text(&d->value, field)))
		return wire_not_etcd(e, "a key or value is no text");
	if (field->field == KV_MOD_REVISION && !take_revision(field, &d->revision))
		return wire_not_etcd(e, "a mod_revision is not a number");
	return 0;
}

int wire_decode(struct wire_record *d, struct protobuf kv, struct err *e)
{
	buf_reset(&d->key);
	buf_reset(&d->value);
	d->revision = 0;
	while (protobuf_next(&kv))
		if (decode_field(d, &kv, e) < 0)
			return -1;
	if (whole(&kv, e) < 0)
		return -1;
	if (!d->revision)
		return wire_not_etcd(e, "a record has no mod_revision");
	if (d->key.failed || d->value.failed)
		return err_set(e, ERR_INTERNAL, "out of memory for a record");
	return d->key.len ? 0 : wire_not_etcd(e, "a record has no key");
}

bool wire_key_is_text(const struct buf *key)
{
	return key->len && key->len <= VIEW_KEY_MAX && !memchr(key->data, 0, key->len);
}

static int visit_decoded(const struct wire_record *d, record_visitor *visit, void *arg,
			 struct err *e)
{
	const struct record r = {
		.key = d->key.data, .value = d->value.data, .value_len = d->value.len,
		.revision = d->revision
	};

	return wire_key_is_text(&d->key) ? visit(&r, arg, e) : 0;
}

/* What a range may hold: keys of the prefix, or the key alone, above `after` if not NULL. */
struct bounds {
	const char *key;
	bool alone;
	const struct buf *after;
};

static int compare_bytes(const struct buf *a, const char *b, size_t len)
{
	int order = memcmp(a->data, b, a->len < len ? a->len : len);

	return order ? order : (a->len > len) - (a->len < len);
}

static const char *fault_of(const struct wire_record *d, const struct bounds *bounds)
{
	size_t len = strlen(bounds->key);

	if (d->key.len < len || memcmp(d->key.data, bounds->key, len) != 0 ||
	    (bounds->alone && d->key.len != len))
		return "a record is none of the keys that were asked for";
	if ((d->before.len && compare_bytes(&d->key, d->before.data, d->before.len) <= 0) ||
	    (bounds->after && compare_bytes(&d->key, bounds->after->data, bounds->after->len) <= 0))
		return "its keys do not ascend";
	return NULL;
}

static int visit_kv(struct protobuf kv, const struct bounds *bounds, struct wire_record *d,
		    record_visitor *visit, void *arg, struct err *e)
{
	struct buf before = d->before;
	const char *fault;

	d->before = d->key;
	d->key = before;
	if (wire_decode(d, kv, e) < 0)
		return -1;
	fault = fault_of(d, bounds);
	return fault ? wire_not_etcd(e, fault) : visit_decoded(d, visit, arg, e);
}

/* A range being shown. */
struct showing {
	const struct bounds *bounds;
	struct wire_record *d;
	record_visitor *visit;
	void *arg;
	bool more;
};

static int visit_range(struct protobuf range, struct showing *s, struct err *e)
{
	struct protobuf kv;
	int rc = 0;

	while (rc == 0 && protobuf_next(&range)) {
		if (range.field == RANGE_MORE && !wire_take_flag(&range, &s->more))
			return wire_not_etcd(e, "its \"more\" is neither true nor false");
		if (range.field != RANGE_KVS)
			continue;
		if (!wire_take_message(&range, &kv))
			return wire_not_etcd(e, "a record is no message");
		rc = visit_kv(kv, s->bounds, s->d, s->visit, s->arg, e);
	}
	return rc ? rc : whole(&range, e);
}

/* The answers of a transaction, one after the other. */
static bool next_response(struct protobuf *answers)
{
	while (protobuf_next(answers))
		if (answers->field == TXN_RESPONSES)
			return true;
	return false;
}

/* Of the next answer.  s->d is the last record then, and without one it has no key. */
static int visit_response(struct protobuf *answers, struct showing *s, struct err *e)
{
	struct protobuf op, range;
	bool found = false;
	int rc = 0;

	if (!next_response(answers))
		return wire_not_etcd(e, "it has fewer answers than there were ranges");
	if (!wire_take_message(answers, &op))
		return wire_not_etcd(e, "an answer to a range is missing");
	buf_reset(&s->d->key);	/* which is `before` of the first */
	while (rc == 0 && protobuf_next(&op)) {
		if (op.field != OP_RANGE)
			continue;
		if (found || !wire_take_message(&op, &range))
			return wire_not_etcd(e, "it answers a range twice, or with none");
		found = true;
		rc = visit_range(range, s, e);
	}
	if (rc == 0)
		rc = whole(&op, e);
	return rc || found ? rc : wire_not_etcd(e, "an answer to a range is missing");
}

static int leave_responses(struct protobuf *answers, struct err *e)
{
	return next_response(answers)
		? wire_not_etcd(e, "it has more answers than there were ranges") : 0;
}

struct filling {
	struct view *view;
	const struct range *range;
};

static int put_into_view(const struct record *record, void *arg, struct err *e __unused_arg)
{
	const struct filling *f = arg;

	view_put_as(f->view, f->range, record);
	return 0;
}

int wire_fill(struct view *view, const struct range *list, size_t n, const struct wire_answer *a,
	      struct err *e)
{
	struct wire_record d __cleanup(wire_record_done) = {0};
	struct protobuf answers = protobuf_of(a->message, a->len);

	wire_record_init(&d);
	for (size_t i = 0; i < n; i++) {
		struct filling filling = { view, &list[i] };
		struct bounds bounds = { .key = list[i].key, .alone = list[i].kind == RANGE_KEY };
		struct showing s = { &bounds, &d, put_into_view, &filling, false };

		view_forget(view, &list[i]);
		if (visit_response(&answers, &s, e) < 0)
			return -1;
		view_cover(view, &list[i], a->revision);
	}
	return leave_responses(&answers, e);
}

static void take_key(struct wire_record *d, struct buf *ret)
{
	struct buf key = d->key;

	d->key = *ret;
	*ret = key;
}

int wire_visit_page(const struct wire_page *page, const struct wire_answer *a,
		    record_visitor *visit, void *arg, struct buf *last, bool *ret_more,
		    struct err *e)
{
	struct wire_record d __cleanup(wire_record_done) = {0};
	struct bounds bounds = { .key = page->prefix, .after = page->after };
	struct showing s = { &bounds, &d, visit, arg, false };
	struct protobuf answers = protobuf_of(a->message, a->len);
	int rc;

	wire_record_init(&d);
	rc = visit_response(&answers, &s, e);
	if (rc)
		return rc;
	if (s.more && !d.key.len)
		return wire_not_etcd(e, "it has more records and shows none");
	if (s.more)
		take_key(&d, last);
	*ret_more = s.more;
	return leave_responses(&answers, e);
}

/* gRPC's status codes (grpc/codes). */
enum { CANCELLED = 1, UNKNOWN = 2, DEADLINE = 4, DENIED = 7, INTERNAL = 13, UNAVAILABLE = 14,
	UNAUTHENTICATED = 16 };

/* etcd's words (api/v3rpc/rpctypes/error.go), where the code alone does not tell. */
static const struct {
	const char *words;
	enum wire_refusal refusal;
} by_words[] = {
	{ "too many requests", REFUSED_BUSY },
	{ "not supported for learner", REFUSED_BUSY },
	{ "database space exceeded", REFUSED_SPACE },
	{ "invalid auth token", REFUSED_TOKEN },
	{ "revision of auth store is old", REFUSED_TOKEN },
	{ "authentication is not enabled", REFUSED_AUTH_OFF },
	{ "authentication failed", REFUSED_CREDENTIALS },
	{ "permission denied", REFUSED_RIGHT },
	{ "user name is empty", REFUSED_CREDENTIALS },
	{ "request is too large", REFUSED_SIZE },
	{ "message larger than max", REFUSED_SIZE },
	{ "too many operations", REFUSED_SIZE },
	{ "has been compacted", REFUSED_COMPACTED },
	{ "request timed out", REFUSED_FOR_NOW },
	{ "no leader", REFUSED_FOR_NOW },
	{ "leader changed", REFUSED_FOR_NOW },
	{ "server stopped", REFUSED_FOR_NOW },
};

enum wire_refusal wire_meaning(uint64_t code, const char *message)
{
	for (size_t i = 0; i < ARRAY_LEN(by_words); i++)
		if (strstr(message, by_words[i].words))
			return by_words[i].refusal;
	switch (code) {
	case CANCELLED:
	case UNKNOWN:
	case DEADLINE:
	case INTERNAL:
	case UNAVAILABLE:
		return REFUSED_FOR_NOW;
	case DENIED:
	case UNAUTHENTICATED:
		return REFUSED_CREDENTIALS;
	default:
		return REFUSED;
	}
}

void wire_words(char words[WIRE_TEXT_LEN], const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && n < WIRE_TEXT_LEN - 1 && text[n] >= ' ' && text[n] <= '~') {
		words[n] = text[n];
		n++;
	}
	words[n] = '\0';
}
