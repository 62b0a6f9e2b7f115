/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/map/drawing.h"

#include "base/json.h"
#include "ctl/cli/aside.h"
#include "ctl/inspect/left_out.h"
#include "ipam/record/host.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void drawing_done(struct drawing *d)
{
	progress_end(&d->progress);
	audit_done(&d->audit);
}

static void put_text(struct buf *out, const char *text)
{
	if (text)
		json_print_string(text, out);
	else
		buf_puts(out, "null");
}

static void put_bool(struct buf *out, bool b)
{
	buf_puts(out, b ? "true" : "false");
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
		   *in = attribute_secondary(attribute, "namespace");
	char text[600];

	snprintf(text, sizeof(text), "%s%s%s", in && pod ? in : "", in && pod ? "/" : "",
		 pod ? pod : "");
	put_text(out, text);
}

static void put_since(struct buf *out, const char *text,
		      int (*parse)(const char *text, int64_t *ret_ns))
{
	int64_t ns;

	if (text && parse(text, &ns) == 0 && ns >= 0)
		buf_number(out, (uint64_t)ns / 1000000000);
	else
		put_text(out, text ? text : "");
}

static void put_user(struct buf *out, const struct block *b, const struct attribute *attribute)
{
	const char *node = attribute_secondary(attribute, "node"), *owner = owner_of(b),
		   *ifname = attribute_secondary(attribute, "ifname"),
		   *handle = attribute_handle(attribute);

	if (node && owner && strcmp(node, owner) == 0)
		buf_putc(out, '0');
	else
		put_text(out, node ? node : "");
	buf_putc(out, ',');
	put_holder(out, attribute);
	buf_putc(out, ',');
	put_since(out, attribute_secondary(attribute, "timestamp"), clock_parse_go_string);
	buf_putc(out, ',');
	put_text(out, ifname ? ifname : "");
	buf_putc(out, ',');
	put_text(out, handle ? handle : "");
}

static void put_entry(struct drawing *d, const struct block *b, unsigned ordinal,
		      const struct attribute *attribute)
{
	buf_putc(d->out, '[');
	buf_number(d->out, ordinal);
	buf_putc(d->out, ',');
	if (attribute_is_released(attribute)) {
		put_since(d->out, attribute_released_at(attribute), clock_parse_rfc3339);
	} else {
		d->in_use++;
		put_user(d->out, b, attribute);
	}
	buf_putc(d->out, ']');
}

static void put_entries(struct drawing *d, const struct block *b)
{
	const char *comma = "";

	buf_putc(d->out, '[');
	for (unsigned i = 0; i < b->size; i++) {
		const struct attribute *attribute = block_attribute(b, i);

		if (!attribute)
			continue;
		buf_puts(d->out, comma);
		put_entry(d, b, i, attribute);
		comma = ",";
	}
	buf_putc(d->out, ']');
}

static bool is_reserved(const struct utilization *s, const struct utilization_pool *p,
			const struct block *b, unsigned ordinal)
{
	return !block_attribute(b, ordinal) &&
	       utilization_reserves(s, p, b->cidr, block_addr(b, ordinal));
}

static void put_reserved(struct drawing *d, const struct utilization *s,
			 const struct utilization_pool *p, const struct block *b)
{
	const char *comma = "";
	unsigned n;

	buf_puts(d->out, ",[");
	for (unsigned i = 0; i < b->size; i += n + 1) {
		for (n = 0; i + n < b->size && is_reserved(s, p, b, i + n); n++)
			;
		if (!n)
			continue;
		buf_printf(d->out, "%s[%u,%u]", comma, i, n);
		comma = ",";
	}
	buf_putc(d->out, ']');
}

static void see_block(const struct utilization *s, const struct block *b,
		      const struct utilization_pool *pool, void *arg)
{
	struct drawing *d = arg;
	char cidr[CIDR_TEXT];

	cidr_print(b->cidr, cidr);
	buf_printf(d->out, "%s[\"%s\",%td,", d->blocks++ ? ",\n" : "", cidr,
		   pool ? pool - s->list : (ptrdiff_t)-1);
	put_text(d->out, owner_of(b));
	buf_putc(d->out, ',');
	put_entries(d, b);
	if (s->reservations.n || (pool && pool->gateways))
		put_reserved(d, s, pool, b);
	buf_putc(d->out, ']');
	if (!d->containers)
		progress_tell(&d->progress, d->blocks, 0);
}

static void see_unreadable(const char *key __unused_arg, const char *why, void *arg)
{
	struct drawing *d = arg;

	if (d->quiet)
		return;
	progress_end(&d->progress);
	if (aside_names(&d->unreadable))
		aside("calico-ipamctl: not drawn: %s\n", why);
}

static void put_number(struct buf *out, const char *name, u128 n, bool wraps)
{
	char text[U128_TEXT];

	utilization_print_number(n, wraps, text);
	buf_printf(out, ",\"%s\":\"%s\"", name, text);
}

