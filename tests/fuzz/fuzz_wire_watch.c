/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of etcd's watch, one a line. */
#include "datastore/etcd/wire_watch.h"
#include "tests/fuzz/fixture_input.h"

#include <string.h>

static void read_line(const char *line, size_t len)
{
	struct wire_message m __cleanup(wire_message_done) = { 0 };
	struct wire_record scratch __cleanup(wire_record_done) = { 0 };
	struct record record;
	struct err e = { 0 };

	wire_record_init(&scratch);
	if (wire_message_parse(line, len, &m, &e) < 0)
		return;
	while (wire_message_event(&m, &scratch, &record, &e) > 0)
		promise(*record.key && strlen(record.key) <= VIEW_KEY_MAX && record.revision,
			"an event names a record and a revision");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text __cleanup(input_textp) = input_text(data, size);
	char *end = text + size;

	for (char *line = text; line < end;) {
		char *stop = memchr(line, '\n', (size_t)(end - line));

		stop = stop ? stop : end;
		read_line(line, (size_t)(stop - line));
		line = stop + 1;
	}
	return 0;
}
