/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request that waits, and its answer, as texts that one process writes and another reads:
 * JSON with a format number, its length and a checksum in front, so that what was not
 * written to its end is as if it were not there.
 *
 * A request holds no secret: where the store is and as whom it is asked, the reader knows
 * itself, and `crowd` (queue.h) must be the same.
 */
#ifndef PLUGIN_CROWD_MESSAGE_H
#define PLUGIN_CROWD_MESSAGE_H

#include "base/buf.h"
#include "ipam/crowd/crowd.h"

#define MESSAGE_MAX (64 << 10) /* bytes of one */

/* A text with what stands in front of one. */
void message_frame(const char *text, size_t len, struct buf *out);

struct cJSON;

/* out->failed: it is too large, or holds what is no UTF-8. */
void message_print_request(const struct crowd_member *m, const char *crowd, struct buf *out);
/*
 * asked_ns: the request's time, by which its process knows its answer.  What is no UTF-8 in its
 * texts, as half a character, becomes U+FFFD.
 */
void message_print_answer(const struct crowd_member *m, int64_t asked_ns, struct buf *out);

/*
 * Reads a request of this crowd into *ret, whose texts are the tree's.  *ret_len: the bytes
 * that it takes of the text, behind which its answer may stand.  ERR_DECODE: it is none, or
 * not whole, or another's.
 */
int message_read_request(const char *text, size_t len, const char *crowd, struct cJSON **ret_tree,
			 struct crowd_member *ret, size_t *ret_len, struct err *e);

/* What a note (note.h) keeps of a request: whose it is, when it was made, and its deadline. */
void message_print_note(const struct crowd_member *m, int64_t ends_ns, struct buf *out);
/* The release that settles it, whose texts are the tree's; and that deadline. */
int message_read_note(const char *text, size_t len, struct cJSON **ret_tree,
		      struct ipam_release_request *ret, int64_t *ret_ends_ns, struct err *e);

/* Fills what an answer fills of the member whose request it was. */
int message_read_answer(const char *text, size_t len, struct crowd_member *m, struct err *e);

#endif
