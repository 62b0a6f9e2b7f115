/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cni/ask.h"

#include "base/clock.h"
#include "base/process/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VERB_MAX 32	/* bytes */
#define ASIDE_MAX 4096	/* bytes of what is passed over */
#define SIGNALLED 128	/* where the exit statuses of those that a signal ended begin */

static bool is_asked_anew(const char *variable)
{
	return strncmp(variable, "CNI_COMMAND=", 12) == 0 || strncmp(variable, "CNI_PATH=", 9) == 0;
}

/* Ours, with the verb and the path if there is one; the list is the caller's to free. */
static char **environment_of(const struct question *q, char *verb, char *path)
{
	size_t n = 0, used = 0;
	char **list;

	while (environ[n])
		n++;
	list = calloc(n + 3, sizeof(*list));
	for (size_t i = 0; list && !q->alone && i < n; i++)
		if (!q->verb || !is_asked_anew(environ[i]))
			list[used++] = environ[i];
	if (list && q->verb) {
		list[used++] = verb;
		list[used] = path;
	}
	return list;
}

int ask(const struct question *q, struct buf *out)
{
	struct buf aside __cleanup(buf_done) = BUF(ASIDE_MAX);
	struct buf path __cleanup(buf_done) = BUF(1 << 16);
	char *const argv[] = { unconst(q->path), unconst(q->option), NULL };
	struct run r = { .argv = argv, .input = q->input, .out = out, .aside = &aside };
	char verb[VERB_MAX];
	struct err ignored = { 0 };
	char **environment;
	int rc;

	snprintf(verb, sizeof(verb), "CNI_COMMAND=%s", q->verb ? q->verb : "");
	buf_printf(&path, "CNI_PATH=%s", q->cni_path ? q->cni_path : "");
	environment = environment_of(q, verb, path.data);
	if (!environment || path.failed) {
		free(environment);
		return -1;
	}
	r.envp = environment;
	rc = run_to_end(&r, deadline_in_ms(ASK_MS), &ignored);
	free(environment);
	return rc == 0 && r.status < SIGNALLED ? r.status : -1;
}
