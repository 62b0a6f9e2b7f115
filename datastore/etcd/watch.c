/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/etcd/watch.h"
#include "datastore/etcd/gateway.h"
#include "datastore/etcd/grpc.h"
#include "datastore/etcd/judge.h"
#include "datastore/etcd/wire_watch.h"
#include "datastore/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int64_t etcd_watch_alive_ms = WATCH_ALIVE_MS, etcd_watch_answer_ms = WATCH_ANSWER_MS;

struct etcd_watch {
	struct client *client;
	struct http_stream *stream;	/* NULL: none */
	size_t server;		/* of the endpoints: where it goes to */
	struct buf message;	/* that is arriving */
	bool json;		/* a line each, else by gRPC */
	size_t created;		/* watches that stand, one a prefix */
	struct deadline until;	/* by when they must stand; then, when to ask whether it lives */
	size_t tries;		/* streams that failed in a row */
	bool renewed;		/* a token was thrown away, and no watch has stood since */
};

/* What a message, or its lack, means for the stream. */
enum verdict {
	GOING,
	ANEW,		/* there is to be another one, at once */
	LOST,		/* the same, from the next server; the reason says why */
	REFUSED_NAME,	/* etcd does not know who asks, or does not let him */
	STOPPED,	/* the visitor wants no more */
};

struct taking {
	struct etcd_watch *w;
	struct feed *f;
	enum verdict verdict;
	char reason[HTTP_REASON_LEN];
	struct err *e;
};

/* Messages */

static enum verdict lost(struct taking *t, const char *reason)
{
	snprintf(t->reason, sizeof(t->reason), "%s", reason);
	return LOST;
}

static enum verdict refused(struct taking *t, enum wire_refusal refusal, const char *words)
{
	lost(t, words);
	t->w->client->refusal = refusal;
	t->w->client->refused = true;
	return refusal == REFUSED_TOKEN || refusal == REFUSED_CREDENTIALS ||
	       refusal == REFUSED_RIGHT ? REFUSED_NAME : LOST;
}

static enum verdict show_events(struct taking *t, struct wire_message *m, size_t i)
{
	struct wire_record scratch __cleanup(wire_record_done) = {0};
	struct record record;
	struct err bad = {0};
	uint64_t newest = 0;
	int rc;

	wire_record_init(&scratch);
	while ((rc = wire_message_event(m, &scratch, &record, &bad)) > 0) {
		newest = record.revision > newest ? record.revision : newest;
		/* What was read anew may be newer than where the stream began. */
		if (feed_shown(t->f, record.key) > record.revision)
			continue;
		if (feed_show(t->f, i, &record))
			return STOPPED;
	}
	if (rc < 0)
		return lost(t, bad.text);
	if (m->partial && newest)
		newest--;
	if (newest > t->f->list[i].seen)
		feed_advance(t->f, i, newest);
	return GOING;
}

static enum verdict canceled(struct taking *t, const struct wire_message *m, size_t i)
{
	if (!m->compacted)
		return refused(t, m->refusal, m->words);
	feed_lose(t->f, i);
	return ANEW;
}

static enum verdict created(struct etcd_watch *w, const struct feed *f)
{
	language_was_understood(&w->client->language);
	if (++w->created == f->n) {
		w->tries = 0;
		w->renewed = false;
		w->until = deadline_in_ms(etcd_watch_alive_ms);
		endpoints_good(&w->client->endpoints, w->server, w->client->endpoints.met_json);
	}
	return GOING;
}

static enum verdict take_message(struct taking *t, const char *data, size_t len)
{
	struct wire_message m;
	struct err bad = {0};
	size_t i;

	if (wire_message_parse(data, len, &m, &bad) < 0)
		return lost(t, bad.text);
	/* One that could not even be created has no id. */
	i = (size_t)m.id - 1;
	if (i >= t->f->n)
		return m.canceled ? canceled(t, &m, 0) : GOING;
	if (m.canceled)
		return canceled(t, &m, i);
	if (m.created)
		return created(t->w, t->f);
	return show_events(t, &m, i);
}

static enum verdict take_line(struct taking *t, const char *line, size_t len)
{
	struct buf message __cleanup(buf_done) = BUF(ETCD_WATCH_MESSAGE_MAX);
	char words[WIRE_TEXT_LEN];
	enum wire_refusal refusal;
	struct err bad = {0};
	int rc;

