/* SPDX-License-Identifier: Apache-2.0 */
#include "base/terminal/shell_word.h"
#include "ctl/cli/aside.h"
#include "ctl/cli/command.h"
#include "ctl/cli/rows.h"
#include "ctl/cli/store.h"
#include "ipam/reservation/reservations.h"

static void put_ordinals(const struct gateway_rule *rule, const struct pool *p, struct buf *out)
{
	struct cidr block = { p->cidr.base, p->block_len };
	unsigned size = (unsigned)cidr_size(block), n = 0, seen = 0;

	for (unsigned i = 0; i < size; i++)
		n += gateway_rule_keeps(rule, block, i);
	for (unsigned i = 0; i < size; i++)
		if (gateway_rule_keeps(rule, block, i))
			buf_printf(out, "%s%u", !seen++ ? "" : seen == n ? " and " : ", ", i);
	if (n)
		buf_printf(out, " of each /%u block", p->block_len);
}

/* What the record keeps of every block of its pool: ordinals, if the pool is known. */
static void put_kept(const struct reservation_entry *entry, struct buf *out)
{
	if (!entry->rule)
		return;
	if (out->len)
		buf_puts(out, "; ");
	if (entry->pool)
		put_ordinals(entry->rule, entry->pool, out);
	else
		buf_printf(out, "of each block: %s",
			   entry->rule->first ? "edges and gateway" : "edges");
}

/* What is in force; what cannot be read is not, and says so. */
static void put_cidrs(const struct reservation *r, struct buf *out)
{
	unsigned unreadable = 0;
	struct cidr ignored;

	for (size_t i = 0; i < r->n; i++) {
		const char *text = r->entries[i];

		if (text && reservation_parse_entry(text, &ignored) == 0)
			buf_printf(out, "%s%s", out->len ? "," : "", text);
		else
			unreadable++;
	}
	if (unreadable)
		buf_printf(out, "%s%u unreadable", out->len ? "; " : "", unreadable);
}

/* What is passed over of it, or why all is, with what mends it. */
static void tell(const struct reservation_entry *entry, const char *how, const char *why,
		 uint64_t *told)
{
	char word[SHELL_WORD_TEXT];

	if (aside_names(told))
		aside("calico-ipamctl: reservation %s%s: %s; mend it, or: "
		      "calico-ipamctl reservation delete %s%s\n", entry->name, how, why,
		      shell_word(entry->name, word, sizeof(word)),
		      reservation_is_gateways(entry->name) ? " --force" : "");
}

static void add_row(struct rows *rows, const struct reservation_entry *entry, uint64_t *told)
{
	const struct reservation *r = &entry->reservation;
	struct buf cidrs __cleanup(buf_done) = BUF(STORE_RECORD_MAX);

	if (entry->fault)
		tell(entry, "", entry->fault, told);
	put_cidrs(r, &cidrs);
	put_kept(entry, &cidrs);
	rows_add_stored(rows, entry->stored, cell_text(r->name), cell_text(r->created),
			cell_text(cidrs.data));
}

/* Planning passes it over; here it is seen, with what is wrong and what mends it. */
static void add_unreadable(struct rows *rows, const struct reservation_entry *entry,
			   uint64_t *told)
{
	tell(entry, " cannot be read", entry->unreadable, told);
	rows_add_stored(rows, NULL, cell_text(entry->name), cell_absent(),
			cell_painted(COLOUR_RED, cell_text("unreadable")));
}

static void add_all(struct rows *rows, const struct reservation_list *reservations)
{
	uint64_t told = 0;

	for (size_t i = 0; i < reservations->n; i++) {
		const struct reservation_entry *entry = &reservations->list[i];

		if (entry->unreadable)
			add_unreadable(rows, entry, &told);
		else
			add_row(rows, entry, &told);
	}
	aside_rest(told, "reservations cannot be read, or not all of them");
}

static int reservation_list_run(struct call *call, struct err *e)
{
	static const struct column columns[] = {
		{ .heading = "NAME" }, { .heading = "CREATED" }, { .heading = "CIDRS" }
	};
	struct reservation_list reservations __cleanup(reservation_list_done) = { 0 };
	struct rows rows __cleanup(rows_done) = { 0 };
	struct store store __cleanup(store_close) = { 0 };

	if (store_open(&store, call, OPEN_TO_LOOK, e) < 0 ||
	    ipam_list_reservations(store.ds, &reservations, e) < 0)
		return err_wrap(e, "reservation list");
	rows_init(&rows, call, columns, ARRAY_LEN(columns));
	add_all(&rows, &reservations);
	rows_print(&rows, &call->out);
	return 0;
}

const struct command reservation_list_command = {
	.noun = "reservation",
	.verb = "list",
	.summary = "List the reservations",
	.help =
	"Those named calico-ipam-gateway-POOL are the plugin's own: the gateways of POOL.\n"
	"\"0, 1 and 63 of each /26 block\": that many places above the first address of every\n"
	"block of the pool, also of those that nobody has claimed yet.\n"
	"JSON: a list of the IPReservation resources as they are stored.  One that cannot be\n"
	"read is \"unreadable\" in the table, and so are single CIDRs; what is wrong is on\n"
	"standard error.  What cannot be read reserves nothing.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl reservation list\n",
	.run = reservation_list_run,
};
