/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/http/session.h"

#include "base/clock.h"
#include "base/digest/sha256.h"
#include "base/fnv.h"
#include "base/io.h"
#include "datastore/http/session_file.h"

#include <inttypes.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* OpenSSL's ssl_asn1.c: the server's certificate within a session. */
#define SESSION_PEER_TAG 3

struct session {
	struct sessions *all;
	unsigned char binding[SESSION_BINDING_LEN];
	char *url, *path;	/* owned */
	SSL_SESSION *kept;	/* owned; NULL: none */
	struct session_lease lease, offered;	/* the latter of what was offered last */
	bool stands_in, is_offered, off;
	bool verified;		/* in a whole handshake of this process, with its files */
};

struct sessions {
	char *folder;	/* owned */
	const struct http_tls *tls;
	const char *ca;
	struct buf authority, certificate, key;	/* as they were when this was opened */
	unsigned char binding[SHA256_LEN];	/* what is the same for each server */
	size_t n;
	struct session of[HTTP_TRIES_MAX];
};

/* Files */

static int read_pem(struct buf *to, const struct http_pem *pem, const char *file)
{
	struct err ignored = {0};

	buf_init(to, SESSION_PEM_MAX);
	if (pem->len)
		buf_add(to, pem->text, pem->len);
	else if (file && io_read_file(file, to, &ignored) < 0)
		return -1;
	return to->failed ? -1 : 0;
}

static int read_files(const struct sessions *all, struct buf *authority, struct buf *certificate,
		      struct buf *key)
{
	return read_pem(authority, &all->tls->ca, all->ca) < 0 ||
		read_pem(certificate, &all->tls->cert, all->tls->cert_file) < 0 ||
		read_pem(key, &all->tls->key, all->tls->key_file) < 0 ? -1 : 0;
}