	if (!gateway_read_watch(line, len, &message, &rc, &refusal, words, &bad))
		return refused(t, refusal, words);
	return rc < 0 ? lost(t, bad.text) : take_message(t, message.data, message.len);
}

/* A message ends with its line.  What is no answer of etcd's is kept for its words. */
static size_t take_of_lines(struct taking *t, const char *data, size_t len)
{
	const char *end = memchr(data, '\n', len);
	struct buf *line = &t->w->message;
	size_t n = end ? (size_t)(end - data) : len;

	buf_add(line, data, n);
	if (end && line->len && !line->failed && http_stream_status(t->w->stream) == 200) {
		t->verdict = take_line(t, line->data, line->len);
		buf_reset(line);
	}
	return n + (end != NULL);
}

/* A message says how long it is. */
static size_t take_of_messages(struct taking *t, const char *data, size_t len)
{
	struct buf *m = &t->w->message;
	int64_t whole = m->len < GRPC_HEAD_LEN ? 0 : grpc_len(m->data);
	size_t wanted = GRPC_HEAD_LEN + (size_t)whole - m->len;
	size_t n = len < wanted ? len : wanted;

	buf_add(m, data, n);
	if (n < wanted || m->failed)
		return n;
	if (m->len == GRPC_HEAD_LEN) {
		whole = grpc_len(m->data);
		if (whole < 0 || whole > ETCD_WATCH_MESSAGE_MAX)
			t->verdict = lost(t, "a message is larger than the limit, or none");
		if (whole)
			return n;
	}
	t->verdict = take_message(t, m->data + GRPC_HEAD_LEN, m->len - GRPC_HEAD_LEN);
	buf_reset(m);
	return n;
}

/* A piece of the stream, cut anywhere. */
static bool take_piece(const char *data, size_t len, void *arg)
{
	struct taking *t = arg;

	while (len && t->verdict == GOING) {
		size_t n = t->w->json || http_stream_status(t->w->stream) != 200
			? take_of_lines(t, data, len) : take_of_messages(t, data, len);

		if (t->w->message.failed)
			t->verdict = lost(t, "a message is larger than the limit");
		data += n;
		len -= n;
	}
	return t->verdict == GOING;
}

/* An answer that is no stream. */
static enum verdict answered(struct taking *t)
{
	const struct http_grpc *end = http_stream_grpc(t->w->stream);
	long status = http_stream_status(t->w->stream);
	char words[WIRE_TEXT_LEN];
	enum wire_refusal refusal;

	if (!t->w->json && status == 200 && end->status > 0)
		refusal = grpc_refusal(end, words);
	else if (status == 200)
		return lost(t, "the server ended the watch");
	else
		refusal = gateway_refusal(status, t->w->message.data, t->w->message.len, words);
	if (refusal == REFUSED_NOT_ETCD)
		language_met_stranger(&t->w->client->language);
	return refused(t, refusal, words);
}

static enum verdict take_stream(struct taking *t)
{
	char reason[HTTP_REASON_LEN];

	enum http_result result = http_stream_take(t->w->stream, take_piece, t, reason);

	if (t->verdict != GOING || result == HTTP_GOING || result == HTTP_TOO_LARGE)
		return t->verdict;
	if (result == HTTP_ANSWERED)
		return answered(t);
	if (result == HTTP_STRANGE)
		language_met_stranger(&t->w->client->language);
	else if (result == HTTP_LOST && !http_stream_status(t->w->stream))
		language_met_loss(&t->w->client->language, t->w->client->endpoints.tls);
	return lost(t, reason);
}

/* Is it still there? */

/* Etcd's newest revision, from whoever answers. */
static int ask_revision(struct client *c, const char *prefix, uint64_t *ret, struct err *e)
{
	struct wire_answer answer __cleanup(wire_answer_done) = {0};
	struct range range = { .key = prefix, .kind = RANGE_KEY };
	struct buf txn __cleanup(buf_done) = BUF(WIRE_MESSAGE_MAX);
	struct deadline deadline = c->deadline;
	int rc;

	wire_read(&txn, &range, 1, 0);
	if (txn.failed)
		return err_set(e, ERR_INTERNAL, "out of memory");
	c->deadline = deadline_within_ms(deadline, etcd_watch_answer_ms);
	rc = client_read(c, &txn, &answer, e);
	c->deadline = deadline;
	*ret = answer.revision;
	return rc;
}

