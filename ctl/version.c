/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "ctl/cli/command.h"
#include "ctl/cli/table.h"

static int version_run(struct call *call, struct err *e)
{
	struct cJSON *tree __cleanup(json_freep) = NULL;

	(void)e;
	if (!call->json) {
		buf_puts(&call->out, "calico-ipamctl " CALICO_IPAM_VERSION "\n");
		return 0;
	}
	tree = json_new_object();
	json_set(tree, "version", json_new_string(CALICO_IPAM_VERSION));
	json_text(tree, &call->out);
	return 0;
}

const struct command version_command = {
	.noun = "version",
	.summary = "Print the version",
	.help = "Prints the version of this program; no store is needed.\n",
	.run = version_run,
};
