/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/backend.h"

#include "datastore/etcd/client.h"
#include "datastore/etcd/scan.h"
#include "datastore/etcd/watch.h"
#include "datastore/etcd/wire_answer.h"
#include "datastore/nonce.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLACE_LEN 120		/* bytes, NUL included */
#define READS_ANEW 5		/* of a range whose moment is compacted away */

struct etcd {
	struct client client;
	struct datastore_traits traits;
	char place[PLACE_LEN];
};

static int etcd_open(void **ret_state, const struct settings *settings,
		     enum datastore_purpose purpose __unused_arg, struct deadline deadline,
		     struct err *e)
{
	struct etcd *s = calloc(1, sizeof(*s));

	if (!s)
		return err_set(e, ERR_INTERNAL, "out of memory");
	if (client_init(&s->client, settings, deadline, e) < 0) {
		free(s);
		return -1;
	}
	snprintf(s->place, sizeof(s->place), "etcd %s", s->client.endpoints.spelled);
	s->traits = (struct datastore_traits){ .transactions = true, .in_order = true,
					       .mirrored = true, .place = s->place };
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

static bool etcd_lacks_right(const void *state)
{
	const struct etcd *s = state;

	return client_lacks_right(&s->client);
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

/* At a revision, or, where that is 0, now, and tells it. */
static int read_ranges(struct etcd *s, struct view *view, const struct range *list, size_t n,
		       uint64_t *revision, struct err *e)
{
	struct wire_answer answer __cleanup(wire_answer_done) = {0};
	struct buf txn __cleanup(buf_done) = BUF(WIRE_MESSAGE_MAX);

	wire_read(&txn, list, n, *revision);
	if (txn.failed)
		return err_set(e, ERR_INTERNAL, "out of memory");
	if (client_read(&s->client, &txn, &answer, e) < 0)
		return -1;
	if (*revision)
		answer.revision = *revision;
	*revision = answer.revision;
	return wire_fill(view, list, n, &answer, e);
}

struct filtering {
	struct view *view;
	const struct range *range;
};

static int keep_wanted(const struct record *record, void *arg, struct err *e __unused_arg)
{
	const struct filtering *f = arg;

	view_put_as(f->view, f->range, record);
	return 0;
}

/* A view is of one moment. */
static int read_filtered(struct etcd *s, struct view *view, const struct range *range,
			 struct err *e)
{
	struct filtering filtering = { view, range };
	struct scan scan = { .prefix = range->key, .visit = keep_wanted, .arg = &filtering,
			     .one_moment = true };

	for (int tries = 0;; tries++) {
		view_forget(view, range);
		if (scan_pages(&s->client, &scan, e) == 0) {
			view_cover(view, range, scan.revision);
			return 0;
		}
		if (!scan.lost || tries == READS_ANEW)
			return -1;
		err_reset(e);
	}
}

static int etcd_scan(void *state, const char *prefix, record_visitor *visit, void *arg,
		     enum scan_outcome *ret_outcome, struct err *e)
{
	struct scan scan = { .prefix = prefix, .visit = visit, .arg = arg,
			     .one_moment = ret_outcome != NULL };
	struct etcd *s = state;

	if (scan_pages(&s->client, &scan, e) == 0) {
		if (ret_outcome)
			*ret_outcome = SCAN_DONE;
		return 0;
	}
	if (!scan.lost || !ret_outcome)
		return -1;
	err_reset(e);
	*ret_outcome = SCAN_LOST;
	return 0;
}

static int read_parts(struct etcd *s, struct view *view, const struct range *list, size_t n,
		      struct err *e)
{
	uint64_t revision = 0;

	for (size_t i = 0; i < n; i += WIRE_OPS_MAX) {
		size_t part = n - i < WIRE_OPS_MAX ? n - i : WIRE_OPS_MAX;

		if (read_ranges(s, view, list + i, part, &revision, e) < 0)
			return -1;
	}
	return 0;
}

/* All of one moment: that of the first. */
static int read_in_parts(struct etcd *s, struct view *view, const struct range *list, size_t n,
			 struct err *e)
{
	for (int tries = 0; read_parts(s, view, list, n, e) < 0; tries++) {
		if (!client_met_compaction(&s->client) || tries == READS_ANEW)
			return -1;
		err_reset(e);
	}
	return 0;
}

static void free_ranges(struct range **list)
{
	free(*list);
}

/* Filtered ranges come first: they may drop values that a plain range is to hold. */
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
		else if (read_filtered(s, view, &wants->list[i], e) < 0)
			return -1;
	}
	return read_in_parts(s, view, plain, n, e);
}

static int read_at(struct etcd *s, struct view *view, const char *key, uint64_t revision,
		   struct err *e)
{
	struct wire_answer answer __cleanup(wire_answer_done) = {0};
	struct range range = { .key = key, .kind = RANGE_KEY };
	struct buf txn __cleanup(buf_done) = BUF(WIRE_MESSAGE_MAX);

