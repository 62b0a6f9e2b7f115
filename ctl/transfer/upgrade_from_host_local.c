/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upgrade-from-host-local: every reservation becomes an allocation; when all are, and
 * not before, the reservations are removed.  host-local's lock is held all the while.
 */
#include "ctl/cli/command.h"

#include "base/json.h"
#include "ctl/transfer/host_local.h"
#include "ctl/cli/node_name.h"
#include "ctl/cli/progress.h"
#include "ctl/cli/rows.h"
#include "ctl/cli/store.h"
#include "ipam/ipam.h"
#include "ipam/node/pods.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <uuid/uuid.h>

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
	unsigned taken, held, failed, stale;
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
	if (!u->node[0] || strchr(u->node, '/'))
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
	uuid_t uuid;

	for (int i = 0; i < IPAM_UIDS; i++) {
		uuid_generate_random(uuid);
		uuid_unparse_lower(uuid, uids[i]);
	}
}

/* That of --config, or one that was found and is the network's own. */
static const struct cJSON *plugin_of_network(const struct upgrade *u)
{
	return u->call->config ||
		strcmp(json_field_text(u->found.conf, "name"), u->network) == 0 ?
		u->found.plugin : NULL;
}

/* The pod that has a reserved address; NULL: none, or nothing is known. */
static const struct node_pod *pod_of(const struct upgrade *u, const struct host_local_entry *entry)
{
	return u->by_pods ? node_pods_find(&u->pods, entry->addr) : NULL;
}

/*
 * Nobody's any more.  Of a pod kubelet tells the addresses of its first interface alone,
 * and of one that only begins none.
 */
static bool is_stale(const struct upgrade *u, const struct host_local_entry *entry)
{
	return u->by_pods && !u->pods.unaddressed && !pod_of(u, entry) &&
	       (!entry->ifname || strcmp(entry->ifname, "eth0") == 0);
}

static void prepare(const struct upgrade *u, const struct host_local_entry *entry,
		    struct ipam_assign_request *r)
{
	const struct cJSON *ipam = json_field(plugin_of_network(u), "ipam");
	const struct node_pod *pod = pod_of(u, entry);

	*r = (struct ipam_assign_request){
		.owner = { .network = u->network, .container = entry->container,
			   .ifname = entry->ifname, .node = u->node,
			   .namespace_name = pod ? pod->namespace_name : "default",
			   .pod = pod ? pod->name : NULL },
		.prefix = IPAM_PREFIX_HOST,
		.now_ns = clock_now_ns(),
		.make_pools = datastore_traits(u->store.ds)->one_node,
	};
	read_pools(ipam, "ipv4_pools", r->pools[FAMILY_4], &r->n_pools[FAMILY_4]);
	read_pools(ipam, "ipv6_pools", r->pools[FAMILY_6], &r->n_pools[FAMILY_6]);
	new_uids(r->uids);
}

static void tell(struct upgrade *u, const struct host_local_entry *entry, const char *state,
		 enum colour colour)
{
	rows_add(&u->rows, cell_addr(entry->addr), cell_text(entry->container),
		 cell_text_if_any(entry->ifname), cell_painted(colour, cell_text(state)));
}

/* Both addresses in one request; each may be NULL. */
static int take_pair(struct upgrade *u, const struct host_local_entry *const pair[N_FAMILIES],
		     struct err *e)
{
	struct ipam_assign_answer answer;
	struct ipam_assign_request r;
	struct err why = { 0 };
	int rc;

	prepare(u, pair[FAMILY_4] ? pair[FAMILY_4] : pair[FAMILY_6], &r);
	for (enum family f = FAMILY_4; f < N_FAMILIES; f++) {
		r.wanted[f] = pair[f] != NULL;
		if (pair[f])
			r.exact[f] = pair[f]->addr;
	}
	rc = u->dry ? ipam_would_assign(u->store.ds, &r, &why)
		    : ipam_assign(u->store.ds, &r, &answer, &why);
	if (rc < 0 && why.kind != ERR_EXISTS && why.kind != ERR_POOL && why.kind != ERR_CONFLICT) {
		*e = why;
		return -1;
	}
	for (enum family f = FAMILY_4; f < N_FAMILIES; f++) {
		if (!pair[f])
			continue;
		*(rc < 0 ? &u->failed : &u->taken) += 1;
		tell(u, pair[f], rc < 0 ? why.text : u->dry ? "would be taken over" : "taken over",
		     rc < 0 ? COLOUR_RED : COLOUR_GREEN);
	}
	return 0;
}

