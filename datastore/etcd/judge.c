/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/etcd/judge.h"

#include "datastore/etcd/gateway.h"
#include "datastore/etcd/grpc.h"

#include <stdio.h>
#include <string.h>

int64_t client_silence_ms = CLIENT_SILENCE_MS;

static void note(struct tally *t, enum outcome outcome, const char *url, const char *reason)
{
	int n = snprintf(t->text + t->len, TALLY_LEN - t->len, "%s%s: %s", t->len ? "; " : "", url,
			 reason);

	t->n[outcome]++;
	t->len += n < 0 ? 0 : (size_t)n;
	if (t->len >= TALLY_LEN)
		t->len = TALLY_LEN - 1;
}

int tally_error(const struct tally *t, struct deadline deadline, struct err *e)
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

bool tally_wants_another(const struct tally *t, unsigned round, struct deadline deadline)
{
	if (deadline_passed(deadline) || t->n[BAD_FILE])
		return false;
	if (t->n[LATER] || t->n[OTHERWISE])
		return true;
	/* Cut short by the deadline, else each has had its time. */
	if (t->n[SILENT])
		return deadline_left_ms(deadline) < client_silence_ms;
	if (t->n[BROKEN])
		return round + 1 < CLIENT_LOST_ROUNDS;
	return t->n[NOBODY] && !t->n[UNREACHED] && !t->n[UNTRUSTED] && !t->n[STRANGE] && round == 0;
}

int64_t tally_pause_ms(const struct tally *t, unsigned round)
{
	if (t->n[OTHERWISE])
		return 0;
	if (!t->n[LATER] && !t->n[SILENT] && !t->n[BROKEN])
		return CLIENT_REFUSED_PAUSE_MS;
	if (round > 5)
		return CLIENT_PAUSE_MAX_MS;
	return CLIENT_PAUSE_MS << round;
}

/* It was sent, and what became of it is not known. */
static enum outcome lost(struct client *c, size_t i, const struct asked *asked,
			 enum outcome outcome, const char *reason, struct tally *t, struct err *e)
{
	const char *url = c->endpoints.url[i];

	c->broken = outcome == BROKEN;
	c->cut = false;
	endpoints_pass(&c->endpoints, i);
	note(t, outcome, url, reason);
	if (!asked->commit)
		return outcome;
	err_set(e, ERR_UNKNOWN_OUTCOME, "etcd %s: the commit was sent and its outcome is "
		"unknown: %s", url, reason);
	return FAILED;
}

int judge_set_denied(const struct client *c, size_t server, const char *words, struct err *e)
{
	const char *url = c->endpoints.url[server];

	if (c->refused && c->refusal == REFUSED_COMMON_NAME)
		return err_set(e, ERR_DENIED, "etcd %s has authentication on, and its JSON gateway "
			       "then refuses each client certificate with a CommonName; use gRPC "
			       "(without etcd_protocol \"json\"), which needs HTTP/2 all the way "
			       "there, or a certificate without one (etcd_cert_file), and "
			       "ETCD_USERNAME and ETCD_PASSWORD: %s", url, words);
	if (c->user)
		return err_set(e, ERR_DENIED, "etcd %s refused user \"%.100s\": %s", url, c->user,
			       words);
	if (c->refused && c->refusal == REFUSED_RIGHT && !c->language.json)
		return err_set(e, ERR_DENIED, "etcd %s refused whom the client certificate names "
			       "(etcd_cert_file); a user of its CommonName needs the right, or "
			       "set ETCD_USERNAME and ETCD_PASSWORD: %s", url, words);
	return err_set(e, ERR_DENIED, "etcd %s wants a user (ETCD_USERNAME, ETCD_PASSWORD): %s",
		       url, words);
}

static enum wire_refusal refusal_of(const struct client *c, long status,
				    char words[WIRE_TEXT_LEN])
{
	const struct http_grpc *end = http_grpc(c->http);

	if (!c->language.json && status == 200 && end->status > 0)
		return grpc_refusal(end, words);
	if (c->language.json)
		return gateway_refusal(status, c->answer.data, c->answer.len, words);
	wire_words(words, c->answer.data, c->answer.len);
	return status >= 500 ? REFUSED_BY_GATEWAY : REFUSED_NOT_ETCD;
}

