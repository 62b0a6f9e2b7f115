/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS sessions: what a server gave to one process makes the next one's handshake cheap.  Within it
 * no certificate is sent or verified, and the files of authority, certificate and key
 * are not parsed.
 *
 *	all = sessions_open(folder, &tls, ca, rules);	NULL: none are kept
 *	s = sessions_with(all, url);		takes what was kept of that server
 *	… with session_stands_in(s), libcurl is given no file and told to verify nothing …
 *	session_attach(s, SSL_CTX);		of each connection, before its handshake
 *	… a handshake failed: session_was_in_vain(s) says whether to try again without …
 *	sessions_close(all);			keeps what the servers gave last
 *
 * A session is that of one URL, server name, versions and suites (`rules`), and of the
 * contents of the files of authority, certificate and key: if any of these is another, it is
 * not offered.  Only one of TLS 1.3 is kept whose server was verified, chain and name, in a
 * whole handshake under these settings: for SESSION_AGE_MAX_S from then on, and no longer than
 * each certificate of that chain, and our own, is valid; what a resumed handshake brings anew
 * has the same end.  Who can resume it is the server that was verified then, for nobody else
 * has its secret; the server's certificate is not kept with it.  Without verification
 * (insecure) none is kept.
 *
 * A server need not take it: then the handshake is a whole one, on the same connection, for
 * which the files are parsed when they are needed, and chain and name are verified here.  If
 * that fails, it is to be tried again with libcurl's own handling of the files, which has the
 * last word, and the better ones.
 *
 * Of OpenSSL only: sessions_open() is for a libcurl that uses the same.
 */
#ifndef DATASTORE_HTTP_SESSION_H
#define DATASTORE_HTTP_SESSION_H

#include "datastore/http/http.h"

#define SESSION_PEM_MAX (4 << 20)	/* bytes of each file; with more, none are kept */

struct sessions;
struct session;	/* with one server; lives as long as the sessions */

/*
 * Before libcurl starts OpenSSL: without its table of ciphers of before providers, which takes
 * longer than all else of its start, and is for private keys with a password of their own alone,
 * which nobody could give.
 */
void sessions_begin_library(void);
/*
 * `ca` is the file of the authorities, unless they are given as PEM; it and what `tls` points to
 * outlive the sessions.  NULL: out of memory, a file cannot be read, nothing is verified.
 */
struct sessions *sessions_open(const char *folder, const struct http_tls *tls, const char *ca,
			       const char *rules);
/* No connection is left then. */
void sessions_close(struct sessions *all);	/* all may be NULL */

/* NULL: of that server none is kept. */
struct session *sessions_with(struct sessions *all, const char *url);

/* True where the session stands in for the files; until it was in vain. */
bool session_stands_in(const struct session *s);

/* `context` is an SSL_CTX; its connections end before the sessions. */
void session_attach(struct session *s, void *context);

/* A handshake failed: true if it is to be tried again, now without a session. */
bool session_was_in_vain(struct session *s);

/* What a server gave that then did not answer is not kept. */
void session_forget(struct session *s);

/* What both sides of a connection of OpenSSL's have agreed to speak on it (RFC 7301) is this. */
bool session_agrees_on(const void *ssl, const char *protocol);

#endif
