/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/etcd/client.h"

#include "datastore/etcd/gateway.h"
#include "datastore/etcd/grpc.h"
#include "datastore/etcd/judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static const char *path_of(const struct client *c, enum wire_call call)
{
	return c->language.json ? gateway_path(call) : grpc_path(call);
}

static int print_body(struct client *c, enum wire_call call, const struct buf *message,
		      struct err *e)
{
	buf_reset(&c->body);
	if (c->language.json)
		gateway_print(call, message->data, message->len, &c->body);
	else
		grpc_print(call, message->data, message->len, &c->body);
	return c->body.failed ? err_set(e, ERR_INTERNAL, "out of memory for a request") : 0;
}

/* Which of them has it, or a->n. */
static size_t send_to_one(struct client *c, struct asking *a, const struct asked *call)
{
	int64_t left = deadline_left_ms(c->deadline);
	struct http_request request = {
		.path = path_of(c, call->call),
		.body = c->body.data,
		.body_len = c->body.len,
		.authorization = c->token,
		.grpc = !c->language.json,
		.once = call->commit,
		.old_handshake = c->broken && (c->cut || !call->commit),
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

/* Those that could not be reached, and then the one that was. */
static enum outcome ask_one(struct client *c, struct asking *a, const struct asked *call,
			    struct tally *t, struct err *e)
{
	size_t chosen = send_to_one(c, a, call), left = 0;
	enum outcome outcome = LATER;

	for (size_t i = 0; i < a->n; i++)
		if (i != chosen && a->tries[i].result != HTTP_GOING)
			outcome = judge_try(c, a->server[i], call, &a->tries[i], 0, t, e);
	if (chosen < a->n)
		outcome = judge_try(c, a->server[chosen], call, &a->tries[chosen], a->status, t, e);
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
static enum outcome try_round(struct client *c, const struct asked *call, struct tally *t,
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
	while (a.n && outcome != DONE && outcome != FAILED && outcome != OTHERWISE &&
	       !deadline_passed(c->deadline))
		outcome = ask_one(c, &a, call, t, e);
	return outcome;
}

static int post(struct client *c, const struct asked *call, struct err *e)
{
	c->refused = false;
	if (language_begin(&c->language) && http_let_go(c->http, e) < 0)
		return -1;
	if (deadline_passed(c->deadline))
		return err_set(e, ERR_DEADLINE, "no time is left to ask etcd %s",
			       c->endpoints.url[c->endpoints.first]);
	for (unsigned round = 0;; round++) {
		struct tally t = {0};
		enum outcome outcome;

		if (language_turn(&c->language) && http_let_go(c->http, e) < 0)
			return -1;
		if (print_body(c, call->call, call->message, e) < 0)
			return -1;
		outcome = try_round(c, call, &t, e);
		if (outcome == DONE)
			return 0;
		if (outcome == FAILED)
			return -1;
		if (!tally_wants_another(&t, round, c->deadline))
			return tally_error(&t, c->deadline, e);
		deadline_sleep_ms(c->deadline, tally_pause_ms(&t, round));
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

/* Also what it has held before, if that was longer. */
static void wipe(struct buf *b)
{
	if (b->cap)
		explicit_bzero(b->data, b->cap);
}

static void forget_buf(struct buf *b)
{
	wipe(b);
	buf_done(b);
}

static int post_credentials(struct client *c, struct wire_answer *answer, struct err *e)
{
	struct buf message __cleanup(forget_buf) = BUF(WIRE_REQUEST_MAX);
	struct asked call = { .call = WIRE_AUTHENTICATE, .message = &message, .answer = answer };
	int rc;

	wire_authenticate(&message, c->user, c->password);
	if (message.failed)
		return err_set(e, ERR_INTERNAL, "out of memory");
	rc = post(c, &call, e);
	wipe(&c->body);
	wipe(&c->answer);
	return rc;
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
	if (answer.own.len)
		explicit_bzero(answer.own.data, answer.own.len);
	if (c->token)
		return 0;
	return err_set(e, ERR_DENIED, "etcd %s gave no token to user \"%.100s\"",
		       c->endpoints.url[c->endpoints.first], c->user);
}

static int run(struct client *c, struct asked *call, struct err *e)
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

int client_ask(struct client *c, enum wire_call call, const struct buf *message,
	       struct wire_answer *ret_answer, struct err *e)
{
	struct asked asked = { .call = call, .message = message, .answer = ret_answer };

	return run(c, &asked, e);
}

int client_read(struct client *c, const struct buf *txn, struct wire_answer *ret_answer,
		struct err *e)
{
	return client_ask(c, WIRE_TXN, txn, ret_answer, e);
}

int client_commit(struct client *c, const struct buf *txn, struct wire_answer *ret_answer,
		  struct err *e)
{
	struct asked call = {
		.call = WIRE_TXN, .message = txn, .commit = true, .answer = ret_answer
	};

	return run(c, &call, e);
}

int client_watch(struct client *c, const struct buf *messages, struct http_stream **ret_stream,
		 size_t *ret_server, struct err *e)
{
	struct http_request request = { .connect_ms = CLIENT_CONNECT_MS };

	if (authenticate(c, e) < 0)
		return -1;
	language_begin(&c->language);
	language_turn(&c->language);
	if (print_body(c, WIRE_WATCH, messages, e) < 0)
		return -1;
	request.path = path_of(c, WIRE_WATCH);
	request.body = c->body.data;
	request.body_len = c->body.len;
	request.grpc = !c->language.json;
	request.authorization = c->token;
	*ret_server = c->endpoints.first;
	request.url = c->endpoints.url[*ret_server];
	c->requests++;
	return http_stream_post(c->http, &request, ret_stream, e);
}

/* What answers is of no account. */
static void ask_for_date(struct client *c)
{
	struct http_try try = { .url = c->endpoints.url[c->endpoints.first] };
	int64_t ms = smaller(deadline_left_ms(c->deadline), CLIENT_CONNECT_MS);
	struct http_request request = { .path = "/version", .body = "", .connect_ms = ms,
					.total_ms = ms, .silence_ms = ms, .next_ms = ms };
	struct err ignored = {0};
	long status;

	if (http_let_go(c->http, &ignored) < 0)
		return;
	http_post(c->http, &request, &try, 1, &status, &c->answer);
	c->requests++;
	http_let_go(c->http, &ignored);
}

int64_t client_server_time_s(struct client *c)
{
	if (!http_server_time_s(c->http))
		ask_for_date(c);
	return http_server_time_s(c->http);
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
	buf_init(&c->body, GATEWAY_JSON_MAX);
	if (endpoints_init(&c->endpoints, settings, deadline, e) < 0)
		return -1;
	if (copy_credentials(c, settings, e) < 0 ||
	    http_open(&c->http, &tls, c->endpoints.tls, e) < 0) {
		client_done(c);
		return -1;
	}
	language_init(&c->language, settings_get(settings, SET_ETCD_PROTOCOL),
		      c->endpoints.met_json);
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
	buf_done(&c->body);
	endpoints_done(&c->endpoints);
	*c = (struct client){0};
}
