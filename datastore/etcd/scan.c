/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/etcd/scan.h"

static int ask(struct client *c, const struct wire_page *page, struct wire_answer *ret_answer,
	       struct err *e)
{
	struct buf txn __cleanup(buf_done) = BUF(WIRE_MESSAGE_MAX);

	wire_read_page(&txn, page);
	if (txn.failed)
		return err_set(e, ERR_INTERNAL, "out of memory");
	return client_read(c, &txn, ret_answer, e);
}

/* In smaller pages, where an answer is larger than is read. */
static int ask_for_less(struct client *c, struct wire_page *page, struct wire_answer *ret_answer,
			struct err *e)
{
	while (ask(c, page, ret_answer, e) < 0) {
		if (e->kind != ERR_LIMIT || page->limit == 1)
			return -1;
		err_reset(e);
		page->limit /= 2;
	}
	return 0;
}

static int ask_for_page(struct client *c, const struct scan *scan, struct wire_page *page,
			struct wire_answer *ret_answer, struct err *e)
{
	if (ask_for_less(c, page, ret_answer, e) == 0)
		return 0;
	if (scan->one_moment || !page->revision || !client_met_compaction(c))
		return -1;
	err_reset(e);
	page->revision = 0;
	return ask_for_less(c, page, ret_answer, e);
}

static void fit_next(struct wire_page *page, size_t bytes)
{
	if (bytes > SCAN_PAGE_BYTES && page->limit > 1)
		page->limit /= 2;
	else if (bytes < SCAN_PAGE_BYTES / 4 && page->limit < SCAN_PAGE_RECORDS_MAX)
		page->limit *= 2;
}

int scan_pages(struct client *c, struct scan *scan, struct err *e)
{
	struct wire_page page = { .prefix = scan->prefix, .limit = SCAN_PAGE_RECORDS };
	struct buf last __cleanup(buf_done) = BUF(0);
	bool more = true;
	int rc = 0;

	while (more && rc == 0) {
		struct wire_answer answer __cleanup(wire_answer_done) = {0};

		if (ask_for_page(c, scan, &page, &answer, e) < 0) {
			scan->lost = page.revision && client_met_compaction(c);
			return err_wrap(e, "scan %s", scan->prefix);
		}
		rc = wire_visit_page(&page, &answer, scan->visit, scan->arg, &last, &more, e);
		page.after = &last;
		if (!page.revision)
			page.revision = scan->revision = answer.revision;
		fit_next(&page, answer.own.len);
	}
	return rc < 0 ? -1 : 0;
}
