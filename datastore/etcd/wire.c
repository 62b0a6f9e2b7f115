/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/etcd/wire.h"
#include "base/b64.h"
#include "base/json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Bytes that etcd's own encoding adds to an operation, generously. */
#define OP_OVERHEAD 32
/* Bytes of a value's head; of one that is longer all is compared. */
#define WIRE_HEAD_MAX 8192

/* One list of operations being written; counts what etcd limits. */
struct ops {
	struct buf *out;
	size_t n;
	size_t bytes;
};

static void add_bytes(struct buf *out, const char *name, const void *data, size_t len)
{
	buf_printf(out, "\"%s\":\"", name);
	b64_encode(out, data, len);
	buf_putc(out, '"');
}

/* The empty prefix begins at "\0": etcd knows no empty key. */
static void add_key(struct buf *out, const char *key)
{
	add_bytes(out, "key", key, *key ? strlen(key) : 1);
}

/* The first key above all that begin with the prefix; "\0" is etcd's "to the end". */
static void add_range_end(struct buf *out, const char *prefix)
{
	unsigned char end[VIEW_KEY_MAX + 1];
	size_t len = strnlen(prefix, VIEW_KEY_MAX);

	memcpy(end, prefix, len);
	while (len && end[len - 1] == 0xff)
		len--;
	if (len)
		end[len - 1]++;
	else
		end[len++] = 0;
	buf_putc(out, ',');
	add_bytes(out, "range_end", end, len);
}

static void add_range(struct buf *out, const struct range *r)
{
	buf_puts(out, "{\"request_range\":{");
	add_key(out, r->key);
	if (r->kind != RANGE_KEY)
		add_range_end(out, r->key);
	if (r->kind == RANGE_PREFIX_KEYS)
		buf_puts(out, ",\"keys_only\":true");
	buf_puts(out, "}}");
}

static void add_ranges(struct buf *out, const struct range *list, size_t n)
{
	buf_putc(out, '[');
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_putc(out, ',');
		add_range(out, &list[i]);
	}
	buf_putc(out, ']');
}

void wire_read(struct buf *out, const struct range *list, size_t n)
{
	buf_puts(out, "{\"success\":");
	add_ranges(out, list, n);
	buf_putc(out, '}');
}

/* Where a range goes on: just behind `after`, or, if that is NULL, at its prefix. */
static void add_start(struct buf *out, const char *after, const char *prefix)
{
	if (after)
		add_bytes(out, "key", after, strlen(after) + 1);
	else
		add_key(out, prefix);
}

void wire_read_page(struct buf *out, const struct wire_page *page)
{
	buf_puts(out, "{\"success\":[{\"request_range\":{");
	add_start(out, page->after, page->prefix);
	add_range_end(out, page->prefix);
	buf_printf(out, ",\"limit\":\"%u\"", page->limit);
	if (page->revision)
		buf_printf(out, ",\"revision\":\"%" PRIu64 "\"", page->revision);
	buf_puts(out, "}}]}");
}

void wire_read_at(struct buf *out, const char *key, uint64_t revision)
{
	buf_puts(out, "{\"success\":[{\"request_range\":{");
	add_key(out, key);
	if (revision)
		buf_printf(out, ",\"revision\":\"%" PRIu64 "\"", revision);
	buf_puts(out, "}}]}");
}

bool wire_can_refresh(const struct view *view)
{
	if (view->n_ranges > WIRE_OPS_MAX)
		return false;
	for (size_t i = 0; i < view->n_ranges; i++)
		if (view->ranges[i].kind == RANGE_PREFIX && view->ranges[i].keep)
			return false;
	return true;
}

static void ops_begin(struct ops *ops, const char *key)
{
	if (ops->n++)
		buf_putc(ops->out, ',');
	ops->bytes += strlen(key) + OP_OVERHEAD;
}

static void compare_begin(struct ops *ops, const char *key)
{
	ops_begin(ops, key);
	buf_putc(ops->out, '{');
	add_key(ops->out, key);
}

/* What is not said is protobuf's default: the result EQUAL, the revision 0. */
static void compare_revision(struct ops *ops, const struct record *r)
{
	compare_begin(ops, r->key);
	buf_printf(ops->out, ",\"target\":\"MOD\",\"mod_revision\":\"%" PRIu64 "\"}", r->revision);
}

static void compare_absent(struct ops *ops, const char *key)
{
	compare_begin(ops, key);
	buf_puts(ops->out, ",\"target\":\"CREATE\"}");
}

