/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/http/transfer.h"
#include "datastore/http/tls_files.h"
#include "datastore/http/tls_names.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SUITES_MAX 4096	/* bytes of their names */

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

static int set_up(struct http *h, const struct http_tls *tls, bool use_tls, struct err *e)
{
	buf_init(&h->tls12, SUITES_MAX);
	buf_init(&h->tls13, SUITES_MAX);
	h->use_tls = use_tls;
	if (tls_files_copy(&h->files, tls) < 0)
		return err_set(e, ERR_INTERNAL, "out of memory");
	if (read_tls_names(h, tls, e) < 0)
		return -1;
	h->ca = h->files.ca_file || !use_tls ? h->files.ca_file : tls_files_system_roots();
	return transfer_init(&h->own, h) < 0 ? err_set(e, ERR_INTERNAL, "out of memory") : 0;
}

int http_open(struct http **ret_http, const struct http_tls *tls, bool use_tls, struct err *e)
{
	struct http *h;

	if (tls_files_check(tls, use_tls, e) < 0)
		return -1;
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

void http_close(struct http *h)
{
	if (!h)
		return;
	transfer_done(&h->own);
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

enum http_result http_post(struct http *h, const struct http_request *request, long *ret_status,
			   struct buf *answer, char reason[HTTP_REASON_LEN])
{
	struct transfer *t = &h->own;
	enum http_result result = HTTP_UNREACHED;

	buf_reset(answer);
	t->visit = add_to_answer;
	t->arg = answer;
	if (transfer_set(t, request) == 0) {
		curl_easy_setopt(t->curl, CURLOPT_POSTFIELDS, request->body);
		curl_easy_setopt(t->curl, CURLOPT_TIMEOUT_MS, transfer_ms(request->total_ms));
		result = transfer_judge(t, curl_easy_perform(t->curl), reason);
	} else {
		snprintf(reason, HTTP_REASON_LEN, "out of memory, or a token of more "
			 "than %d bytes", TRANSFER_HEADER_MAX);
	}
	if (result == HTTP_ANSWERED)
		curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, ret_status);
	transfer_forget(t);
	return result;
}

int64_t http_server_time_s(const struct http *h)
{
	struct tm tm = {0};

	if (!strptime(h->own.date, "%a, %d %b %Y %H:%M:%S GMT", &tm))
		return 0;
	return timegm(&tm);
}
