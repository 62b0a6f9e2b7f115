/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/reclaim/reclaim.h"

#include "ctl/cli/rows.h"
#include "ctl/reclaim/tally.h"

#include <inttypes.h>
#include <string.h>

static const struct column columns[] = {
	{ .heading = "ADDRESS", .name = "address" },
	{ .heading = "STATE", .name = "state" },
	{ .heading = "POD", .name = "pod" },
	{ .heading = "HANDLE", .name = "handle" },
	{ .heading = "WHY" },
	{ .name = "reason" },
};

static const char *state_of(const struct reclaim_case *c)
{
	if (c->released)
		return "given back";
	return c->conflict ? "changed since" : "dead";
}

static void add_rows(struct rows *rows, const struct reclaim *cases)
{
	for (size_t i = 0; i < cases->n; i++) {
		const struct reclaim_case *c = &cases->list[i];

		if (c->dead)
			rows_add(rows, cell_addr(c->addr), cell_text(state_of(c)),
				 cell_text(attribute_secondary(c->attribute, "pod")),
				 cell_text(attribute_handle(c->attribute)),
				 cell_text(verdict_texts[c->verdict]),
				 cell_text(verdict_words[c->verdict]));
	}
}

static unsigned count(const struct reclaim *cases, enum verdict first, enum verdict last)
{
	unsigned n = 0;

	for (size_t i = 0; i < cases->n; i++)
		n += cases->list[i].verdict >= first && cases->list[i].verdict <= last;
	return n;
}

static void print_unjudged(const struct reclaim *cases, struct buf *out)
{
	for (int v = VERDICT_NO_EVIDENCE; v <= VERDICT_OTHER_MACHINE; v++) {
		unsigned n = count(cases, (enum verdict)v, (enum verdict)v);

		if (n)
			buf_printf(out, "%u not judged: %s\n", n, verdict_texts[v]);
	}
	if (count(cases, VERDICT_ELSEWHERE, VERDICT_ELSEWHERE))
		buf_puts(out, "run it where the runtime runs: nsenter -t PID -m -p calico-ipamctl "
			 "reclaim, with the runtime's PID\n");
}

static void print_table(const struct reclaim_call *r, struct buf *out)
{
	struct rows rows __cleanup(rows_done) = {0};

	rows_init_table(&rows, columns, ARRAY_LEN(columns));
	add_rows(&rows, &r->cases);
	if (reclaim_count(&r->cases, false) || r->answer.released || r->answer.conflicts)
		rows_print(&rows, out);
}

void reclaim_print_plan(struct reclaim_call *r)
{
	struct buf *out = &r->call->out;

	print_table(r, out);
	buf_printf(out, "%zu addresses are dead\n", reclaim_count(&r->cases, r->boot));
}

static void print_json(struct reclaim_call *r)
{
	struct rows rows __cleanup(rows_done) = {0};
	const struct reclaim *cases = &r->cases;

	rows_init(&rows, r->call, columns, ARRAY_LEN(columns));
	add_rows(&rows, cases);
	fields_print_json(FIELDS({ "addresses", cell_rows(&rows) },
				 { "held", cell_number(cases->n) },
				 { "alive", cell_number(count(cases, VERDICT_ADDRESS_IN_USE,
							      VERDICT_CACHE_NAMES_IT)) },
				 { "notJudged", cell_number(count(cases, VERDICT_NO_EVIDENCE,
								  VERDICT_OTHER_MACHINE)) },
				 { "dead", cell_number(reclaim_count(cases, false)) },
				 { "released", cell_number(r->answer.released) },
				 { "conflicts", cell_number(r->answer.conflicts) },
				 { "left", cell_number(r->answer.left) },
				 { "unreadableBlocks", cell_number(cases->blocks.unreadable) }),
			  &r->call->out);
}

void reclaim_print(struct reclaim_call *r)
{
	const struct reclaim *cases = &r->cases;
	struct buf *out = &r->call->out;

	if (r->call->json) {
		print_json(r);
		return;
	}
	print_table(r, out);
	if (r->dry)
		buf_printf(out, "%zu of %zu addresses are dead at one look; nothing was given "
			   "back\n", reclaim_count(cases, r->boot), cases->n);
	else
		buf_printf(out, "%u of %zu addresses given back, %u are held by what lives\n",
			   r->answer.released, cases->n, count(cases, VERDICT_ADDRESS_IN_USE,
							       VERDICT_CACHE_NAMES_IT));
	print_unjudged(cases, out);
	if (r->answer.conflicts)
		buf_printf(out, "%u changed hands meanwhile: they were kept\n",
			   r->answer.conflicts);
	if (r->answer.left)
		buf_printf(out, "%zu are left for the next run (--max)\n", r->answer.left);
}

int reclaim_refuse_other_machine(const struct reclaim_call *r, struct err *e)
{
	unsigned n = count(&r->cases, VERDICT_OTHER_MACHINE, VERDICT_OTHER_MACHINE);
	struct whereabouts w = {0};
	char address[ADDR_TEXT];
	size_t i = 0;

	if (!n)
		return 0;
	while (r->cases.list[i].verdict != VERDICT_OTHER_MACHINE)
		i++;
	addr_print(r->cases.list[i].addr, address);
	whereabouts_read(r->cases.list[i].attribute, &w);
	return err_set(e, ERR_CONFLICT, "nothing was judged: of node \"%.64s\" %u addresses, %s "
		       "first, were assigned on machine %s, and this one is %s.  Give each machine "
		       "a node name of its own; if that one is gone for good, or this was "
		       "installed anew: --gone-machine %s", r->node, n, address, w.machine,
		       *r->machine.machine.id ? r->machine.machine.id : "without a machine-id",
		       w.machine);
}
