/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/kubernetes/access/access.h"

#include "datastore/kubernetes/access/identity.h"
#include "datastore/kubernetes/access/in_cluster.h"
#include "datastore/kubernetes/access/kubeconfig.h"
#include "datastore/kubernetes/access/pem.h"
#include "datastore/kubernetes/access/server.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct search {
	const struct settings *over;	/* what goes over the kubeconfigs */
	struct settings rest;		/* without "policy"; its values are another's */
	bool insecure;			/* of these */
	struct kubeconfig kubeconfig;
	const struct kubeconfig_entry *context, *cluster, *user; /* NULL: none */
};

void access_done(struct access *a)
{
	pem_done(&a->ca);
	pem_done(&a->certificate);
	pem_done(&a->key);
	if (a->authorization)
		explicit_bzero(a->authorization, strlen(a->authorization));
	free(a->authorization);
	free(a->server);
	free(a->server_name);
	memset(a, 0, sizeof(*a));
}

static void search_done(struct search *s)
{
	kubeconfig_done(&s->kubeconfig);
}

/* As Go reads a boolean. */
static int read_insecure(struct search *s, struct err *e)
{
	static const char *const yes[] = { "1", "t", "T", "TRUE", "true", "True" };
	static const char *const no[] = { "", "0", "f", "F", "FALSE", "false", "False" };
	const char *text = settings_get(s->over, SET_K8S_INSECURE);

	for (size_t i = 0; i < ARRAY_LEN(yes); i++)
		s->insecure |= strcmp(text, yes[i]) == 0;
	for (size_t i = 0; i < ARRAY_LEN(no) && !s->insecure; i++)
		if (strcmp(text, no[i]) == 0)
			return 0;
	return s->insecure ? 0 : err_set(e, ERR_CONFIG, "K8S_INSECURE_SKIP_TLS_VERIFY must be "
					 "\"true\" or \"false\", not \"%.60s\"", text);
}

static int add_one(struct search *s, const char *path, struct err *e)
{
	if (kubeconfig_add_file(&s->kubeconfig, path, e) == 0)
		return 0;
	if (e->kind != ERR_NOT_FOUND)
		return -1;
	return err_set(e, ERR_CONFIG, "kubeconfig %s is not there; make it, or set "
		       "kubernetes.kubeconfig", path);
}

/* Whoever is not there is passed over. */
static int add_list(struct search *s, const char *list, struct err *e)
{
	char path[PATH_MAX];

	for (const char *end; *list; list = *end ? end + 1 : end) {
		end = strchrnul(list, ':');
		if (end == list)
			continue;
		if (snprintf(path, sizeof(path), "%.*s", (int)(end - list), list) >= PATH_MAX)
			return err_set(e, ERR_LIMIT, "a path in KUBECONFIG is longer than %d bytes",
				       PATH_MAX - 1);
		if (kubeconfig_add_file(&s->kubeconfig, path, e) == 0)
			continue;
		if (e->kind != ERR_NOT_FOUND)
			return -1;
		err_reset(e);
	}
	return 0;
}

static int add_home(struct search *s, struct err *e)
{
	const char *home = getenv("HOME");
	char path[PATH_MAX];

	if (!home || *home != '/' ||
	    snprintf(path, sizeof(path), "%s/.kube/config", home) >= PATH_MAX ||
	    access(path, F_OK) < 0)
		return 0;
	return kubeconfig_add_file(&s->kubeconfig, path, e);
}

/* Which is of Calico's namespace client alone, and as old as the configuration. */
static void leave_policy_out(struct search *s)
{
	s->rest = *s->over;
	for (int i = 0; i < N_SETTINGS; i++)
		if (s->rest.source[i] == SETTINGS_POLICY)
			s->rest.value[i] = NULL;
	s->over = &s->rest;
}

