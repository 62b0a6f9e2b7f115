/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/http/reason.h"

#include <stdio.h>
#include <string.h>

/* In TLS 1.3 a server refuses the client's certificate only after the handshake. */
bool reason_is_tls_alert(const char *words)
{
	static const char *const alerts[] = {
		"alert bad certificate", "alert certificate", "alert unknown ca",
		"alert unsupported certificate",
		"alert handshake failure", "alert protocol version", "alert access denied",
		"alert no certificate",
		"alert insufficient security", "alert decrypt error",
	};

	for (size_t i = 0; i < ARRAY_LEN(alerts); i++)
		if (strstr(words, alerts[i]))
			return true;
	return strstr(words, "certificate required") != NULL;
}

static enum http_result of_alert(const struct http_tls *tls, const char *words,
				 char reason[HTTP_REASON_LEN])
{
	if (tls->cert_file || tls->cert.len)
		snprintf(reason, HTTP_REASON_LEN, "the server refused our TLS handshake or "
			 "certificate %s (expired, or of an authority it does not trust?): %s",
			 tls->cert_file ? tls->cert_file : tls->cert_name, words);
	else
		snprintf(reason, HTTP_REASON_LEN, "the server refused our TLS handshake; it may "
			 "want a client certificate (%s, %s): %s", tls->cert_name, tls->key_name,
			 words);
	return HTTP_DENIED;
}

enum http_result reason_of_handshake(const struct http_tls *tls, const char *words,
				     char reason[HTTP_REASON_LEN])
{
	if (strstr(words, "wrong version number") || strstr(words, "packet length too long")) {
		snprintf(reason, HTTP_REASON_LEN, "does not speak TLS there; is it a http:// "
			 "endpoint? (%s)", words);
		return HTTP_UNREACHED;
	}
	if (reason_is_tls_alert(words))
		return of_alert(tls, words, reason);
	if (strstr(words, "reset by peer") || strstr(words, "SSL_ERROR_SYSCALL")) {
		snprintf(reason, HTTP_REASON_LEN, "connection lost in the TLS handshake; is it a "
			 "http:// endpoint? (%s)", words);
		return HTTP_UNREACHED;
	}
	snprintf(reason, HTTP_REASON_LEN, "TLS handshake failed: %s", words);
	return HTTP_DENIED;
}

enum http_result reason_of_authority(const struct http_tls *tls, const char *ca, const char *words,
				     char reason[HTTP_REASON_LEN])
{
	if (tls->ca.len)
		snprintf(reason, HTTP_REASON_LEN, "%s cannot be used: %s", tls->ca_name, words);
	else if (tls->ca_file)
		snprintf(reason, HTTP_REASON_LEN, "%s %s cannot be used: %s", tls->ca_name, ca,
			 words);
	else
		snprintf(reason, HTTP_REASON_LEN, "%s is not given, and %s cannot be used: %s",
			 tls->ca_name, ca, words);
	return HTTP_FILE;
}

/* Of PEM the name says it all. */
enum http_result reason_of_pair(const struct http_tls *tls, const char *words,
				char reason[HTTP_REASON_LEN])
{
	snprintf(reason, HTTP_REASON_LEN, "%s%s%s and %s%s%s cannot be used together: %s",
		 tls->cert_name, tls->cert.len ? "" : " ", tls->cert_file ? tls->cert_file : "",
		 tls->key_name, tls->key.len ? "" : " ", tls->key_file ? tls->key_file : "",
		 words);
	return HTTP_FILE;
}
