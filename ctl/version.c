/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/command.h"
#include "ctl/cli/rows.h"

static int version_run(struct call *call, struct err *e __unused_arg)
{
	answer_print(call, FIELDS({ "version", cell_text(CALICO_IPAM_VERSION) }),
		     "calico-ipamctl " CALICO_IPAM_VERSION "\n");
	return 0;
}

const struct command version_command = {
	.noun = "version",
	.summary = "Print the version",
	.help = "Prints the version of this program; no store is needed.\n",
	.run = version_run,
};
