/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/commands.h"

#include "base/io.h"
#include "base/json.h"
#include "plugin/attachments.h"
#include "plugin/crowd/turn_note.h"
#include "plugin/demand.h"
#include "plugin/identity.h"
#include "plugin/input.h"
#include "plugin/launcher.h"
#include "plugin/own_node.h"
#include "plugin/reply.h"
#include "plugin/tally.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uuid/uuid.h>

#define VERSION_STDIN_MS 1000	/* of waiting for input that only tells a version */
#define VERSION_TEXT_MAX 64	/* bytes of an echoed cniVersion */
#define STATUS_MS 900		/* STATUS answers well under a second */
#define CHECK_MS 2000		/* CRI-O asks for one container after the other at its start */

struct call {
	struct deadline started, deadline;
	bool configured;	/* its configuration could be read */
	struct environment env;
	struct netconf conf;
	struct cni_args args;
	struct identity id;
	char details[512];	/* of the error, "" for the table's */
	struct buf *out;
};

static void call_done(struct call *call)
{
	netconf_done(&call->conf);
	cni_args_done(&call->args);
	log_close();
}

static struct deadline after_start(const struct call *call, int64_t ms)
{
	return (struct deadline){ call->started.at_ms + ms };
}

/* What only releases or looks makes no store.  What is prepared is kept, also for settle(). */
static int open_store(const struct call *call, const char *node, enum datastore_purpose purpose,
		      struct datastore **ret, struct err *e)
{
	if (datastore_prepare(&call->conf.settings, call->deadline, e) < 0 ||
	    datastore_open(ret, &call->conf.settings, purpose, call->deadline, e) < 0)
		return -1;
	datastore_use_mirror(*ret, &call->conf.settings, node);
	return 0;
}

/* One draw of random bytes is enough: the last byte tells the UUIDs of a request apart. */
static void new_uids(char uids[IPAM_UIDS][37])
{
	uuid_t uuid;

	uuid_generate_random(uuid);
	for (int i = 0; i < IPAM_UIDS; i++) {
		uuid_unparse_lower(uuid, uids[i]);
		uuid[sizeof(uuid) - 1]++;
	}
}

/* Calico's DEL fails here, at each attempt again; ours needs the pod's names and no more. */
static int read_args(struct call *call, struct err *e)
{
	if (cni_args_read(call->env.args, call->env.command == COMMAND_ADD, &call->args, e) == 0)
		return 0;
	if (call->env.command != COMMAND_DEL || e->kind != ERR_ENVIRONMENT)
		return -1;
	log_warning("CNI_ARGS that DEL does not need cannot be read, going on without them",
		    LOG_TEXT("error", e->text));
	err_reset(e);
	return cni_args_find_names(call->env.args, &call->args, e);
}

static int read_identity(struct call *call, struct err *e)
{
	if (read_args(call, e) < 0)
		return -1;
	return identity_read(&call->conf, &call->env, &call->args, &call->id, e);
}

static void fill_request(const struct call *call, struct ipam_assign_request *request)
{
	request->now_ns = clock_now_ns();
	new_uids(request->uids);
	if (call->env.command == COMMAND_ADD)
		request->owner = call->id.owner;
}

static void log_request(const struct call *call, const struct ipam_assign_request *request)
{
	int v4 = request->wanted[FAMILY_4], v6 = request->wanted[FAMILY_6];
	bool exact = request->exact[FAMILY_4].family || request->exact[FAMILY_6].family;
	char text[512];

	snprintf(text, sizeof(text), "Calico CNI IPAM request count IPv4=%d IPv6=%d", v4, v6);
	log_info(text, LOG_TEXT("ContainerID", call->env.container),
		 LOG_TEXT("HandleID", call->id.handle), LOG_TEXT("Workload", call->id.workload));
	if (exact)
		snprintf(text, sizeof(text), "Assigning the IP addresses asked for");
	else
		snprintf(text, sizeof(text), "Auto-assign %d ipv4, %d ipv6 addrs for host '%s'", v4,
			 v6, call->id.node);
	log_info(text, LOG_TEXT("HandleID", call->id.handle));
}