static int load(struct search *s, const struct settings *settings, struct err *e)
{
	static const struct settings none;
	const char *text = settings_get(settings, SET_KUBECONFIG_INLINE);
	const char *list = settings_get(settings, SET_KUBECONFIG);

	if (*text) {
		s->over = &none;
		return kubeconfig_add(&s->kubeconfig, text, strlen(text), "kubeconfigInline", e);
	}
	if (*list) {
		leave_policy_out(s);
		return strchr(list, ':') ? add_list(s, list, e) : add_one(s, list, e);
	}
	return *settings_get(settings, SET_K8S_API_ENDPOINT) ? 0 : add_home(s, e);
}

static int find(const struct search *s, enum kubeconfig_kind kind, const char *what,
		const char *name, const struct kubeconfig_entry **ret, struct err *e)
{
	const char *file = s->kubeconfig.n_files ? s->kubeconfig.files[0] : "no kubeconfig";

	if (kubeconfig_find(&s->kubeconfig, kind, name, ret, e) < 0)
		return -1;
	return *ret ? 0 : err_set(e, ERR_CONFIG, "there is no %s \"%.60s\" in %s%s", what, name,
				  file, s->kubeconfig.n_files > 1 ? " and those behind it" : "");
}

static int choose(struct search *s, struct err *e)
{
	const char *name = settings_get(s->over, SET_K8S_CURRENT_CONTEXT);
	const char *current = s->kubeconfig.current_context;

	if (!*name && !current)
		return 0;
	if (find(s, KUBECONFIG_CONTEXT, "context", *name ? name : current, &s->context, e) < 0)
		return -1;
	name = s->context->value[KC_CLUSTER];
	if (name && find(s, KUBECONFIG_CLUSTER, "cluster", name, &s->cluster, e) < 0)
		return -1;
	name = s->context->value[KC_USER];
	return name ? find(s, KUBECONFIG_USER, "user", name, &s->user, e) : 0;
}

static void describe(const struct search *s, struct access *a)
{
	if (s->context)
		snprintf(a->where, sizeof(a->where), "kubeconfig %.120s, context %.60s",
			 s->context->file, s->context->name);
	else
		snprintf(a->where, sizeof(a->where), "%s",
			 identity_setting(s->over, SET_K8S_API_ENDPOINT));
}

/* Of old it went on with "/api/v1/". */
static int take_endpoint(const struct search *s, struct access *a, struct err *e)
{
	char *url __cleanup(free_text) = strdup(settings_get(s->over, SET_K8S_API_ENDPOINT));
	char *api = NULL;

	if (!url)
		return err_set(e, ERR_INTERNAL, "out of memory");
	if (s->over->source[SET_K8S_API_ENDPOINT] == SETTINGS_POLICY)
		api = strstr(url, "/api/");
	if (api)
		*api = '\0';
	return server_read(url, identity_setting(s->over, SET_K8S_API_ENDPOINT), &a->server, e);
}

static int refuse_no_server(const struct search *s, struct err *e)
{
	if (s->cluster)
		return err_set(e, ERR_CONFIG, "cluster \"%.60s\" has no server", s->cluster->name);
	if (s->context)
		return err_set(e, ERR_CONFIG, "context \"%.60s\" has no cluster",
			       s->context->name);
	return err_set(e, ERR_CONFIG, "%s has no current-context; set it there, or by "
		       "K8S_CURRENT_CONTEXT", s->kubeconfig.files[0]);
}

static int take_server(const struct search *s, struct access *a, struct err *e)
{
	const struct kubeconfig_entry *cluster = s->cluster;

	if (*settings_get(s->over, SET_K8S_API_ENDPOINT))
		return take_endpoint(s, a, e);
	if (!cluster || !cluster->value[KC_SERVER])
		return refuse_no_server(s, e);
	if (cluster->value[KC_TLS_SERVER_NAME]) {
		a->server_name = strdup(cluster->value[KC_TLS_SERVER_NAME]);
		if (!a->server_name)
			return err_set(e, ERR_INTERNAL, "out of memory");
	}
	return server_read(cluster->value[KC_SERVER], "server", &a->server, e);
}

