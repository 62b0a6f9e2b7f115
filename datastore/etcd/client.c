/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/etcd/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TALLY_LEN 400	/* bytes of the reasons of one round, NUL included */

int64_t client_silence_ms = CLIENT_SILENCE_MS;

/* What one request is about. */
struct call {
	const char *path;
	const struct buf *body;
	bool commit;
	struct wire_answer *answer;
};

enum outcome {
	DONE,
	FAILED,		/* for good; the error is set */
	/* The next server may do better: */
	NOBODY,		/* nobody listens */
	UNREACHED,	/* no connection */
	UNTRUSTED,	/* certificates */
	BAD_FILE,	/* a certificate file */
	STRANGE,	/* no etcd */
	SILENT,		/* no answer in time */
	BROKEN,		/* no whole answer */
	LATER,		/* etcd cannot now */
	OUTCOMES,
};

/* What the servers said in one round. */
struct tally {
	unsigned n[OUTCOMES];
	char text[TALLY_LEN];
	size_t len;
};

static void note(struct tally *t, enum outcome outcome, const char *url, const char *reason)
{
	int n = snprintf(t->text + t->len, TALLY_LEN - t->len, "%s%s: %s", t->len ? "; " : "", url,
			 reason);

	t->n[outcome]++;
	t->len += n < 0 ? 0 : (size_t)n;
	if (t->len >= TALLY_LEN)
		t->len = TALLY_LEN - 1;
}

/* A round's end: the kind of error that the most telling reason has. */
static int tally_error(const struct tally *t, struct deadline deadline, struct err *e)
{
	enum err_kind kind = ERR_UNAVAILABLE;

	if (t->n[BAD_FILE])
		kind = ERR_IO;
	else if (t->n[UNTRUSTED] && !t->n[SILENT])
		kind = ERR_DENIED;
	else if (t->n[SILENT] && deadline_passed(deadline))
		kind = ERR_DEADLINE;
	return err_set(e, kind, "etcd %s", t->text);
}

static bool another_round(const struct tally *t, unsigned round, struct deadline deadline)
{
	if (deadline_passed(deadline) || t->n[BAD_FILE])
		return false;
	if (t->n[LATER])
		return true;
	/* Cut short by the deadline, else each has had its time. */
	if (t->n[SILENT])
		return deadline_left_ms(deadline) < client_silence_ms;
	if (t->n[BROKEN])
		return round + 1 < CLIENT_LOST_ROUNDS;
	return t->n[NOBODY] && !t->n[UNREACHED] && !t->n[UNTRUSTED] && !t->n[STRANGE] && round == 0;
}

static int64_t pause_ms(const struct tally *t, unsigned round)
{
	if (!t->n[LATER] && !t->n[SILENT] && !t->n[BROKEN])
		return CLIENT_REFUSED_PAUSE_MS;
	if (round > 5)
		return CLIENT_PAUSE_MAX_MS;
	return CLIENT_PAUSE_MS << round;
}

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* The servers that are still to be asked in a round, and what became of those that were. */
struct asking {
	size_t n;
	size_t server[HTTP_TRIES_MAX];
	struct http_try tries[HTTP_TRIES_MAX];
	long status;
};

_Static_assert(DATASTORE_ENDPOINTS_MAX <= HTTP_TRIES_MAX, "all of them may be silent");

/* Which of them has it, or a->n. */
static size_t send_to_one(struct client *c, struct asking *a, const struct call *call)
{
	int64_t left = deadline_left_ms(c->deadline);
	struct http_request request = {
		.path = call->path,
		.body = call->body->data,
		.body_len = call->body->len,
		.authorization = c->token,
		.once = call->commit,
		.old_handshake = c->broken && !call->commit,
		.connect_ms = smaller(left / 3, CLIENT_CONNECT_MS),
		.total_ms = c->endpoints.n > 1 ? smaller(left / 2, CLIENT_ANSWER_MS) : left,
		.silence_ms = client_silence_ms,
		.next_ms = smaller(CLIENT_NEXT_ALL_MS / (int64_t)c->endpoints.n, CLIENT_NEXT_MS),
	};
	size_t chosen = http_post(c->http, &request, a->tries, a->n, &a->status, &c->answer);

	for (size_t i = 0; i < a->n; i++)
		c->requests += a->tries[i].begun;
	return chosen;
}

