/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/identity.h"

#include "base/log.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* A name that goes into keys; as part of an endpoint's name it must not begin or end with '-'. */
static int check_name(const char *name, const char *what, enum err_kind kind, struct err *e)
{
	size_t len = strlen(name);

	if (!len)
		return err_set(e, kind, "%s is empty", what);
	if (len > NODE_NAME_MAX)
		return err_set(e, kind, "%s is longer than %d bytes", what, NODE_NAME_MAX);
	if (name[0] == '-' || name[len - 1] == '-')
		return err_set(e, kind, "error constructing WorkloadEndpoint name: %s must not "
			       "begin or end with '-': %s", what, name);
	for (const char *c = name; *c; c++) {
		if (*c == '/' || isspace((unsigned char)*c) || iscntrl((unsigned char)*c))
			return err_set(e, kind, "%s must not hold '/', blanks or line ends: %s",
				       what, name);
	}
	return 0;
}

int identity_node(const struct netconf *conf, char ret[NODE_NAME_MAX + 1], struct err *e)
{
	struct node_name_keys keys = { conf->nodename, conf->nodename_file, conf->hostname };
	struct buf name __cleanup(buf_done) = BUF(4 * NODE_NAME_MAX);
	char source[NODE_NAME_SOURCE_TEXT], what[NODE_NAME_SOURCE_TEXT + 16];

	if (node_name_find(&keys, &name, source, e) < 0)
		return -1;
	snprintf(what, sizeof(what), "node name (%s)", source);
	if (name.failed || strlen(name.data) != name.len)
		return err_set(e, ERR_CONFIG, "%s is too long or holds a NUL", what);
	if (check_name(name.data, what, ERR_CONFIG, e) < 0)
		return -1;
	memcpy(ret, name.data, name.len + 1);
	return 0;
}

static int join(char out[IPAM_HANDLE_MAX + 1], const char *first, const char *dot,
		const char *second, struct err *e)
{
	if (snprintf(out, IPAM_HANDLE_MAX + 1, "%s%s%s", first, dot, second) > IPAM_HANDLE_MAX)
		return err_set(e, ERR_LIMIT, "handle id %.64s… is longer than %d bytes", first,
			       IPAM_HANDLE_MAX);
	return 0;
}

/* Appends a part of an endpoint's name, whose own dashes are doubled. */
static void add_part(struct buf *out, const char *part)
{
	if (out->len)
		buf_putc(out, '-');
	for (; *part; part++) {
		if (*part == '-')
			buf_putc(out, '-');
		buf_putc(out, *part);
	}
}

static void name_workload(struct identity *id, bool kubernetes)
{
	struct buf name __cleanup(buf_done) = BUF(sizeof(id->workload) - 1);

	add_part(&name, id->node);
	add_part(&name, kubernetes ? "k8s" : "cni");
	add_part(&name, kubernetes ? id->owner.pod : id->owner.container);
	add_part(&name, id->owner.ifname);
	memcpy(id->workload, name.data, name.len + 1);
}

static int check_parts(const struct environment *env, const struct cni_args *args, bool kubernetes,
		       struct err *e)
{
	if (check_name(env->container, "CNI_CONTAINERID", ERR_ENVIRONMENT, e) < 0 ||
	    check_name(env->ifname, "CNI_IFNAME", ERR_ENVIRONMENT, e) < 0)
		return -1;
	if (!kubernetes)
		return 0;
	if (check_name(args->pod, "K8S_POD_NAME in CNI_ARGS", ERR_ENVIRONMENT, e) < 0)
		return -1;
	return check_name(args->namespace_name, "K8S_POD_NAMESPACE in CNI_ARGS", ERR_ENVIRONMENT,
			  e);
}

/* Returns 0 where DEL goes on without the name. */
static int pass_over(const struct environment *env, struct err *e)
{
	if (env->command != COMMAND_DEL)
		return -1;
	log_warning("A name that DEL does not need is not allowed, going on without it",
		    LOG_TEXT("error", e->text));
	err_reset(e);
	return 0;
}

static int read_names(const struct netconf *conf, const struct environment *env,
		      const struct cni_args *args, bool kubernetes, struct identity *ret,
		      struct err *e)
{
	ret->node[0] = '\0';
	if (identity_node(conf, ret->node, e) < 0 && pass_over(env, e) < 0)
		return -1;
	return env->command == COMMAND_DEL ? 0 : check_parts(env, args, kubernetes, e);
}

static int join_old_handle(const struct environment *env, const struct cni_args *args,
			   bool kubernetes, struct identity *ret, struct err *e)
{
	if (!kubernetes)
		return join(ret->old_handle, env->container, "", "", e);
	if (env->command == COMMAND_DEL && check_parts(env, args, true, e) < 0) {
		ret->old_handle[0] = '\0';
		return pass_over(env, e);
	}
	return join(ret->old_handle, args->namespace_name, ".", args->pod, e);
}

int identity_read(const struct netconf *conf, const struct environment *env,
		  const struct cni_args *args, struct identity *ret, struct err *e)
{
	bool kubernetes = *args->pod && *args->namespace_name;

	*ret = (struct identity){
		.owner = {
			.network = conf->name,
			.container = env->container,
			.ifname = env->ifname,
			.node = ret->node,
			.namespace_name = kubernetes ? args->namespace_name : "default",
			.pod = kubernetes ? args->pod : NULL,
		},
	};
	if (read_names(conf, env, args, kubernetes, ret, e) < 0)
		return -1;
	if (join(ret->handle, conf->name, ".", env->container, e) < 0)
		return -1;
	name_workload(ret, kubernetes);
	return join_old_handle(env, args, kubernetes, ret, e);
}

static const char *text_if_any(const char *text)
{
	return *text ? text : NULL;
}

int identity_find_origin(struct identity *id, const struct netconf *conf,
			 const struct environment *env, struct err *e)
{
	if (origin_find(settings_run_path(&conf->settings), env->netns, &id->origin, e) < 0)
		return -1;
	id->owner.boot = text_if_any(id->origin.boot);
	id->owner.netns = text_if_any(id->origin.netns);
	return 0;
}
