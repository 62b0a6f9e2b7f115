/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/etcd/wire.h"
#include "datastore/etcd/protobuf.h"
#include "datastore/etcd/rpc.h"

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

/* The empty prefix begins at "\0": etcd knows no empty key. */
static void add_key(struct buf *out, unsigned field, const char *key)
{
	protobuf_bytes(out, field, key, *key ? strlen(key) : 1);
}

/* The first key above all that begin with the prefix; "\0" is etcd's "to the end". */
static void add_range_end(struct buf *out, unsigned field, const char *prefix)
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
	protobuf_bytes(out, field, end, len);
}

void wire_prefix(struct buf *out, unsigned key, unsigned range_end, const char *prefix)
{
	add_key(out, key, prefix);
	add_range_end(out, range_end, prefix);
}

/* An operation of a transaction. */
struct op {
	struct buf *out;
	size_t list, op;
};

static struct op op_begin(struct buf *out, unsigned list, unsigned op)
{
	struct op begun = { .out = out };

	begun.list = protobuf_begin(out, list);
	begun.op = protobuf_begin(out, op);
	return begun;
}

static void op_end(const struct op *begun)
{
	protobuf_end(begun->out, begun->op);
	protobuf_end(begun->out, begun->list);
}

static void add_range(struct buf *out, unsigned list, const struct range *r, uint64_t revision)
{
	struct op op = op_begin(out, list, OP_RANGE);

	add_key(out, RANGE_OF_KEY, r->key);
	if (r->kind != RANGE_KEY)
		add_range_end(out, RANGE_TO, r->key);
	protobuf_number(out, RANGE_KEYS_ONLY, r->kind == RANGE_PREFIX_KEYS);
	protobuf_number(out, RANGE_REVISION, revision);
	op_end(&op);
}

static void add_ranges(struct buf *out, unsigned list, const struct range *ranges, size_t n,
		       uint64_t revision)
{
	for (size_t i = 0; i < n; i++)
		add_range(out, list, &ranges[i], revision);
}

void wire_read(struct buf *out, const struct range *list, size_t n, uint64_t revision)
{
	add_ranges(out, TXN_SUCCESS, list, n, revision);
}

/* Where a range goes on: just behind so many bytes, or, if they are NULL, at its prefix. */
static void add_start(struct buf *out, unsigned field, const char *after, size_t len,
		      const char *prefix)
{
	if (after)
		protobuf_bytes(out, field, after, len + 1);
	else
		add_key(out, field, prefix);
}

void wire_read_page(struct buf *out, const struct wire_page *page)
{
	struct op op = op_begin(out, TXN_SUCCESS, OP_RANGE);

	add_start(out, RANGE_OF_KEY, page->after ? page->after->data : NULL,
		  page->after ? page->after->len : 0, page->prefix);
	add_range_end(out, RANGE_TO, page->prefix);
	protobuf_number(out, RANGE_LIMIT, page->limit);
	protobuf_number(out, RANGE_REVISION, page->revision);
	op_end(&op);
}

