/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The messages of etcd's watch: what begins with a brace is the gateway's text, a message a line;
 * anything else is one message.
 */
#include "datastore/etcd/gateway.h"
#include "datastore/etcd/wire_watch.h"
#include "tests/fuzz/fixture_input.h"

#include <stdlib.h>
#include <string.h>

#define MESSAGE_MAX (1 << 20)	/* bytes of what is made of a line */

static void read_message(const char *message, size_t len)
{
	struct wire_message m = { 0 };
	struct wire_record scratch __cleanup(wire_record_done) = { 0 };
	struct record record;
	struct err e = { 0 };
	size_t shown = 0;

	wire_record_init(&scratch);
	if (wire_message_parse(message, len, &m, &e) < 0)
		return;
	promise(m.id <= INT64_MAX, "an id is none below nothing");
	promise(!m.canceled || m.words[0], "a cancellation has words");
	while (wire_message_event(&m, &scratch, &record, &e) > 0) {
		promise(*record.key && strlen(record.key) <= VIEW_KEY_MAX && record.revision,
			"an event names a record and a revision");
		promise(!record.value || !record.value[record.value_len], "a value ends in a NUL");
		promise(++shown <= len, "events end");
	}
}

static void read_line(const char *line, size_t len)
{
	struct buf message __cleanup(buf_done) = BUF(MESSAGE_MAX);
	enum wire_refusal refusal;
	char words[WIRE_TEXT_LEN];
	struct err e = { 0 };
	int rc = -1;

	if (gateway_read_watch(line, len, &message, &rc, &refusal, words, &e) && rc == 0)
		read_message(message.data, message.len);
}

static void read_lines(const char *text, size_t size)
{
	const char *end = text + size;

	for (const char *line = text; line < end;) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));

		stop = stop ? stop : end;
		read_line(line, (size_t)(stop - line));
		line = stop + 1;
	}
}

/* A copy of no byte more, so that what is read behind its end is seen. */
static void read_bytes(const uint8_t *data, size_t size)
{
	char *message __cleanup(input_textp) = malloc(size ? size : 1);

	promise(message != NULL, "memory");
	if (size)
		memcpy(message, data, size);
	read_message(message, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text __cleanup(input_textp) = input_text(data, size);

	if (*text == '{')
		read_lines(text, size);
	else
		read_bytes(data, size);
	return 0;
}
