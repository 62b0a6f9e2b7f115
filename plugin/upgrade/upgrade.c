/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/upgrade/upgrade.h"

#include "base/cni/host_local.h"
#include "base/io.h"
#include "base/log.h"
#include "datastore/settings.h"
#include "ipam/cluster/information.h"
#include "ipam/node/nodes.h"
#include "ipam/upgrade/take_over.h"
#include "ipam/upgrade/tunnel.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NETWORK "k8s-pod-network"
#define FOLDER HOST_LOCAL_FOLDER "/" NETWORK
#define NODE_VARIABLE "KUBERNETES_NODE_NAME"
#define AGAIN_MS 1000
#define LAST_ADDS_MS 5000	/* that began before the executables went */
#define STEP_MS 90000	/* for what is asked of the server, and for host-local's lock */

/* Without them the runtime starts no pod here, until install-cni has put them back. */
static const char *const executables[] = { "/host/opt/cni/bin/calico",
					   "/host/opt/cni/bin/host-local" };

struct upgrade {
	const struct settings *settings;
	const char *node;
	struct datastore *ds;	/* owned, like the next two */
	struct node_pods pods;
	struct host_local from;
	struct err refused;	/* the first address that no pool has, or whose file is empty */
	bool rehearsal;
	unsigned count[TAKEN_NOT + 1];
};

static void upgrade_done(struct upgrade *u)
{
	datastore_close(u->ds);
	node_pods_done(&u->pods);
	host_local_done(&u->from);
}

static void go_on(const struct upgrade *u)
{
	datastore_set_deadline(u->ds, deadline_in_ms(STEP_MS));
}

static int keep_tunnel(const struct upgrade *u, struct err *e)
{
	struct tunnel_answer answer = { 0 };
	char text[ADDR_TEXT] = "";

	go_on(u);
	if (ipam_keep_tunnel(u->ds, u->node, clock_now_ns(), &answer, e) < 0)
		return err_wrap(e, "the IPIP tunnel's address of node %.253s", u->node);
	if (answer.address.family)
		addr_print(answer.address, text);
	if (answer.state == TUNNEL_KEPT)
		log_info("Assigned IPIP tunnel address to node", LOG_TEXT("ip", text));
	if (answer.state == TUNNEL_TAKEN)
		log_warning("IPIP tunnel address is assigned to another already, the node gets a "
			    "new one when calico-node starts", LOG_TEXT("ip", text));
	return 0;
}

static int list_pods(struct upgrade *u, struct err *e)
{
	go_on(u);
	node_pods_done(&u->pods);
	if (ipam_list_pods(u->ds, u->node, &u->pods, e) < 0)
		return err_wrap(e, "the pods of node %.253s", u->node);
	return 0;
}

/* No pod is started here from now on, and none on any other node whose plugin asks first. */
static int stop_adds(const struct upgrade *u, struct err *e)
{
	go_on(u);
	if (ipam_set_cluster_ready(u->ds, false, e) < 0)
		return err_wrap(e, "datastoreReady cannot become false");
	for (size_t i = 0; i < ARRAY_LEN(executables); i++)
		if (unlink(executables[i]) < 0 && errno != ENOENT)
			return err_set(e, ERR_IO, "cannot remove %s: %s", executables[i],
				       strerror(errno));
	deadline_sleep_ms(deadline_in_ms(LAST_ADDS_MS), LAST_ADDS_MS);
	return 0;
}

static int let_adds_go_on(const struct upgrade *u, struct err *e)
{
	go_on(u);
	return ipam_set_cluster_ready(u->ds, true, e) < 0
		? err_wrap(e, "datastoreReady cannot become true again") : 0;
}

static void begin(struct ipam_assign_request *request, void *arg __unused_arg)
{
	request->now_ns = clock_now_ns();
}

/* Another's that has it is an error nobody mends by waiting: Calico's goes on as well. */
static void tell(const struct host_local_entry *entry, enum taken taken, const struct err *why,
		 void *arg)
{
	struct upgrade *u = arg;

	u->count[taken]++;
	if (taken != TAKEN_NOT)
		return;
	if (why->kind != ERR_EXISTS && !u->refused.kind)
		u->refused = *why;
	if (!u->rehearsal)
		log_warning("Reservation of host-local is not taken over",
			    LOG_TEXT("ContainerID", entry->container),
			    LOG_TEXT("error", why->text));
}

static void log_counts(const struct upgrade *u)
{
	log_info("Took over what host-local gave", LOG_NUMBER("takenOver", u->count[TAKEN_OVER]),
		 LOG_NUMBER("heldAlready", u->count[TAKEN_HELD]),
		 LOG_NUMBER("withoutPod", u->count[TAKEN_STALE]),
		 LOG_NUMBER("failed", u->count[TAKEN_NOT]));
}

