/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/command.h"
#include "ctl/cli/rows.h"
#include "ctl/cli/store.h"
#include "ipam/reservation/reservations.h"

static int reservation_delete_run(struct call *call, struct err *e)
{
	struct reservation_delete_request r = { .name = call->name,
						.force = call_option(call, "force", 0) };
	struct store store __cleanup(store_close) = { 0 };

	if (reservation_check_name(call->name, e) < 0)
		return err_wrap(e, "reservation delete");
	if (store_open(&store, call, OPEN_TO_CREATE, e) < 0 ||
	    ipam_delete_reservation(store.ds, &r, e) < 0)
		return err_wrap(e, "reservation delete %.64s", r.name);
	answer_print(call, FIELDS({ "deleted", cell_text(r.name) }), "reservation %s deleted\n",
		     r.name);
	return 0;
}

const struct command reservation_delete_command = {
	.noun = "reservation",
	.verb = "delete",
	.name_argument = "NAME",
	.summary = "Let reserved addresses be assigned again",
	.help =
	"Examples:\n"
	"  calico-ipamctl reservation delete routers\n",
	.options = {
		{ .name = "force", .help = "though it keeps a gateway" },
	},
	.run = reservation_delete_run,
};