static void log_answer(const struct call *call, const struct ipam_assign_answer *answer)
{
	for (enum family f = FAMILY_4; f < N_FAMILIES; f++) {
		const struct ipam_address *a = &answer->address[f];
		char text[CIDR_TEXT];

		if (!answer->has[f])
			continue;
		cidr_print((struct cidr){ a->addr, a->prefix_len }, text);
		log_info(answer->held_already[f] ? "Calico CNI IPAM address was held already" :
						   "Calico CNI IPAM assigned address",
			 LOG_TEXT("HandleID", call->id.handle), LOG_TEXT("IP", text),
			 LOG_TEXT("Pool", answer->pool[f]));
	}
}

static void log_reservations(const struct ipam_assign_answer *answer)
{
	if (answer->unreadable_reservations)
		log_warning("Passed over what cannot be read of IP reservations",
			    LOG_NUMBER("Reservations", answer->unreadable_reservations),
			    LOG_TEXT("First", answer->unreadable_reservation.text));
}

static struct turn turn_of(const struct call *call, const char *node)
{
	return (struct turn){ .settings = &call->conf.settings, .node = node,
			      .lock_file = call->conf.ipam_lock_file,
			      .deadline = call->deadline,
			      .lock = -1 };
}

/*
 * An ADD is for nothing whose runtime, or the plugin that called this one, was killed: nobody
 * is told of what it was given.
 */
static int carry_out_noted(struct turn *turn, struct identity *id, struct crowd_member *mine,
			   struct err *e)
{
	int rc = launcher_carry_out(turn, id, mine, e);

	if (rc == 0 && mine->verb == CROWD_ADD && !io_has_reader(STDOUT_FILENO)) {
		rc = err_set(e, ERR_IO, "nobody reads the answer any more");
		e->may_stand = true;
	}
	return turn_note_outcome(turn, mine, rc, e);
}

static int assign(struct call *call, struct ipam_assign_request *request,
		  struct ipam_assign_answer *ret_answer, struct err *e)
{
	struct crowd_member mine = { .verb = CROWD_ADD };
	struct turn turn __cleanup(turn_done) = turn_of(call, call->id.node);

	if (!request->wanted[FAMILY_4] && !request->wanted[FAMILY_6])
		return 0;
	if (turn_begin(&turn, call->id.handle, call->id.owner.ifname, e) < 0 ||
	    identity_find_origin(&call->id, &call->conf, &call->env, e) < 0)
		return -1;
	fill_request(call, request);
	log_request(call, request);
	mine.add = *request;
	turn_note(&turn, &mine);
	if (carry_out_noted(&turn, &call->id, &mine, e) < 0)
		return -1;
	*ret_answer = mine.added;
	return 0;
}

static int run_add(struct call *call, struct err *e)
{
	struct ipam_assign_request request = {0};
	struct ipam_assign_answer answer = {0};
	struct cJSON *routes = NULL;
	bool calico = netconf_is_calico(&call->conf), tried = false;

	if (environment_refuse_own_netns(&call->env, e) < 0 || read_identity(call, e) < 0)
		return -1;
	if (demand_read(&call->conf, &call->args, &request, e) < 0 ||
	    demand_routes(&call->conf, &routes, e) < 0)
		return -1;
	while (assign(call, &request, &answer, e) < 0)
		if (own_node_make(&call->conf, call->id.node, call->deadline, &tried, e) != 1)
			return err_wrap(e, "assign %s", call->id.handle);
	log_reservations(&answer);
	log_answer(call, &answer);
	return reply_result(call->conf.version, &answer, calico, routes, call->out, e);
}