	wire_read_at(&txn, key, revision);
	if (txn.failed)
		return err_set(e, ERR_INTERNAL, "out of memory");
	if (client_read(&s->client, &txn, &answer, e) < 0)
		return -1;
	return wire_fill(view, &range, 1, &answer, e);
}

/* Each step asks for the key as it was right before its last write. */
static int etcd_history(void *state, const char *key, record_visitor *visit, void *arg,
			enum history_end *ret_end, struct err *e)
{
	struct view view __cleanup(view_done) = {0};
	const struct record *record;
	struct etcd *s = state;
	uint64_t revision = 0;
	int rc;

	for (;; revision = record->revision - 1) {
		if (read_at(s, &view, key, revision, e) < 0) {
			if (!revision || !client_met_compaction(&s->client))
				return -1;
			err_reset(e);
			*ret_end = HISTORY_COMPACTED;
			return 0;
		}
		record = view_peek(&view, key);
		if (!record) {
			*ret_end = revision ? HISTORY_BEGUN : HISTORY_ABSENT;
			return 0;
		}
		if (revision && record->revision > revision)
			return wire_not_etcd(e, "a key's history does not go back");
		rc = visit(record, arg, e);
		if (rc < 0)
			return -1;
		if (rc || record->revision < 2) {
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

static int etcd_commit(void *state, struct view *view, struct changes *changes,
		       const struct guards *guards, enum commit_outcome *ret_outcome,
		       struct err *e)
{
	struct wire_answer answer __cleanup(wire_answer_done) = {0};
	struct buf txn __cleanup(buf_done) = BUF(WIRE_MESSAGE_MAX);
	struct etcd *s = state;

	if (wire_commit(&txn, view, changes, guards, e) < 0)
		return -1;
	if (txn.full)
		return err_set(e, ERR_LIMIT, "the commit is larger than the limit of %d bytes",
			       WIRE_MESSAGE_MAX);
	if (txn.failed)
		return err_set(e, ERR_INTERNAL, "out of memory");
	if (client_commit(&s->client, &txn, &answer, e) < 0)
		return -1;
	if (!answer.succeeded && refresh(s, view, &answer, e) < 0)
		return -1;
	if (answer.succeeded)
		changes_stand(changes, answer.revision);
	*ret_outcome = answer.succeeded ? COMMIT_DONE : COMMIT_STALE;
	return 0;
}

static int64_t etcd_server_time_s(void *state)
{
	struct etcd *s = state;

	return client_server_time_s(&s->client);
}

static int begin_watch(void *state, struct feed *f __unused_arg, void **ret_source, struct err *e)
{
	struct etcd *s = state;

	return etcd_watch_begin(&s->client, ret_source, e);
}

static const struct watch_source etcd_watch = {
	.begin = begin_watch,
	.end = etcd_watch_end,
	.take = etcd_watch_take,
};

/* A user who may not write there, and an error that reading has too, are no news. */
static int etcd_tell_fitness(void *state, const struct fitness_teller *teller, struct err *e)
{
	struct wire_answer answer __cleanup(wire_answer_done) = {0};
	struct buf txn __cleanup(buf_done) = BUF(WIRE_MESSAGE_MAX);
	struct etcd *s = state;
	struct err why = {0};

	wire_write_nothing(&txn, NONCES);
	if (txn.failed)
		return err_set(e, ERR_INTERNAL, "out of memory");
	if (client_commit(&s->client, &txn, &answer, &why) < 0 && why.kind == ERR_NO_SPACE)
		teller->tell(FITNESS_BAD, "datastore", "etcdctl alarm list  # then compact, "
			     "defragment, and alarm disarm", why.text, teller->arg);
	return 0;
}

/*
 * A member tells its cluster's alarms to whoever asks, without a round of consensus, as an idle
 * write would be.  Who is refused, or reaches no such member, knows nothing of them.
 */
static int etcd_check_writable(void *state, struct err *e)
{
	struct wire_answer answer __cleanup(wire_answer_done) = {0};
	const struct buf empty = BUF(0);
	struct etcd *s = state;
	struct err why = {0};

	if (client_ask(&s->client, WIRE_STATUS, &empty, &answer, &why) < 0 ||
	    !answer.full)
		return 0;
	return err_set(e, ERR_NO_SPACE, "etcd %s: database space exceeded (alarm NOSPACE); "
		       CLIENT_MAKE_ROOM, s->client.endpoints.url[s->client.endpoints.first]);
}

const struct backend etcd_backend = {
	.open = etcd_open,
	.close = etcd_close,
	.set_deadline = etcd_set_deadline,
	.traits = etcd_traits,
	.read = etcd_read,
	.commit = etcd_commit,
	.scan = etcd_scan,
	.lacks_right = etcd_lacks_right,
	.requests = etcd_requests,
	.server_time_s = etcd_server_time_s,
	.tell_fitness = etcd_tell_fitness,
	.check_writable = etcd_check_writable,
	.history = etcd_history,
	.watch = &etcd_watch,
};
