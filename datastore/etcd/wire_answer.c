/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/etcd/wire_answer.h"
#include "base/b64.h"
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#define REFUSAL_MAX 65536	/* bytes in which etcd says why */

int wire_number(const struct cJSON *object, const char *name, uint64_t *ret)
{
	struct cJSON *item = json_field(object, name);
	const char *text = json_string(item);
	char *end;

	if (!item) {
		*ret = 0;
		return 0;
	}
	if (!text)
		return json_u64(item, ret);
	if (*text < '0' || *text > '9')
		return -1;
	*ret = strtoull(text, &end, 10);
	return *end ? -1 : 0;
}

int wire_bool(const struct cJSON *object, const char *name, bool *ret)
{
	const struct cJSON *item = json_field(object, name);

	if (item && json_type(item) != JSON_BOOL)
		return -1;
	*ret = json_true(item);
	return 0;
}

int wire_list(const struct cJSON *object, const char *name, struct cJSON **ret_first)
{
	const struct cJSON *item = json_field(object, name);
	enum json_type type = json_type(item);

	if (type != JSON_ABSENT && type != JSON_NULL && type != JSON_ARRAY)
		return -1;
	*ret_first = json_first(item);
	return 0;
}

int wire_not_etcd(struct err *e, const char *what)
{
	return err_set(e, ERR_UNAVAILABLE, "the answer does not look like etcd v3: %s", what);
}

static int take_header(struct wire_answer *a, struct json_walk *w, struct err *e)
{
	struct err bad = {0};
	struct cJSON *header __cleanup(json_freep) = json_walk_parse(w, &bad);

	if (json_type(header) != JSON_OBJECT)
		return wire_not_etcd(e, "it has no header");
	return wire_number(header, "revision", &a->revision) < 0
		? wire_not_etcd(e, "its revision is not a number") : 0;
}

/* It goes into a header line. */
static bool is_token(const char *text)
{
	return text && *text && !text[strcspn(text, "\r\n")];
}

static int take_token(struct wire_answer *a, struct json_walk *w, struct err *e)
{
	struct err bad = {0};
	struct cJSON *item __cleanup(json_freep) = json_walk_parse(w, &bad);
	const char *text = json_string(item);

	free(a->token);
	a->token = is_token(text) ? strdup(text) : NULL;
	return a->token || !is_token(text) ? 0 : err_set(e, ERR_INTERNAL, "out of memory");
}

static int take_flag(struct json_walk *w, bool *ret)
{
	if (json_walk_type(w) != JSON_BOOL)
		return -1;
	*ret = w->text[w->at] == 't';
	return 0;
}

/* etcdserver/api/v3rpc/maintenance.go: alarms in words, whichever member has raised them. */
static void take_errors(struct wire_answer *a, struct json_walk *w)
{
	struct err bad = {0};
	struct cJSON *list __cleanup(json_freep) = json_walk_parse(w, &bad);

	for (const struct cJSON *i = json_first(list); i; i = json_next(i))
		a->full |= json_string(i) && strstr(json_string(i), "alarm:NOSPACE");
}

static int take_field(struct wire_answer *a, struct json_walk *w, bool *ret_header, struct err *e)
{
	if (json_walk_is(w, "header")) {
		*ret_header = true;
		return take_header(a, w, e);
	}
	if (json_walk_is(w, "succeeded") && take_flag(w, &a->succeeded) < 0)
		return wire_not_etcd(e, "its \"succeeded\" is neither true nor false");
	if (json_walk_is(w, "token"))
		return take_token(a, w, e);
	if (json_walk_is(w, "errors"))
		take_errors(a, w);
	if (json_walk_is(w, "responses"))
		a->responses = json_walk_fork(w);
	return 0;
}

int wire_parse(const char *text, size_t len, struct deadline until, struct wire_answer *ret,
	       struct err *e)
{
	struct wire_answer a __cleanup(wire_answer_done) = {0};
	struct json_walk w = {0};
	bool has_header = false;
	struct err bad = {0};

	if (json_walk_begin(&w, text, len, until, &bad) < 0)
		return wire_not_etcd(e, bad.text);
	if (!json_walk_enter(&w, JSON_OBJECT))
		return wire_not_etcd(e, "it is no object");
	while (json_walk_next(&w))
		if (take_field(&a, &w, &has_header, e) < 0)
			return -1;
	if (!has_header)
		return wire_not_etcd(e, "it has no header");
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

static int decode_text(struct buf *out, const struct cJSON *item)
{
	const char *text = json_string(item);

	buf_reset(out);
	if (!text)
		return item ? -1 : 0;
	return b64_decode(out, text, strlen(text));
}

int wire_decode(struct wire_record *d, const struct cJSON *kv, struct err *e)
{
	if (json_type(kv) != JSON_OBJECT)
		return wire_not_etcd(e, "a record is no object");
	if (decode_text(&d->key, json_field(kv, "key")) < 0 ||
	    decode_text(&d->value, json_field(kv, "value")) < 0)
		return wire_not_etcd(e, "a key or value is not base64");
	if (wire_number(kv, "mod_revision", &d->revision) < 0)
		return wire_not_etcd(e, "a mod_revision is not a number");
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
	const char *after;
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
	    (bounds->after && compare_bytes(&d->key, bounds->after, strlen(bounds->after)) <= 0))
		return "its keys do not ascend";
	return NULL;
}