static void put_pool(struct buf *out, const struct utilization_pool *p)
{
	char cidr[CIDR_TEXT], left[U128_TEXT];

	cidr_print(p->pool->cidr, cidr);
	utilization_print_free(p, left);
	buf_puts(out, "{\"name\":");
	put_text(out, p->pool->name);
	buf_printf(out, ",\"cidr\":\"%s\",\"blockLen\":%u,\"disabled\":", cidr, p->pool->block_len);
	put_bool(out, p->pool->disabled);
	put_number(out, "size", p->total, true);
	put_number(out, "inUse", p->in_use, false);
	put_number(out, "cooling", p->cooling, false);
	put_number(out, "reserved", p->reserved, false);
	buf_printf(out, ",\"free\":\"%s\"}", left);
}

static void put_node(struct buf *out, const struct utilization_node *node)
{
	uint64_t blocks = 0;

	for (unsigned f = 0; f < N_FAMILIES; f++)
		blocks += node->blocks[f];
	buf_putc(out, '[');
	put_text(out, node->name);
	buf_putc(out, ',');
	put_bool(out, node->known);
	buf_printf(out, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 "]", blocks, node->in_use,
		   node->borrowed);
}

/* The kinds that were found; index: where each of them stands. */
static void put_kinds(struct buf *out, const struct audit *a, unsigned index[N_PROBLEMS])
{
	unsigned n = 0;

	for (unsigned kind = 0; kind < N_PROBLEMS; kind++) {
		index[kind] = n;
		if (!a->counts[kind])
			continue;
		buf_puts(out, n++ ? ",[" : "[");
		put_text(out, problem_name(kind));
		buf_printf(out, ",%" PRIu64 ",", a->counts[kind]);
		put_text(out, problem_remedy(kind));
		buf_putc(out, ']');
	}
}

static void put_finding(struct buf *out, const struct audit_finding *f, unsigned kind)
{
	char where[CIDR_TEXT] = "";

	if (f->addr.family != FAMILY_NONE)
		addr_print(f->addr, where);
	else if (f->block.base.family != FAMILY_NONE)
		cidr_print(f->block, where);
	buf_printf(out, "[%u,", kind);
	put_text(out, f->key ? f->key : where);
	buf_putc(out, ',');
	put_text(out, f->text);
	buf_putc(out, ',');
	put_text(out, *where ? where : NULL);
	buf_putc(out, ']');
}

static void put_problems(const struct drawing *d)
{
	const struct audit *a = &d->audit;
	unsigned index[N_PROBLEMS];
	uint64_t count = 0;

	buf_puts(d->out, "],\"problems\":");
	if (!d->containers) {
		buf_puts(d->out, "null");
		return;
	}
	for (unsigned kind = 0; kind < N_PROBLEMS; kind++)
		count += a->counts[kind];
	buf_printf(d->out, "{\"count\":%" PRIu64 ",\"leaks\":", count);
	put_bool(d->out, !a->unjudged);
	buf_puts(d->out, ",\"kinds\":[");
	put_kinds(d->out, a, index);
	buf_puts(d->out, "],\"list\":[");
	for (size_t i = 0; i < a->n && i < DRAWING_PROBLEMS_MAX; i++) {
		if (i)
			buf_puts(d->out, ",\n");
		put_finding(d->out, &a->list[i], index[a->list[i].kind]);
	}
	buf_puts(d->out, "]}");
}

static void put_sums(struct drawing *d, const char *place)
{
	const struct utilization *s = &d->audit.utilization;

	buf_puts(d->out, "],\"pools\":[");
	for (size_t i = 0; i < s->pools.n; i++) {
		if (i)
			buf_putc(d->out, ',');
		put_pool(d->out, &s->list[i]);
	}
	buf_puts(d->out, "],\"nodes\":[");
	for (size_t i = 0; i < s->n_nodes; i++) {
		if (i)
			buf_putc(d->out, ',');
		put_node(d->out, &s->nodes[i]);
	}
	put_problems(d);
	clock_rfc3339(clock_now_ns(), d->made);
	buf_printf(d->out, ",\"made\":\"%s\",\"store\":", d->made);
	put_text(d->out, place);
	buf_putc(d->out, '}');
}

static int read_store(struct drawing *d, struct datastore *ds, struct err *e)
{
	const struct utilization_visitor visitor = { see_block, see_unreadable, d };
	const struct audit_options options = {
		.now_ns = clock_now_ns(), .patience_ms = AUDIT_PATIENCE_MS,
		.life = containers_tell, .life_arg = d->containers,
		.progress = progress_see, .progress_arg = &d->progress, .visitor = &visitor,
	};

	if (d->containers)
		return audit_read(ds, &options, &d->audit, e);
	return utilization_read(ds, &visitor, &d->audit.utilization, e);
}

int drawing_make(struct drawing *d, struct datastore *ds, struct err *e)
{
	datastore_set_deadline(ds, deadline_in_ms(DRAWING_TIMEOUT_MS));
	progress_begin(&d->progress, "blocks drawn");
	d->progress.off |= d->quiet;
	d->blocks = d->in_use = d->unreadable = 0;
	buf_puts(d->out, "{\"blocks\":[");
	if (read_store(d, ds, e) < 0)
		return -1;
	progress_end(&d->progress);
	aside_rest(d->unreadable, "blocks cannot be read; calico-ipamctl check lists them");
	if (!d->quiet)
		left_out_tell(&d->audit.utilization);
	put_sums(d, datastore_traits(ds)->place);
	return d->out->failed ? err_set(e, ERR_LIMIT, "out of memory, or a page of more than %zu "
					"bytes", d->out->limit) : 0;
}
