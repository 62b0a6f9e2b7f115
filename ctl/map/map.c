/* SPDX-License-Identifier: Apache-2.0 */
/* map: the store as one HTML page, page/map.html with the drawing in it. */
#include "base/terminal/printable.h"
#include "ctl/cli/command.h"

#include "base/io.h"
#include "ctl/cli/store.h"
#include "ctl/map/drawing.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern const char map_html[];	/* made by embed.cmake */
static const char data_mark[] = "@DATA@";

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
	const char *mark = strstr(map_html, data_mark);

	buf_add(&call->out, map_html, (size_t)(mark - map_html));
	if (drawing_make(d, store->ds, e) < 0)
		return -1;
	buf_puts(&call->out, mark + sizeof(data_mark) - 1);
	return call->name ? save(call, d, e) : 0;
}

static int map_run(struct call *call, struct err *e)
{
	struct store store __cleanup(store_close) = { 0 };
	struct containers containers __cleanup(containers_done) = { 0 };
	struct drawing d __cleanup(drawing_done) = { .out = &call->out };
	const struct containers_place here = { 0 };

	if (call->json)
		return call_wrong_use(call, e, "a map is a page; show -o json tells the same");
	if (!call->name && isatty(STDOUT_FILENO))
		return call_wrong_use(call, e, "name the file to write, such as map.html");
	if (!call_option(call, "no-check", 0))
		d.containers = &containers;
	if (containers_read(&containers, &here, e) < 0 ||
	    store_open(&store, call, OPEN_TO_LOOK, e) < 0 || draw(call, &store, &d, e) < 0)
		return err_wrap(e, "map");
	return 0;
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
	"Examples:\n"
	"  calico-ipamctl map map.html\n"
	"  ssh node-1 calico-ipamctl map >map.html\n",
	.options = {
		{ .name = "no-check", .help = "leave out what check finds: quicker" },
	},
	.run = map_run,
};
