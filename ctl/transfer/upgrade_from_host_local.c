/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upgrade-from-host-local: every reservation becomes an allocation; when all are, and
 * not before, the reservations are removed.  host-local's lock is held all the while.
 */
#include "ctl/cli/command.h"

#include "base/cni/host_local.h"
#include "base/json.h"
#include "ctl/cli/meant.h"
#include "ctl/cli/node_name.h"
#include "ctl/cli/progress.h"
#include "ctl/cli/rows.h"
#include "ctl/cli/store.h"
#include "ctl/cli/uid.h"
#include "ipam/node/nodes.h"
#include "ipam/upgrade/take_over.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#define LOCK_MS 30000	/* an ADD of host-local takes a moment */

struct upgrade {
	struct call *call;
	struct store store;
	struct host_local from;
	struct found found;	/* owned: who says so, and perhaps the network's conflist */
	struct progress progress;
	const char *network;
	char folder[PATH_MAX];
	char node[256];
	bool dry, by_pods;
	struct node_pods pods;	/* owned; if by_pods */
	unsigned count[TAKEN_NOT + 1];
	struct rows rows;	/* one an address */
};

static void upgrade_done(struct upgrade *u)
{
	progress_end(&u->progress);
	host_local_done(&u->from);
	node_pods_done(&u->pods);
	store_close(&u->store);
	found_done(&u->found);
	rows_done(&u->rows);
}

static int settle_names(struct upgrade *u, struct err *e)
{
	const char *node = call_option(u->call, "node", 0);
	const char *folder = call_option(u->call, "dir", 0);

	u->network = u->call->name ? u->call->name :
		u->call->config ? json_string(json_field(u->found.conf, "name")) : NULL;
	if (!u->network || !*u->network)
		return call_wrong_use(u->call, e, "name the network, or give the conflist of the "
				      "network with --config");
	if (strchr(u->network, '/') || u->network[0] == '.')
		return call_wrong_use(u->call, e, "\"%.64s\" is no name of a network", u->network);
	if (node)
		snprintf(u->node, sizeof(u->node), "%s", node);
	else
		node_name(u->found.plugin, u->node);
	if ((node && strlen(node) > NODE_NAME_MAX) || !u->node[0] ||
	    strpbrk(u->node, "/ \t\r\n"))
		return call_wrong_use(u->call, e, "this node has no name that can be used; give "
				      "one with --node");
	if (folder)
		snprintf(u->folder, sizeof(u->folder), "%s", folder);
	else
		snprintf(u->folder, sizeof(u->folder), HOST_LOCAL_FOLDER "/%s", u->network);
	return 0;
}

static void read_pools(const struct cJSON *ipam, const char *name, const char **pools, unsigned *n)
{
	const struct cJSON *list = json_field(ipam, name);

	for (const struct cJSON *i = json_first(list); i && *n < IPAM_POOLS_MAX; i = json_next(i))
		if (json_string(i))
			pools[(*n)++] = json_string(i);
}

static void new_uids(char uids[IPAM_UIDS][37])
{
	for (int i = 0; i < IPAM_UIDS; i++)
		uid_new(uids[i]);
}

/* That of --config, or one that was found and is the network's own. */
static const struct cJSON *plugin_of_network(const struct upgrade *u)
{
	return u->call->config ||
		strcmp(json_field_text(u->found.conf, "name"), u->network) == 0 ?
		u->found.plugin : NULL;
}

/* What the network's conflist asks for, if it is known. */
static void begin(struct ipam_assign_request *r, void *arg)
{
	const struct upgrade *u = arg;
	const struct cJSON *ipam = json_field(plugin_of_network(u), "ipam");

	r->now_ns = clock_now_ns();
	r->make_pools = datastore_traits(u->store.ds)->one_node;
	read_pools(ipam, "ipv4_pools", r->pools[FAMILY_4], &r->n_pools[FAMILY_4]);
	read_pools(ipam, "ipv6_pools", r->pools[FAMILY_6], &r->n_pools[FAMILY_6]);
	new_uids(r->uids);
}

