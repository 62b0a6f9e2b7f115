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
