/* SPDX-License-Identifier: Apache-2.0 */
/*
 * etcd's answers: of a read, of a commit, of a page of a scan, a refusal, a token, an alarm.  What
 * begins with a brace is the gateway's text, anything else the message, which is tried as what
 * gRPC has in front of it too.
 */
#include "base/clock.h"
#include "datastore/etcd/gateway.h"
#include "datastore/etcd/grpc.h"
#include "tests/fuzz/fixture_input.h"

#include <stdlib.h>
#include <string.h>

#define MESSAGE_MAX (1 << 20)	/* bytes of what is made of a text */

static const struct range ranges[] = {
	{ .key = "/calico/a", .kind = RANGE_KEY },
	{ .key = "/calico/p/", .kind = RANGE_PREFIX },
	{ .key = "/calico/k/", .kind = RANGE_PREFIX_KEYS },
};

/* What a page may show, and where it is. */
struct seeing {
	const struct wire_page *page;
	char before[VIEW_KEY_MAX + 1];
};

static int see(const struct record *record, void *arg, struct err *e)
{
	struct seeing *s = arg;

	(void)e;
	promise(strncmp(record->key, s->page->prefix, strlen(s->page->prefix)) == 0,
		"a page shows what was asked for");
	promise(strcmp(record->key, s->before) > 0, "a page ascends");
	promise(record->revision && record->revision <= INT64_MAX, "a record has a revision");
	promise(record->value && !record->value[record->value_len], "a value ends in a NUL");
	strcpy(s->before, record->key);
	return 0;
}

static bool within(const struct range *r, const char *key)
{
	return r->kind == RANGE_KEY ? strcmp(key, r->key) == 0
				    : strncmp(key, r->key, strlen(r->key)) == 0;
}

static bool asked_for(const char *key, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (within(&ranges[i], key))
			return true;
	return false;
}

static void fill(const struct wire_answer *a)
{
	for (size_t n = 1; n <= ARRAY_LEN(ranges); n++) {
		struct view view __cleanup(view_done) = { 0 };
		struct err e = { 0 };

		if (wire_fill(&view, ranges, n, a, &e) < 0)
			continue;
		for (size_t i = 0; i < view.n_records; i++) {
			promise(asked_for(view.records[i].key, n),
				"a view holds what was asked for");
			promise(!i || strcmp(view.records[i - 1].key, view.records[i].key) < 0,
				"a view ascends");
		}
	}
}

static bool is_above(const struct buf *a, const struct buf *b)
{
	int order = memcmp(a->data, b->data, a->len < b->len ? a->len : b->len);

	return order > 0 || (order == 0 && a->len > b->len);
}

static void visit(const struct wire_answer *a)
{
	struct buf after __cleanup(buf_done) = BUF(64), last __cleanup(buf_done) = BUF(64);
	struct wire_page page = { .prefix = "/calico/p/", .after = &after, .limit = 3 };
	struct seeing seeing = { .page = &page, .before = "/calico/p/a" };
	struct err e = { 0 };
	bool more = false;

	buf_puts(&after, "/calico/p/a");
	if (wire_visit_page(&page, a, see, &seeing, &last, &more, &e) == 0 && more)
		promise(is_above(&last, &after), "another page follows behind this one");
}

static void parse(enum wire_call call, const char *message, size_t len)
{
	struct wire_answer a __cleanup(wire_answer_done) = { 0 };
	struct err e = { 0 };

	if (wire_parse(call, message, len, &a, &e) < 0) {
		promise(e.kind == ERR_UNAVAILABLE, "what is no answer is as if there were none");
		return;
	}
	promise(!a.token || (*a.token && !strpbrk(a.token, "\r\n")), "a token is one line");
	promise(a.revision <= INT64_MAX, "a revision is none below nothing");
	if (call != WIRE_TXN)
		return;
	fill(&a);
	visit(&a);
}

static void read_text(const char *text, size_t size)
{
	char words[WIRE_TEXT_LEN];

	for (long status = 400; status < 600; status += 50)
		gateway_refusal(status, text, size, words);
	for (enum wire_call call = WIRE_TXN; call < WIRE_WATCH; call++) {
		struct buf message __cleanup(buf_done) = BUF(MESSAGE_MAX);
		struct err e = { 0 };

		if (gateway_read(call, text, size, deadline_in_ms(60000), &message, &e) == 0)
			parse(call, message.data, message.len);
	}
}

/* As what it says it is, and its beginning as a call's end. */
static void read_grpc(const char *text, size_t size)
{
	struct http_grpc end = { .status = (unsigned char)text[0] };
	char words[WIRE_TEXT_LEN];
	const char *message;
	struct err e = { 0 };
	size_t len;

	strncpy(end.message, text + 1, sizeof(end.message) - 1);
	grpc_refusal(&end, words);
	for (const char *c = words; *c; c++)
		promise(*c >= ' ' && *c <= '~', "words are plain");
	if (grpc_read(text, size, &message, &len, &e) == 0)
		parse(WIRE_TXN, message, len);
}

/* A copy of no byte more, so that what is read behind its end is seen. */
static void read_message(const uint8_t *data, size_t size)
{
	char *message __cleanup(input_textp) = malloc(size ? size : 1);

	promise(message != NULL, "memory");
	if (size)
		memcpy(message, data, size);
	for (enum wire_call call = WIRE_TXN; call < WIRE_WATCH; call++)
		parse(call, message, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text __cleanup(input_textp) = input_text(data, size);

	if (*text == '{') {
		read_text(text, size);
		return 0;
	}
	if (size)
		read_grpc(text, size);
	read_message(data, size);
	return 0;
}
