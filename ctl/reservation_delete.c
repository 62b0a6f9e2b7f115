/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/command.h"
#include "ctl/cli/confirm.h"
#include "ctl/cli/meant.h"
#include "ctl/cli/rows.h"
#include "ctl/cli/store.h"
#include "ipam/reservation/reservations.h"

static int delete(struct call *call, bool dry, void *arg, struct err *e)
{
	struct reservation_delete_request r = { .name = call->name, .dry_run = dry,
						.force = call_option(call, "force", 0) };
	struct store *store = arg;

	store_go_on(store);
	if (ipam_delete_reservation(store->ds, &r, e) < 0)
		return meant_reservation(store, call->name, e);
	answer_print(call, FIELDS({ "deleted", cell_text(r.name) }, { "dryRun", cell_bool(dry) }),
		     "reservation %s %s\n", r.name, dry ? "would be deleted" : "deleted");
	return CONFIRM_SOMETHING;
}

static int reservation_delete_run(struct call *call, struct err *e)
{
	struct store store __cleanup(store_close) = { 0 };

	if (reservation_check_name(call->name, e) < 0)
		return err_wrap(e, "reservation delete");
	if (store_open(&store, call, OPEN_TO_CHANGE, e) < 0 ||
	    confirm_and_do(call, "Delete the reservation?", delete, &store, e) < 0)
		return err_wrap(e, "reservation delete %.64s", call->name);
	return 0;
}

const struct command reservation_delete_command = {
	.noun = "reservation",
	.verb = "delete",
	.name_argument = "NAME",
	.summary = "Let reserved addresses be assigned again",
	.help =
	"Examples:\n"
	"  calico-ipamctl reservation delete routers\n"
	"  calico-ipamctl reservation delete routers --yes\n",
	.options = {
		{ .name = "force", .help = "though it keeps a gateway" },
		CONFIRM_OPTIONS,
	},
	.run = reservation_delete_run,
};
