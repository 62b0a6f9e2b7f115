/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/kubernetes/api.h"

#include "base/json.h"
#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAUSE_MS 25		/* the first pause; each next is twice as long */
#define PAUSE_MAX_MS 1000
#define NOBODY_ROUNDS 3		/* in which nobody listens */
#define LOST_ROUNDS 6		/* in which connections break */
#define STATUS_MAX 65536	/* bytes in which a server says why */

enum verdict { SETTLED, FAILED, NOBODY, BROKEN, BUSY };

/* A round of some of the calls, and what is to be done about those without an outcome. */
struct round {
	struct api *api;
	struct api_call **pending;
	size_t n;
	unsigned number;
	enum verdict worst;	/* of those that are to be asked again */
	int64_t pause_ms;
	struct err why;		/* of the last of them */
};

void api_call_init(struct api_call *c, const char *method)
{
	*c = (struct api_call){ .method = method };
	buf_init(&c->path, API_PATH_MAX);
	buf_init(&c->body, HTTP_ANSWER_MAX);
	buf_init(&c->answer, HTTP_ANSWER_MAX);
}

void api_call_done(struct api_call *c)
{
	buf_done(&c->path);
	buf_done(&c->body);
	buf_done(&c->answer);
}

void api_add_escaped(struct buf *out, const char *text)
{
	for (; *text; text++) {
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~",
			   *text))
			buf_putc(out, *text);
		else
			buf_printf(out, "%%%02X", (unsigned char)*text);
	}
}

bool api_read_status(const struct buf *answer, char words[API_WORDS_LEN])
{
	struct err ignored = {0};
	struct cJSON *tree __cleanup(json_freep) =
		answer->len <= STATUS_MAX ? json_parse(answer->data, answer->len, &ignored) : NULL;
	bool is_status = strcmp(json_field_text(tree, "kind"), "Status") == 0;
	const char *said = is_status ? json_field_text(tree, "message") : answer->data;
	size_t len = is_status ? strlen(said) : strcspn(said, "\r\n");

	len = len < API_WORDS_LEN ? len : utf8_within(said, API_WORDS_LEN - 1);
	snprintf(words, API_WORDS_LEN, "%.*s", (int)len, said);
	return is_status;
}

static bool is_read(const struct api_call *c)
{
	return strcmp(c->method, "GET") == 0;
}

static bool may_go_again(const struct api_call *c)
{
	return is_read(c) || c->again;
}

/* Without the query, in which nothing is that a reader needs. */
static int path_len(const struct api_call *c)
{
	return (int)strcspn(c->path.data, "?");
}

static enum verdict fail(const struct round *r, const struct api_call *c, enum err_kind kind,
			 const char *words, struct err *e)
{
	err_set(e, kind, "%s: %s %.*s: %s", r->api->place, c->method, path_len(c), c->path.data,
		words);
	return FAILED;
}

static enum verdict unknown(const struct round *r, const struct api_call *c, const char *words,
			    struct err *e)
{
	err_set(e, ERR_UNKNOWN_OUTCOME, "%s: %s %.*s was sent and its outcome is unknown: %s",
		r->api->place, c->method, path_len(c), c->path.data, words);
	return FAILED;
}

static enum verdict later(struct round *r, const struct api_call *c, enum verdict verdict,
			  const char *words)
{
	fail(r, c, ERR_UNAVAILABLE, words, &r->why);
	if (verdict > r->worst)
		r->worst = verdict;
	return verdict;
}

/* The plugin's role lists nothing of Kubernetes' own: that is for people. */
static const char *may_be_had(const struct api_call *c)
{
	if (strncmp(c->path.data, "/api/v1/", 8) == 0 && strchr(c->path.data, '?'))
		return "ask as an administrator (KUBECONFIG), or give its user the right to list "
		       "these";
	if (strncmp(c->path.data, "/api/v1/nodes/", 14) == 0 && strcmp(c->method, "PUT") == 0)
		return "the plugin's account has no right to it; ask as Calico's calico-node";
	if (strncmp(c->path.data, "/apis/" KIND_VM_API_VERSION "/", 21) == 0)
		return "give its user get on virtualmachineinstances and virtualmachines of "
		       "kubevirt.io (docs/KUBERNETES.md)";
	return "give its user the rights of Calico's CNI role";
}