static void tell(const struct host_local_entry *entry, enum taken taken, const struct err *why,
		 void *arg)
{
	struct upgrade *u = arg;
	const char *words[] = {
		[TAKEN_OVER] = u->dry ? "would be taken over" : "taken over",
		[TAKEN_HELD] = "held already",
		[TAKEN_STALE] = "no pod here has it",
		[TAKEN_NOT] = why ? why->text : "",
	};
	enum colour colour = taken == TAKEN_OVER ? COLOUR_GREEN :
			     taken == TAKEN_NOT ? COLOUR_RED : COLOUR_NONE;

	u->count[taken]++;
	rows_add(&u->rows, cell_addr(entry->addr), cell_text(entry->container),
		 cell_text_if_any(entry->ifname), cell_painted(colour, cell_text(words[taken])));
}

static int take_all(struct upgrade *u, struct err *e)
{
	const struct take_over t = { .network = u->network, .node = u->node,
				     .pods = u->by_pods ? &u->pods : NULL, .rehearsal = u->dry,
				     .begin = begin, .tell = tell, .arg = u };
	size_t first = 0, n;

	progress_begin(&u->progress, "addresses");
	for (; first < u->from.n; first += n) {
		n = take_over_same(&u->from.list[first], u->from.n - first);
		store_go_on(&u->store);
		if (ipam_take_over(u->store.ds, &t, &u->from.list[first], n, e) < 0)
			return u->dry ? -1 : err_wrap(e, "%u addresses were taken over, then",
						      u->count[TAKEN_OVER]);
		progress_tell(&u->progress, first + n, u->from.n);
	}
	progress_end(&u->progress);
	return 0;
}

static void print(struct upgrade *u, bool removed)
{
	const unsigned *n = u->count;
	struct call *call = u->call;
	char stale[48] = "";

	if (u->by_pods)
		snprintf(stale, sizeof(stale), "%u of no pod, ", n[TAKEN_STALE]);
	if (u->from.n && !call->json)
		rows_print(&u->rows, &call->out);
	answer_print(call, FIELDS({ "addresses", cell_rows(&u->rows) },
				  { "takenOver", cell_number(n[TAKEN_OVER]) },
				  { "heldAlready", cell_number(n[TAKEN_HELD]) },
				  { "withoutPod", u->by_pods ? cell_number(n[TAKEN_STALE])
							     : cell_absent() },
				  { "failed", cell_number(n[TAKEN_NOT]) },
				  { "removed", cell_bool(removed) }),
		     "%u %s, %u held already, %s%u failed; the reservations in %s %s\n",
		     n[TAKEN_OVER], u->dry ? "would be taken over" : "taken over", n[TAKEN_HELD],
		     stale, n[TAKEN_NOT], u->folder, removed ? "are removed" : "stay");
}

/*
 * Of a node that is not there no pods are known, so that each reservation would be nobody's;
 * and what is assigned on one is leaked to whoever cleans up.
 */
static int check_node(struct upgrade *u, struct err *e)
{
	bool there;

	if (!datastore_traits(u->store.ds)->pods)
		return 0;
	if (ipam_has_node(u->store.ds, u->node, &there, e) < 0)
		return err_wrap(e, "node %.128s", u->node);
	if (there)
		return 0;
	err_set(e, ERR_NOT_FOUND, "the cluster has no node \"%.128s\": --node NODE gives the "
		"name of the Node that this machine is", u->node);
	return meant_node(&u->store, u->node, e);
}

static int read_pods(struct upgrade *u, struct err *e)
{
	u->by_pods = datastore_traits(u->store.ds)->pods && !call_option(u->call, "no-pods", 0);
	if (!u->by_pods || ipam_list_pods(u->store.ds, u->node, &u->pods, e) == 0)
		return 0;
	return err_wrap(e, "the pods of %.128s, by which reservations are judged; --no-pods takes "
			"over all of them", u->node);
}

