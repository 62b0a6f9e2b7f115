/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of TLS: the user's, looked at before they are needed, and the system's.
 */
#ifndef DATASTORE_HTTP_TLS_FILES_H
#define DATASTORE_HTTP_TLS_FILES_H

#include "datastore/http/http.h"

/*
 * ERR_CONFIG when one of certificate and key is missing; ERR_IO names a file that cannot
 * be read, where they are to be used.
 */
int tls_files_check(const struct http_tls *tls, bool use_tls, struct err *e);

/*
 * Copies the names of the files, NULL where one is not given or not used, the PEM and the
 * server's name.  -1: out of memory; what was copied is to be freed then too.
 */
int tls_files_copy(struct http_tls *to, const struct http_tls *from);
void tls_files_free(struct http_tls *tls);

/* Where this system keeps its roots; NULL: in none of the places known. */
const char *tls_files_system_roots(void);

#endif
