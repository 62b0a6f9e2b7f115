/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A TLS session in a file, from the process that made it to the next that needs it.
 *
 * It is as secret as the client's key: the user's own (0600), replaced by rename.  Who takes
 * it removes it, so that each is used once (RFC 8446, C.4).  It is sealed with what it is bound
 * to: a file that is torn, too old, of something else, a link, or one that another user has
 * written or may read, is as if it were not there, and every failure is silent.
 */
#ifndef DATASTORE_HTTP_SESSION_FILE_H
#define DATASTORE_HTTP_SESSION_FILE_H

#include "base/buf.h"

#define SESSION_BINDING_LEN 32		/* bytes: a digest of what the session is bound to */
#define SESSION_FILE_MAX (64 << 10)	/* bytes */
/* Certificates are verified anew after so many seconds at the latest. */
#define SESSION_AGE_MAX_S 3600

/* Since when, and until when before, certificates count as verified; seconds since 1970. */
struct session_lease {
	int64_t from_s, until_s;
};

/* Whether that is now; never SESSION_AGE_MAX_S after its beginning, or before it. */
bool session_lease_holds(const struct session_lease *lease);

/* Appends the session's bytes.  Only one of several that try at once has them. */
int session_file_take(const char *path, const unsigned char binding[SESSION_BINDING_LEN],
		      struct session_lease *ret_lease, struct buf *ret_bytes);

/* Makes the folder if need be. */
void session_file_keep(const char *path, const unsigned char binding[SESSION_BINDING_LEN],
		       const struct session_lease *lease, const struct buf *bytes);

/* Wipes and frees.  For `struct buf b __cleanup(session_wipe)`. */
void session_wipe(struct buf *b);

#endif