static void log_release(const struct call *call, const struct ipam_release_answer *answer)
{
	if (answer->released || answer->handle_was_there)
		log_info("Released address using handleID",
			 LOG_NUMBER("Addresses", answer->released),
			 LOG_TEXT("HandleID", call->id.handle));
	else
		log_warning("Asked to release address but it doesn't exist. Ignoring",
			    LOG_TEXT("HandleID", call->id.handle),
			    LOG_TEXT("Workload", call->id.workload));
}

static int release(struct call *call, struct ipam_release_answer *ret_answer, struct err *e)
{
	struct crowd_member mine = { .verb = CROWD_DEL };
	struct turn turn __cleanup(turn_done) = turn_of(call, call->id.node);

	mine.del = (struct ipam_release_request){
		.owner = call->id.owner,
		.old_handle = call->id.old_handle[0] ? call->id.old_handle : NULL,
		.now_ns = clock_now_ns(),
	};
	turn_note(&turn, &mine);
	if (turn_begin(&turn, call->id.handle, call->id.owner.ifname, e) < 0)
		return -1;
	log_info("Releasing address using handleID", LOG_TEXT("ContainerID", call->env.container),
		 LOG_TEXT("HandleID", call->id.handle), LOG_TEXT("Workload", call->id.workload));
	if (carry_out_noted(&turn, &call->id, &mine, e) < 0)
		return -1;
	*ret_answer = mine.released;
	return 0;
}

static int run_del(struct call *call, struct err *e)
{
	struct ipam_release_answer answer = {0};

	if (read_identity(call, e) < 0)
		return -1;
	if (release(call, &answer, e) < 0)
		return err_wrap(e, "release %s", call->id.handle);
	log_release(call, &answer);
	return 0;
}

static void settle(const struct call *call, const char *node)
{
	struct turn turn __cleanup(turn_done) = turn_of(call, node);

	turn_settle(&turn);
}

static int verify(struct call *call, const struct addr *held, unsigned n, struct err *e)
{
	struct datastore *ds __cleanup(datastore_closep) = NULL;

	if (open_store(call, call->id.node, OPEN_TO_LOOK, &ds, e) < 0 ||
	    launcher_find(ds, COMMAND_CHECK, &call->id, e) < 0)
		return -1;
	return ipam_verify(ds, &call->id.owner, held, n, e);
}

/* Then nothing is known to be wrong; where CHECK fails, kubelet has CRI-O make another pod. */
static int pass_if_not_told(const struct call *call, struct err *e)
{
	if (e->kind != ERR_UNAVAILABLE && e->kind != ERR_DEADLINE && e->kind != ERR_REFUSED &&
	    e->kind != ERR_DENIED)
		return err_wrap(e, "check %s", call->id.handle);
	log_warning("Could not look whether the addresses are held",
		    LOG_TEXT("HandleID", call->id.handle), LOG_TEXT("error", e->text));
	err_reset(e);
	return 0;
}

static int run_check(struct call *call, struct err *e)
{
	struct addr held[PREV_RESULT_MAX];
	unsigned n;

	if (call->conf.timeout_ms > CHECK_MS)
		call->deadline = after_start(call, CHECK_MS);
	if (read_identity(call, e) < 0 || demand_prev_result(&call->conf, held, &n, e) < 0 ||
	    (!n && demand_refuse_no_address(&call->conf, &call->args, e) < 0))
		return -1;
	if (verify(call, held, n, e) < 0)
		return pass_if_not_told(call, e);
	settle(call, call->id.node);
	return 0;
}

/* A cluster too large to be searched in so short a time is not known to be exhausted. */
static int probe_exhaustion(struct datastore *ds, const struct ipam_assign_request *request,
			    struct err *e)
{
	if (ipam_would_assign(ds, request, e) == 0)
		return 0;
	if (e->kind != ERR_DEADLINE && !(e->kind == ERR_NOT_FOUND && request->node_to_be_made))
		return -1;
	log_warning("Could not tell, or not in time, whether addresses are left",
		    LOG_TEXT("error", e->text));
	err_reset(e);
	return 0;
}

