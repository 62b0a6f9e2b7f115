/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/backend.h"
#include "datastore/etcd/client.h"

#include <stdio.h>
#include <stdlib.h>

#define PLACE_LEN 120		/* bytes, NUL included */
#define PAGE_RECORDS 400	/* in the first page of a filtered scan */
/*
 * etcd counts all that is left of the range for each page, so that a million small
 * records in small pages would take it minutes.
 */
#define PAGE_RECORDS_MAX 12800
#define PAGE_BYTES (12 << 20)	/* of an answer; a larger one halves the next page */
#define SCAN_RESTARTS 5		/* when the revision scanned is compacted away */

struct etcd {
	struct client client;
	struct datastore_traits traits;
	char place[PLACE_LEN];
};

static int etcd_open(void **ret_state, const struct datastore_config *config, struct err *e)
{
	struct etcd *s = calloc(1, sizeof(*s));

	if (!s)
		return err_set(e, ERR_INTERNAL, "out of memory");
	if (client_init(&s->client, config, e) < 0) {
		free(s);
		return -1;
	}
	snprintf(s->place, sizeof(s->place), "etcd %s", s->client.endpoints.spelled);
	s->traits = (struct datastore_traits){ .transactions = true, .place = s->place };
	*ret_state = s;
	return 0;
}

static void etcd_close(void *state)
{
	struct etcd *s = state;

	client_done(&s->client);
	free(s);
}

static void etcd_set_deadline(void *state, struct deadline deadline)
{
	struct etcd *s = state;

	s->client.deadline = deadline;
}

static const struct datastore_traits *etcd_traits(const void *state)
{
	const struct etcd *s = state;

	return &s->traits;
}

static unsigned long etcd_requests(const void *state)
{
	const struct etcd *s = state;

	return s->client.requests;
}

static bool is_filtered(const struct range *r)
{
	return r->kind == RANGE_PREFIX && r->keep;
}

static int read_ranges(struct etcd *s, struct view *view, const struct range *list, size_t n,
		       struct err *e)
{
	struct wire_answer answer __cleanup(wire_answer_done) = {0};
	struct buf txn __cleanup(buf_done) = BUF(WIRE_JSON_MAX);

	wire_read(&txn, list, n);
	if (txn.failed)
		return err_set(e, ERR_INTERNAL, "out of memory");
	if (client_read(&s->client, &txn, &answer, e) < 0)
		return -1;
	return wire_fill(view, list, n, &answer, e);
}

static int ask_page(struct etcd *s, const struct wire_page *page, struct wire_answer *ret_answer,
		    struct err *e)
{
	struct buf txn __cleanup(buf_done) = BUF(WIRE_JSON_MAX);

	wire_read_page(&txn, page);
	if (txn.failed)
		return err_set(e, ERR_INTERNAL, "out of memory");
	return client_read(&s->client, &txn, ret_answer, e);
}

/* One page into the view, and *page ready for the next. */
static int scan_page(struct etcd *s, struct view *view, struct wire_page *page,
		     char last[VIEW_KEY_MAX + 2], bool *ret_more, struct err *e)
{
	struct wire_answer answer __cleanup(wire_answer_done) = {0};

	while (ask_page(s, page, &answer, e) < 0) {
		if (e->kind != ERR_LIMIT || page->limit == 1)
			return -1;
		err_reset(e);
		page->limit /= 2;
	}
	if (wire_fill_page(view, page->range, &answer, last, ret_more, e) < 0)
		return -1;
	page->after = last;
	if (!page->revision)
		page->revision = answer.revision;
	if (s->client.answer.len > PAGE_BYTES && page->limit > 1)
		page->limit /= 2;
	else if (s->client.answer.len < PAGE_BYTES / 4 && page->limit < PAGE_RECORDS_MAX)
		page->limit *= 2;
	return 0;
}

static int scan_once(struct etcd *s, struct view *view, const struct range *range, struct err *e)
{
	struct wire_page page = { .range = range, .limit = PAGE_RECORDS };
	char last[VIEW_KEY_MAX + 2];
	bool more = true;

	view_forget(view, range);
	while (more)
		if (scan_page(s, view, &page, last, &more, e) < 0)
			return -1;
	view_cover(view, range, page.revision);
	return 0;
}

static int scan(struct etcd *s, struct view *view, const struct range *range, struct err *e)
{
	for (int tries = 0;; tries++) {
		if (scan_once(s, view, range, e) == 0)
			return 0;
		if (!s->client.refused || s->client.refusal != REFUSED_COMPACTED ||
		    tries == SCAN_RESTARTS)
			return err_wrap(e, "scan %s", range->key);
		err_reset(e);
	}
}