static void compare_value(struct ops *ops, const struct record *r)
{
	compare_begin(ops, r->key);
	buf_puts(ops->out, ",\"target\":\"VALUE\",");
	add_bytes(ops->out, "value", r->value, r->value_len);
	buf_putc(ops->out, '}');
	ops->bytes += r->value_len;
}

/* The value begins with these bytes: it lies above them and below what follows them. */
static void compare_head(struct ops *ops, const struct record *r, size_t len)
{
	unsigned char end[WIRE_HEAD_MAX];

	memcpy(end, r->value, len);
	end[len - 1]++;
	compare_begin(ops, r->key);
	buf_puts(ops->out, ",\"target\":\"VALUE\",\"result\":\"GREATER\",");
	add_bytes(ops->out, "value", r->value, len);
	buf_putc(ops->out, '}');
	compare_begin(ops, r->key);
	buf_puts(ops->out, ",\"target\":\"VALUE\",\"result\":\"LESS\",");
	add_bytes(ops->out, "value", end, len);
	buf_putc(ops->out, '}');
	ops->bytes += 2 * len;
}

static void compare_prefix(struct ops *ops, const char *prefix, uint64_t up_to)
{
	compare_begin(ops, prefix);
	add_range_end(ops->out, prefix);
	buf_printf(ops->out, ",\"target\":\"MOD\",\"result\":\"LESS\","
		   "\"mod_revision\":\"%" PRIu64 "\"}", up_to + 1);
}

static void compare_key(struct ops *ops, const struct view *view, const char *key)
{
	const struct record *r = view_peek(view, key);

	if (r)
		compare_revision(ops, r);
	else
		compare_absent(ops, key);
}

static void add_compares(struct ops *ops, const struct view *view, const struct changes *changes)
{
	for (size_t i = 0; i < changes->n; i++)
		if (changes_is_last(changes, i))
			compare_key(ops, view, changes->list[i].key);
	for (size_t i = 0; i < changes->n_guards; i++) {
		const struct guard *g = &changes->guards[i];

		if (g->prefix)
			compare_prefix(ops, g->key, view_prefix_revision(view, g->key));
		else if (!changes_last(changes, g->key))
			compare_key(ops, view, g->key);
	}
}

/* No key from behind `after`, or from the prefix on, to before `next`, or to the prefix's end. */
static void compare_gap(struct ops *ops, const char *prefix, const char *after, const char *next)
{
	ops_begin(ops, after ? after : prefix);
	buf_putc(ops->out, '{');
	add_start(ops->out, after, prefix);
	if (next) {
		buf_putc(ops->out, ',');
		add_bytes(ops->out, "range_end", next, strlen(next));
	} else {
		add_range_end(ops->out, prefix);
	}
	buf_puts(ops->out, ",\"target\":\"CREATE\"}");
}

/*
 * Each record as it was, and none between them.  By value: a revision says nothing where
 * a store was restored from a snapshot, or is another one.
 */
static void compare_mirrored_prefix(struct ops *ops, const struct view *view, const char *prefix)
{
	const struct record *r;
	const char *after = NULL;

	for (size_t i = view_first(view, prefix); (r = view_at(view, i, prefix)); i++) {
		if (after || strcmp(r->key, prefix) != 0)
			compare_gap(ops, prefix, after, r->key);
		compare_value(ops, r);
		after = r->key;
	}
	compare_gap(ops, prefix, after, NULL);
}

static bool only_head_counts(const struct changes *changes, const struct record *r)
{
	size_t len = r->looked_at;

	return len < r->value_len && len <= WIRE_HEAD_MAX && !changes_name(changes, r->key) &&
	       (!len || (unsigned char)r->value[len - 1] != 0xff);
}

/* As much of it as the plan stands on. */
static void compare_mirrored_key(struct ops *ops, const struct view *view,
				 const struct changes *changes, const char *key)
{
	const struct record *r = view_peek(view, key);

	if (!r)
		compare_absent(ops, key);
	else if (!only_head_counts(changes, r))
		compare_value(ops, r);
	else if (r->looked_at)
		compare_head(ops, r, r->looked_at);
}

static void add_mirrored_compares(struct ops *ops, const struct view *view,
				  const struct changes *changes)
{
	for (size_t i = 0; i < view->n_ranges; i++) {
		const struct range *range = &view->ranges[i];

		if (range->kind == RANGE_KEY)
			compare_mirrored_key(ops, view, changes, range->key);
		else
			compare_mirrored_prefix(ops, view, range->key);
	}
}