static int probe(struct call *call, struct ipam_assign_request *request, bool exhaustion,
		 struct err *e)
{
	struct datastore *ds __cleanup(datastore_closep) = NULL;

	if (open_store(call, request->owner.node, OPEN_TO_PROBE, &ds, e) < 0)
		return -1;
	fill_request(call, request);
	request->make_pools = datastore_traits(ds)->one_node;
	request->node_to_be_made = own_node_wanted(&call->conf);
	return ipam_status(ds, request, e) < 0 ||
	       (exhaustion && probe_exhaustion(ds, request, e) < 0) ||
	       datastore_check_writable(ds, e) < 0 ? -1 : 0;
}

static int run_status(struct call *call, struct err *e)
{
	/* No container has this id, for none may begin so. */
	struct ipam_assign_request request = { .owner = { .network = call->conf.name,
							  .container = "-", .ifname = "-",
							  .namespace_name = "default" } };
	struct cni_args none = { .pod = "", .namespace_name = "" };
	struct cJSON *routes;
	char node[NODE_NAME_MAX + 1];
	bool exhaustion;

	if (call->conf.timeout_ms > STATUS_MS)
		call->deadline = after_start(call, STATUS_MS);
	if (demand_read(&call->conf, &none, &request, e) < 0 ||
	    demand_routes(&call->conf, &routes, e) < 0 ||
	    demand_status_exhaustion(&call->conf, &exhaustion, e) < 0 ||
	    identity_node(&call->conf, node, e) < 0)
		return -1;
	request.owner.node = node;
	if (probe(call, &request, exhaustion, e) < 0) {
		e->kind = ERR_NOT_READY;
		return err_wrap(e, "not ready");
	}
	settle(call, node);
	return 0;
}

/* Without the host lock: a cluster's blocks take seconds to look through. */
static int collect(struct call *call, struct ipam_gc_request *request, struct err *e)
{
	struct datastore *ds __cleanup(datastore_closep) = NULL;
	struct ipam_gc_answer answer = {0};
	int rc;

	if (open_store(call, request->node, OPEN_TO_CHANGE, &ds, e) < 0)
		return -1;
	request->now_ns = clock_now_ns();
	rc = ipam_gc(ds, request, &answer, e);
	log_info("Released addresses that no valid attachment holds",
		 LOG_NUMBER("released", answer.released), LOG_NUMBER("conflicts", answer.conflicts),
		 LOG_NUMBER("unreadableBlocks", answer.unreadable),
		 LOG_NUMBER("validAttachments", request->n_valid));
	return rc;
}

static int run_gc(struct call *call, struct err *e)
{
	struct attachments valid __cleanup(attachments_done) = {0};
	struct ipam_gc_request request = { .network = call->conf.name };
	char node[NODE_NAME_MAX + 1];

	if (attachments_read(&call->conf, &valid, e) < 0 ||
	    identity_node(&call->conf, node, e) < 0)
		return -1;
	request.node = node;
	request.valid = valid.list;
	request.n_valid = valid.n;
	if (collect(call, &request, e) < 0)
		return err_wrap(e, "GC of network %s", call->conf.name);
	settle(call, node);
	return 0;
}

static const struct {
	enum cni_version since;
	int (*run)(struct call *call, struct err *e);
} verbs[N_COMMANDS] = {
	[COMMAND_ADD] = { CNI_0_1_0, run_add },
	[COMMAND_DEL] = { CNI_0_1_0, run_del },
	[COMMAND_CHECK] = { CNI_0_4_0, run_check },
	[COMMAND_STATUS] = { CNI_1_1_0, run_status },
	[COMMAND_GC] = { CNI_1_1_0, run_gc },
};