/* It was sent, and what became of it is not known. */
static enum outcome lost(struct client *c, size_t i, const struct call *call, enum outcome outcome,
			 const char *reason, struct tally *t, struct err *e)
{
	const char *url = c->endpoints.url[i];

	c->broken = outcome == BROKEN;
	endpoints_pass(&c->endpoints, i);
	note(t, outcome, url, reason);
	if (!call->commit)
		return outcome;
	err_set(e, ERR_UNKNOWN_OUTCOME, "etcd %s: the commit was sent and its outcome is "
		"unknown: %s", url, reason);
	return FAILED;
}

int client_set_denied(const struct client *c, size_t server, const char *words, struct err *e)
{
	const char *url = c->endpoints.url[server];

	if (c->refused && c->refusal == REFUSED_COMMON_NAME)
		return err_set(e, ERR_DENIED, "etcd %s has authentication on, and its JSON gateway "
			       "then refuses each client certificate with a CommonName; use one "
			       "without (etcd_cert_file), and ETCD_USERNAME and ETCD_PASSWORD: %s",
			       url, words);
	if (c->user)
		return err_set(e, ERR_DENIED, "etcd %s refused user \"%.100s\": %s", url, c->user,
			       words);
	return err_set(e, ERR_DENIED, "etcd %s wants a user (ETCD_USERNAME, ETCD_PASSWORD): %s",
		       url, words);
}

static enum outcome refused(struct client *c, size_t i, const struct call *call, long status,
			    struct tally *t, struct err *e)
{
	char words[WIRE_TEXT_LEN], reason[WIRE_TEXT_LEN + 160];
	const char *url = c->endpoints.url[i];

	c->refusal = wire_refusal(status, c->answer.data, c->answer.len, words);
	c->refused = true;
	switch (c->refusal) {
	case REFUSED_FOR_NOW:
		return lost(c, i, call, LATER, words, t, e);
	case REFUSED_BY_GATEWAY:
		snprintf(reason, sizeof(reason), "HTTP status %ld: %s", status, words);
		return lost(c, i, call, BROKEN, reason, t, e);
	case REFUSED_BUSY:
		note(t, LATER, url, words);
		return LATER;
	case REFUSED_NOT_ETCD:
		snprintf(reason, sizeof(reason), "does not look like etcd v3 (HTTP status %ld: "
			 "%s)%s", status, words, status == 404
			 ? "; if it is, its JSON gateway is off (enable-grpc-gateway)" : "");
		note(t, STRANGE, url, reason);
		return STRANGE;
	case REFUSED_CREDENTIALS:
	case REFUSED_RIGHT:
	case REFUSED_TOKEN:
	case REFUSED_COMMON_NAME:
		client_set_denied(c, i, words, e);
		return FAILED;
	case REFUSED_SPACE:
		err_set(e, ERR_NO_SPACE, "etcd %s: %s; " CLIENT_MAKE_ROOM, url, words);
		return FAILED;
	case REFUSED_SIZE:
		err_set(e, ERR_LIMIT, "etcd %s: %s", url, words);
		return FAILED;
	case REFUSED_AUTH_OFF:
	case REFUSED_COMPACTED:
	case REFUSED:
		break;
	}
	err_set(e, ERR_REFUSED, "etcd %s refused the request: %s", url, words);
	return FAILED;
}

static enum outcome answered(struct client *c, size_t i, const struct call *call, long status,
			     struct tally *t, struct err *e)
{
	struct err bad = {0};

	if (status != 200)
		return refused(c, i, call, status, t, e);
	if (wire_parse(c->answer.data, c->answer.len, c->deadline, call->answer, &bad) < 0)
		return lost(c, i, call, BROKEN, bad.text, t, e);
	call->answer->own = c->answer;
	buf_init(&c->answer, HTTP_ANSWER_MAX);
	c->broken = false;
	endpoints_good(&c->endpoints, i);
	return DONE;
}

static void set_no_http(char reason[HTTP_REASON_LEN])
{
	char words[HTTP_REASON_LEN];

	memcpy(words, reason, sizeof(words));
	snprintf(reason, HTTP_REASON_LEN, "does not speak HTTP/1.1 there; is it etcd's port for "
		 "gRPC alone? The gateway is then at --listen-client-http-urls (%.300s)", words);
}

static enum outcome judge(struct client *c, size_t i, const struct call *call,
			  struct http_try *try, long status, struct tally *t, struct err *e)
{
	static const enum outcome outcomes[] = {
		[HTTP_REFUSED] = NOBODY, [HTTP_UNREACHED] = UNREACHED,
		[HTTP_DENIED] = UNTRUSTED, [HTTP_FILE] = BAD_FILE, [HTTP_GOING] = UNREACHED,
	};