static void add_put(struct ops *ops, const struct change *c)
{
	ops_begin(ops, c->key);
	buf_puts(ops->out, "{\"request_put\":{");
	add_key(ops->out, c->key);
	buf_putc(ops->out, ',');
	add_bytes(ops->out, "value", c->value, c->value_len);
	buf_puts(ops->out, "}}");
	ops->bytes += c->value_len;
}

static void add_delete(struct ops *ops, const char *key)
{
	ops_begin(ops, key);
	buf_puts(ops->out, "{\"request_delete_range\":{");
	add_key(ops->out, key);
	buf_puts(ops->out, "}}");
}

static void add_writes(struct ops *ops, const struct view *view, const struct changes *changes)
{
	for (size_t i = 0; i < changes->n; i++) {
		const struct change *c = &changes->list[i];

		if (!changes_is_last(changes, i))
			continue;
		if (c->value)
			add_put(ops, c);
		else if (view_peek(view, c->key))
			add_delete(ops, c->key);
	}
}

/* etcd counts the failure branch too. */
static size_t refresh_bytes(const struct view *view)
{
	size_t bytes = 0;

	for (size_t i = 0; wire_can_refresh(view) && i < view->n_ranges; i++)
		bytes += 2 * strlen(view->ranges[i].key) + OP_OVERHEAD;
	return bytes;
}

static int check_limits(const struct ops *compares, const struct ops *writes,
			const struct view *view, struct err *e)
{
	size_t bytes = compares->bytes + writes->bytes + refresh_bytes(view);

	if (compares->n > WIRE_OPS_MAX)
		return err_set(e, ERR_LIMIT, "the commit stands on %zu keys and prefixes; etcd's "
			       "limit is %d a transaction",
			       compares->n, WIRE_OPS_MAX);
	if (writes->n > WIRE_OPS_MAX)
		return err_set(e, ERR_LIMIT, "the commit has %zu operations; etcd's limit is %d a "
			       "transaction",
			       writes->n, WIRE_OPS_MAX);
	if (bytes > WIRE_REQUEST_MAX)
		return err_set(e, ERR_LIMIT, "the commit has %zu bytes; the limit of an etcd "
			       "request is %d bytes",
			       bytes, WIRE_REQUEST_MAX);
	return 0;
}

int wire_commit(struct buf *out, const struct view *view, const struct changes *changes,
		struct err *e)
{
	struct ops compares = { .out = out }, writes = { .out = out };

	buf_puts(out, "{\"compare\":[");
	if (view->from_mirror)
		add_mirrored_compares(&compares, view, changes);
	else
		add_compares(&compares, view, changes);
	buf_puts(out, "],\"success\":[");
	add_writes(&writes, view, changes);
	if (check_limits(&compares, &writes, view, e) < 0)
		return -1;
	buf_puts(out, "],\"failure\":");
	add_ranges(out, view->ranges, wire_can_refresh(view) ? view->n_ranges : 0);
	buf_putc(out, '}');
	return 0;
}

/* A 64-bit number of protobuf's JSON: text, or a plain number; 0 when absent. */
static int number_field(const struct cJSON *object, const char *name, uint64_t *ret)
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

static int not_etcd(struct err *e, const char *what)
{
	return err_set(e, ERR_UNAVAILABLE, "the answer does not look like etcd v3: %s", what);
}

int wire_parse(const char *text, size_t len, struct wire_answer *ret, struct err *e)
{
	struct wire_answer a __cleanup(wire_answer_done) = {0};
	struct err bad = {0};

	a.tree = json_parse(text, len, &bad);
	if (!a.tree)
		return not_etcd(e, bad.text);
	if (json_type(json_field(a.tree, "header")) != JSON_OBJECT)
		return not_etcd(e, "it has no header");
	if (number_field(json_field(a.tree, "header"), "revision", &a.revision) < 0)
		return not_etcd(e, "its revision is not a number");
	a.succeeded = json_true(json_field(a.tree, "succeeded"));
	a.responses = json_field(a.tree, "responses");
	*ret = a;
	a.tree = NULL;
	return 0;
}

void wire_answer_done(struct wire_answer *a)
{
	json_free(a->tree);
	a->tree = NULL;
}

/* One record of an answer, decoded; its bytes live in the scratch buffers. */
struct decoded {
	struct buf key, value;
	uint64_t revision;
};

static void decoded_init(struct decoded *d)
{
	buf_init(&d->key, VIEW_KEY_MAX + 2);
	buf_init(&d->value, SIZE_MAX / 4);
}

