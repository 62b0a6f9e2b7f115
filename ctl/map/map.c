/* SPDX-License-Identifier: Apache-2.0 */
/* map: the store as one HTML page, written once or served. */
#include "base/terminal/printable.h"
#include "ctl/cli/command.h"

#include "base/io.h"
#include "ctl/cli/store.h"
#include "ctl/map/drawing.h"
#include "ctl/map/live.h"
#include "ctl/map/page.h"

#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

static int save(struct call *call, const struct drawing *d, struct err *e)
{
	umask(call->umask);
	if (io_replace_file(call->name, call->out.data, call->out.len, 0666, e) < 0)
		return -1;
	buf_reset(&call->out);
	printable_printf(&call->out, "%s: %zu pools, %" PRIu64 " blocks, %" PRIu64 " addresses in "
			 "use\n", call->name, d->audit.utilization.pools.n, d->blocks, d->in_use);
	return 0;
}

static int draw(struct call *call, struct store *store, struct drawing *d, struct err *e)
{
	page_begin(false, &call->out);
	if (drawing_make(d, store->ds, e) < 0)
		return -1;
	page_end(false, &call->out);
	return call->name ? save(call, d, e) : 0;
}

static int write_page(struct call *call, struct store *store, const struct containers_place *here,
		      struct err *e)
{
	struct containers containers __cleanup(containers_done) = { 0 };
	struct drawing d __cleanup(drawing_done) = { .out = &call->out };

	if (!here)
		return draw(call, store, &d, e);
	d.containers = &containers;
	return containers_read(&containers, here, e) < 0 ? -1 : draw(call, store, &d, e);
}

static int look_at_words(struct call *call, struct listen_address *ret, struct err *e)
{
	const char *serve = call_option(call, "serve", 0);
	struct err why = { 0 };

	if (call->json)
		return call_wrong_use(call, e, "a map is a page; show -o json tells the same");
	if (serve && call->name)
		return call_wrong_use(call, e, "with --serve no FILE is written; leave out one of "
				      "the two");
	if (serve && listen_address_parse(serve, ret, &why) < 0)
		return call_wrong_use(call, e, "--serve: %s", why.text);
	if (!serve && !call->name && isatty(STDOUT_FILENO))
		return call_wrong_use(call, e, "name the file to write, such as map.html; or serve "
				      "the page: map --serve 8085");
	return 0;
}

static int map_run(struct call *call, struct err *e)
{
	struct store store __cleanup(store_close) = { 0 };
	struct containers_place here;
	struct listen_address at = { 0 };
	bool checks = !call_option(call, "no-check", 0);
	int rc;

	if (look_at_words(call, &at, e) < 0 || store_open(&store, call, OPEN_TO_LOOK, e) < 0)
		return err_wrap(e, "map");
	here = (struct containers_place){
		.plugin = store.found.plugin,
		.run_path = settings_run_path(&store.found.settings),
	};
	if (call_option(call, "serve", 0))
		rc = live_run(at, store.ds, checks ? &here : NULL, e);
	else
		rc = write_page(call, &store, checks ? &here : NULL, e);
	return rc < 0 ? err_wrap(e, "map") : 0;
}

const struct command map_command = {
	.noun = "map",
	.name_argument = "FILE",
	.name_optional = true,
	.summary = "Draw pools, blocks and addresses as a page for a browser",
	.help =
	"One HTML file that needs nothing else, for any browser, on a machine without network\n"
	"too.  A tile is a block, a square in it an address, coloured by node or by state, and\n"
	"hatched what is in no block.  Whose an address is, is told by pointing, by clicking or\n"
	"by the arrow keys; what check finds, and what mends it, beside the picture.  Pools,\n"
	"nodes and namespaces can be shown alone, addresses, pods and nodes searched; the\n"
	"address line keeps all that is chosen.  Without FILE the page goes to standard output.\n"
	"\n"
	"With --serve it is kept live from a watch, for as many as look at it.  ADDRESS is PORT,\n"
	"HOST:PORT or [IPv6]:PORT; without HOST only this machine reaches it.  There is no\n"
	"password: whoever reaches it reads it.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl map map.html\n"
	"  ssh node-1 calico-ipamctl map >map.html\n"
	"  calico-ipamctl map --serve 8085\n",
	.options = {
		{ .name = "serve", .argument = "ADDRESS",
		  .help = "keep the page live at http://ADDRESS/, until SIGTERM" },
		{ .name = "no-check", .help = "leave out what check finds: quicker" },
	},
	.run = map_run,
};