/* A revision below what was shown: the cluster was restored from a backup. */
static bool went_back(const struct feed *f, uint64_t revision)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->list[i].seen > revision)
			return true;
	return false;
}

static int ask(struct taking *t)
{
	struct etcd_watch *w = t->w;
	uint64_t revision = 0;

	if (ask_revision(w->client, t->f->list[0].prefix, &revision, t->e) < 0)
		return -1;
	w->until = deadline_in_ms(etcd_watch_alive_ms);
	if (went_back(t->f, revision)) {
		feed_lose_all(t->f);
		t->verdict = ANEW;
	} else if (w->client->endpoints.first != w->server) {
		t->verdict = ANEW;
	}
	return 0;
}

/* Opening and closing */

static void close_stream(struct etcd_watch *w)
{
	http_stream_close(w->stream);
	w->stream = NULL;
	w->created = 0;
	buf_reset(&w->message);
}

static int open_stream(struct etcd_watch *w, struct feed *f, struct err *e)
{
	struct buf messages __cleanup(buf_done) = BUF(WIRE_MESSAGE_MAX);

	for (size_t i = 0; i < f->n; i++)
		wire_watch(&messages, f->list[i].prefix, f->list[i].seen + 1, i + 1);
	if (messages.failed)
		return err_set(e, ERR_INTERNAL, "out of memory");
	if (client_watch(w->client, &messages, &w->stream, &w->server, e) < 0)
		return -1;
	w->json = w->client->language.json;
	w->until = deadline_in_ms(etcd_watch_answer_ms);
	return feed_listen(f, http_stream_fd(w->stream), e);
}

/* Another stream, from the next server; an error once each has had its turn. */
static int go_on_after_loss(struct taking *t)
{
	struct etcd_watch *w = t->w;
	const char *url = w->client->endpoints.url[w->server];

	endpoints_pass(&w->client->endpoints, w->server);
	feed_wake_at(t->f, deadline_in_ms(CLIENT_PAUSE_MS));
	if (w->tries++ < w->client->endpoints.n)
		return 0;
	w->tries = 0;
	return err_set(t->e, ERR_UNAVAILABLE, "etcd %s: watch: %s", url, t->reason);
}

static int go_on_after_refusal(struct taking *t)
{
	struct etcd_watch *w = t->w;

	if (w->client->user && !w->renewed) {
		w->renewed = true;
		client_forget_token(w->client);
		feed_wake_at(t->f, deadline_in_ms(0));
		return 0;
	}
	return judge_set_denied(w->client, w->server, t->reason, t->e);
}

/* What a stream's verdict leads to. */
static int go_on(struct taking *t)
{
	struct etcd_watch *w = t->w;

	if (t->verdict == GOING) {
		feed_wake_at(t->f, w->until);
		return 0;
	}
	close_stream(w);
	if (t->verdict == LOST)
		return go_on_after_loss(t);
	if (t->verdict == REFUSED_NAME)
		return go_on_after_refusal(t);
	feed_wake_at(t->f, deadline_in_ms(0));
	return 0;
}

int etcd_watch_take(void *source, struct feed *f, struct err *e)
{
	struct etcd_watch *w = source;
	struct taking t = { .w = w, .f = f, .e = e };
	int rc;

	if (!w->stream && open_stream(w, f, e) < 0) {
		close_stream(w);
		return -1;
	}
	t.verdict = take_stream(&t);
	if (t.verdict == GOING && deadline_passed(w->until)) {
		if (w->created < f->n) {
			t.verdict = lost(&t, "no answer in time");
		} else if (ask(&t) < 0) {
			close_stream(w);
			return -1;
		}
	}
	rc = go_on(&t);
	f->asking = w->created < f->n;
	return rc;
}

int etcd_watch_begin(struct client *c, void **ret_source, struct err *e)
{
	struct etcd_watch *w = calloc(1, sizeof(*w));

	if (!w)
		return err_set(e, ERR_INTERNAL, "out of memory");
	w->client = c;
	buf_init(&w->message, ETCD_WATCH_MESSAGE_MAX + GRPC_HEAD_LEN);
	*ret_source = w;
	return 0;
}

void etcd_watch_end(void *source)
{
	struct etcd_watch *w = source;

	close_stream(w);
	buf_done(&w->message);
	free(w);
}