/* Of what does not look like etcd: what is to be done if it is etcd. */
static const char *if_it_is_etcd(const struct client *c, long status)
{
	if (!c->language.json && !c->language.turned)
		return "; if what is in front of etcd does not speak gRPC, its JSON gateway is "
		       "asked with etcd_protocol \"json\"";
	if (!c->language.json || status != 404)
		return "";
	if (c->language.turned)
		return "; if it is, its JSON gateway is off (enable-grpc-gateway), and gRPC is not "
		       "spoken there either";
	return "; if it is, its JSON gateway is off (enable-grpc-gateway); ask it by gRPC, without "
	       "etcd_protocol \"json\"";
}

/* A refusal of etcd's own has been understood; of the gateway's own, gRPC may do better. */
static void note_language(struct client *c)
{
	if (c->refusal != REFUSED_NOT_ETCD && c->refusal != REFUSED_BY_GATEWAY &&
	    c->refusal != REFUSED_COMMON_NAME)
		language_was_understood(&c->language);
}

static enum outcome refused(struct client *c, size_t i, const struct asked *asked, long status,
			    struct tally *t, struct err *e)
{
	char words[WIRE_TEXT_LEN], reason[WIRE_TEXT_LEN + 240];
	const char *url = c->endpoints.url[i];

	c->refusal = refusal_of(c, status, words);
	c->refused = true;
	note_language(c);
	if ((c->refusal == REFUSED_NOT_ETCD || c->refusal == REFUSED_COMMON_NAME) &&
	    language_met_stranger(&c->language)) {
		note(t, OTHERWISE, url, words);
		return OTHERWISE;
	}
	switch (c->refusal) {
	case REFUSED_FOR_NOW:
		return lost(c, i, asked, LATER, words, t, e);
	case REFUSED_BY_GATEWAY:
		snprintf(reason, sizeof(reason), "HTTP status %ld: %s", status, words);
		return lost(c, i, asked, BROKEN, reason, t, e);
	case REFUSED_BUSY:
		note(t, LATER, url, words);
		return LATER;
	case REFUSED_NOT_ETCD:
		snprintf(reason, sizeof(reason), "does not look like etcd v3 (HTTP status %ld: "
			 "%s)%s", status, words, if_it_is_etcd(c, status));
		note(t, STRANGE, url, reason);
		return STRANGE;
	case REFUSED_CREDENTIALS:
	case REFUSED_RIGHT:
	case REFUSED_TOKEN:
	case REFUSED_COMMON_NAME:
		judge_set_denied(c, i, words, e);
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

/* The message that the answer's body is; of the gateway's text one is made. */
static int find_message(struct client *c, enum wire_call call, const char **ret, size_t *ret_len,
			struct err *e)
{
	struct buf message = BUF(HTTP_ANSWER_MAX);

	if (!c->language.json)
		return grpc_read(c->answer.data, c->answer.len, ret, ret_len, e);
	if (gateway_read(call, c->answer.data, c->answer.len, c->deadline, &message, e) < 0) {
		explicit_bzero(message.data, message.len);
		buf_done(&message);
		return -1;
	}
	if (call == WIRE_AUTHENTICATE)
		explicit_bzero(c->answer.data, c->answer.cap);
	buf_done(&c->answer);
	c->answer = message;
	*ret = message.data;
	*ret_len = message.len;
	return 0;
}

/* Cut off before the end that a call of gRPC's has, unless it was none. */
static bool is_unended(const struct client *c, const struct asked *asked, long status)
{
	return !c->language.json && status == 200 && http_grpc(c->http)->status < 0 &&
	       (asked->commit || c->language.source != LANGUAGE_GUESSED);
}

static enum outcome answered(struct client *c, size_t i, const struct asked *asked, long status,
			     struct tally *t, struct err *e)
{
	const char *message;
	struct err bad = {0};
	size_t len;

	if (is_unended(c, asked, status))
		return lost(c, i, asked, BROKEN, "the answer does not say how the call ended", t,
			    e);
	if (status != 200 || (!c->language.json && http_grpc(c->http)->status != 0))
		return refused(c, i, asked, status, t, e);
	if (find_message(c, asked->call, &message, &len, &bad) < 0 ||
	    wire_parse(asked->call, message, len, asked->answer, &bad) < 0)
		return lost(c, i, asked, BROKEN, bad.text, t, e);
	asked->answer->own = c->answer;
	buf_init(&c->answer, HTTP_ANSWER_MAX);
	c->broken = c->cut = false;
	language_was_understood(&c->language);
	endpoints_good(&c->endpoints, i, c->language.source == LANGUAGE_TOLD
		       ? c->endpoints.met_json : c->language.json);
	return DONE;
}

static void set_strange(const struct client *c, char reason[HTTP_REASON_LEN])
{
	char words[HTTP_REASON_LEN];

	memcpy(words, reason, sizeof(words));
	if (c->language.turned)
		snprintf(reason, HTTP_REASON_LEN, "speaks neither gRPC nor HTTP/1.1 there; is it "
			 "etcd's port for clients? (%.300s)", words);
	else if (c->language.json)
		snprintf(reason, HTTP_REASON_LEN, "does not speak HTTP/1.1 there; is it etcd's "
			 "port for gRPC alone (--listen-client-http-urls)? Then it is asked "
			 "without etcd_protocol \"json\" (%.300s)", words);
	else
		snprintf(reason, HTTP_REASON_LEN, "does not speak HTTP/2 there, which gRPC needs; "
			 "etcd's JSON gateway is asked with etcd_protocol \"json\" (%.300s)",
			 words);
}

/* Who does not speak HTTP/2 may hang up at its first bytes; a commit may have been all of them. */
static enum outcome not_answered(struct client *c, size_t i, const struct asked *asked,
				 const char *reason, struct tally *t, struct err *e)
{
	bool turns = language_met_loss(&c->language, c->endpoints.tls);

	if (!turns || asked->commit)
		return lost(c, i, asked, BROKEN, reason, t, e);
	note(t, OTHERWISE, c->endpoints.url[i], reason);
	return OTHERWISE;
}

/* Before anything of the request was sent; an earlier handshake's way may say why. */
static enum outcome cut(struct client *c, size_t i, const struct http_try *try, struct tally *t)
{
	c->broken = c->cut = true;
	note(t, BROKEN, c->endpoints.url[i], try->reason);
	return BROKEN;
}

static enum outcome is_strange(struct client *c, size_t i, struct http_try *try, struct tally *t)
{
	if (language_met_stranger(&c->language)) {
		note(t, OTHERWISE, c->endpoints.url[i], try->reason);
		return OTHERWISE;
	}
	set_strange(c, try->reason);
	note(t, UNREACHED, c->endpoints.url[i], try->reason);
	return UNREACHED;
}

enum outcome judge_try(struct client *c, size_t i, const struct asked *asked, struct http_try *try,
		       long status, struct tally *t, struct err *e)
{
	static const enum outcome outcomes[] = {
		[HTTP_REFUSED] = NOBODY, [HTTP_UNREACHED] = UNREACHED,
		[HTTP_DENIED] = UNTRUSTED, [HTTP_FILE] = BAD_FILE, [HTTP_GOING] = UNREACHED,
	};

	switch (try->result) {
	case HTTP_ANSWERED:
		return answered(c, i, asked, status, t, e);
	case HTTP_LOST:
		return status ? lost(c, i, asked, BROKEN, try->reason, t, e)
			      : not_answered(c, i, asked, try->reason, t, e);
	case HTTP_TIMEOUT:
		return lost(c, i, asked, SILENT, try->reason, t, e);
	case HTTP_STRANGE:
		return is_strange(c, i, try, t);
	case HTTP_TOO_LARGE:
		if (asked->commit)
			return lost(c, i, asked, BROKEN, try->reason, t, e);
		err_set(e, ERR_LIMIT, "etcd %s: %s", c->endpoints.url[i], try->reason);
		return FAILED;
	case HTTP_UNREACHED:
		if (try->cut)
			return cut(c, i, try, t);
		break;
	case HTTP_REFUSED:
	case HTTP_DENIED:
	case HTTP_FILE:
	case HTTP_GOING:
		break;
	}
	/* The way of an earlier handshake, if it was gone, has told what it had to. */
	c->broken = c->cut = false;
	note(t, outcomes[try->result], c->endpoints.url[i], try->reason);
	return outcomes[try->result];
}