static int upgrade(struct upgrade *u, struct err *e)
{
	bool remove;

	if (found_init(&u->found, u->call->config, e) < 0 || settle_names(u, e) < 0)
		return -1;
	if (host_local_refuse_other(u->folder, e) < 0 ||
	    host_local_read(u->folder, deadline_in_ms(LOCK_MS), &u->from, e) < 0)
		return -1;
	if (store_open(&u->store, u->call, store_purpose(u->dry, OPEN_TO_CREATE), e) < 0 ||
	    check_node(u, e) < 0 || read_pods(u, e) < 0 || take_all(u, e) < 0)
		return -1;
	remove = !u->dry && !u->count[TAKEN_NOT];
	if (remove && host_local_remove(&u->from, e) < 0)
		return -1;
	print(u, remove);
	if (u->count[TAKEN_NOT])
		u->call->status = STATUS_CONFLICT;
	return 0;
}

static int upgrade_from_host_local_run(struct call *call, struct err *e)
{
	static const struct column columns[] = {
		{ .heading = "ADDRESS", .name = "address" },
		{ .heading = "CONTAINER", .name = "container" },
		{ .heading = "IFNAME", .name = "ifname" },
		{ .heading = "STATE", .name = "state" },
	};
	struct upgrade u __cleanup(upgrade_done) = { .call = call, .from = { .lock = -1 } };

	rows_init(&u.rows, call, columns, ARRAY_LEN(columns));
	u.dry = call_option(call, "dry-run", 0) != NULL;
	return upgrade(&u, e) < 0 ? err_wrap(e, "upgrade-from-host-local") : 0;
}

const struct command upgrade_from_host_local_command = {
	.noun = "upgrade-from-host-local",
	.name_argument = "NETWORK",
	.name_optional = true,
	.summary = "Take over the addresses that host-local has given to running containers",
	.help =
	"For a node whose network changes from host-local to calico-ipam while containers\n"
	"run: each of host-local's reservations becomes an allocation of the same container,\n"
	"so that a DEL finds it.  Run it before the runtime sees the new conflist, while it\n"
	"starts no containers: an ADD of calico-ipam before it gives the addresses away\n"
	"again, and so does one of host-local after it.  The pools must exist; in the local\n"
	"store those of the conflist are made.  When every address is taken over the\n"
	"reservations are removed; when one is not, all stay, the exit status is 4, and the\n"
	"command can be repeated.  NETWORK is the name in the conflist of --config unless it\n"
	"is given.\n"
	"\n"
	"Behind the Kubernetes API a reservation of eth0 whose address no pod on this node has is\n"
	"not taken over, and goes with the others; that needs the right to list pods, which the\n"
	"plugin's own kubeconfig has not.  A node that the cluster has not is refused.\n"
	"\n"
	"Examples:\n"
	"  systemctl stop kubelet containerd  # running containers stay\n"
	"  calico-ipamctl --config new.conflist upgrade-from-host-local --dry-run\n"
	"  calico-ipamctl --config new.conflist upgrade-from-host-local &&\n"
	"    mv new.conflist /etc/cni/net.d/10-net1.conflist\n"
	"  systemctl start containerd kubelet\n"
	"  CALICO_KUBECONFIG=/root/admin.conf calico-ipamctl upgrade-from-host-local net1 \\\n"
	"    --node node-1\n"
	"  calico-ipamctl upgrade-from-host-local net1 --dir /var/lib/cni/networks/net1\n",
	.options = {
		{ .name = "dir", .argument = "DIR",
		  .help = "host-local's folder (/var/lib/cni/networks/NETWORK)" },
		{ .name = "node", .argument = "NODE",
		  .help = "the name of this node; default: as the plugin finds it" },
		{ .name = "no-pods",
		  .help = "do not ask Kubernetes which pods have the addresses" },
		{ .name = "dry-run", .help = "show what would be done, and change nothing" },
	},
	.run = upgrade_from_host_local_run,
};
