/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/http/round.h"
#include "base/clock.h"
#include "datastore/http/transfer.h"
#include "datastore/http/watchdog.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct round {
	struct http *http;
	const struct http_request *common;
	struct http_call *calls;
	size_t n, running;	/* those are HTTP_GOING */
	struct buf base;	/* what URLs begin with */
	struct curl_slist *headers, *headers_of_json, *connect_to;
	struct deadline end, connected;	/* the latter until the first is sent */
	struct deadline silence;	/* from then on */
	curl_off_t moved;	/* bytes so far, of all of them */
};

static struct transfer *transfer_of(const struct round *r, const struct http_call *c)
{
	return &r->http->round_own[c - r->calls];
}

/* The connections are of the round's own: with each other request's they would be counted. */
static int open_multi(struct http *h)
{
	if (!h->round_own)
		h->round_own = calloc(HTTP_CALLS_MAX, sizeof(*h->round_own));
	if (!h->round_own || h->round_multi)
		return h->round_own ? 0 : -1;
	h->round_multi = curl_multi_init();
	if (!h->round_multi)
		return -1;
	curl_multi_setopt(h->round_multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
	curl_multi_setopt(h->round_multi, CURLMOPT_MAX_HOST_CONNECTIONS,
			  (long)HTTP_ROUND_CONNECTIONS);
	return 0;
}

/*
 * Where the certificate is to be of another name, libcurl is given that name as the host's,
 * and the host to connect to instead.
 */
static int set_server(struct round *r)
{
	const char *name = r->http->files.server_name, *url = r->common->url;
	const char *host = strstr(url, "://"), *port;
	struct buf line __cleanup(buf_done) = BUF(HTTP_CALL_URL_LEN);
	int len;

	if (!name || !r->http->use_tls || !host) {
		buf_puts(&r->base, url);
		return 0;
	}
	host += strlen("://");
	len = (int)strcspn(host, "/");
	port = memrchr(host, ':', (size_t)len);
	if (!port || memchr(port, ']', (size_t)(host + len - port)))
		port = host + len;
	buf_printf(&r->base, strchr(name, ':') ? "https://[%s]%s" : "https://%s%s", name, port);
	buf_printf(&line, "::%.*s", len, host);
	if (line.failed || transfer_add_header(&r->connect_to, line.data) < 0)
		return -1;
	buf_reset(&line);
	buf_printf(&line, "Host: %.*s", len, host);
	return line.failed || transfer_add_header(&r->headers, line.data) < 0 ||
		transfer_add_header(&r->headers_of_json, line.data) < 0 ? -1 : 0;
}

static int set_headers(struct round *r)
{
	/* As of other requests, see transfer.c; a body is JSON. */
	if (transfer_add_header(&r->headers_of_json, "Expect:") < 0 ||
	    transfer_add_header(&r->headers_of_json, "Content-Type: application/json") < 0 ||
	    transfer_add_header(&r->headers_of_json, "Accept: application/json") < 0 ||
	    transfer_add_header(&r->headers, "Accept: application/json") < 0)
		return -1;
	return transfer_add_authorization(&r->headers, r->common) < 0 ||
		transfer_add_authorization(&r->headers_of_json, r->common) < 0 ? -1 : 0;
}

static bool add_to_answer(const char *data, size_t len, void *arg)
{
	struct buf *answer = arg;

	buf_add(answer, data, len);
	return !answer->failed;
}

static int init_transfer(struct transfer *t, const struct http *h)
{
	if (t->curl)
		return 0;
	if (transfer_init(t, h) < 0)
		return -1;
	if (!h->use_tls)
		return 0;
	curl_easy_setopt(t->curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt(t->curl, CURLOPT_PIPEWAIT, 1L);
	return 0;
}

static void set_method(CURL *curl, const struct http_call *c)
{
	bool known = strcmp(c->method, "GET") == 0 || strcmp(c->method, "POST") == 0;

	curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
	/* PUT and POST say how long their body is, even if there is none. */
	if (c->body || c->method[0] == 'P') {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)c->body_len);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, c->body ? c->body : "");
	}
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, known ? NULL : c->method);
}

