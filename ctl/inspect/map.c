/* SPDX-License-Identifier: Apache-2.0 */
/*
 * map: the store as one HTML page, from the template map.html.
 *
 * The page's data is one JSON object.  Blocks come first, because they are written as
 * the scan goes by and none is kept:
 *
 *	[CIDR, index of its pool or -1, owner or null, [entries], [[first ordinal, count]…]]
 *
 * the last being the reserved ones; left out where there are none.  An entry is
 * [ordinal] while it cools down, [ordinal, holder] if the block's owner uses it, else
 * [ordinal, holder, node].  The holder is "namespace/pod", or the handle.
 */
#include "base/terminal/printable.h"
#include "ctl/cli/aside.h"
#include "ctl/cli/command.h"

#include "base/io.h"
#include "base/json.h"
#include "ctl/cli/progress.h"
#include "ctl/cli/store.h"
#include "ipam/audit/utilization.h"
#include "ipam/record/host.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAP_TIMEOUT_MS (30 * 60 * 1000)

extern const char map_html[];	/* map.html */
static const char data_mark[] = "@DATA@";

struct map {
	struct utilization utilization;
	struct progress progress;
	uint64_t unreadable;	/* blocks */
	struct buf *out;
	uint64_t blocks, in_use;
};

static void map_done(struct map *m)
{
	progress_end(&m->progress);
	utilization_done(&m->utilization);
}

static void put_text(struct buf *out, const char *text)
{
	struct cJSON *item __cleanup(json_freep) = text ? json_new_string(text) : json_new_null();

	json_print(item, out);
}

static void begin(struct map *m)
{
	const char *end = strstr(map_html, data_mark);

	buf_reset(m->out);
	buf_add(m->out, map_html, (size_t)(end - map_html));
	buf_puts(m->out, "{\"blocks\":[");
	m->blocks = m->in_use = 0;
}

/* "host:node-1" is told as "node-1". */
static const char *owner_of(const struct block *b)
{
	const char *node = host_node(b->affinity);

	return node ? node : b->affinity;
}

static void put_holder(struct buf *out, const struct attribute *attribute)
{
	const char *pod = attribute_secondary(attribute, "pod"),
		   *namespace_name = attribute_secondary(attribute, "namespace"),
		   *handle = attribute_handle(attribute);
	char text[600];

	snprintf(text, sizeof(text), "%s%s%s", namespace_name ? namespace_name : "",
		 namespace_name ? "/" : "", pod ? pod : "");
	put_text(out, pod && *pod ? text : handle ? handle : "");
}

static void put_entry(struct map *m, const struct block *b, unsigned ordinal,
		      const struct attribute *attribute)
{
	const char *node = attribute_secondary(attribute, "node"), *owner = owner_of(b);

	buf_putc(m->out, '[');
	buf_number(m->out, ordinal);
	if (!attribute_is_released(attribute)) {
		m->in_use++;
		buf_putc(m->out, ',');
		put_holder(m->out, attribute);
		if (!node || !owner || strcmp(node, owner) != 0) {
			buf_putc(m->out, ',');
			put_text(m->out, node ? node : "");
		}
	}
	buf_putc(m->out, ']');
}

static void put_entries(struct map *m, const struct block *b)
{
	const char *comma = "";

	buf_putc(m->out, '[');
	for (unsigned i = 0; i < b->size; i++) {
		const struct attribute *attribute = block_attribute(b, i);

		if (!attribute)
			continue;
		buf_puts(m->out, comma);
		put_entry(m, b, i, attribute);
		comma = ",";
	}
	buf_putc(m->out, ']');
}

static bool is_reserved(const struct utilization *s, const struct utilization_pool *p,
			const struct block *b, unsigned ordinal)
{
	return !block_attribute(b, ordinal) &&
	       utilization_reserves(s, p, b->cidr, block_addr(b, ordinal));
}

static void put_reserved(struct map *m, const struct utilization *s,
			 const struct utilization_pool *p, const struct block *b)
{
	const char *comma = "";
	unsigned n;

	buf_puts(m->out, ",[");
	for (unsigned i = 0; i < b->size; i += n + 1) {
		for (n = 0; i + n < b->size && is_reserved(s, p, b, i + n); n++)
			;
		if (!n)
			continue;
		buf_printf(m->out, "%s[%u,%u]", comma, i, n);
		comma = ",";
	}
	buf_putc(m->out, ']');
}

