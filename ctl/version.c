/* SPDX-License-Identifier: Apache-2.0 */
#include "base/version.h"
#include "ctl/cli/command.h"
#include "ctl/cli/rows.h"

#include <stdio.h>
#include <string.h>

/* calicoctl polls ClusterInformation for the versions of Calico's nodes. */
static int version_run(struct call *call, struct err *e)
{
	const char *poll = call_option(call, "poll", 0);
	char text[64];

	if (poll && strcmp(poll, "0") != 0)
		return call_wrong_use(call, e, "--poll is not known here: this version does not "
				      "change; for that of Calico's nodes: "
				      "calicoctl version --poll");
	snprintf(text, sizeof(text), CALICO_IPAM_VERSION "%s", version_build);
	answer_print(call, FIELDS({ "version", cell_text(text) }), "calico-ipamctl %s\n", text);
	return 0;
}

const struct command version_command = {
	.noun = "version",
	.summary = "Print the version",
	.help = "Prints the version of this program, and behind a '+' which build it is, by git;\n"
		"of a release nothing stands there.  No store is needed.\n",
	.options = {
		{ .name = "poll", .argument = "INTERVAL", .help = "calicoctl's; only 0 is taken" },
	},
	.run = version_run,
};
