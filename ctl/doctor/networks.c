/* SPDX-License-Identifier: Apache-2.0 */
/* The network configurations, and the plugins that they name. */
#include "ctl/doctor/doctor.h"

#include "base/cni/conflist.h"
#include "base/cni/host_local.h"
#include "base/io.h"
#include "base/json.h"
#include "base/list.h"
#include "base/terminal/shell_word.h"
#include "datastore/settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROGRAM "calico-ipamctl "
#define EXAMPLE "/usr/share/doc/calico-ipam/conf-examples/local-bridge.conflist"
#define LOCK_FILE "/var/run/calico/ipam.lock"	/* the plugin's default */

struct conf {
	struct doctor *doctor;
	const char *path;	/* without the root */
	const char *name, *version;	/* of the network */
	unsigned plugins;
	bool is_list;
	struct network net;	/* what becomes of it in the doctor's list */
};

static bool switched_on(const struct cJSON *ipam, const char *name, bool otherwise)
{
	const struct cJSON *item = json_field(ipam, name);
	const char *text = json_string(item);

	if (json_type(item) == JSON_BOOL)
		return json_true(item);
	return text ? strcmp(text, "true") == 0 : otherwise;
}

static void fail(struct conf *c, const char *fmt, const char *word)
{
	char mend[DOCTOR_MEND];

	shell_command(mend, sizeof(mend), "${EDITOR:-vi} %s", c->path);
	doctor_say(c->doctor, HEALTH_FAIL, "configuration", mend, fmt, c->path, word);
}

static void check_executable(struct conf *c, const char *type)
{
	struct doctor *d = c->doctor;
	char path[DOCTOR_PATH], mend[DOCTOR_MEND];

	if (!*type) {
		fail(c, "%s: a plugin of network \"%s\" has no type", c->name);
	} else if (strchr(type, '/')) {
		fail(c, "%s: a plugin's type must be a name, not \"%s\"", type);
	} else if (!doctor_find(d, type, path)) {
		doctor_bring_named(d, type, c->path, mend);
		doctor_say(d, HEALTH_FAIL, "configuration", mend, "%s: plugin \"%s\" is not in %s",
			   c->path, type, d->cni_path);
	}
}

static void check_folders(struct conf *c, const struct cJSON *plugin)
{
	const char *lock = json_field_text(plugin, "ipam_lock_file"),
		   *log = json_field_text(plugin, "log_file_path");
	char folder[DOCTOR_PATH];
	char *slash;

	snprintf(folder, sizeof(folder), "%s", *lock ? lock : LOCK_FILE);
	slash = strrchr(folder, '/');
	if (slash && slash > folder)
		*slash = '\0';
	doctor_folder(c->doctor, "lock's folder", folder);
	if (!*log)
		return;
	snprintf(folder, sizeof(folder), "%s", log);
	slash = strrchr(folder, '/');
	if (slash && slash > folder)
		*slash = '\0';
	doctor_folder(c->doctor, "log's folder", folder);
}

static void note_wanted(struct conf *c, const struct cJSON *ipam)
{
	struct doctor *d = c->doctor;

	if (!d->networks++)
		d->wanted[FAMILY_4] = d->wanted[FAMILY_6] = false;
	c->net.wanted[FAMILY_4] = switched_on(ipam, "assign_ipv4", true);
	c->net.wanted[FAMILY_6] = switched_on(ipam, "assign_ipv6", false);
	d->wanted[FAMILY_4] |= c->net.wanted[FAMILY_4];
	d->wanted[FAMILY_6] |= c->net.wanted[FAMILY_6];
}

static bool leads_out(const struct cJSON *plugin)
{
	const struct cJSON *routes = json_field(json_field(plugin, "ipam"), "routes");

	for (const struct cJSON *r = json_first(routes); r; r = json_next(r))
		if (strstr(json_field_text(r, "dst"), "/0"))
			return true;
	return json_true(json_field(plugin, "isDefaultGateway"));
}

static void note_store(struct conf *c, const struct settings *s)
{
	enum datastore_type type;
	struct err ignored = {0};

	c->net.ours = true;
	c->net.local = settings_decide(s, &type, &ignored) == 0 && type == DATASTORE_LOCAL;
}

/* Whose addresses nobody else knows of, so that an ADD gives them away again. */
static void check_host_local(struct conf *c)
{
	char path[DOCTOR_PATH], full[DOCTOR_PATH], mend[DOCTOR_MEND];
	struct err e = {0};
	size_t n = 0;

	snprintf(path, sizeof(path), HOST_LOCAL_FOLDER "/%.255s", c->name);
	doctor_path(c->doctor, path, full);
	shell_command(mend, sizeof(mend), PROGRAM "--config %s upgrade-from-host-local", c->path);
	if (host_local_count(full, &n, &e) < 0 && e.kind != ERR_NOT_FOUND)
		doctor_say(c->doctor, HEALTH_WARN, "host-local", mend, "%s", e.text);
	if (n)
		doctor_say(c->doctor, HEALTH_FAIL, "host-local", mend, "%zu addresses are reserved "
			   "in %s by host-local; calico-ipam does not know them and gives them "
			   "away again", n, path);
}