static void see_block(const struct utilization *s, const struct block *b,
		      const struct utilization_pool *pool, void *arg)
{
	struct map *m = arg;
	char cidr[CIDR_TEXT];

	cidr_print(b->cidr, cidr);
	buf_printf(m->out, "%s[\"%s\",%td,", m->blocks++ ? ",\n" : "", cidr,
		   pool ? pool - s->list : (ptrdiff_t)-1);
	put_text(m->out, owner_of(b));
	buf_putc(m->out, ',');
	put_entries(m, b);
	if (s->reservations.n || (pool && pool->gateways))
		put_reserved(m, s, pool, b);
	buf_putc(m->out, ']');
	progress_tell(&m->progress, m->blocks, 0);
}

static void see_unreadable(const char *key __unused_arg, const char *why, void *arg)
{
	struct map *m = arg;

	progress_end(&m->progress);
	if (aside_names(&m->unreadable))
		aside("calico-ipamctl: not drawn: %s\n", why);
}

static void put_number(struct map *m, const char *name, u128 n, bool wraps)
{
	char text[U128_TEXT];

	utilization_print_number(n, wraps, text);
	buf_printf(m->out, ",\"%s\":\"%s\"", name, text);
}

static void put_pool(struct map *m, const struct utilization_pool *p)
{
	char cidr[CIDR_TEXT];

	cidr_print(p->pool->cidr, cidr);
	buf_puts(m->out, "{\"name\":");
	put_text(m->out, p->pool->name);
	buf_printf(m->out, ",\"cidr\":\"%s\",\"disabled\":%s", cidr,
		   p->pool->disabled ? "true" : "false");
	put_number(m, "size", p->total, true);
	put_number(m, "inUse", p->in_use, false);
	put_number(m, "cooling", p->cooling, false);
	put_number(m, "reserved", p->reserved, false);
	put_number(m, "free", p->free, !p->total && !p->in_use);
	buf_putc(m->out, '}');
}

static void end(struct map *m, const char *place)
{
	char now[CLOCK_RFC3339_LEN];

	buf_puts(m->out, "],\"pools\":[");
	for (size_t i = 0; i < m->utilization.pools.n; i++) {
		if (i)
			buf_putc(m->out, ',');
		put_pool(m, &m->utilization.list[i]);
	}
	clock_rfc3339(clock_now_ns(), now);
	buf_printf(m->out, "],\"made\":\"%s\",\"store\":", now);
	put_text(m->out, place);
	buf_putc(m->out, '}');
	buf_puts(m->out, strstr(map_html, data_mark) + sizeof(data_mark) - 1);
}

static int draw(struct map *m, struct store *store, struct err *e)
{
	struct utilization_visitor visitor = { see_block, see_unreadable, m };

	datastore_set_deadline(store->ds, deadline_in_ms(MAP_TIMEOUT_MS));
	progress_begin(&m->progress, "blocks drawn");
	begin(m);
	if (utilization_read(store->ds, &visitor, &m->utilization, e) < 0)
		return -1;
	progress_end(&m->progress);
	aside_rest(m->unreadable, "blocks cannot be read; calico-ipamctl check lists them");
	end(m, datastore_traits(store->ds)->place);
	return m->out->failed ? err_set(e, ERR_LIMIT, "out of memory, or a page of more than %zu "
					"bytes", m->out->limit) : 0;
}

static int save(struct call *call, const struct map *m, struct err *e)
{
	umask(call->umask);
	if (io_replace_file(call->name, call->out.data, call->out.len, 0666, e) < 0)
		return -1;
	buf_reset(&call->out);
	printable_printf(&call->out, "%s: %zu pools, %" PRIu64 " blocks, %" PRIu64 " addresses in "
			 "use\n", call->name, m->utilization.pools.n, m->blocks, m->in_use);
	return 0;
}

static int map_run(struct call *call, struct err *e)
{
	struct store store __cleanup(store_close) = { 0 };
	struct map m __cleanup(map_done) = { .out = &call->out };

	if (call->json)
		return call_wrong_use(call, e, "a map is a page; show -o json tells the same");
	if (!call->name && isatty(STDOUT_FILENO))
		return call_wrong_use(call, e, "name the file to write, such as map.html");
	if (store_open(&store, call, OPEN_TO_LOOK, e) < 0 || draw(&m, &store, e) < 0 ||
	    (call->name && save(call, &m, e) < 0))
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
	"too.  A tile is a block, a square in it an address, coloured by state or by node;\n"
	"whose it is, is told by pointing, by clicking or by the arrow keys.  Addresses, pods\n"
	"and nodes can be searched.  Without FILE the page goes to standard output.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl map map.html\n"
	"  ssh node-1 calico-ipamctl map >map.html\n",
	.run = map_run,
};
