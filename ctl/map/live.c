/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/map/live.h"

#include "base/json.h"
#include "ctl/map/drawing.h"
#include "ctl/map/page.h"
#include "ctl/serve/reason.h"
#include "ctl/serve/server.h"
#include "ipam/audit/watching.h"

#include <inttypes.h>
#include <string.h>

#define TAKE_MS 5000	/* for what a watch has to ask */
#define LIVE_PAGE_MAX (256 << 20)	/* bytes */

struct live {
	struct datastore *ds;
	const struct containers_place *here;	/* NULL: nothing is checked */
	struct watch *watch;	/* owned; NULL: the store has none */
	struct buf drawing;	/* the last one */
	char made[CLOCK_RFC3339_LEN];	/* when, as the drawing says */
	bool empty;		/* it shows no pool and no block */
	int64_t read_ms;	/* the same */
	int64_t took_ms;
	bool changed;		/* it is not the store's any more, as far as is known */
	struct deadline next;	/* no reading before */
	struct deadline anew;	/* and one even where nothing has changed */
	struct reason reason;
};

static void live_done(struct live *l)
{
	watch_close(l->watch);
	buf_done(&l->drawing);
}

static int64_t now_ms(void)
{
	return clock_now_ns() / 1000000;
}

static int64_t at_least(int64_t ms, int64_t least_ms)
{
	return ms < least_ms ? least_ms : ms;
}

static int make(struct live *l, int64_t patience_ms, struct buf *out, struct err *e)
{
	struct containers containers __cleanup(containers_done) = { 0 };
	struct drawing d __cleanup(drawing_done) = { .out = out, .quiet = true };

	if (l->here) {
		d.containers = &containers;
		if (containers_read(&containers, l->here, e) < 0)
			return -1;
	}
	datastore_set_deadline(l->ds, deadline_in_ms(patience_ms));
	if (drawing_make(&d, l->ds, e) < 0)
		return -1;
	memcpy(l->made, d.made, sizeof(l->made));
	l->empty = !d.blocks && !d.audit.utilization.pools.n;
	return 0;
}

static int read_anew(struct live *l, int64_t patience_ms, struct err *e)
{
	struct buf drawing __cleanup(buf_done) = BUF(LIVE_PAGE_MAX);
	int64_t began = now_ms();

	l->changed = false;
	if (make(l, patience_ms, &drawing, e) < 0) {
		l->changed = true;
		l->next = deadline_in_ms(LIVE_AGAIN_MS);
		return -1;
	}
	buf_done(&l->drawing);
	l->drawing = drawing;
	buf_init(&drawing, LIVE_PAGE_MAX);
	l->read_ms = now_ms();
	l->took_ms = l->read_ms - began;
	l->next = deadline_in_ms(at_least(2 * l->took_ms, LIVE_PAUSE_MS));
	l->anew = deadline_in_ms(l->watch ? LIVE_CHECK_MS : LIVE_POLL_MS);
	return 0;
}

static void look_at_watch(struct live *l)
{
	struct err why = { 0 };

	datastore_set_deadline(l->ds, deadline_in_ms(TAKE_MS));
	if (ipam_watch_changed(l->watch, &l->changed, &why) < 0 ||
	    (!l->changed && watch_stands(l->watch)))
		reason_tell(&l->reason, "map", &why);
}

static void turn(void *arg)
{
	look_at_watch(arg);
}

static void refresh(struct live *l)
{
	struct err why = { 0 };

	if (!(l->changed || deadline_passed(l->anew)) || !deadline_passed(l->next))
		return;
	read_anew(l, at_least(4 * l->took_ms, LIVE_PATIENCE_MS), &why);
	reason_tell(&l->reason, "map", &why);
}

static int print_page(const struct server_request *r __unused_arg, struct buf *out, void *arg,
		      struct err *e __unused_arg)
{
	struct live *l = arg;

	refresh(l);
	page_begin(true, out);
	buf_add(out, l->drawing.data, l->drawing.len);
	page_end(true, out);
	return 0;
}

static int print_state(const struct server_request *r __unused_arg, struct buf *out, void *arg,
		       struct err *e __unused_arg)
{
	struct live *l = arg;

	refresh(l);
	buf_printf(out, "{\"made\":\"%s\",\"ageMs\":%" PRId64 ",\"why\":", l->made,
		   now_ms() - l->read_ms);
	json_print_string(l->reason.text, out);
	buf_puts(out, "}\n");
	return 0;
}

static int print_drawing(const struct server_request *r __unused_arg, struct buf *out, void *arg,
			 struct err *e __unused_arg)
{
	struct live *l = arg;

	buf_add(out, l->drawing.data, l->drawing.len);
	return 0;
}

static int begin(struct live *l, struct err *e)
{
	struct err none = { 0 };

	if (ipam_watch(l->ds, l->here, &l->watch, &none) < 0 && none.kind != ERR_UNSUPPORTED) {
		*e = none;
		return -1;
	}
	if (read_anew(l, DRAWING_TIMEOUT_MS, e) < 0)
		return -1;
	/* Where no local store is, none that is made later would be seen. */
	if (l->empty && datastore_traits(l->ds)->one_node)
		return err_set(e, ERR_NOT_FOUND, "the %s is not there, or there is nothing in it: "
			       "create a pool first", datastore_traits(l->ds)->place);
	return 0;
}

int live_run(struct listen_address at, struct datastore *ds, const struct containers_place *here,
	     struct err *e)
{
	static const char json[] = "application/json";
	static const struct server_page pages[] = {
		{ "/", "text/html; charset=utf-8", print_page },
		{ "/state", json, print_state },
		{ "/drawing", json, print_drawing },
	};
	struct live l __cleanup(live_done) = { .ds = ds, .here = here,
					       .drawing = BUF(LIVE_PAGE_MAX) };
	struct server server = {
		.what = "map", .at = at,
		.pages = pages, .n_pages = ARRAY_LEN(pages), .page_max = LIVE_PAGE_MAX,
		.arg = &l, .fd = -1,
	};

	if (begin(&l, e) < 0)
		return -1;
	if (l.watch) {
		server.fd = watch_fd(l.watch);
		server.turn = turn;
	}
	return server_run(&server, e);
}
