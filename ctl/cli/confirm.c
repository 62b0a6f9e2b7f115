/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/confirm.h"

#include "base/io.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static bool says_yes(char *line)
{
	line[strcspn(line, "\r\n")] = '\0';
	return strcasecmp(line, "y") == 0 || strcasecmp(line, "yes") == 0;
}

int confirm(struct call *call, const char *question, struct err *e)
{
	char line[64] = "";

	if (call_option(call, "yes", 0))
		return 0;
	if (!isatty(STDIN_FILENO))
		return call_wrong_use(call, e, "there is no terminal to ask on; --dry-run shows "
				      "what would be done, --yes does it");
	if (io_write_fd(STDERR_FILENO, call->out.data, call->out.len, "the question", e) < 0)
		return -1;
	buf_reset(&call->out);
	fprintf(stderr, "%s [y/N] ", question);
	if (!fgets(line, sizeof(line), stdin) || !says_yes(line))
		return err_set(e, ERR_CONFLICT, "nothing was changed");
	return 0;
}

/* People are asked in sentences, whatever form the answer is to have. */
static int show(struct call *call, confirm_step *step, void *arg, struct err *e)
{
	bool json = call->json;
	int rc;

	call->json = json && call_option(call, "dry-run", 0);
	rc = step(call, true, arg, e);
	call->json = json;
	return rc;
}

int confirm_and_do(struct call *call, const char *question, confirm_step *step, void *arg,
		   struct err *e)
{
	bool dry = call_option(call, "dry-run", 0);
	int rc;

	if (call_option(call, "yes", 0) && !dry)
		return step(call, false, arg, e);
	rc = show(call, step, arg, e);
	if (rc < 0 || dry)
		return rc < 0 ? -1 : 0;
	if (rc == CONFIRM_SOMETHING && confirm(call, question, e) < 0)
		return -1;
	buf_reset(&call->out);
	return step(call, false, arg, e);
}