static int prepare(const struct round *r, const struct http_call *c)
{
	struct buf url __cleanup(buf_done) = BUF(HTTP_CALL_URL_LEN);
	struct transfer *t = transfer_of(r, c);

	buf_puts(&url, r->base.data);
	buf_puts(&url, c->path);
	if (url.failed || init_transfer(t, r->http) < 0)
		return -1;
	transfer_reset(t, r->common);
	transfer_use_session(t, r->common->url);
	if (strcmp(c->method, "GET") != 0)
		t->sends_max = 1;
	t->visit = add_to_answer;
	t->arg = c->answer;
	set_method(t->curl, c);
	curl_easy_setopt(t->curl, CURLOPT_URL, url.data);
	curl_easy_setopt(t->curl, CURLOPT_HTTPHEADER, c->body ? r->headers_of_json : r->headers);
	curl_easy_setopt(t->curl, CURLOPT_CONNECT_TO, r->connect_to);
	/* Waiting for another's connection is not connecting; that is timed here. */
	curl_easy_setopt(t->curl, CURLOPT_CONNECTTIMEOUT_MS, transfer_ms(r->common->total_ms));
	return curl_multi_add_handle(r->http->round_multi, t->curl) == CURLM_OK ? 0 : -1;
}

static void begin_call(struct round *r, struct http_call *c)
{
	buf_reset(c->answer);
	c->status = 0;
	c->retry_after_s = -1;
	c->reason[0] = '\0';
	c->result = prepare(r, c) == 0 ? HTTP_GOING : HTTP_UNREACHED;
	if (c->result == HTTP_GOING)
		r->running++;
	else
		snprintf(c->reason, sizeof(c->reason), "out of memory, or a URL of %d bytes or "
			 "more", HTTP_CALL_URL_LEN);
}

static int64_t bounded_s(int64_t s)
{
	if (s < 0)
		return 0;
	return s < HTTP_RETRY_AFTER_MAX_S ? s : HTTP_RETRY_AFTER_MAX_S;
}

/* Where the server says a date it is its clock that counts. */
static int64_t retry_after_s(const struct transfer *t)
{
	int64_t at, now;
	char *end;

	if (isdigit((unsigned char)t->retry_after[0])) {
		at = strtoll(t->retry_after, &end, 10);
		return end[strspn(end, " \t\r\n")] ? -1 : bounded_s(at);
	}
	at = transfer_date_s(t->retry_after);
	now = transfer_date_s(t->date);
	return at ? bounded_s(at - (now ? now : clock_now_ns() / 1000000000)) : -1;
}

static void end_call(struct round *r, struct http_call *c, enum http_result result)
{
	struct transfer *t = transfer_of(r, c);

	curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &c->status);
	curl_multi_remove_handle(r->http->round_multi, t->curl);
	curl_easy_setopt(t->curl, CURLOPT_CONNECT_TO, NULL);
	transfer_forget(t);
	c->result = result;
	c->retry_after_s = retry_after_s(t);
	r->http->answered |= result == HTTP_ANSWERED;
	if (result == HTTP_ANSWERED)
		memcpy(r->http->date, t->date, sizeof(r->http->date));
	else if (result == HTTP_TOO_LARGE)
		snprintf(c->reason, sizeof(c->reason), "the answer is larger than the limit of "
			 "%zu bytes", c->answer->limit);
	r->running--;
}

static bool was_sent(const struct round *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->http->round_own[i].sends)
			return true;
	return false;
}

/* The others would wait for the same connection, one after the other. */
static void give_up(struct round *r, const struct http_call *failed)
{
	for (size_t i = 0; i < r->n; i++) {
		if (r->calls[i].result != HTTP_GOING)
			continue;
		memcpy(r->calls[i].reason, failed->reason, sizeof(failed->reason));
		end_call(r, &r->calls[i], failed->result);
	}
}

static bool is_begun_again(struct round *r, const struct http_call *c, CURLcode code)
{
	struct transfer *t = transfer_of(r, c);

	if (!transfer_was_resumed_in_vain(t, code))
		return false;
	curl_multi_remove_handle(r->http->round_multi, t->curl);
	return prepare(r, c) == 0;
}

static void take_ends(struct round *r)
{
	const CURLMsg *end;
	int left;

	while ((end = curl_multi_info_read(r->http->round_multi, &left))) {
		struct transfer *t = NULL;
		struct http_call *c;
		CURLcode code = end->data.result;

		curl_easy_getinfo(end->easy_handle, CURLINFO_PRIVATE, &t);
		c = &r->calls[t - r->http->round_own];
		if (is_begun_again(r, c, code))
			continue;
		end_call(r, c, transfer_judge(t, code, c->reason));
		if (c->result != HTTP_ANSWERED && !was_sent(r))
			give_up(r, c);
	}
}

