/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/command.h"
#include "ctl/cli/rows.h"
#include "ctl/cli/store.h"
#include "ctl/cli/uid.h"
#include "ipam/reservation/reservations.h"

static int read_cidr(struct call *call, const char *text, struct cidr *ret, struct err *e)
{
	char masked[CIDR_TEXT];
	struct cidr c;

	if (cidr_parse_lenient(text, &c) < 0)
		return call_wrong_use(call, e, "--cidr \"%.64s\" must be a CIDR or an address",
				      text);
	cidr_print(cidr_masked(c), masked);
	if (!cidr_is_masked(c))
		return call_wrong_use(call, e, "--cidr \"%.64s\" has host bits set; did you mean "
				      "%s?", text, masked);
	*ret = c;
	return 0;
}

static int read_call(struct call *call, struct cidr *cidrs, struct reservation_create_request *r,
		     struct err *e)
{
	const char *text;

	for (; (text = call_option(call, "cidr", (unsigned)r->spec.n_cidrs)); r->spec.n_cidrs++)
		if (read_cidr(call, text, &cidrs[r->spec.n_cidrs], e) < 0)
			return -1;
	uid_new(r->uid);
	r->now_ns = clock_now_ns();
	return reservation_check_foreign(r->spec.name, e);
}

static int reservation_create_run(struct call *call, struct err *e)
{
	struct store store __cleanup(store_close) = { 0 };
	struct cidr cidrs[CALL_OPTIONS_MAX];
	struct reservation_create_request r = { .spec = { .name = call->name, .cidrs = cidrs } };

	if (reservation_check_name(call->name, e) < 0)
		return err_wrap(e, "reservation create");
	if (read_call(call, cidrs, &r, e) < 0)
		return -1;
	if (resource_check_name("reservation", r.spec.name, e) < 0 ||
	    store_open(&store, call, OPEN_TO_CREATE, e) < 0 ||
	    ipam_create_reservation(store.ds, &r, e) < 0)
		return err_wrap(e, "reservation create %.64s", r.spec.name);
	answer_print(call, FIELDS({ "created", cell_text(r.spec.name) },
				  { "uid", cell_text(r.uid) }),
		     "reservation %s created\n", r.spec.name);
	return 0;
}

const struct command reservation_create_command = {
	.noun = "reservation",
	.verb = "create",
	.name_argument = "NAME",
	.summary = "Keep addresses from being assigned automatically",
	.help =
	"A reserved address can still be asked for by name (IP=), as with Calico.  Addresses\n"
	"that are assigned already stay so.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl reservation create routers --cidr 10.86.0.0/29 --cidr 10.86.0.254\n",
	.options = {
		{ .name = "cidr", .argument = "CIDR", .required = true, .repeated = true,
		  .help = "a CIDR or an address; may be repeated" },
	},
	.run = reservation_create_run,
};
