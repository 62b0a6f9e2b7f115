/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A TLS session's file: the input as it is, and as the session's bytes in a file that is
 * sealed as it must be.
 */
#include "datastore/http/session.h"
#include "datastore/http/session_file.h"
#include "tests/fuzz/fixture_input.h"

#include <string.h>
#include <time.h>

#define URL "https://127.0.0.1:2379"

static const unsigned char binding[SESSION_BINDING_LEN] = "what it is bound to";
static const struct buf *given; /* in place of what a file holds; NULL: the file's */

int __real_session_file_take(const char *path, const unsigned char bound[SESSION_BINDING_LEN],
			     struct session_lease *ret_lease, struct buf *ret_bytes);
int __wrap_session_file_take(const char *path, const unsigned char bound[SESSION_BINDING_LEN],
			     struct session_lease *ret_lease, struct buf *ret_bytes);

static struct session_lease lease_from_now(void)
{
	return (struct session_lease){ time(NULL), time(NULL) + 60 };
}

int __wrap_session_file_take(const char *path, const unsigned char bound[SESSION_BINDING_LEN],
			     struct session_lease *ret_lease, struct buf *ret_bytes)
{
	if (!given)
		return __real_session_file_take(path, bound, ret_lease, ret_bytes);
	buf_add(ret_bytes, given->data, given->len);
	*ret_lease = lease_from_now();
	return ret_bytes->failed ? -1 : 0;
}

/* Whether the session with the server stands in for the files. */
static bool stands_in(void)
{
	const struct http_tls tls = { .ca = { "authority", strlen("authority") } };
	struct sessions *all = sessions_open(input_folder(), &tls, NULL, "rules");
	bool ret;

	promise(all != NULL, "sessions are opened");
	ret = session_stands_in(sessions_with(all, URL));
	sessions_close(all);
	return ret;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf bytes __cleanup(buf_done) = BUF(SESSION_FILE_MAX);
	struct buf got __cleanup(buf_done) = BUF(SESSION_FILE_MAX);
	struct session_lease lease = lease_from_now(), found = { 0 };
	const char *path = input_file("session", data, size);

	if (__real_session_file_take(path, binding, &found, &got) == 0)
		promise(session_lease_holds(&found), "no lease that is over is believed");
	buf_reset(&got);
	buf_add(&bytes, data, size);
	session_file_keep(path, binding, &lease, &bytes);
	promise(__real_session_file_take(path, binding, &found, &got) == 0 &&
			got.len == bytes.len && memcmp(got.data, bytes.data, got.len) == 0,
		"what is kept is taken");
	given = &bytes;
	if (stands_in()) {
		given = NULL;
		promise(stands_in(), "a session that is believed is laid back as one");
	}
	given = NULL;
	input_empty_folder();
	return 0;
}