static int check_version(struct call *call, struct err *e)
{
	struct buf list __cleanup(buf_done) = BUF(sizeof(call->details));

	if (call->conf.version == CNI_UNKNOWN) {
		for (int i = 0; i < N_CNI_VERSIONS; i++)
			buf_printf(&list, "%s\"%s\"", i ? " " : "", cni_version_texts[i]);
		snprintf(call->details, sizeof(call->details),
			 "config is \"%.64s\", plugin supports [%s]", call->conf.version_text,
			 list.data);
		return err_set(e, ERR_VERSION, "incompatible CNI versions");
	}
	if (call->conf.version < verbs[call->env.command].since)
		return err_set(e, ERR_VERSION, "config version does not allow %s",
			       command_name(call->env.command));
	return 0;
}

static int read_input(struct call *call, int fd, struct err *e)
{
	struct buf text __cleanup(buf_done) = BUF(INPUT_MAX);
	int rc;

	if (input_read(fd, call->deadline, &text, e) < 0)
		return -1;
	rc = netconf_parse(&call->conf, text.data, text.len, e);
	log_open(&call->conf.log);
	if (call->env.command == COMMAND_DEL)
		call->conf.timeout_ms = TIMEOUT_MS_DEL;
	if (rc < 0 || check_version(call, e) < 0 || netconf_read(&call->conf, e) < 0)
		return -1;
	call->deadline = after_start(call, call->conf.timeout_ms);
	call->configured = true;
	return 0;
}

/* Its input is optional, and whatever it is no reason to fail. */
static void run_version(int fd, struct buf *out)
{
	struct cJSON *tree __cleanup(json_freep) = NULL;
	struct buf text __cleanup(buf_done) = BUF(INPUT_MAX);
	struct err ignored = {0};
	const char *version = "";

	if (!isatty(fd) && input_read(fd, deadline_in_ms(VERSION_STDIN_MS), &text, &ignored) == 0)
		tree = json_parse(text.data, text.len, &ignored);
	json_get_string(tree, "cniVersion", &version, &ignored);
	reply_version(strlen(version) <= VERSION_TEXT_MAX ? version : "", out);
}

/* For an error that comes before the input: an answer in the configuration's version. */
static void learn_version(struct call *call, int fd)
{
	struct buf text __cleanup(buf_done) = BUF(INPUT_MAX);
	struct err ignored = {0};

	if (isatty(fd) || input_read(fd, deadline_in_ms(VERSION_STDIN_MS), &text, &ignored) < 0)
		return;
	netconf_parse(&call->conf, text.data, text.len, &ignored);
	log_open(&call->conf.log);
}

static int carry_out(struct call *call, int stdin_fd, struct err *e)
{
	if (environment_read(&call->env, e) < 0) {
		learn_version(call, stdin_fd);
		return -1;
	}
	if (call->env.command == COMMAND_VERSION) {
		run_version(stdin_fd, call->out);
		return 0;
	}
	if (read_input(call, stdin_fd, e) < 0)
		return -1;
	return verbs[call->env.command].run(call, e);
}

int command_run(struct deadline started, int stdin_fd, struct buf *out)
{
	struct call call __cleanup(call_done) = { .started = started, .out = out };
	struct err e = {0};
	int rc;

	call.deadline = after_start(&call, TIMEOUT_MS_DEFAULT);
	tally_begin();
	netconf_init(&call.conf);
	rc = carry_out(&call, stdin_fd, &e);
	if (rc == 0 && out->failed)
		rc = err_set(&e, ERR_INTERNAL, "out of memory");
	if (call.configured)
		tally_note(call.env.command, &call.conf.settings, rc < 0 ? e.kind : ERR_NONE);
	if (rc == 0)
		return 0;
	log_error(e.text, LOG_TEXT("ContainerID", call.env.container),
		  LOG_TEXT("command", call.env.container ? command_name(call.env.command) : ""),
		  LOG_NUMBER("code", reply_code(e.kind)));
	buf_reset(out);
	reply_error(netconf_answer_version(&call.conf), &e, call.details[0] ? call.details : NULL,
		    out);
	return 1;
}
