/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/command.h"
#include "ctl/cli/rows.h"

#include <string.h>

/* calicoctl polls ClusterInformation for the versions of Calico's nodes. */
static int version_run(struct call *call, struct err *e)
{
	const char *poll = call_option(call, "poll", 0);

	if (poll && strcmp(poll, "0") != 0)
		return call_wrong_use(call, e, "--poll is not known here: this version does not "
				      "change; for that of Calico's nodes: "
				      "calicoctl version --poll");
	answer_print(call, FIELDS({ "version", cell_text(CALICO_IPAM_VERSION) }),
		     "calico-ipamctl " CALICO_IPAM_VERSION "\n");
	return 0;
}

const struct command version_command = {
	.noun = "version",
	.summary = "Print the version",
	.help = "Prints the version of this program; no store is needed.\n",
	.options = {
		{ .name = "poll", .argument = "INTERVAL", .help = "calicoctl's; only 0 is taken" },
	},
	.run = version_run,
};
