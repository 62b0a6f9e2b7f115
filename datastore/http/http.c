/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/http/transfer.h"
#include "base/clock.h"
#include "base/process/heap.h"
#include "datastore/http/ahead.h"
#include "datastore/http/round.h"
#include "datastore/http/tls_files.h"
#include "datastore/http/tls_names.h"
#include "datastore/http/watchdog.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUITES_MAX 4096	/* bytes of their names */
#define TLS_HEAP 600000	/* bytes that OpenSSL needs */

/* Suites of TLS 1.3 alone leave nothing to offer to an older server. */
static int read_tls_names(struct http *h, const struct http_tls *tls, struct err *e)
{
	enum tls_version version;

	if (tls_version_from_text(tls->min_version, &version, e) < 0 ||
	    tls_ciphers_from_text(tls->ciphers, &h->tls12, &h->tls13, e) < 0)
		return -1;
	if (h->tls13.len && !h->tls12.len)
		version = TLS_VERSION_1_3;
	h->tls12_allowed = version == TLS_VERSION_1_2;
	h->tls_versions = h->tls12_allowed ? CURL_SSLVERSION_TLSv1_2 : CURL_SSLVERSION_TLSv1_3;
	h->tls_versions |= CURL_SSLVERSION_MAX_TLSv1_3;
	return 0;
}

/* Not each libcurl is made with the TLS library that the sessions are of. */
static void open_sessions(struct http *h, const char *folder)
{
	struct buf rules __cleanup(buf_done) = BUF(2 * SUITES_MAX + 32);

	if (!transfer_tls_is_openssl())
		return;
	buf_printf(&rules, "%ld %s %s", h->tls_versions, h->tls12.data, h->tls13.data);
	if (!rules.failed)
		h->sessions = sessions_open(folder, &h->files, h->ca, rules.data);
}

static int set_up(struct http *h, const struct http_tls *tls, bool use_tls, struct err *e)
{
	buf_init(&h->tls12, SUITES_MAX);
	buf_init(&h->tls13, SUITES_MAX);
	h->use_tls = use_tls;
	if (tls_files_copy(&h->files, tls) < 0)
		return err_set(e, ERR_INTERNAL, "out of memory");
	if (read_tls_names(h, tls, e) < 0)
		return -1;
	h->ca = h->files.ca.len ? h->files.ca_name : h->files.ca_file;
	if (!h->ca && use_tls && !h->files.insecure)
		h->ca = tls_files_system_roots();
	if (use_tls && tls->session_folder)
		open_sessions(h, tls->session_folder);
	h->multi = curl_multi_init();
	h->ahead = malloc(sizeof(*h->ahead));
	if (h->ahead)
		*h->ahead = (struct ahead){ .fd = -1, .taken = -1 };
	return h->multi && h->ahead ? 0 : err_set(e, ERR_INTERNAL, "out of memory");
}

int http_open(struct http **ret_http, const struct http_tls *tls, bool use_tls, struct err *e)
{
	struct http *h;

	if (tls_files_check(tls, use_tls, e) < 0)
		return -1;
	if (use_tls) {
		heap_grow(TLS_HEAP);
		sessions_begin_library();
	}
	/* libcurl, and OpenSSL as some build it, would write there what opens every message. */
	unsetenv("SSLKEYLOGFILE");
	if (curl_global_init(use_tls ? CURL_GLOBAL_SSL : CURL_GLOBAL_NOTHING) != CURLE_OK)
		return err_set(e, ERR_INTERNAL, "libcurl does not initialise");
	h = calloc(1, sizeof(*h));
	if (!h) {
		curl_global_cleanup();
		return err_set(e, ERR_INTERNAL, "out of memory");
	}
	if (set_up(h, tls, use_tls, e) < 0) {
		http_close(h);
		return -1;
	}
	*ret_http = h;
	return 0;
}

