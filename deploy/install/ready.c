/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/install/ready.h"

#include "base/cni/ask.h"
#include "base/cni/conflist.h"
#include "base/io.h"
#include "base/json.h"
#include "deploy/install/whose.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXECUTABLE "calico-ipam"
#define ANSWER_MAX (1 << 20)	/* bytes */

/* The first configuration that uses calico-ipam. */
struct network {
	struct cJSON *conf;		/* owned */
	const struct cJSON *plugin;	/* in conf */
	char path[PATH_MAX];
};

static void network_done(struct network *w)
{
	json_free(w->conf);
}

static int read_network(struct network *w, struct err *e)
{
	struct buf text __cleanup(buf_done) = BUF(CONFLIST_MAX);

	json_free(w->conf);
	w->conf = NULL;
	w->plugin = NULL;
	if (io_read_file(w->path, &text, e) < 0)
		return -1;
	return conflist_parse(text.data, text.len, w->path, &w->conf, &w->plugin, e);
}

/* One that cannot be read is passed over if another one uses calico-ipam, as runtimes do. */
static int find_network(const char *folder, struct network *ret, struct err *e)
{
	struct dirent **list = NULL;
	int n = conflist_names(folder, &list);

	if (n < 0)
		return err_set(e, ERR_IO, "cannot read %s: %s", folder, strerror(errno));
	err_reset(e);
	for (int i = 0; i < n; i++) {
		struct err ignored = { 0 };

		if (ret->plugin)
			continue;
		snprintf(ret->path, sizeof(ret->path), "%s/%s", folder, list[i]->d_name);
		read_network(ret, e->kind == ERR_NONE ? e : &ignored);
	}
	for (int i = 0; i < n; i++)
		free(list[i]);
	free(list);
	if (ret->plugin)
		err_reset(e);
	else if (e->kind == ERR_NONE)
		err_set(e, ERR_NOT_FOUND, "no network in %s uses calico-ipam", folder);
	return ret->plugin ? 0 : -1;
}

static bool is_listed(const struct cJSON *answer, const char *version)
{
	const struct cJSON *i = json_first(json_field(answer, "supportedVersions"));

	while (i && strcmp(json_string(i) ? json_string(i) : "", version) != 0)
		i = json_next(i);
	return i;
}

static int ask_version(const struct node *n, const char *executable, struct cJSON **ret,
		       struct err *e)
{
	struct buf text __cleanup(buf_done) = BUF(ANSWER_MAX);
	struct err ignored = { 0 };
	int status = ask(&(struct question){ .path = executable, .verb = "VERSION", .alone = true,
					     .cni_path = n->bin_dir }, &text);

	*ret = status == 0 ? json_parse(text.data, text.len, &ignored) : NULL;
	if (*ret)
		return 0;
	return err_set(e, ERR_UNSUPPORTED, "%s does not run on this node: it does not answer "
		       "VERSION", executable);
}

static int check_version(const struct node *n, const char *executable, const struct network *w,
			 struct err *e)
{
	struct cJSON *answer __cleanup(json_freep) = NULL;
	const char *version = json_field_text(w->conf, "cniVersion");

	if (ask_version(n, executable, &answer, e) < 0)
		return -1;
	if (!*version || is_listed(answer, version))
		return 0;
	return err_set(e, ERR_CONFIG, "%s: cniVersion \"%.64s\" is none that calico-ipam speaks",
		       w->path, version);
}

static int explain(int status, const struct buf *answer, const char *path, struct err *e)
{
	struct cJSON *tree __cleanup(json_freep) = NULL;
	struct err ignored = { 0 };
	const char *msg;

	if (status == 0 && !answer->len)
		return 0;
	tree = json_parse(answer->data, answer->len, &ignored);
	msg = json_field_text(tree, "msg");
	return err_set(e, ERR_NOT_READY, "%s: %s", path,
		       status > 0 && *msg ? msg : "the plugin does not answer STATUS");
}

static int ask_status(const struct node *n, const char *executable, const struct network *w,
		      struct err *e)
{
	struct buf request __cleanup(buf_done) = BUF(CONFLIST_MAX * 2);
	struct buf answer __cleanup(buf_done) = BUF(ANSWER_MAX);
	struct cJSON *tree __cleanup(json_freep) = NULL;
	int status;

	tree = conflist_status_request(w->plugin, json_field_text(w->conf, "name"));
	json_print(tree, &request);
	if (json_lost() || request.failed)
		return err_set(e, ERR_INTERNAL, "out of memory");
	status = ask(&(struct question){ .path = executable, .verb = "STATUS", .alone = true,
					 .cni_path = n->bin_dir, .input = request.data }, &answer);
	return explain(status, &answer, w->path, e);
}

int ready_is(const struct node *n, const char *executable, struct err *e)
{
	struct network w __cleanup(network_done) = { 0 };

	if (find_network(n->net_dir, &w, e) < 0 || check_version(n, executable, &w, e) < 0)
		return -1;
	return ask_status(n, executable, &w, e);
}

int ready_installed(const struct node *n, struct err *e)
{
	char path[PATH_MAX];
	enum whose name;

	snprintf(path, sizeof(path), "%s/" EXECUTABLE, n->bin_dir);
	if (whose(path, EXECUTABLE, &name, e) < 0)
		return -1;
	if (name != WHOSE_OURS)
		return err_set(e, ERR_CONFLICT, "%s is not ours%s", path,
			       name == WHOSE_NOBODYS ? ": it is not there" : "");
	return ready_is(n, path, e);
}