	switch (try->result) {
	case HTTP_ANSWERED:
		return answered(c, i, call, status, t, e);
	case HTTP_LOST:
		return lost(c, i, call, BROKEN, try->reason, t, e);
	case HTTP_TIMEOUT:
		return lost(c, i, call, SILENT, try->reason, t, e);
	case HTTP_STRANGE:
		set_no_http(try->reason);
		note(t, UNREACHED, c->endpoints.url[i], try->reason);
		return UNREACHED;
	case HTTP_TOO_LARGE:
		if (call->commit)
			return lost(c, i, call, BROKEN, try->reason, t, e);
		err_set(e, ERR_LIMIT, "etcd %s: %s", c->endpoints.url[i], try->reason);
		return FAILED;
	case HTTP_REFUSED:
	case HTTP_UNREACHED:
	case HTTP_DENIED:
	case HTTP_FILE:
	case HTTP_GOING:
		break;
	}
	note(t, outcomes[try->result], c->endpoints.url[i], try->reason);
	return outcomes[try->result];
}

/* Those that could not be reached, and then the one that was. */
static enum outcome ask_one(struct client *c, struct asking *a, const struct call *call,
			    struct tally *t, struct err *e)
{
	size_t chosen = send_to_one(c, a, call), left = 0;
	enum outcome outcome = LATER;

	for (size_t i = 0; i < a->n; i++)
		if (i != chosen && a->tries[i].result != HTTP_GOING)
			outcome = judge(c, a->server[i], call, &a->tries[i], 0, t, e);
	if (chosen < a->n)
		outcome = judge(c, a->server[chosen], call, &a->tries[chosen], a->status, t, e);
	for (size_t i = 0; i < a->n; i++) {
		if (a->tries[i].result != HTTP_GOING)
			continue;
		a->server[left] = a->server[i];
		a->tries[left++].url = a->tries[i].url;
	}
	a->n = left;
	return outcome;
}

/* Asks the servers in turn until one answers, fails for good, or time is over. */
static enum outcome try_round(struct client *c, const struct call *call, struct tally *t,
			      struct err *e)
{
	enum outcome outcome = LATER;
	struct asking a;

	/* Of 17 kB, what is needed for the servers that there are. */
	a.n = c->endpoints.n;
	a.status = 0;
	for (size_t i = 0; i < a.n; i++) {
		a.server[i] = (c->endpoints.first + i) % a.n;
		a.tries[i] = (struct http_try){ .url = c->endpoints.url[a.server[i]] };
	}
	while (a.n && outcome != DONE && outcome != FAILED && !deadline_passed(c->deadline))
		outcome = ask_one(c, &a, call, t, e);
	return outcome;
}

static int post(struct client *c, const struct call *call, struct err *e)
{
	c->refused = false;
	if (deadline_passed(c->deadline))
		return err_set(e, ERR_DEADLINE, "no time is left to ask etcd %s",
			       c->endpoints.url[c->endpoints.first]);
	for (unsigned round = 0;; round++) {
		struct tally t = {0};
		enum outcome outcome = try_round(c, call, &t, e);

		if (outcome == DONE)
			return 0;
		if (outcome == FAILED)
			return -1;
		if (!another_round(&t, round, c->deadline))
			return tally_error(&t, c->deadline, e);
		deadline_sleep_ms(c->deadline, pause_ms(&t, round));
		if (deadline_passed(c->deadline))
			return tally_error(&t, c->deadline, e);
	}
}

static void forget_text(char **text)
{
	if (*text)
		explicit_bzero(*text, strlen(*text));
	free(*text);
	*text = NULL;
}

static void forget_buf(struct buf *b)
{
	explicit_bzero(b->data, b->len);
	buf_done(b);
}

static int post_credentials(struct client *c, struct wire_answer *answer, struct err *e)
{
	struct buf body __cleanup(forget_buf) = BUF(WIRE_REQUEST_MAX);
	struct call call = { .path = "/v3/auth/authenticate", .body = &body, .answer = answer };

	wire_authenticate(&body, c->user, c->password);
	if (body.failed)
		return err_set(e, ERR_INTERNAL, "out of memory");
	return post(c, &call, e);
}