/*
 * The arguments of the command that the plugin's text ends with; NULL unless it is the one
 * command there and of bare words, for names in the text may pretend to be one.
 */
static const char *arguments_in(const char *text)
{
	static const char bare[] = "abcdefghijklmnopqrstuvwxyz0123456789.- ";
	const char *command = strstr(text, PROGRAM);

	if (!command)
		return NULL;
	command += strlen(PROGRAM);
	return strstr(command, PROGRAM) || command[strspn(command, bare)] ? NULL : command;
}

/* Where the plugin names no command: the store does not answer, or gives nothing away. */
static const char *mend_unready(struct conf *c, const char *text, char out[DOCTOR_MEND])
{
	const char *mend = doctor_mend_store(c->path, out);

	if (mend)
		return mend;
	if (strstr(text, "kubectl get nodes"))
		shell_command(out, DOCTOR_MEND, "kubectl get nodes  # and name one of them as "
			      "nodename: ${EDITOR:-vi} %s", c->path);
	else if (strstr(text, "No IPs available"))
		shell_command(out, DOCTOR_MEND, PROGRAM "--config %s reclaim  # then add a pool: "
			      "pool create NAME --cidr CIDR", c->path);
	else if (strstr(text, "pool"))
		shell_command(out, DOCTOR_MEND, PROGRAM "--config %s pool list  # and what the "
			      "network names of it", c->path);
	else
		shell_command(out, DOCTOR_MEND, PROGRAM "--config %s check", c->path);
	return doctor_as_root(out);
}

static void say_unknown_node(struct conf *c, const char *text, const char *name,
			     const char *create)
{
	char known[DOCTOR_TEXT], mend[DOCTOR_MEND];
	bool near = doctor_known_nodes(c->path, name, create, known, mend);

	doctor_say(c->doctor, HEALTH_FAIL, "ready", near ? mend : create, "%s: %s%s%s", c->path,
		   text,
		   *known ? "; it knows " : "", known);
}

/* With the command that mends it, for this network's store. */
static void say_not_ready(struct conf *c, const char *text)
{
	const char *arguments = arguments_in(text);
	char program[DOCTOR_MEND / 2], mend[DOCTOR_MEND];
	static const char create[] = "node create ";

	if (!arguments) {
		doctor_say(c->doctor, HEALTH_FAIL, "ready", mend_unready(c, text, mend), "%s: %s",
			   c->path, text);
		return;
	}
	shell_command(program, sizeof(program), PROGRAM "--config %s", c->path);
	snprintf(mend, sizeof(mend), "%s %s", program, arguments);
	if (strncmp(arguments, create, strlen(create)) == 0)
		say_unknown_node(c, text, arguments + strlen(create), mend);
	else
		doctor_say(c->doctor, HEALTH_FAIL, "ready", mend, "%s: %s", c->path, text);
}

static void check_ours(struct conf *c, const struct cJSON *plugin, const struct cJSON *ipam)
{
	struct settings s __cleanup(settings_done) = {0};
	struct doctor *d = c->doctor;
	char text[DOCTOR_TEXT];
	enum verdict verdict;
	struct err e = {0};

	note_wanted(c, ipam);
	if (settings_from_config(&s, plugin, &e) < 0) {
		fail(c, "%s: %s", e.text);
		return;
	}
	note_store(c, &s);
	doctor_keys(d, c->path, plugin, ipam);
	verdict = doctor_verdict(d, plugin, c->name, c->version, text);
	if (verdict == VERDICT_REFUSED) {
		fail(c, "%s: %s", text);
		return;
	}
	buf_printf(&d->configs, "%s%s\n", d->root, c->path);
	doctor_say(d, HEALTH_OK, "configuration", NULL, "%s: network %s of calico-ipam", c->path,
		   c->name);
	if (verdict == VERDICT_NOT_READY)
		say_not_ready(c, text);
	else if (verdict == VERDICT_GOOD)
		doctor_say(d, HEALTH_OK, "ready", NULL, "%s: an ADD would be served", c->path);
	check_folders(c, plugin);
	check_host_local(c);
}

static void note_main(struct conf *c, const struct cJSON *plugin)
{
	const char *type = json_field_text(plugin, "type");
	const char *bridge = json_field_text(plugin, "bridge");
	bool is_bridge = strcmp(type, "bridge") == 0;

	if (is_bridge) {
		snprintf(c->net.bridge, sizeof(c->net.bridge), "%s", *bridge ? bridge : "cni0");
		buf_printf(&c->doctor->bridges, "\n%s\n", c->net.bridge);
	}
	c->net.routed = is_bridge || strcmp(type, "ptp") == 0;
	c->net.leads_out = leads_out(plugin);
	c->net.masquerades = json_true(json_field(plugin, "ipMasq"));
	json_i64(json_field(plugin, "mtu"), &c->net.mtu);
}