void wire_read_at(struct buf *out, const char *key, uint64_t revision)
{
	struct range range = { .key = key, .kind = RANGE_KEY };

	add_range(out, TXN_SUCCESS, &range, revision);
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

static void count(struct ops *ops, const char *key)
{
	ops->n++;
	ops->bytes += strlen(key) + OP_OVERHEAD;
}

/* What is not said is protobuf's default: the result EQUAL, the revision 0. */
static size_t compare_begin(struct ops *ops, const char *key)
{
	size_t begun = protobuf_begin(ops->out, TXN_COMPARE);

	count(ops, key);
	add_key(ops->out, COMPARE_KEY, key);
	return begun;
}

static void compare_revision(struct ops *ops, const struct record *r)
{
	size_t begun = compare_begin(ops, r->key);

	protobuf_number(ops->out, COMPARE_TARGET, TARGET_MOD);
	protobuf_number(ops->out, COMPARE_MOD_REVISION, r->revision);
	protobuf_end(ops->out, begun);
}

static void compare_absent(struct ops *ops, const char *key)
{
	size_t begun = compare_begin(ops, key);

	protobuf_number(ops->out, COMPARE_TARGET, TARGET_CREATE);
	protobuf_end(ops->out, begun);
}

static void compare_bytes(struct ops *ops, const char *key, unsigned result, const void *value,
			  size_t len)
{
	size_t begun = compare_begin(ops, key);

	protobuf_number(ops->out, COMPARE_TARGET, TARGET_VALUE);
	protobuf_number(ops->out, COMPARE_RESULT, result);
	protobuf_bytes(ops->out, COMPARE_VALUE, value, len);
	protobuf_end(ops->out, begun);
	ops->bytes += len;
}

static void compare_value(struct ops *ops, const struct record *r)
{
	compare_bytes(ops, r->key, RESULT_EQUAL, r->value, r->value_len);
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
	compare_bytes(ops, r->key, RESULT_GREATER, r->value, len);
	compare_bytes(ops, r->key, RESULT_LESS, end, len);
}

static void compare_nothing_newer(struct ops *ops, const char *prefix, uint64_t than)
{
	size_t begun = compare_begin(ops, prefix);

	add_range_end(ops->out, COMPARE_RANGE_END, prefix);
	protobuf_number(ops->out, COMPARE_TARGET, TARGET_MOD);
	protobuf_number(ops->out, COMPARE_RESULT, RESULT_LESS);
	protobuf_number(ops->out, COMPARE_MOD_REVISION, than + 1);
	protobuf_end(ops->out, begun);
}

/* No key from behind `after`, or from the prefix on, to before `next`, or to the prefix's end. */
static void compare_gap(struct ops *ops, const char *prefix, const char *after, const char *next)
{
	size_t begun = protobuf_begin(ops->out, TXN_COMPARE);

	count(ops, after ? after : prefix);
	add_start(ops->out, COMPARE_KEY, after, after ? strlen(after) : 0, prefix);
	if (next)
		protobuf_bytes(ops->out, COMPARE_RANGE_END, next, strlen(next));
	else
		add_range_end(ops->out, COMPARE_RANGE_END, prefix);
	protobuf_number(ops->out, COMPARE_TARGET, TARGET_CREATE);
	protobuf_end(ops->out, begun);
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
	struct op op = op_begin(ops->out, TXN_SUCCESS, OP_PUT);

	count(ops, c->key);
	add_key(ops->out, PUT_KEY, c->key);
	protobuf_bytes(ops->out, PUT_VALUE, c->value, c->value_len);
	op_end(&op);
	ops->bytes += c->value_len;
}

static void add_delete(struct ops *ops, const char *key)
{
	struct op op = op_begin(ops->out, TXN_SUCCESS, OP_DELETE_RANGE);

	count(ops, key);
	add_key(ops->out, DELETE_KEY, key);
	op_end(&op);
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

	for (size_t i = 0; i < guards->n; i++)
		add_compare(&compares, &guards->list[i]);
	add_writes(&writes, view, changes);
	if (check_limits(&compares, &writes, view, e) < 0)
		return -1;
	if (wire_can_refresh(view))
		add_ranges(out, TXN_FAILURE, view->ranges, view->n_ranges, 0);
	return 0;
}

void wire_write_nothing(struct buf *out, const char *key)
{
	size_t begun = protobuf_begin(out, TXN_COMPARE);
	struct op op;

	add_key(out, COMPARE_KEY, key);
	protobuf_number(out, COMPARE_TARGET, TARGET_VERSION);
	protobuf_number(out, COMPARE_RESULT, RESULT_LESS);
	protobuf_end(out, begun);
	op = op_begin(out, TXN_SUCCESS, OP_PUT);
	add_key(out, PUT_KEY, key);
	op_end(&op);
}

void wire_authenticate(struct buf *out, const char *user, const char *password)
{
	protobuf_bytes(out, AUTHENTICATE_NAME, user, strlen(user));
	protobuf_bytes(out, AUTHENTICATE_PASSWORD, password, strlen(password));
}