static int take_authority(const struct search *s, struct access *a, struct err *e)
{
	const char *file = settings_get(s->over, SET_K8S_CA_FILE);

	if (*file || s->insecure) {
		a->insecure = s->insecure;
		if (*file && pem_take_file(&a->ca, file, identity_setting(s->over, SET_K8S_CA_FILE),
					   e) < 0)
			return -1;
	} else if (s->cluster) {
		a->insecure = s->cluster->value[KC_INSECURE] != NULL;
		if (pem_take(&a->ca, s->cluster, KC_CA, KC_CA_DATA, e) < 0)
			return -1;
	}
	if (a->insecure && access_pem_given(&a->ca))
		return err_set(e, ERR_CONFIG, "%s is of no use where insecure-skip-tls-verify is "
			       "true; remove one of the two", a->ca.name);
	return 0;
}

static int take_account(const struct search *s, const struct in_cluster *pod, struct access *a,
			struct err *e)
{
	const char *ca = settings_get(s->over, SET_K8S_CA_FILE);

	snprintf(a->where, sizeof(a->where), "in-cluster");
	if (server_read(pod->server, "KUBERNETES_SERVICE_HOST", &a->server, e) < 0)
		return -1;
	if (*ca && pem_take_file(&a->ca, ca, identity_setting(s->over, SET_K8S_CA_FILE), e) < 0)
		return -1;
	if (!*ca && *pod->ca_file && pem_take_file(&a->ca, pod->ca_file, "file", e) < 0)
		return -1;
	return identity_take_account(a, pod->token_file, s->over, e);
}

static int take_all(const struct search *s, struct access *a, struct deadline deadline,
		    struct err *e)
{
	struct in_cluster pod;

	if (!*settings_get(s->over, SET_K8S_API_ENDPOINT) && kubeconfig_is_empty(&s->kubeconfig)) {
		if (in_cluster_find(IN_CLUSTER_FOLDER, &pod))
			return take_account(s, &pod, a, e);
		return err_set(e, ERR_CONFIG, "nothing says where the API server is: no "
			       "kubeconfig, no endpoint, and this is no pod; set "
			       "kubernetes.kubeconfig");
	}
	describe(s, a);
	if (take_server(s, a, e) < 0)
		return -1;
	if (strncmp(a->server, "https://", 8) != 0)
		return 0;
	return take_authority(s, a, e) < 0 ? -1 : identity_take(a, s->user, s->over, deadline, e);
}

static int look(struct access *ret, const struct settings *settings, bool ahead,
		struct deadline deadline, struct err *e)
{
	struct search s __cleanup(search_done) = { .over = settings };
	struct access a __cleanup(access_done) = { .ahead = ahead };

	if (load(&s, settings, e) < 0 || read_insecure(&s, e) < 0 || choose(&s, e) < 0)
		return -1;
	if (take_all(&s, &a, deadline, e) < 0)
		return *a.where ? err_wrap(e, "%s", a.where) : -1;
	*ret = a;
	memset(&a, 0, sizeof(a));
	return 0;
}

/* What is not there is a file, and no record of the store's. */
int access_find(struct access *ret, const struct settings *settings, struct deadline deadline,
		struct err *e)
{
	int rc = look(ret, settings, false, deadline, e);

	if (rc < 0 && e->kind == ERR_NOT_FOUND)
		e->kind = ERR_IO;
	return rc;
}

/* To read a kubeconfig takes longer than all that a request waits for: most have no such word. */
static bool speaks_of_exec(const struct settings *settings)
{
	struct search s __cleanup(search_done) = { .over = settings, .kubeconfig.skims = true };
	struct err ignored = { 0 };

	load(&s, settings, &ignored);
	return s.kubeconfig.speaks_of_exec;
}

int access_prepare(const struct settings *settings, struct deadline deadline, struct err *e)
{
	struct access a __cleanup(access_done) = { 0 };

	if (!speaks_of_exec(settings) || look(&a, settings, true, deadline, e) == 0)
		return 0;
	if (e->kind == ERR_NOT_FOUND)
		e->kind = ERR_IO;
	return -1;
}
