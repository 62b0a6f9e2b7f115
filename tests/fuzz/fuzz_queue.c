/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file of a request that waits, with its answer, as whoever carries it out reads it; and a
 * note of one, as whoever settles it does.
 */
#include "base/json.h"
#include "plugin/crowd/message.h"
#include "tests/fuzz/fixture_input.h"

#include <string.h>

#define CROWD "node-a\n/lock\n"

static void read_again(const struct crowd_member *m)
{
	struct buf text __cleanup(buf_done) = BUF(MESSAGE_MAX), again __cleanup(buf_done) =
		BUF(MESSAGE_MAX);
	struct cJSON *tree __cleanup(json_freep) = NULL;
	struct crowd_member read = {0};
	struct err e = {0};
	size_t len = 0;

	message_print_request(m, CROWD, &text);
	if (text.failed)
		return;
	promise(message_read_request(text.data, text.len, CROWD, &tree, &read, &len, &e) == 0,
		"what was read is printed so that it is read");
	message_print_request(&read, CROWD, &again);
	promise(again.len == text.len && memcmp(again.data, text.data, text.len) == 0,
		"what is read is printed as it was");
}

static void read_as_note(const struct buf *text)
{
	struct cJSON *tree __cleanup(json_freep) = NULL;
	struct ipam_release_request release = {0};
	int64_t ends_ns = 0;
	struct err e = {0};

	if (message_read_note(text->data, text->len, &tree, &release, &ends_ns, &e) == 0)
		promise((release.assigned_ns > 0) != (release.before_ns > 0),
			"a note is an ADD's or a DEL's");
}

/* With a right sum: the fuzzer would not find one. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf text __cleanup(buf_done) = BUF(2 * MESSAGE_MAX);
	struct cJSON *tree __cleanup(json_freep) = NULL;
	struct crowd_member m = {0};
	struct err e = {0};
	size_t len = 0;

	message_frame((const char *)data, size, &text);
	if (message_read_request(text.data, text.len, CROWD, &tree, &m, &len, &e) == 0) {
		read_again(&m);
		message_read_answer(text.data, text.len, &m, &e);
	}
	read_as_note(&text);
	message_read_request((const char *)data, size, CROWD, &tree, &m, &len, &e);
	return 0;
}