static int visit_kv(struct json_walk *w, const struct bounds *bounds, struct wire_record *d,
		    record_visitor *visit, void *arg, struct err *e)
{
	struct err bad = {0};
	struct cJSON *kv __cleanup(json_freep) = json_walk_parse(w, &bad);
	struct buf before = d->before;
	const char *fault;

	if (!kv)
		return wire_not_etcd(e, bad.text);
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
	bool has_records, more;
};

static int visit_kvs(struct json_walk *w, struct showing *s, struct err *e)
{
	int rc = 0;

	if (s->has_records)
		return wire_not_etcd(e, "it has \"kvs\" twice");
	s->has_records = true;
	if (json_walk_type(w) == JSON_NULL)
		return 0;
	if (!json_walk_enter(w, JSON_ARRAY))
		return wire_not_etcd(e, "its \"kvs\" are no list");
	while (rc == 0 && json_walk_next(w))
		rc = visit_kv(w, s->bounds, s->d, s->visit, s->arg, e);
	return rc;
}

static int visit_range(struct json_walk *w, struct showing *s, struct err *e)
{
	int rc = 0;

	if (!json_walk_enter(w, JSON_OBJECT))
		return wire_not_etcd(e, "an answer to a range is missing");
	while (rc == 0 && json_walk_next(w)) {
		if (json_walk_is(w, "kvs"))
			rc = visit_kvs(w, s, e);
		else if (json_walk_is(w, "more") && take_flag(w, &s->more) < 0)
			rc = wire_not_etcd(e, "its \"more\" is neither true nor false");
	}
	return rc;
}

/* Of the next answer.  s->d is the last record then, and without one it has no key. */
static int visit_response(struct json_walk *w, struct showing *s, struct err *e)
{
	bool found = false;
	int rc = 0;

	if (!json_walk_next(w))
		return wire_not_etcd(e, "it has fewer answers than there were ranges");
	if (!json_walk_enter(w, JSON_OBJECT))
		return wire_not_etcd(e, "an answer to a range is missing");
	buf_reset(&s->d->key);	/* which is `before` of the first */
	while (rc == 0 && json_walk_next(w)) {
		if (!json_walk_is(w, "response_range"))
			continue;
		if (found)
			return wire_not_etcd(e, "it answers a range twice");
		found = true;
		rc = visit_range(w, s, e);
	}
	return rc || found ? rc : wire_not_etcd(e, "an answer to a range is missing");
}

static int enter_responses(const struct wire_answer *a, struct json_walk *ret, struct err *e)
{
	struct json_walk w = a->responses;

	if (!w.text || !json_walk_enter(&w, JSON_ARRAY))
		return wire_not_etcd(e, "it has no list of answers");
	*ret = w;
	return 0;
}

static int leave_responses(struct json_walk *w, struct err *e)
{
	return json_walk_next(w)
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
	struct json_walk w;

	if (enter_responses(a, &w, e) < 0)
		return -1;
	wire_record_init(&d);
	for (size_t i = 0; i < n; i++) {
		struct filling filling = { view, &list[i] };
		struct bounds bounds = { .key = list[i].key, .alone = list[i].kind == RANGE_KEY };
		struct showing s = { &bounds, &d, put_into_view, &filling, false, false };

		view_forget(view, &list[i]);
		if (visit_response(&w, &s, e) < 0)
			return -1;
		view_cover(view, &list[i], a->revision);
	}
	return leave_responses(&w, e);
}

int wire_visit_page(const struct wire_page *page, const struct wire_answer *a,
		    record_visitor *visit, void *arg, char last[VIEW_KEY_MAX + 2], bool *ret_more,
		    struct err *e)
{
	struct wire_record d __cleanup(wire_record_done) = {0};
	struct bounds bounds = { .key = page->prefix, .after = page->after };
	struct showing s = { &bounds, &d, visit, arg, false, false };
	struct json_walk w;
	int rc;

	if (enter_responses(a, &w, e) < 0)
		return -1;
	wire_record_init(&d);
	rc = visit_response(&w, &s, e);
	if (rc)
		return rc;
	if (s.more && !d.key.len)
		return wire_not_etcd(e, "it has more records and shows none");
	if (s.more && !wire_key_is_text(&d.key))
		return err_set(e, ERR_LIMIT, "a key under %s is longer than %d bytes or no text",
			       page->prefix, VIEW_KEY_MAX);
	if (s.more)
		memcpy(last, d.key.data, d.key.len + 1);
	*ret_more = s.more;
	return leave_responses(&w, e);
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

enum wire_refusal wire_refusal(long status, const char *text, size_t len, char words[WIRE_TEXT_LEN])
{
	struct err bad = {0};
	struct cJSON *tree __cleanup(json_freep) =
		json_parse(text, len < REFUSAL_MAX ? len : REFUSAL_MAX, &bad);
	const char *message = json_string(json_field(tree, "message"));
	uint64_t code;

	if (!message)
		message = json_string(json_field(tree, "error"));
	if (message && json_field(tree, "code") && wire_number(tree, "code", &code) == 0) {
		wire_words(words, message, strlen(message));
		return wire_meaning(code, message);
	}
	wire_words(words, text, len);
	/* server/embed/serve.go: in plain text, and before it looks at user and password. */
	if (strstr(words, "CommonName of client"))
		return REFUSED_COMMON_NAME;
	return status >= 500 ? REFUSED_BY_GATEWAY : REFUSED_NOT_ETCD;
}

void wire_authenticate(struct buf *out, const char *user, const char *password)
{
	struct cJSON *request __cleanup(json_freep) = json_new_object();

	json_set(request, "name", json_new_string(user));
	json_set(request, "password", json_new_string(password));
	json_print(request, out);
}
