/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the words of the TLS library mean, and what to say to a user instead of them.
 */
#ifndef DATASTORE_HTTP_REASON_H
#define DATASTORE_HTTP_REASON_H

#include "datastore/http/http.h"

/* True if they tell of the other side's refusal. */
bool reason_is_tls_alert(const char *words);

/* Of a handshake that failed: HTTP_DENIED or HTTP_UNREACHED. */
enum http_result reason_of_handshake(const struct http_tls *tls, const char *words,
				     char reason[HTTP_REASON_LEN]);

/* Of an authority's file, `ca`, that cannot be used; and of certificate and key. */
enum http_result reason_of_authority(const struct http_tls *tls, const char *ca, const char *words,
				     char reason[HTTP_REASON_LEN]);
enum http_result reason_of_pair(const struct http_tls *tls, const char *words,
				char reason[HTTP_REASON_LEN]);

#endif
