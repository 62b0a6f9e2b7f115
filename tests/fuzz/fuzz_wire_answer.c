/* SPDX-License-Identifier: Apache-2.0 */
/* etcd's answers: of a read, of a commit, of a page of a scan, a refusal, a token. */
#include "base/clock.h"
#include "datastore/etcd/wire.h"
#include "tests/fuzz/fixture_input.h"

#include <string.h>

static const struct range ranges[] = {
	{ .key = "/calico/a", .kind = RANGE_KEY },
	{ .key = "/calico/p/", .kind = RANGE_PREFIX },
	{ .key = "/calico/k/", .kind = RANGE_PREFIX_KEYS },
};

static int see(const struct record *record, void *arg, struct err *e)
{
	const struct wire_page *page = arg;

	(void)e;
	promise(strncmp(record->key, page->prefix, strlen(page->prefix)) == 0 &&
		strcmp(record->key, page->after) > 0, "a page shows what was asked for");
	return 0;
}

static void fill(const struct wire_answer *a)
{
	for (size_t n = 1; n <= ARRAY_LEN(ranges); n++) {
		struct view view __cleanup(view_done) = { 0 };
		struct err e = { 0 };

		if (wire_fill(&view, ranges, n, a, &e) < 0)
			continue;
		for (size_t i = 0; i < view.n_records; i++)
			promise(strncmp(view.records[i].key, "/calico/", 8) == 0,
				"a view holds what was asked for");
	}
}

static void visit(const struct wire_answer *a)
{
	struct wire_page page = { .prefix = "/calico/p/", .after = "/calico/p/a", .limit = 3 };
	char last[VIEW_KEY_MAX + 2] = "";
	struct err e = { 0 };
	bool more;

	wire_visit_page(&page, a, see, &page, last, &more, &e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text __cleanup(input_textp) = input_text(data, size);
	struct wire_answer a __cleanup(wire_answer_done) = { 0 };
	char words[WIRE_TEXT_LEN];
	struct err e = { 0 };

	for (long status = 400; status < 600; status += 50)
		wire_refusal(status, text, size, words);
	if (wire_parse(text, size, deadline_in_ms(60000), &a, &e) < 0)
		return 0;
	fill(&a);
	visit(&a);

	return 0;
}