static int read_in_parts(struct etcd *s, struct view *view, const struct range *list, size_t n,
			 struct err *e)
{
	for (size_t i = 0; i < n; i += WIRE_OPS_MAX) {
		size_t part = n - i < WIRE_OPS_MAX ? n - i : WIRE_OPS_MAX;

		if (read_ranges(s, view, list + i, part, e) < 0)
			return -1;
	}
	return 0;
}

static void free_ranges(struct range **list)
{
	free(*list);
}

/* Scans come first: they may drop values that a plain range is to hold. */
static int etcd_read(void *state, struct view *view, const struct wants *wants, struct err *e)
{
	struct range *plain __cleanup(free_ranges) = calloc(wants->n + 1, sizeof(*plain));
	struct etcd *s = state;
	size_t n = 0;

	if (!plain)
		return err_set(e, ERR_INTERNAL, "out of memory");
	for (size_t i = 0; i < wants->n; i++) {
		if (!is_filtered(&wants->list[i]))
			plain[n++] = wants->list[i];
		else if (scan(s, view, &wants->list[i], e) < 0)
			return -1;
	}
	return read_in_parts(s, view, plain, n, e);
}

static int read_at(struct etcd *s, struct view *view, const char *key, uint64_t revision,
		   struct err *e)
{
	struct wire_answer answer __cleanup(wire_answer_done) = {0};
	struct range range = { .key = (char *)key, .kind = RANGE_KEY };
	struct buf txn __cleanup(buf_done) = BUF(WIRE_JSON_MAX);

	wire_read_at(&txn, key, revision);
	if (txn.failed)
		return err_set(e, ERR_INTERNAL, "out of memory");
	if (client_read(&s->client, &txn, &answer, e) < 0)
		return -1;
	return wire_fill(view, &range, 1, &answer, e);
}

static bool is_compacted(const struct etcd *s)
{
	return s->client.refused && s->client.refusal == REFUSED_COMPACTED;
}

/* Each step asks for the key as it was right before its last write. */
static int etcd_history(void *state, const char *key, history_visitor *visit, void *arg,
			enum history_end *ret_end, struct err *e)
{
	struct view view __cleanup(view_done) = {0};
	const struct record *record;
	struct etcd *s = state;
	uint64_t revision = 0;

	for (;; revision = record->revision - 1) {
		if (read_at(s, &view, key, revision, e) < 0) {
			if (!revision || !is_compacted(s))
				return -1;
			err_reset(e);
			*ret_end = HISTORY_COMPACTED;
			return 0;
		}
		record = view_get(&view, key);
		if (!record) {
			*ret_end = revision ? HISTORY_BEGUN : HISTORY_ABSENT;
			return 0;
		}
		if (!visit(record, arg) || record->revision < 2) {
			*ret_end = record->revision < 2 ? HISTORY_BEGUN : HISTORY_STOPPED;
			return 0;
		}
	}
}

static int refresh(struct etcd *s, struct view *view, const struct wire_answer *answer,
		   struct err *e)
{
	/* Every range is covered already, so that the list stays where it is. */
	struct wants all = { .list = view->ranges, .n = view->n_ranges };
	int rc;

	if (wire_can_refresh(view))
		rc = wire_fill(view, view->ranges, view->n_ranges, answer, e);
	else
		rc = etcd_read(s, view, &all, e);
	if (rc == 0)
		view->from_mirror = false;
	return rc;
}

static int etcd_commit(void *state, struct view *view, const struct changes *changes,
		       enum commit_outcome *ret_outcome, struct err *e)
{
	struct wire_answer answer __cleanup(wire_answer_done) = {0};
	struct buf txn __cleanup(buf_done) = BUF(WIRE_JSON_MAX);
	struct etcd *s = state;

	if (wire_commit(&txn, view, changes, e) < 0)
		return -1;
	if (txn.failed)
		return err_set(e, ERR_LIMIT, "the commit is larger than the limit of %d bytes",
			       WIRE_JSON_MAX);
	if (client_commit(&s->client, &txn, &answer, e) < 0)
		return -1;
	if (!answer.succeeded && refresh(s, view, &answer, e) < 0)
		return -1;
	view->committed = answer.revision;
	*ret_outcome = answer.succeeded ? COMMIT_DONE : COMMIT_STALE;
	return 0;
}

static int64_t etcd_server_time_s(const void *state)
{
	const struct etcd *s = state;

	return http_server_time_s(s->client.http);
}

const struct backend etcd_backend = {
	.name = "etcdv3",
	.open = etcd_open,
	.close = etcd_close,
	.set_deadline = etcd_set_deadline,
	.traits = etcd_traits,
	.read = etcd_read,
	.commit = etcd_commit,
	.requests = etcd_requests,
	.server_time_s = etcd_server_time_s,
	.history = etcd_history,
};
