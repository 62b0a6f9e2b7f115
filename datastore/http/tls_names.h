/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names of TLS versions and cipher suites: those users write, and OpenSSL's.
 */
#ifndef DATASTORE_HTTP_TLS_NAMES_H
#define DATASTORE_HTTP_TLS_NAMES_H

#include "base/buf.h"
#include "base/err.h"

enum tls_version { TLS_VERSION_1_2, TLS_VERSION_1_3 };

/*
 * "1.2", "1.3", "VersionTLS12", "VersionTLS13"; NULL or "" is 1.2.  ERR_CONFIG names
 * tls_min_version.
 */
int tls_version_from_text(const char *text, enum tls_version *ret, struct err *e);

/*
 * Splits a comma separated list of IANA names, those that Go's crypto/tls offers as
 * secure and OpenSSL knows, into OpenSSL's colon separated lists, one for TLS 1.2
 * and one for 1.3.  Without text both stay empty.  ERR_CONFIG names tls_cipher_suites
 * and the unknown name.
 */
int tls_ciphers_from_text(const char *text, struct buf *tls12, struct buf *tls13, struct err *e);

#endif