static bool equals(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

/* Who has been at work for long may have read others than those that the binding names. */
static bool are_files_the_same(const struct sessions *all)
{
	struct buf authority __cleanup(buf_done) = BUF(0);
	struct buf certificate __cleanup(buf_done) = BUF(0);
	struct buf key __cleanup(session_wipe) = BUF(0);

	return read_files(all, &authority, &certificate, &key) == 0 &&
		equals(&authority, &all->authority) && equals(&certificate, &all->certificate) &&
		equals(&key, &all->key);
}

/* What a session is bound to, and where it lies */

static void add_part(struct buf *to, const char *data, size_t len)
{
	uint64_t n = len;

	buf_add(to, &n, sizeof(n));
	buf_add(to, data, len);
}

static void add_text(struct buf *to, const char *text)
{
	add_part(to, text ? text : "", text ? strlen(text) : 0);
}

static int bind_all(struct sessions *all, const char *rules)
{
	struct buf text __cleanup(session_wipe) = BUF(4 * SESSION_PEM_MAX);

	add_text(&text, rules);
	add_text(&text, all->tls->server_name);
	add_part(&text, all->authority.data, all->authority.len);
	add_part(&text, all->certificate.data, all->certificate.len);
	add_part(&text, all->key.data, all->key.len);
	return text.failed ? -1 : sha256(text.data, text.len, all->binding);
}

static int bind_one(struct session *s)
{
	struct buf text __cleanup(buf_done) = BUF(SHA256_LEN + HTTP_URL_LEN);

	buf_add(&text, s->all->binding, SHA256_LEN);
	buf_puts(&text, s->url);
	return text.failed ? -1 : sha256(text.data, text.len, s->binding);
}

static int set_up(struct sessions *all, const char *folder, const char *rules)
{
	buf_init(&all->authority, 0);
	buf_init(&all->certificate, 0);
	buf_init(&all->key, 0);
	all->folder = strdup(folder);
	if (!all->folder ||
	    read_files(all, &all->authority, &all->certificate, &all->key) < 0 ||
	    !all->authority.len)
		return -1;
	return bind_all(all, rules);
}

void sessions_begin_library(void)
{
	OPENSSL_init_crypto(OPENSSL_INIT_NO_ADD_ALL_CIPHERS, NULL);
}

struct sessions *sessions_open(const char *folder, const struct http_tls *tls, const char *ca,
			       const char *rules)
{
	struct sessions *all = tls->insecure ? NULL : calloc(1, sizeof(*all));

	if (!all)
		return NULL;
	all->tls = tls;
	all->ca = ca;
	if (set_up(all, folder, rules) == 0)
		return all;
	sessions_close(all);
	return NULL;
}

/* A certificate that is replaced leaves no file behind: the next session takes its place. */
static int set_path(struct session *s)
{
	const struct http_tls *tls = s->all->tls;
	char text[HTTP_URL_LEN + PATH_MAX], *path;

	snprintf(text, sizeof(text), "%s\n%s\n%s", s->url,
		 tls->server_name ? tls->server_name : "", tls->cert_file ? tls->cert_file : "");
	if (asprintf(&path, "%s/session-%016" PRIx64, s->all->folder,
		     fnv1a(text, strlen(text))) < 0)
		return -1;
	s->path = path;
	return 0;
}

static bool can_be_kept(const SSL_SESSION *session)
{
	return SSL_SESSION_get_protocol_version(session) == TLS1_3_VERSION &&
		SSL_SESSION_is_resumable(session);
}

static SSL_SESSION *read_session(const struct buf *bytes)
{
	const unsigned char *at = unconst(bytes->data);
	const unsigned char *end = at + bytes->len;
	SSL_SESSION *session = d2i_SSL_SESSION(NULL, &at, (long)bytes->len);

	if (session && at == end && can_be_kept(session))
		return session;
	SSL_SESSION_free(session);
	return NULL;
}

static void take(struct session *s)
{
	struct buf bytes __cleanup(session_wipe) = BUF(SESSION_FILE_MAX);

	if (session_file_take(s->path, s->binding, &s->lease, &bytes) == 0)
		s->kept = read_session(&bytes);
	s->stands_in = s->kept != NULL;
}

/* Moves *at behind the next element.  -1: there is none. */
static int pass_element(const unsigned char **at, const unsigned char *end, int *ret_tag)
{
	long len = 0;
	int class = 0;

	if (*at >= end || ASN1_get_object(at, &len, ret_tag, &class, end - *at) & 0x80)
		return -1;
	*at += len;
	return 0;
}

/*
 * The server's certificate is left out, whose key would be parsed each time: half of what a
 * resumed handshake costs.
 */
static int add_without_peer(const unsigned char *der, long der_len, struct buf *to)
{
	unsigned char head[16], *head_end = head;
	const unsigned char *at = der, *next = NULL, *end = der + der_len;
	struct buf fields __cleanup(session_wipe) = BUF(SESSION_FILE_MAX);
	long len = 0;
	int tag = 0, class = 0;

	if (ASN1_get_object(&at, &len, &tag, &class, der_len) & 0x80)
		return -1;
	for (; at < end; at = next) {
		next = at;
		if (pass_element(&next, end, &tag) < 0)
			return -1;
		if (tag != SESSION_PEER_TAG || (*at & 0xc0) != V_ASN1_CONTEXT_SPECIFIC)
			buf_add(&fields, at, (size_t)(next - at));
	}
	ASN1_put_object(&head_end, 1, (int)fields.len, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL);
	buf_add(to, head, (size_t)(head_end - head));
	buf_add(to, fields.data, fields.len);
	return fields.failed || to->failed ? -1 : 0;
}

static void keep(const struct session *s)
{
	struct buf bytes __cleanup(session_wipe) = BUF(SESSION_FILE_MAX);
	unsigned char *der = NULL;
	int len = i2d_SSL_SESSION(s->kept, &der);

	if (len <= 0)
		return;
	if (add_without_peer(der, len, &bytes) == 0)
		session_file_keep(s->path, s->binding, &s->lease, &bytes);
	OPENSSL_clear_free(der, (size_t)len);
}

static void done(struct session *s)
{
	SSL_SESSION_free(s->kept);
	free(s->url);
	free(s->path);
}

struct session *sessions_with(struct sessions *all, const char *url)
{
	struct session *s;

	for (size_t i = 0; i < all->n; i++)
		if (strcmp(all->of[i].url, url) == 0)
			return &all->of[i];
	if (all->n == ARRAY_LEN(all->of))
		return NULL;
	s = &all->of[all->n];
	*s = (struct session){ .all = all, .url = strdup(url) };
	if (!s->url || set_path(s) < 0 || bind_one(s) < 0) {
		done(s);
		return NULL;
	}
	take(s);
	all->n++;
	return s;
}

void sessions_close(struct sessions *all)
{
	if (!all)
		return;
	for (size_t i = 0; i < all->n; i++) {
		struct session *s = &all->of[i];

		if (s->kept && (!s->verified || are_files_the_same(all)))
			keep(s);
		done(s);
	}
	buf_done(&all->authority);
	buf_done(&all->certificate);
	session_wipe(&all->key);
	free(all->folder);
	free(all);
}

/* Whole handshakes without libcurl's handling of the files */

/* Of the URL "scheme://host:port/path", without the brackets of an IPv6 address. */
static void get_host(const char *url, char ret[HTTP_URL_LEN])
{
	const char *host = strstr(url, "://");
	size_t len;

	host = host ? host + strlen("://") : url;
	if (*host == '[')
		len = strcspn(++host, "]");
	else
		len = strcspn(host, ":/");
	snprintf(ret, HTTP_URL_LEN, "%.*s", (int)len, host);
}

/* As strict as libcurl at least, whose own word is asked for where this says no. */
static bool is_of_server(const struct session *s, X509 *certificate)
{
	const unsigned flags = X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
		X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;
	const char *name = s->all->tls->server_name;
	char host[HTTP_URL_LEN];
	int rc;

	get_host(s->url, host);
	if (!certificate)
		return false;
	rc = X509_check_ip_asc(certificate, name ? name : host, 0);
	if (rc == -2)
		rc = X509_check_host(certificate, name ? name : host, 0, flags, NULL);
	return rc == 1;
}

static void add_authorities(X509_STORE *store, const struct buf *pem)
{
	BIO *in = BIO_new_mem_buf(pem->data, (int)pem->len);
	X509 *authority;

	while (in && (authority = PEM_read_bio_X509_AUX(in, NULL, NULL, NULL))) {
		X509_STORE_add_cert(store, authority);
		X509_free(authority);
	}
	BIO_free(in);
	ERR_clear_error();
}

static int verify(X509_STORE_CTX *chain, void *arg)
{
	const struct session *s = arg;

	add_authorities(X509_STORE_CTX_get0_store(chain), &s->all->authority);
	if (X509_verify_cert(chain) != 1)
		return 0;
	if (is_of_server(s, X509_STORE_CTX_get0_cert(chain)))
		return 1;
	X509_STORE_CTX_set_error(chain, X509_V_ERR_HOSTNAME_MISMATCH);
	return 0;
}

static bool use_certificate(SSL *ssl, const struct buf *pem)
{
	BIO *in = BIO_new_mem_buf(pem->data, (int)pem->len);
	X509 *own = in ? PEM_read_bio_X509_AUX(in, NULL, NULL, NULL) : NULL, *above;
	bool done = own && SSL_use_certificate(ssl, own) == 1 && SSL_clear_chain_certs(ssl) == 1;

	while (done && (above = PEM_read_bio_X509(in, NULL, NULL, NULL))) {
		done = SSL_add1_chain_cert(ssl, above) == 1;
		X509_free(above);
	}
	X509_free(own);
	BIO_free(in);
	ERR_clear_error();
	return done;
}

static bool use_key(SSL *ssl, const struct buf *pem)
{
	BIO *in = BIO_new_mem_buf(pem->data, (int)pem->len);
	EVP_PKEY *key = in ? PEM_read_bio_PrivateKey(in, NULL, NULL, NULL) : NULL;
	bool done = key && SSL_use_PrivateKey(ssl, key) == 1;

	EVP_PKEY_free(key);
	BIO_free(in);
	return done;
}

/* The server asks for a certificate: it did not take the session. */
static int show_certificate(SSL *ssl, void *arg)
{
	const struct sessions *all = ((const struct session *)arg)->all;

	if (!all->certificate.len)
		return 1;
	return use_certificate(ssl, &all->certificate) && use_key(ssl, &all->key);
}

/* Handshakes */

static void drop(struct session *s)
{
	SSL_SESSION_free(s->kept);
	s->kept = NULL;
}

static void offer(const SSL *ssl, int where, int ret __unused_arg)
{
	struct session *s = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

	if (where & SSL_CB_HANDSHAKE_DONE)
		s->is_offered = false;
	if (!(where & SSL_CB_HANDSHAKE_START) || SSL_get_state(ssl) != TLS_ST_BEFORE || !s->kept)
		return;
	if (!s->off && session_lease_holds(&s->lease))
		s->is_offered = SSL_set_session(unconst(ssl), s->kept) == 1;
	s->offered = s->lease;
	drop(s);
}

static void end_with(struct session_lease *lease, const X509 *certificate)
{
	struct tm tm = {0};
	int64_t end = ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &tm) == 1 ? timegm(&tm) : 0;

	if (end < lease->until_s)
		lease->until_s = end;
}