static void decoded_done(struct decoded *d)
{
	buf_done(&d->key);
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

static int decode_kv(struct decoded *d, const struct cJSON *kv, struct err *e)
{
	if (decode_text(&d->key, json_field(kv, "key")) < 0 ||
	    decode_text(&d->value, json_field(kv, "value")) < 0)
		return not_etcd(e, "a key or value is not base64");
	if (number_field(kv, "mod_revision", &d->revision) < 0)
		return not_etcd(e, "a mod_revision is not a number");
	if (d->value.failed)
		return err_set(e, ERR_INTERNAL, "out of memory for a value");
	return 0;
}

/* Keys that no reader could name are passed over. */
static bool key_is_text(const struct buf *key)
{
	return !key->failed && key->len && key->len <= VIEW_KEY_MAX &&
		!memchr(key->data, 0, key->len);
}

static int visit_decoded(const struct decoded *d, record_visitor *visit, void *arg, struct err *e)
{
	const struct record r = {
		.key = d->key.data, .value = d->value.data, .value_len = d->value.len,
		.revision = d->revision
	};

	return key_is_text(&d->key) ? visit(&r, arg, e) : 0;
}

/* *d is the last record of the answer then. */
static int visit_range(const struct cJSON *response, struct decoded *d, record_visitor *visit,
		       void *arg, struct err *e)
{
	struct cJSON *answer = json_field(response, "response_range");
	int rc = 0;

	if (json_type(answer) != JSON_OBJECT)
		return not_etcd(e, "an answer to a range is missing");
	for (struct cJSON *kv = json_first(json_field(answer, "kvs")); kv && rc == 0;
	     kv = json_next(kv))
		rc = decode_kv(d, kv, e) < 0 ? -1 : visit_decoded(d, visit, arg, e);
	return rc;
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
	struct decoded d __cleanup(decoded_done) = {0};
	struct cJSON *response = json_first(a->responses);

	decoded_init(&d);
	for (size_t i = 0; i < n; i++, response = json_next(response)) {
		struct filling filling = { view, &list[i] };

		if (!response)
			return not_etcd(e, "it has fewer answers than there were ranges");
		view_forget(view, &list[i]);
		if (visit_range(response, &d, put_into_view, &filling, e) < 0)
			return -1;
		view_cover(view, &list[i], a->revision);
	}
	return 0;
}

int wire_visit_page(const struct wire_page *page, const struct wire_answer *a,
		    record_visitor *visit, void *arg, char last[VIEW_KEY_MAX + 2], bool *ret_more,
		    struct err *e)
{
	struct decoded d __cleanup(decoded_done) = {0};
	struct cJSON *response = json_first(a->responses);
	bool more = json_true(json_field(json_field(response, "response_range"), "more"));
	int rc;

	decoded_init(&d);
	rc = visit_range(response, &d, visit, arg, e);
	if (rc)
		return rc;
	if (more && !key_is_text(&d.key))
		return err_set(e, ERR_LIMIT, "a key under %s is longer than %d bytes or no text",
			       page->prefix, VIEW_KEY_MAX);
	if (more && page->after && strcmp(d.key.data, page->after) <= 0)
		return not_etcd(e, "its keys do not ascend");
	memcpy(last, d.key.data, d.key.len < VIEW_KEY_MAX ? d.key.len + 1 : VIEW_KEY_MAX + 1);
	*ret_more = more;
	return 0;
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

static enum wire_refusal refusal_of(uint64_t code, const char *message)
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

/* The first line, as far as it is plain text. */
static void copy_words(char words[WIRE_TEXT_LEN], const char *text, size_t len)
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
	struct cJSON *tree __cleanup(json_freep) = json_parse(text, len, &bad);
	const char *message = json_string(json_field(tree, "message"));
	uint64_t code;

	if (!message)
		message = json_string(json_field(tree, "error"));
	if (message && json_field(tree, "code") && number_field(tree, "code", &code) == 0) {
		copy_words(words, message, strlen(message));
		return refusal_of(code, message);
	}
	copy_words(words, text, len);
	return status >= 500 ? REFUSED_BY_GATEWAY : REFUSED_NOT_ETCD;
}

void wire_authenticate(struct buf *out, const char *user, const char *password)
{
	struct cJSON *request __cleanup(json_freep) = json_new_object();

	json_set(request, "name", json_new_string(user));
	json_set(request, "password", json_new_string(password));
	json_print(request, out);
}

char *wire_token(const struct wire_answer *a)
{
	const char *token = json_string(json_field(a->tree, "token"));

	/* It goes into a header line. */
	if (!token || !*token || token[strcspn(token, "\r\n")])
		return NULL;
	return strdup(token);
}