static int take_all(struct upgrade *u, struct err *e)
{
	const struct take_over t = { .network = NETWORK, .node = u->node, .pods = &u->pods,
				     .rehearsal = u->rehearsal, .begin = begin, .tell = tell,
				     .arg = u };
	size_t first = 0, n;

	memset(u->count, 0, sizeof(u->count));
	for (; first < u->from.n; first += n) {
		n = take_over_same(&u->from.list[first], u->from.n - first);
		go_on(u);
		if (ipam_take_over(u->ds, &t, &u->from.list[first], n, e) < 0)
			return -1;
	}
	if (!u->rehearsal)
		log_counts(u);
	if (!u->refused.kind)
		return 0;
	*e = u->refused;
	return -1;
}

static int read_and_take(struct upgrade *u, bool rehearsal, struct err *e)
{
	u->rehearsal = rehearsal;
	host_local_done(&u->from);
	return host_local_read(FOLDER, deadline_in_ms(STEP_MS), &u->from, e) < 0 ||
	       list_pods(u, e) < 0 || take_all(u, e) < 0 ? -1 : 0;
}

/* What cannot be done is told so before the whole cluster has to wait for somebody to mend it. */
static int rehearse(struct upgrade *u, struct err *e)
{
	if (host_local_refuse_subfolders(FOLDER, e) < 0 || read_and_take(u, true, e) < 0)
		return -1;
	host_local_done(&u->from);
	return 0;
}

static int take_over(struct upgrade *u, struct err *e)
{
	if (rehearse(u, e) < 0 || stop_adds(u, e) < 0 || read_and_take(u, false, e) < 0 ||
	    host_local_remove(&u->from, e) < 0 || let_adds_go_on(u, e) < 0)
		return -1;
	return host_local_remove_folder(FOLDER, e);
}

static bool is_empty(DIR *folder)
{
	const struct dirent *d;

	while ((d = readdir(folder)))
		if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
			return false;
	return true;
}

static int try_once(struct upgrade *u, struct err *e)
{
	DIR *folder __cleanup(close_folder) = opendir(FOLDER);

	if (!folder && errno == ENOENT) {
		log_info("host-local IPAM data dir not found; no migration necessary",
			 LOG_TEXT("path", FOLDER));
		return 0;
	}
	if (!folder)
		return err_set(e, ERR_IO, "%s: %s", FOLDER, strerror(errno));
	if (datastore_open(&u->ds, u->settings, OPEN_TO_CHANGE, deadline_in_ms(STEP_MS), e) < 0 ||
	    keep_tunnel(u, e) < 0)
		return -1;
	return is_empty(folder) ? host_local_remove_folder(FOLDER, e) : take_over(u, e);
}

static int try_until_done(const struct settings *settings, const char *node)
{
	for (;;) {
		struct upgrade u __cleanup(upgrade_done) = { .settings = settings, .node = node,
							     .from = { .lock = -1 } };
		struct err e = { 0 };

		if (try_once(&u, &e) == 0)
			break;
		log_error("failed to migrate ipam, retrying...", LOG_TEXT("node", node),
			  LOG_TEXT("error", e.text));
		deadline_sleep_ms(deadline_in_ms(AGAIN_MS), AGAIN_MS);
	}
	log_info("migration from host-local to calico-ipam complete", LOG_TEXT("node", node));
	return 0;
}

/* Calico's takes the API server whatever is set; ours does unless something else is. */
static int read_settings(struct settings *s, struct err *e)
{
	const char *type;

	if (settings_from_environment(s, e) < 0)
		return -1;
	type = settings_get(s, SET_DATASTORE_TYPE);
	if (*type && strcmp(type, "kubernetes") != 0)
		return err_set(e, ERR_CONFIG, "DATASTORE_TYPE is %.64s, and -upgrade is for the "
			       "Kubernetes datastore; on this one: calico-ipamctl "
			       "upgrade-from-host-local " NETWORK, type);
	return settings_set(s, "datastore_type", "kubernetes", SETTINGS_CALICO_ENVIRONMENT, e);
}

static int read_environment(struct settings *s, const char **ret_node, struct err *e)
{
	const char *node = getenv(NODE_VARIABLE);
	enum datastore_type ignored;

	if (!node || !*node)
		return err_set(e, ERR_ENVIRONMENT, NODE_VARIABLE " not specified, refusing to "
			       "migrate...");
	if (node_check_name(node, e) < 0)
		return err_wrap(e, NODE_VARIABLE);
	if (read_settings(s, e) < 0 || settings_decide(s, &ignored, e) < 0)
		return -1;
	*ret_node = node;
	return 0;
}

int upgrade_run(void)
{
	struct settings settings __cleanup(settings_done) = { 0 };
	const char *node = NULL;
	struct err e = { 0 };

	log_info("migrating from host-local to calico-ipam...");
	if (read_environment(&settings, &node, &e) == 0)
		return try_until_done(&settings, node);
	log_error(e.text);
	return 1;
}