static enum verdict denied(const struct round *r, const struct api_call *c, long status,
			   const char *words, struct err *e)
{
	const struct access *a = &r->api->access;

	if (status == 401)
		err_set(e, ERR_DENIED, "%s does not accept who asks (%s, %s): renew its token or "
			"certificate there: %s %.*s: %s", r->api->place, a->where, a->identity,
			c->method, path_len(c), c->path.data, words);
	else
		err_set(e, ERR_DENIED, "%s: %s %.*s is not allowed (%s, %s): %s: %.*s",
			r->api->place, c->method, path_len(c), c->path.data, a->where, a->identity,
			may_be_had(c), (int)utf8_within(words, 160), words);
	e->forbidden = status == 403;
	return FAILED;
}

static enum verdict refused(struct round *r, struct api_call *c, const struct http_call *h,
			    struct err *e)
{
	char words[API_WORDS_LEN];
	bool from_api = api_read_status(&c->answer, words);

	c->forbidden = h->status == 403;
	if (h->status == 401 || h->status == 403)
		return denied(r, c, h->status, words, e);
	if (h->status == 429) {
		if (h->retry_after_s * 1000 > r->pause_ms)
			r->pause_ms = h->retry_after_s * 1000;
		return later(r, c, BUSY, words);
	}
	if (h->status >= 500)
		return may_go_again(c) ? later(r, c, BUSY, words) : unknown(r, c, words, e);
	if (h->status == 404 || h->status == 409 || h->status == 410) {
		c->outcome = h->status == 409 ? API_CONFLICT
			     : h->status == 410 ? API_EXPIRED
			     : from_api ? API_ABSENT : API_NO_KIND;
		return SETTLED;
	}
	return fail(r, c, h->status == 413 ? ERR_LIMIT : ERR_REFUSED, words, e);
}

static enum verdict judge(struct round *r, struct api_call *c, const struct http_call *h,
			  struct err *e)
{
	switch (h->result) {
	case HTTP_ANSWERED:
		if (h->status < 200 || h->status > 299)
			return refused(r, c, h, e);
		c->outcome = API_DONE;
		return SETTLED;
	case HTTP_REFUSED:
	case HTTP_UNREACHED:
		return later(r, c, NOBODY, h->reason);
	case HTTP_LOST:
	case HTTP_TIMEOUT:
		return may_go_again(c) ? later(r, c, BROKEN, h->reason)
				       : unknown(r, c, h->reason, e);
	case HTTP_TOO_LARGE:
		if (c->in_parts) {
			c->outcome = API_TOO_LARGE;
			return SETTLED;
		}
		return is_read(c) ? fail(r, c, ERR_LIMIT, h->reason, e)
				  : unknown(r, c, h->reason, e);
	case HTTP_DENIED:
		return fail(r, c, ERR_DENIED, h->reason, e);
	case HTTP_FILE:
		return fail(r, c, ERR_IO, h->reason, e);
	case HTTP_STRANGE:
		if (!may_go_again(c))
			return unknown(r, c, h->reason, e);
		break;
	case HTTP_GOING:
		break;
	}
	return fail(r, c, ERR_UNAVAILABLE, h->reason, e);
}

static void send(struct round *r, struct http_call *https, size_t first, size_t n)
{
	struct api *a = r->api;
	int64_t left = deadline_left_ms(a->deadline);
	const struct http_request common = {
		.url = a->access.server,
		.authorization = a->access.authorization,
		.connect_ms = left / 3 < API_CONNECT_MS ? left / 3 : API_CONNECT_MS,
		.total_ms = left,
		.silence_ms = API_SILENCE_MS,
	};

	for (size_t i = 0; i < n; i++) {
		struct api_call *c = r->pending[first + i];

		buf_reset(&c->answer);
		https[i] = (struct http_call){
			.method = c->method, .path = c->path.data, .answer = &c->answer,
			.body = c->body.len ? c->body.data : NULL, .body_len = c->body.len,
		};
	}
	a->requests += n;
	http_round(a->http, &common, https, n);
}