static void check_plugin(struct conf *c, const struct cJSON *plugin)
{
	const struct cJSON *ipam = json_field(plugin, "ipam");

	const char *type = json_field_text(plugin, "type");

	if (!c->plugins++)
		note_main(c, plugin);
	c->net.maps_ports |= strcmp(type, "portmap") == 0;
	c->net.filters |= strcmp(type, "firewall") == 0;
	check_executable(c, type);
	if (strcmp(json_field_text(ipam, "type"), PLUGIN_NAME) == 0)
		check_ours(c, plugin, ipam);
	else if (*json_field_text(ipam, "type"))
		check_executable(c, json_field_text(ipam, "type"));
}

/* Only a newer libcni looks into a folder of plugins; older runtimes take the list's alone. */
static void tell_joined(struct conf *c, const struct conflist_joined *joined)
{
	const char *folder = joined->folder + strlen(c->doctor->root);
	char mend[DOCTOR_MEND];

	if (!joined->n)
		return;
	if (joined->left_out)
		doctor_say(c->doctor, HEALTH_WARN, "configuration",
			   shell_command(mend, sizeof(mend), "${EDITOR:-vi} %s", c->path),
			   "%s: loadOnlyInlinedPlugins is true, so that the %u plugins in %s are "
			   "not loaded", c->path, joined->n, folder);
	else
		doctor_say(c->doctor, HEALTH_OK, "configuration", NULL,
			   "%s: plugins of it, %u, also stand in %s, where runtimes with libcni "
			   "1.3 or newer look", c->path, joined->n, folder);
}

/* A network that has no room is only not compared with the others. */
static void note_network(struct conf *c)
{
	struct doctor *d = c->doctor;

	snprintf(c->net.path, sizeof(c->net.path), "%s", c->path);
	snprintf(c->net.name, sizeof(c->net.name), "%s", c->name);
	c->net.is_list = c->is_list;
	if (list_room(&d->list, d->n, &d->cap) == 0)
		d->list[d->n++] = c->net;
}

static void check_plugins(struct conf *c, const struct cJSON *tree)
{
	const struct cJSON *plugins = json_field(tree, "plugins");

	if (!c->is_list) {
		check_plugin(c, tree);
		return;
	}
	for (const struct cJSON *p = json_first(plugins); p; p = json_next(p))
		check_plugin(c, p);
	if (!c->plugins)
		fail(c, "%s: network \"%s\" lists no plugins", c->name);
}

static void check_tree(struct conf *c, const struct cJSON *tree)
{
	c->name = json_field_text(tree, "name");
	c->version = json_field_text(tree, "cniVersion");
	if (!*c->name) {
		fail(c, "%s: %s", "the network has no name");
		return;
	}
	check_plugins(c, tree);
	note_network(c);
}

static void check_file(struct doctor *d, const char *name, bool is_list)
{
	struct cJSON *tree __cleanup(json_freep) = NULL;
	struct buf text __cleanup(buf_done) = BUF(CONFLIST_MAX);
	char path[DOCTOR_PATH], full[DOCTOR_PATH];
	struct conf c = { .doctor = d, .path = path, .is_list = is_list };
	struct conflist_joined joined = { 0 };
	struct err e = {0};

	snprintf(path, sizeof(path), "%s/%.255s", d->conf_dir, name);
	doctor_path(d, path, full);
	if (io_read_file(full, &text, &e) < 0 ||
	    !(tree = json_parse(text.data, text.len, &e)) ||
	    (is_list && conflist_join(tree, full, &joined, &e) < 0)) {
		fail(&c, "%s: %s", e.text);
		return;
	}
	tell_joined(&c, &joined);
	check_tree(&c, tree);
}

void doctor_conflists(struct doctor *d)
{
	struct dirent **list = NULL;
	char full[DOCTOR_PATH], mend[DOCTOR_MEND];
	int n, why;

	doctor_path(d, d->conf_dir, full);
	n = conflist_names(full, &list);
	why = n < 0 ? errno : 0;
	for (int i = 0; i < n; i++) {
		check_file(d, list[i]->d_name, strstr(list[i]->d_name, ".conflist") != NULL);
		free(list[i]);
	}
	free(list);
	if (d->networks)
		return;
	shell_command(mend, sizeof(mend), "install -D -m 644 " EXAMPLE " %s/10-net.conflist  # or "
		      "another that is beside it", d->conf_dir);
	doctor_say(d, HEALTH_WARN, "configuration", mend, "no network in %s uses calico-ipam%s%s",
		   d->conf_dir, why ? ": " : "", why ? strerror(why) : "");
}