/* From now on, and no longer than each certificate of this handshake is valid. */
static int grant(struct session *s, const SSL *ssl, struct session_lease *ret)
{
	STACK_OF(X509) *chain = SSL_get0_verified_chain(ssl);
	const X509 *own = SSL_get_certificate(ssl);
	int64_t now = clock_now_ns() / 1000000000;

	if (!chain || !is_of_server(s, SSL_get0_peer_certificate(ssl)))
		return -1;
	s->verified = true;
	*ret = (struct session_lease){ now, now + SESSION_AGE_MAX_S };
	for (int i = 0; i < sk_X509_num(chain); i++)
		end_with(ret, sk_X509_value(chain, i));
	if (own)
		end_with(ret, own);
	return 0;
}

/* 1: it is ours from now on. */
static int take_given(SSL *ssl, SSL_SESSION *given)
{
	struct session *s = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	struct session_lease lease = s->offered;

	if (!can_be_kept(given) || SSL_get_verify_result(ssl) != X509_V_OK ||
	    (!SSL_session_reused(ssl) && grant(s, ssl, &lease) < 0))
		return 0;
	drop(s);
	s->kept = given;
	s->lease = lease;
	return 1;
}

void session_attach(struct session *s, void *context)
{
	SSL_CTX *ctx = context;

	SSL_CTX_set_app_data(ctx, s);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(ctx, take_given);
	SSL_CTX_set_info_callback(ctx, offer);
	if (!s->stands_in)
		return;
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	X509_STORE_set_flags(SSL_CTX_get_cert_store(ctx),
			     X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN);
	SSL_CTX_set_cert_verify_callback(ctx, verify, s);
	SSL_CTX_set_cert_cb(ctx, show_certificate, s);
}

bool session_stands_in(const struct session *s)
{
	return s->stands_in;
}

bool session_was_in_vain(struct session *s)
{
	bool in_vain = s->stands_in || s->is_offered;

	s->stands_in = s->is_offered = false;
	s->off = true;
	drop(s);
	return in_vain;
}

void session_forget(struct session *s)
{
	drop(s);
}

bool session_agrees_on(const void *ssl, const char *protocol)
{
	const unsigned char *agreed = NULL;
	unsigned len = 0;

	SSL_get0_alpn_selected(ssl, &agreed, &len);
	return len == strlen(protocol) && memcmp(agreed, protocol, len) == 0;
}