void http_expect(struct http *h, const char *url)
{
	ahead_begin(h->ahead, url);
}

int http_let_go(struct http *h, struct err *e)
{
	CURLM *multi = curl_multi_init();

	if (!multi)
		return err_set(e, ERR_INTERNAL, "out of memory");
	curl_multi_cleanup(h->multi);
	h->multi = multi;
	return 0;
}

void http_close(struct http *h)
{
	if (!h)
		return;
	for (size_t i = 0; i < HTTP_TRIES_MAX; i++)
		transfer_done(&h->own[i]);
	for (size_t i = 0; h->round_own && i < HTTP_CALLS_MAX; i++)
		transfer_done(&h->round_own[i]);
	free(h->round_own);
	curl_multi_cleanup(h->round_multi);
	curl_multi_cleanup(h->multi);
	if (h->ahead)
		ahead_done(h->ahead);
	free(h->ahead);
	sessions_close(h->sessions);
	curl_global_cleanup();
	buf_done(&h->tls12);
	buf_done(&h->tls13);
	tls_files_free(&h->files);
	free(h);
}

static bool add_to_answer(const char *data, size_t len, void *arg)
{
	struct buf *answer = arg;

	buf_add(answer, data, len);
	return !answer->failed;
}

/* One request that several servers are tried for. */
struct race {
	struct http *http;
	const struct http_request *request;
	struct http_try *tries;
	size_t n, begun;
	size_t running;			/* of those that were begun */
	bool runs[HTTP_TRIES_MAX];	/* these */
	struct transfer *chosen;	/* NULL: nothing has been sent */
	struct buf *answer;
	struct deadline end;
	struct deadline next;	/* when another is begun */
	struct deadline silence;	/* by when the chosen one must be heard */
	curl_off_t moved;	/* bytes to and from it so far */
};

static struct http_try *try_of(const struct race *r, const struct transfer *t)
{
	return &r->tries[t - r->http->own];
}

static void end_try(struct race *r, struct transfer *t, enum http_result result)
{
	curl_multi_remove_handle(r->http->multi, t->curl);
	transfer_forget(t);
	try_of(r, t)->result = result;
	r->runs[t - r->http->own] = false;
	r->running--;
}

static int prepare(struct race *r, struct transfer *t)
{
	struct http_request request = *r->request;

	if (!t->curl && transfer_init(t, r->http) < 0)
		return -1;
	request.url = try_of(r, t)->url;
	t->chosen = &r->chosen;
	t->visit = add_to_answer;
	t->arg = r->answer;
	if (transfer_set(t, &request) < 0)
		return -1;
	transfer_use_session(t, request.url);
	curl_easy_setopt(t->curl, CURLOPT_POSTFIELDS, request.body);
	curl_easy_setopt(t->curl, CURLOPT_TIMEOUT_MS, transfer_ms(deadline_left_ms(r->end)));
	return curl_multi_add_handle(r->http->multi, t->curl) == CURLM_OK ? 0 : -1;
}

static void begin_next(struct race *r)
{
	struct transfer *t = &r->http->own[r->begun];
	struct http_try *try = &r->tries[r->begun];

	try->begun = true;
	r->next = deadline_in_ms(r->request->next_ms);
	r->runs[r->begun] = prepare(r, t) == 0;
	if (r->runs[r->begun++]) {
		r->running++;
		return;
	}
	transfer_forget(t);
	try->result = HTTP_UNREACHED;
	snprintf(try->reason, sizeof(try->reason), "out of memory, or a token of more than %d "
		 "bytes", TRANSFER_HEADER_MAX);
}

static void leave_others(struct race *r)
{
	for (size_t i = 0; i < r->begun; i++)
		if (r->runs[i] && &r->http->own[i] != r->chosen)
			end_try(r, &r->http->own[i], HTTP_GOING);
}

