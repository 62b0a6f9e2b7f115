/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/etcd/wire.h"
#include "base/b64.h"

#include <inttypes.h>
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
	buf_putc(out, '"');
	buf_puts(out, name);
	buf_puts(out, "\":\"");
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

void wire_prefix(struct buf *out, const char *prefix)
{
	add_key(out, prefix);
	add_range_end(out, prefix);
}

static void add_revision(struct buf *out, uint64_t revision)
{
	if (revision)
		buf_printf(out, ",\"revision\":\"%" PRIu64 "\"", revision);
}

static void add_range(struct buf *out, const struct range *r, uint64_t revision)
{
	buf_puts(out, "{\"request_range\":{");
	add_key(out, r->key);
	if (r->kind != RANGE_KEY)
		add_range_end(out, r->key);
	if (r->kind == RANGE_PREFIX_KEYS)
		buf_puts(out, ",\"keys_only\":true");
	add_revision(out, revision);
	buf_puts(out, "}}");
}

static void add_ranges(struct buf *out, const struct range *list, size_t n, uint64_t revision)
{
	buf_putc(out, '[');
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_putc(out, ',');
		add_range(out, &list[i], revision);
	}
	buf_putc(out, ']');
}

void wire_read(struct buf *out, const struct range *list, size_t n, uint64_t revision)
{
	buf_puts(out, "{\"success\":");
	add_ranges(out, list, n, revision);
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
	add_revision(out, revision);
	buf_puts(out, "}}]}");
}

bool wire_can_refresh(const struct view *view)
{
	if (view->from_mirror || view->n_ranges > WIRE_OPS_MAX)
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

/*
 * The value begins with these bytes: it lies above them and below what follows them.
 * Where that cannot be said, all of it is compared.
 */
static void compare_head(struct ops *ops, const struct record *r, size_t len)
{
	unsigned char end[WIRE_HEAD_MAX];

	if (len > sizeof(end) || (unsigned char)r->value[len - 1] == 0xff) {
		compare_value(ops, r);
		return;
	}
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

static void compare_nothing_newer(struct ops *ops, const char *prefix, uint64_t than)
{
	compare_begin(ops, prefix);
	add_range_end(ops->out, prefix);
	buf_printf(ops->out, ",\"target\":\"MOD\",\"result\":\"LESS\","
		   "\"mod_revision\":\"%" PRIu64 "\"}", than + 1);
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

/* Each record as it was, and none between them. */
static void compare_records(struct ops *ops, const struct guard *g)
{
	const char *after = NULL;

	for (size_t i = 0; i < g->n_records; i++) {
		const struct record *r = &g->records[i];

		if (after || strcmp(r->key, g->key) != 0)
			compare_gap(ops, g->key, after, r->key);
		if (g->kind == GUARD_EXACTLY && !r->proven)
			compare_value(ops, r);
		else
			compare_revision(ops, r);
		after = r->key;
	}
	compare_gap(ops, g->key, after, NULL);
}

static void add_compare(struct ops *ops, const struct guard *g)
{
	switch (g->kind) {
	case GUARD_ABSENT:
		compare_absent(ops, g->key);
		break;
	case GUARD_REVISION:
		compare_revision(ops, g->records);
		break;
	case GUARD_VALUE:
		compare_value(ops, g->records);
		break;
	case GUARD_HEAD:
		compare_head(ops, g->records, g->head_len);
		break;
	case GUARD_NOTHING_NEWER:
		compare_nothing_newer(ops, g->key, g->revision);
		break;
	case GUARD_SAME_RECORDS:
	case GUARD_EXACTLY:
		compare_records(ops, g);
		break;
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
		const struct guards *guards, struct err *e)
{
	struct ops compares = { .out = out }, writes = { .out = out };

	buf_puts(out, "{\"compare\":[");
	for (size_t i = 0; i < guards->n; i++)
		add_compare(&compares, &guards->list[i]);
	buf_puts(out, "],\"success\":[");
	add_writes(&writes, view, changes);
	if (check_limits(&compares, &writes, view, e) < 0)
		return -1;
	buf_puts(out, "],\"failure\":");
	add_ranges(out, view->ranges, wire_can_refresh(view) ? view->n_ranges : 0, 0);
	buf_putc(out, '}');
	return 0;
}