static curl_off_t bytes_moved(const struct round *r)
{
	curl_off_t moved = 0;

	for (size_t i = 0; i < r->n; i++) {
		CURL *curl = r->http->round_own[i].curl;
		curl_off_t up = 0, down = 0;
		long head = 0;

		curl_easy_getinfo(curl, CURLINFO_SIZE_UPLOAD_T, &up);
		curl_easy_getinfo(curl, CURLINFO_SIZE_DOWNLOAD_T, &down);
		curl_easy_getinfo(curl, CURLINFO_HEADER_SIZE, &head);
		moved += up + down + head;
	}
	return moved;
}

static void end_late(struct round *r, bool silent)
{
	for (size_t i = 0; i < r->n; i++) {
		struct http_call *c = &r->calls[i];
		enum http_result result;

		if (c->result != HTTP_GOING)
			continue;
		result = transfer_judge(transfer_of(r, c), CURLE_OPERATION_TIMEDOUT, c->reason);
		if (silent && result == HTTP_TIMEOUT)
			snprintf(c->reason, sizeof(c->reason), "silent for %" PRId64 " s",
				 r->common->silence_ms / 1000);
		end_call(r, c, result);
	}
}

static void look_at_clock(struct round *r)
{
	curl_off_t moved = bytes_moved(r);
	bool sent = was_sent(r);

	if (sent && (!r->silence.at_ms || moved != r->moved))
		r->silence = deadline_in_ms(r->common->silence_ms);
	r->moved = moved;
	if (deadline_passed(r->end) || (!sent && deadline_passed(r->connected)))
		end_late(r, false);
	else if (r->silence.at_ms && deadline_passed(r->silence))
		end_late(r, true);
}

static void wait_for_news(const struct round *r)
{
	int64_t ms = deadline_left_ms(r->end);
	int64_t sooner = deadline_left_ms(r->silence.at_ms ? r->silence : r->connected);

	if (sooner < ms)
		ms = sooner;
	curl_multi_poll(r->http->round_multi, NULL, 0, ms < 1000 ? (int)ms : 1000, NULL);
}

static void run(struct round *r)
{
	int running;

	for (size_t i = 0; i < r->n; i++)
		begin_call(r, &r->calls[i]);
	while (r->running) {
		curl_multi_perform(r->http->round_multi, &running);
		take_ends(r);
		look_at_clock(r);
		if (r->running)
			wait_for_news(r);
	}
}

/* In TLS 1.3 of all that share a connection one hears that the certificate was refused. */
static void tell_of_refusal(struct round *r)
{
	const struct http_call *denied = NULL;

	for (size_t i = 0; i < r->n; i++) {
		if (r->calls[i].status)
			return;
		if (r->calls[i].result == HTTP_DENIED)
			denied = &r->calls[i];
	}
	for (size_t i = 0; denied && i < r->n; i++) {
		struct http_call *c = &r->calls[i];

		if ((c->result != HTTP_LOST && c->result != HTTP_UNREACHED) ||
		    transfer_may_be_done(transfer_of(r, c)))
			continue;
		c->result = HTTP_DENIED;
		memcpy(c->reason, denied->reason, sizeof(c->reason));
	}
}

static void fail_all(struct round *r)
{
	for (size_t i = 0; i < r->n; i++) {
		struct http_call *c = &r->calls[i];

		buf_reset(c->answer);
		c->status = 0;
		c->retry_after_s = -1;
		c->result = HTTP_UNREACHED;
		snprintf(c->reason, sizeof(c->reason), "out of memory, or a token of more than %d "
			 "bytes", TRANSFER_HEADER_MAX);
	}
}

void http_round(struct http *h, const struct http_request *common, struct http_call *calls,
		size_t n)
{
	struct round r = { .http = h, .common = common, .calls = calls, .n = n,
			   .end = deadline_in_ms(common->total_ms),
			   .connected = deadline_in_ms(common->connect_ms) };

	buf_init(&r.base, HTTP_CALL_URL_LEN);
	if (open_multi(h) < 0 || set_server(&r) < 0 || set_headers(&r) < 0) {
		fail_all(&r);
	} else {
		watchdog_set(common->total_ms + TRANSFER_LATE_MS);
		run(&r);
		watchdog_rest();
		tell_of_refusal(&r);
	}
	curl_slist_free_all(r.headers);
	curl_slist_free_all(r.headers_of_json);
	curl_slist_free_all(r.connect_to);
	buf_done(&r.base);
}
