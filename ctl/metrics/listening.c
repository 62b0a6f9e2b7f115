/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/metrics/listening.h"

#include "ctl/metrics/exposition.h"
#include "ctl/serve/reason.h"
#include "ctl/serve/server.h"
#include "ctl/settings/found.h"

#include <stdlib.h>

#define PAGE_MAX (256 << 20)	/* bytes */
#define SHARED_MS 1000	/* after its end a reading is good for others */
#define PATIENCE_S 10	/* of a scraper that says nothing */
#define PATIENCE_MIN_S 1
#define PATIENCE_MAX_S 120	/* none keeps others waiting for longer */
#define PATIENCE_HEADER "X-Prometheus-Scrape-Timeout-Seconds"

struct listening {
	const char *config;
	const struct page_options *options;
	struct buf page;	/* the last one */
	struct deadline good;	/* until when it is the answer; once there is one */
	int64_t success_s;
	struct reason reason;
};

static void listening_done(struct listening *l)
{
	buf_done(&l->page);
}

/* A tenth is left for the way, and for what is done beside the store. */
static struct deadline patience(const struct server_request *r)
{
	const char *text = server_request_header(r, PATIENCE_HEADER);
	double s = text ? strtod(text, NULL) : PATIENCE_S;

	if (!(s >= PATIENCE_MIN_S))
		s = PATIENCE_MIN_S;
	if (s > PATIENCE_MAX_S)
		s = PATIENCE_MAX_S;
	return deadline_in_ms((int64_t)(s * 900));
}

static void take(struct listening *l, struct deadline until)
{
	const struct reading_wish wish = {
		.config = l->config, .checks = l->options->checked, .own = l->options->own,
		.until = until,
	};
	struct reading reading __cleanup(reading_done) = { .store = "" };
	struct err why = { 0 };
	bool up = reading_take(&wish, &reading, &why) == 0;

	reason_tell(&l->reason, "metrics", &why);
	if (up)
		l->success_s = clock_now_ns() / 1000000000;
	buf_reset(&l->page);
	page_put(l->options, &reading, up, l->success_s, &l->page);
	l->good = deadline_in_ms(SHARED_MS);
}

static int print(const struct server_request *r, struct buf *out, void *arg,
		 struct err *e __unused_arg)
{
	struct listening *l = arg;

	if (!l->page.len || deadline_passed(l->good))
		take(l, patience(r));
	out->failed |= l->page.failed;
	buf_add(out, l->page.data, l->page.len);
	return 0;
}

/* What no later reading would find right is said at once. */
static int try_settings(const char *config, struct err *e)
{
	struct found found __cleanup(found_done) = { .path = "" };

	return found_init(&found, config, e);
}

int listening_run(struct listen_address at, const char *config,
		  const struct page_options *options, struct err *e)
{
	static const struct server_page pages[] = { { "/metrics", EXPOSITION_TYPE, print } };
	struct listening l __cleanup(listening_done) = { .config = config, .options = options,
							 .page = BUF(PAGE_MAX) };
	const struct server server = {
		.what = "metrics", .at = at,
		.pages = pages, .n_pages = ARRAY_LEN(pages), .page_max = PAGE_MAX,
		.arg = &l,
	};

	return try_settings(config, e) < 0 ? -1 : server_run(&server, e);
}