/* 1 held by this very container, 0 not. */
static int is_held(struct upgrade *u, const struct host_local_entry *entry, struct err *e)
{
	struct ipam_assign_request r;
	struct err why = { 0 };

	prepare(u, entry, &r);
	if (ipam_verify(u->store.ds, &r.owner, &entry->addr, 1, &why) == 0)
		return 1;
	if (why.kind == ERR_NOT_FOUND)
		return 0;
	*e = why;
	return -1;
}

static bool same_container(const struct host_local_entry *a, const struct host_local_entry *b)
{
	return strcmp(a->container, b->container) == 0 &&
	       strcmp(a->ifname ? a->ifname : "", b->ifname ? b->ifname : "") == 0;
}

/* The next of the container's addresses that it does not hold yet, of this family. */
static int next_of(struct upgrade *u, size_t *at, size_t end, enum family family,
		   const struct host_local_entry **ret, struct err *e)
{
	for (; *at < end; (*at)++) {
		const struct host_local_entry *entry = &u->from.list[*at];
		int held;

		if (entry->addr.family != family)
			continue;
		if (is_stale(u, entry)) {
			u->stale++;
			tell(u, entry, "no pod here has it", COLOUR_NONE);
			continue;
		}
		held = is_held(u, entry, e);
		if (held < 0)
			return -1;
		if (!held) {
			*ret = entry;
			(*at)++;
			return 0;
		}
		u->held++;
		tell(u, entry, "held already", COLOUR_NONE);
	}
	*ret = NULL;
	return 0;
}

static int take_container(struct upgrade *u, size_t first, size_t end, struct err *e)
{
	const struct host_local_entry *pair[N_FAMILIES] = {0};
	size_t at[N_FAMILIES] = { [FAMILY_4] = first, [FAMILY_6] = first };

	for (;;) {
		if (next_of(u, &at[FAMILY_4], end, FAMILY_4, &pair[FAMILY_4], e) < 0 ||
		    next_of(u, &at[FAMILY_6], end, FAMILY_6, &pair[FAMILY_6], e) < 0)
			return -1;
		if (!pair[FAMILY_4] && !pair[FAMILY_6])
			return 0;
		if (take_pair(u, pair, e) < 0)
			return -1;
	}
}

static int take_all(struct upgrade *u, struct err *e)
{
	size_t first = 0, end;

	progress_begin(&u->progress, "addresses");
	for (; first < u->from.n; first = end) {
		for (end = first + 1; end < u->from.n; end++)
			if (!same_container(&u->from.list[first], &u->from.list[end]))
				break;
		store_go_on(&u->store);
		if (take_container(u, first, end, e) < 0)
			return err_wrap(e, "container %.80s", u->from.list[first].container);
		progress_tell(&u->progress, end, u->from.n);
	}
	progress_end(&u->progress);
	return 0;
}

static void print(struct upgrade *u, bool removed)
{
	struct call *call = u->call;
	char stale[48] = "";

	if (u->by_pods)
		snprintf(stale, sizeof(stale), "%u of no pod, ", u->stale);
	if (u->from.n && !call->json)
		rows_print(&u->rows, &call->out);
	answer_print(call, FIELDS({ "addresses", cell_rows(&u->rows) },
				  { "takenOver", cell_number(u->taken) },
				  { "heldAlready", cell_number(u->held) },
				  { "withoutPod", u->by_pods ? cell_number(u->stale)
							     : cell_absent() },
				  { "failed", cell_number(u->failed) },
				  { "removed", cell_bool(removed) }),
		     "%u %s, %u held already, %s%u failed; the reservations in %s %s\n", u->taken,
		     u->dry ? "would be taken over" : "taken over", u->held, stale, u->failed,
		     u->folder, removed ? "are removed" : "stay");
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
	if (host_local_read(u->folder, deadline_in_ms(LOCK_MS), &u->from, e) < 0)
		return -1;
	if (store_open(&u->store, u->call, store_purpose(u->dry), e) < 0 || read_pods(u, e) < 0 ||
	    take_all(u, e) < 0)
		return -1;
	remove = !u->dry && !u->failed;
	if (remove && host_local_remove(&u->from, e) < 0)
		return -1;
	print(u, remove);
	if (u->failed)
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
	"plugin's own kubeconfig has not.\n"
	"\n"
	"Examples:\n"
	"  systemctl stop kubelet containerd  # running containers stay\n"
	"  calico-ipamctl --config new.conflist upgrade-from-host-local --dry-run\n"
	"  calico-ipamctl --config new.conflist upgrade-from-host-local &&\n"
	"    mv new.conflist /etc/cni/net.d/10-net1.conflist\n"
	"  systemctl start containerd kubelet\n"
	"  CALICO_KUBECONFIG=/root/admin.conf calico-ipamctl upgrade-from-host-local net1\n"
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