/* Those that are to be asked again stay.  -1: one has failed for good. */
static int ask(struct round *r, struct err *e)
{
	struct http_call *https = calloc(HTTP_CALLS_MAX, sizeof(*https));
	size_t kept = 0;
	int rc = 0;

	if (!https)
		return err_set(e, ERR_INTERNAL, "out of memory");
	r->worst = SETTLED;
	r->pause_ms = 0;
	for (size_t first = 0; first < r->n; first += HTTP_CALLS_MAX) {
		size_t n = r->n - first < HTTP_CALLS_MAX ? r->n - first : HTTP_CALLS_MAX;

		send(r, https, first, n);
		for (size_t i = 0; i < n; i++) {
			struct api_call *c = r->pending[first + i];
			struct err own = {0};
			enum verdict verdict = judge(r, c, &https[i], &own);

			if (verdict == FAILED && (rc == 0 || own.kind == ERR_UNKNOWN_OUTCOME)) {
				*e = own;
				rc = -1;
			} else if (verdict != FAILED && verdict != SETTLED) {
				r->pending[kept++] = c;
			}
		}
	}
	r->n = kept;
	free(https);
	return rc;
}

static int64_t pause_ms(const struct round *r)
{
	int64_t ms = r->number > 5 ? PAUSE_MAX_MS : PAUSE_MS << r->number;

	return r->pause_ms > ms ? r->pause_ms : ms;
}

/* Nothing is sent that has no time to be answered. */
static bool too_late(const struct round *r)
{
	return pause_ms(r) >= deadline_left_ms(r->api->deadline);
}

static bool another(const struct round *r)
{
	if (too_late(r))
		return false;
	return r->worst == BUSY || (r->worst == BROKEN && r->number < LOST_ROUNDS) ||
	       (r->worst == NOBODY && r->number < NOBODY_ROUNDS);
}

static int ask_all(struct round *r, struct err *e)
{
	for (;; r->number++) {
		if (ask(r, e) < 0)
			return -1;
		if (!r->n)
			return 0;
		if (!another(r))
			break;
		deadline_sleep_ms(r->api->deadline, pause_ms(r));
	}
	*e = r->why;
	if (too_late(r))
		e->kind = ERR_DEADLINE;
	return -1;
}

int api_round(struct api *a, struct api_call *calls, size_t n, struct err *e)
{
	struct round r = { .api = a, .n = n };
	int rc;

	if (deadline_passed(a->deadline))
		return err_set(e, ERR_DEADLINE, "no time is left to ask %s", a->place);
	for (size_t i = 0; i < n; i++)
		if (calls[i].path.failed || calls[i].body.failed)
			return err_set(e, ERR_LIMIT, "%s: a request is too large", a->place);
	r.pending = calloc(n + 1, sizeof(*r.pending));
	if (!r.pending)
		return err_set(e, ERR_INTERNAL, "out of memory");
	for (size_t i = 0; i < n; i++)
		r.pending[i] = &calls[i];
	rc = n ? ask_all(&r, e) : 0;
	free(r.pending);
	return rc;
}

static struct http_pem bytes_of(const struct access_pem *pem)
{
	return (struct http_pem){ pem->text, pem->len };
}

static int open_http(struct api *a, const struct settings *settings, struct err *e)
{
	const struct access *access = &a->access;
	const struct http_tls tls = {
		.ca_file = access->ca.file,
		.cert_file = access->certificate.file,
		.key_file = access->key.file,
		.ca = bytes_of(&access->ca),
		.cert = bytes_of(&access->certificate),
		.key = bytes_of(&access->key),
		.server_name = access->server_name,
		.insecure = access->insecure,
		.min_version = settings_get(settings, SET_TLS_MIN_VERSION),
		.ciphers = settings_get(settings, SET_TLS_CIPHER_SUITES),
		.ca_name = access->ca.name,
		.cert_name = access->certificate.name,
		.key_name = access->key.name,
		.session_folder = settings_session_path(settings),
	};

	return http_open(&a->http, &tls, strncmp(access->server, "https:", 6) == 0, e);
}

int api_init(struct api *a, const struct settings *settings, struct deadline deadline,
	     struct err *e)
{
	*a = (struct api){ .deadline = deadline };
	if (access_find(&a->access, settings, deadline, e) < 0)
		return -1;
	if (open_http(a, settings, e) < 0) {
		api_done(a);
		return -1;
	}
	snprintf(a->place, sizeof(a->place), "Kubernetes API server %.250s", a->access.server);
	return 0;
}

void api_done(struct api *a)
{
	http_close(a->http);
	access_done(&a->access);
	*a = (struct api){0};
}