static int authenticate(struct client *c, struct err *e)
{
	struct wire_answer answer __cleanup(wire_answer_done) = {0};

	if (!c->user || c->token || c->auth_off)
		return 0;
	if (post_credentials(c, &answer, e) < 0) {
		if (!c->refused || c->refusal != REFUSED_AUTH_OFF)
			return -1;
		c->auth_off = true;
		err_reset(e);
		return 0;
	}
	c->token = answer.token;
	answer.token = NULL;
	explicit_bzero(answer.own.data, answer.own.len);
	if (c->token)
		return 0;
	return err_set(e, ERR_DENIED, "etcd %s gave no token to user \"%.100s\"",
		       c->endpoints.url[c->endpoints.first], c->user);
}

static int run(struct client *c, struct call *call, struct err *e)
{
	if (authenticate(c, e) < 0)
		return -1;
	if (post(c, call, e) == 0)
		return 0;
	if (!c->user || !c->refused || c->refusal != REFUSED_TOKEN)
		return -1;
	forget_text(&c->token);
	err_reset(e);
	if (authenticate(c, e) < 0)
		return -1;
	return post(c, call, e);
}

int client_ask(struct client *c, const char *path, const struct buf *body,
	       struct wire_answer *ret_answer, struct err *e)
{
	struct call call = { .path = path, .body = body, .answer = ret_answer };

	return run(c, &call, e);
}

int client_read(struct client *c, const struct buf *txn, struct wire_answer *ret_answer,
		struct err *e)
{
	return client_ask(c, "/v3/kv/txn", txn, ret_answer, e);
}

int client_commit(struct client *c, const struct buf *txn, struct wire_answer *ret_answer,
		  struct err *e)
{
	struct call call = {
		.path = "/v3/kv/txn", .body = txn, .commit = true, .answer = ret_answer
	};

	return run(c, &call, e);
}

int client_stream(struct client *c, const char *path, const struct buf *body,
		  struct http_stream **ret_stream, size_t *ret_server, struct err *e)
{
	struct http_request request = {
		.path = path,
		.body = body->data,
		.body_len = body->len,
		.connect_ms = CLIENT_CONNECT_MS,
	};

	if (authenticate(c, e) < 0)
		return -1;
	request.authorization = c->token;
	*ret_server = c->endpoints.first;
	request.url = c->endpoints.url[*ret_server];
	c->requests++;
	return http_stream_post(c->http, &request, ret_stream, e);
}

void client_forget_token(struct client *c)
{
	forget_text(&c->token);
}

bool client_met_compaction(const struct client *c)
{
	return c->refused && c->refusal == REFUSED_COMPACTED;
}

bool client_lacks_right(const struct client *c)
{
	return c->refused && c->refusal == REFUSED_RIGHT;
}

static int copy_credentials(struct client *c, const struct settings *settings, struct err *e)
{
	const char *user = settings_get(settings, SET_ETCD_USERNAME);
	const char *password = settings_get(settings, SET_ETCD_PASSWORD);

	if (!*user || !*password)
		return 0;
	c->user = strdup(user);
	c->password = strdup(password);
	return c->user && c->password ? 0 : err_set(e, ERR_INTERNAL, "out of memory");
}

int client_init(struct client *c, const struct settings *settings, struct deadline deadline,
		struct err *e)
{
	struct http_tls tls = {
		.ca_file = settings_get(settings, SET_ETCD_CA_CERT_FILE),
		.cert_file = settings_get(settings, SET_ETCD_CERT_FILE),
		.key_file = settings_get(settings, SET_ETCD_KEY_FILE),
		.min_version = settings_get(settings, SET_TLS_MIN_VERSION),
		.ciphers = settings_get(settings, SET_TLS_CIPHER_SUITES),
		.ca_name = "etcd_ca_cert_file",
		.cert_name = "etcd_cert_file",
		.key_name = "etcd_key_file",
		.session_folder = settings_session_path(settings),
	};

	*c = (struct client){ .deadline = deadline };
	buf_init(&c->answer, HTTP_ANSWER_MAX);
	if (endpoints_init(&c->endpoints, settings, deadline, e) < 0)
		return -1;
	if (copy_credentials(c, settings, e) < 0 ||
	    http_open(&c->http, &tls, c->endpoints.tls, e) < 0) {
		client_done(c);
		return -1;
	}
	http_expect(c->http, c->endpoints.url[c->endpoints.first]);
	return 0;
}

void client_done(struct client *c)
{
	http_close(c->http);
	forget_text(&c->user);
	forget_text(&c->password);
	forget_text(&c->token);
	buf_done(&c->answer);
	endpoints_done(&c->endpoints);
	*c = (struct client){0};
}