static bool is_begun_again(struct race *r, struct transfer *t, CURLcode code)
{
	if (r->chosen || !transfer_was_resumed_in_vain(t, code))
		return false;
	curl_multi_remove_handle(r->http->multi, t->curl);
	transfer_forget(t);
	return prepare(r, t) == 0;
}

static void take_ends(struct race *r)
{
	const CURLMsg *end;
	int left;

	while ((end = curl_multi_info_read(r->http->multi, &left))) {
		struct transfer *t = NULL;
		CURLcode code = end->data.result;

		curl_easy_getinfo(end->easy_handle, CURLINFO_PRIVATE, &t);
		if (is_begun_again(r, t, code))
			continue;
		try_of(r, t)->cut = transfer_was_cut(t, code);
		end_try(r, t, !r->chosen || r->chosen == t
			? transfer_judge(t, code, try_of(r, t)->reason) : HTTP_GOING);
	}
}

/* Name look-up, connections and handshakes are libcurl's to time; this is what it cannot. */
static void listen_to_chosen(struct race *r)
{
	struct http_try *try = try_of(r, r->chosen);
	curl_off_t up = 0, down = 0;
	long head = 0;

	curl_easy_getinfo(r->chosen->curl, CURLINFO_SIZE_UPLOAD_T, &up);
	curl_easy_getinfo(r->chosen->curl, CURLINFO_SIZE_DOWNLOAD_T, &down);
	curl_easy_getinfo(r->chosen->curl, CURLINFO_HEADER_SIZE, &head);
	if (!r->silence.at_ms || up + down + head != r->moved)
		r->silence = deadline_in_ms(r->request->silence_ms);
	r->moved = up + down + head;
	if (!deadline_passed(r->silence))
		return;
	snprintf(try->reason, sizeof(try->reason), "silent for %" PRId64 " s",
		 r->request->silence_ms / 1000);
	end_try(r, r->chosen, HTTP_TIMEOUT);
}

static void wait_for_news(const struct race *r)
{
	int64_t ms = 1000;

	if (r->chosen)
		ms = deadline_left_ms(r->silence);
	else if (r->begun < r->n)
		ms = deadline_left_ms(r->next);
	curl_multi_poll(r->http->multi, NULL, 0, ms < 1000 ? (int)ms : 1000, NULL);
}

static void run_race(struct race *r)
{
	int running;

	for (;;) {
		while (!r->chosen && r->begun < r->n && (!r->running || deadline_passed(r->next)))
			begin_next(r);
		curl_multi_perform(r->http->multi, &running);
		take_ends(r);
		if (r->chosen)
			leave_others(r);
		if (r->running && r->chosen)
			listen_to_chosen(r);
		if (r->running)
			wait_for_news(r);
		else if (r->chosen || r->begun == r->n)
			return;
	}
}

size_t http_post(struct http *h, const struct http_request *request, struct http_try *tries,
		 size_t n, long *ret_status, struct buf *answer)
{
	struct race r = { .http = h, .request = request, .tries = tries, .n = n,
			  .answer = answer, .end = deadline_in_ms(request->total_ms) };

	buf_reset(answer);
	for (size_t i = 0; i < n; i++) {
		tries[i].begun = tries[i].cut = false;
		tries[i].result = HTTP_GOING;
	}
	watchdog_set(request->total_ms + TRANSFER_LATE_MS);
	run_race(&r);
	watchdog_rest();
	if (!r.chosen)
		return n;
	curl_easy_getinfo(r.chosen->curl, CURLINFO_RESPONSE_CODE, ret_status);
	h->answered |= tries[r.chosen - h->own].result == HTTP_ANSWERED;
	memcpy(h->date, r.chosen->date, sizeof(h->date));
	h->grpc = r.chosen->grpc;
	return (size_t)(r.chosen - h->own);
}

const struct http_grpc *http_grpc(const struct http *h)
{
	return &h->grpc;
}

int64_t http_server_time_s(const struct http *h)
{
	return transfer_date_s(h->date);
}
