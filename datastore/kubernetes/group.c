/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/kubernetes/group.h"

#include "base/clock.h"
#include "base/fnv.h"
#include "base/io.h"
#include "base/json.h"
#include "base/new_file.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define GROUP_V1_NAME "crd.projectcalico.org"
#define GROUP_V3_NAME "projectcalico.org"
#define REMEMBERED_MAX 64	/* bytes of the file */

void group_choice_init(struct group_choice *g, const struct settings *settings, struct api *api)
{
	const char *said = settings_get(settings, SET_CALICO_API_GROUP);
	const char *server = api->access.server;

	*g = (struct group_choice){ .api = api };
	if (*said) {
		api->group = strcasecmp(said, "projectcalico.org/v3") == 0 ? GROUP_V3 : GROUP_V1;
		g->chosen = true;
		return;
	}
	if (snprintf(g->file, sizeof(g->file), "%s/api-group-%016llx", settings_run_path(settings),
		     (unsigned long long)fnv1a(server, strlen(server))) >= (int)sizeof(g->file))
		*g->file = '\0';
}

/* A time to come is another clock's. */
static bool is_recent(const char *path)
{
	int64_t now_s = clock_now_ns() / 1000000000;
	struct stat st;

	return stat(path, &st) == 0 && st.st_mtime <= now_s &&
	       st.st_mtime > now_s - GROUP_REMEMBERED_S;
}

static bool recall(struct group_choice *g)
{
	struct buf text __cleanup(buf_done) = BUF(REMEMBERED_MAX);
	struct err ignored = {0};

	if (!*g->file || !is_recent(g->file) || io_read_own_file(g->file, &text, &ignored) < 0)
		return false;
	if (strcmp(text.data, "v1\n") != 0 && strcmp(text.data, "v3\n") != 0)
		return false;
	g->api->group = text.data[1] == '3' ? GROUP_V3 : GROUP_V1;
	return true;
}

static void remember(const struct group_choice *g)
{
	struct new_file f __cleanup(new_file_done) = NO_NEW_FILE;
	const char *text = g->api->group == GROUP_V3 ? "v3\n" : "v1\n";
	struct err ignored = {0};

	if (*g->file && new_file_begin(&f, g->file, 0600, &ignored) == 0 &&
	    io_write_fd(f.fd, text, strlen(text), g->file, &ignored) == 0)
		new_file_publish(&f, g->file, &ignored);
}

static bool lists(const struct cJSON *groups, const char *name)
{
	for (struct cJSON *g = json_first(groups); g; g = json_next(g))
		if (strcmp(json_field_text(g, "name"), name) == 0)
			return true;
	return false;
}

static enum group read_groups(const struct buf *answer)
{
	struct err ignored = {0};
	struct cJSON *tree __cleanup(json_freep) =
		json_parse(answer->data, answer->len, &ignored);
	const struct cJSON *groups = json_field(tree, "groups");

	return lists(groups, GROUP_V3_NAME) && !lists(groups, GROUP_V1_NAME) ? GROUP_V3 : GROUP_V1;
}

static int ask(struct group_choice *g, struct err *e)
{
	struct api_call call;
	int rc;

	api_call_init(&call, "GET");
	buf_puts(&call.path, "/apis");
	rc = api_round(g->api, &call, 1, e);
	if (rc < 0 && call.forbidden) {
		/* Who may not ask for them may have the rights of Calico's kinds yet. */
		err_reset(e);
		rc = 0;
	}
	if (rc == 0) {
		g->api->group = call.outcome == API_DONE ? read_groups(&call.answer) : GROUP_V1;
		if (call.outcome == API_DONE)
			remember(g);
	}
	api_call_done(&call);
	return rc;
}

int group_choose(struct group_choice *g, struct err *e)
{
	if (g->chosen)
		return 0;
	g->remembered = recall(g);
	if (!g->remembered && ask(g, e) < 0)
		return -1;
	g->chosen = true;
	return 0;
}

bool group_doubt(struct group_choice *g)
{
	if (!g->remembered)
		return false;
	unlink(g->file);
	g->chosen = false;
	return true;
}
