/* SPDX-License-Identifier: Apache-2.0 */
/* calicoctl's `datastore migrate`. */
#include "ctl/calicoctl/lead.h"
#include "ctl/cli/meant.h"

#include <string.h>

static const struct meaning meanings[] = { { "filename", NULL }, { NULL, NULL } };

static int export_all(struct call *call, struct err *e)
{
	if (call_option(call, "filename", 0))
		return call_wrong_use(call, e, "--filename is import's; export writes to standard "
				      "output");
	call->name = NULL;
	return lead_to(call, &export_command, meanings, e);
}

static int import_all(struct call *call, struct err *e)
{
	call->name = call_option(call, "filename", 0);
	if (!call->name)
		return call_wrong_use(call, e, "--filename is missing: --filename FILE");
	if (strcmp(call->name, "-") == 0)
		return call_wrong_use(call, e, "--filename \"-\" is not known here: the file is "
				      "read more than once; give its name");
	return lead_to(call, &import_command, meanings, e);
}

static int refuse_lock(struct call *call, struct err *e)
{
	return err_set(e, ERR_UNSUPPORTED, "datastore migrate %s: the datastore is not locked "
		       "here, and nothing of calico-ipamctl needs it: export copies one moment, "
		       "import compares all in the end, pool split is one transaction. To lock it "
		       "for Calico's own programs: calicoctl datastore migrate %s", call->name,
		       call->name);
}

static int datastore_migrate_run(struct call *call, struct err *e)
{
	static const struct {
		const char *name;
		int (*run)(struct call *call, struct err *e);
	} actions[] = { { "export", export_all }, { "import", import_all },
			{ "lock", refuse_lock }, { "unlock", refuse_lock } };
	struct nearest nearest = nearest_to(call->name);

	for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
		if (strcmp(actions[i].name, call->name) == 0)
			return actions[i].run(call, e);
		nearest_offer(&nearest, actions[i].name);
	}
	call_wrong_use(call, e, "datastore migrate has no command \"%.40s\"", call->name);
	return meant_add(&nearest, "", e);
}

const struct command datastore_migrate_command = {
	.noun = "datastore",
	.verb = "migrate",
	.name_argument = "export|import|lock|unlock",
	.summary = "As calicoctl's; here: export, import",
	.help =
	"The file is that of calico-ipamctl export and has all of address management, blocks and\n"
	"handles too, but no policies: it is no file of calicoctl's, nor is one of those taken.\n"
	"lock and unlock are calicoctl's alone.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl datastore migrate export >ipam.json\n"
	"  calico-ipamctl datastore migrate import -f ipam.json\n",
	.options = {
		{ .name = "filename", .argument = "FILE", .letter = 'f',
		  .help = "with import: what export has written" },
	},
	.run = datastore_migrate_run,
};
