/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/settings/calicoctl.h"
#include "base/yaml/yaml_read.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define KIND "CalicoAPIConfig"
#define API_VERSION "projectcalico.org/v3"

enum field {
	FIELD_API_VERSION, FIELD_KIND, FIELD_TYPE, FIELD_ENDPOINTS, FIELD_DISCOVERY, FIELD_USERNAME,
	FIELD_PASSWORD, FIELD_KEY_FILE, FIELD_CERT_FILE, FIELD_CA_FILE, FIELD_KEY, FIELD_CERT,
	FIELD_CA, FIELD_KUBECONFIG, FIELD_KUBECONFIG_INLINE, FIELD_K8S_CONTEXT, FIELD_K8S_ENDPOINT,
	FIELD_K8S_KEY_FILE, FIELD_K8S_CERT_FILE, FIELD_K8S_CA_FILE, FIELD_K8S_TOKEN,
	FIELD_K8S_INSECURE, FIELD_API_GROUP, N_FIELDS
};

static const struct {
	const char *name;
	bool in_spec;
	const char *setting;	/* NULL: none */
	bool is_path;
} table[N_FIELDS] = {
	[FIELD_API_VERSION] = { "apiVersion", false, NULL, false },
	[FIELD_KIND] = { "kind", false, NULL, false },
	[FIELD_TYPE] = { "datastoreType", true, "datastore_type", false },
	[FIELD_ENDPOINTS] = { "etcdEndpoints", true, "etcd_endpoints", false },
	[FIELD_DISCOVERY] = { "etcdDiscoverySrv", true, "etcd_discovery_srv", false },
	[FIELD_USERNAME] = { "etcdUsername", true, "etcd_username", false },
	[FIELD_PASSWORD] = { "etcdPassword", true, "etcd_password", false },
	[FIELD_KEY_FILE] = { "etcdKeyFile", true, "etcd_key_file", true },
	[FIELD_CERT_FILE] = { "etcdCertFile", true, "etcd_cert_file", true },
	[FIELD_CA_FILE] = { "etcdCACertFile", true, "etcd_ca_cert_file", true },
	[FIELD_KEY] = { "etcdKey", true, NULL, false },
	[FIELD_CERT] = { "etcdCert", true, NULL, false },
	[FIELD_CA] = { "etcdCACert", true, NULL, false },
	[FIELD_KUBECONFIG] = { "kubeconfig", true, "kubeconfig", false },
	[FIELD_KUBECONFIG_INLINE] = { "kubeconfigInline", true, "kubeconfig_inline", false },
	[FIELD_K8S_CONTEXT] = { "k8sCurrentContext", true, "k8s_current_context", false },
	[FIELD_K8S_ENDPOINT] = { "k8sAPIEndpoint", true, "k8s_api_endpoint", false },
	[FIELD_K8S_KEY_FILE] = { "k8sKeyFile", true, "k8s_key_file", false },
	[FIELD_K8S_CERT_FILE] = { "k8sCertFile", true, "k8s_cert_file", false },
	[FIELD_K8S_CA_FILE] = { "k8sCAFile", true, "k8s_ca_file", false },
	[FIELD_K8S_TOKEN] = { "k8sAPIToken", true, "k8sapitoken", false },
	[FIELD_K8S_INSECURE] = { "k8sInsecureSkipTLSVerify", true,
				 "k8s_insecure_skip_tls_verify", false },
	[FIELD_API_GROUP] = { "calicoAPIGroup", true, "calico_api_group", false },
};

static const char *const without_effect[] = { "k8sClientQPS", "k8sDisableNodePoll", "usePodCIDR" };
static const char *const beginnings[] = { "etcd", "datastore", "k8s", "kube", "calico" };

struct config {
	const char *file;
	char *value[N_FIELDS];	/* owned; NULL: not given */
};

static void config_done(struct config *c)
{
	for (unsigned i = 0; i < N_FIELDS; i++) {
		if (c->value[i])
			explicit_bzero(c->value[i], strlen(c->value[i]));
		free(c->value[i]);
	}
}

static const char *value_of(const struct config *c, enum field which)
{
	return c->value[which] ? c->value[which] : "";
}

static int find(const struct told *t)
{
	bool in_spec = t->depth == 2 && strcmp(t->path[0].name, "spec") == 0;

	for (int i = 0; i < N_FIELDS; i++)
		if ((table[i].in_spec ? in_spec : t->depth == 1) &&
		    strcmp(t->path[t->depth - 1].name, table[i].name) == 0)
			return i;
	return -1;
}

static bool is_about_a_store(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(without_effect); i++)
		if (strcmp(name, without_effect[i]) == 0)
			return false;
	for (size_t i = 0; i < ARRAY_LEN(beginnings); i++)
		if (strncasecmp(name, beginnings[i], strlen(beginnings[i])) == 0)
			return true;
	return false;
}

/* What is misspelt must not lead to another store. */
static int refuse_unknown(const struct config *c, const struct told *t, struct err *e)
{
	const char *name = t->depth ? t->path[t->depth - 1].name : "";

	if (t->depth == 0)
		return err_set(e, ERR_DECODE, "%s:%zu: is no " KIND ", which is a map", c->file,
			       t->line);
	if (!is_about_a_store(name))
		return 0;
	return err_set(e, ERR_CONFIG, "%s:%zu: \"%.60s\" is not known %s; remove it or correct it",
		       c->file, t->line, name, t->depth == 2 ? "in spec" : "here");
}

static int refuse_inline(const struct config *c, const struct told *t, struct err *e)
{
	const char *name = t->path[1].name;

	return err_set(e, ERR_CONFIG, "%s:%zu: keys and certificates are not read from within a "
		       "configuration; write that of %s to a file, and name it with %sFile",
		       c->file, t->line, name, name);
}

static int refuse_type(const struct config *c, const struct told *t, int i, struct err *e)
{
	const char *name = table[i].name;

	if (t->as == TOLD_OTHER)
		return err_set(e, ERR_DECODE, "%s:%zu: put the value of %s in quotes; without them "
			       "it is taken for a number or a boolean", c->file, t->line, name);
	return err_set(e, ERR_DECODE, "%s:%zu: %s must be a text, not a %s%s", c->file, t->line,
		       name, t->as == TOLD_LIST ? "list" : "map",
		       i == FIELD_ENDPOINTS ? ": URLs separated by commas" : "");
}

static int take_insecure(struct config *c, const struct told *t, struct err *e)
{
	bool yes;

	if (t->as == TOLD_NOTHING)
		return 0;
	if (!yaml_bool(t, &yes))
		return err_set(e, ERR_DECODE, "%s:%zu: %s must be true or false, without quotes",
			       c->file, t->line, table[FIELD_K8S_INSECURE].name);
	c->value[FIELD_K8S_INSECURE] = strdup(yes ? "true" : "false");
	return c->value[FIELD_K8S_INSECURE] ? 0 : err_set(e, ERR_INTERNAL, "out of memory");
}

static int take_field(struct config *c, const struct told *t, int i, struct err *e)
{
	if (i == FIELD_K8S_INSECURE)
		return take_insecure(c, t, e);
	if (t->as == TOLD_NOTHING || (t->as == TOLD_TEXT && !*t->text))
		return 0;
	if (t->as != TOLD_TEXT)
		return refuse_type(c, t, i, e);
	if (i == FIELD_KEY || i == FIELD_CERT || i == FIELD_CA)
		return refuse_inline(c, t, e);
	if (table[i].is_path && *t->text != '/')
		return err_set(e, ERR_CONFIG, "%s:%zu: %s must be an absolute path", c->file,
			       t->line, table[i].name);
	c->value[i] = strdup(t->text);
	return c->value[i] ? 0 : err_set(e, ERR_INTERNAL, "out of memory");
}

static int visit(const struct told *t, void *arg, struct err *e)
{
	struct config *c = arg;
	bool in_map = t->depth && t->path[0].name && t->path[t->depth - 1].name;
	int i = in_map ? find(t) : -1;

	if (t->depth && !in_map)
		return 0;
	if (i >= 0)
		return take_field(c, t, i, e);
	if (t->depth == 0 && t->as != TOLD_MAP)
		return refuse_unknown(c, t, e);
	if (t->depth == 1 && strcmp(t->path[0].name, "spec") == 0 && t->as != TOLD_MAP &&
	    t->as != TOLD_NOTHING)
		return err_set(e, ERR_DECODE, "%s:%zu: spec must be a map", c->file, t->line);
	return t->depth == 1 || t->depth == 2 ? refuse_unknown(c, t, e) : 0;
}

static int check_kind(const struct config *c, struct err *e)
{
	if (strcmp(value_of(c, FIELD_API_VERSION), API_VERSION) != 0)
		return err_set(e, ERR_CONFIG, "%s: apiVersion must be \"" API_VERSION "\", not "
			       "\"%.60s\"", c->file, value_of(c, FIELD_API_VERSION));
	if (strcmp(value_of(c, FIELD_KIND), KIND) != 0)
		return err_set(e, ERR_CONFIG, "%s: kind must be \"" KIND "\", not \"%.60s\"",
			       c->file, value_of(c, FIELD_KIND));
	return 0;
}

static int settle_type(struct config *c, struct err *e)
{
	const char *type = value_of(c, FIELD_TYPE);

	if (!*type) {
		c->value[FIELD_TYPE] = strdup(*value_of(c, FIELD_ENDPOINTS) ? "etcdv3" :
									      "kubernetes");
		return c->value[FIELD_TYPE] ? 0 : err_set(e, ERR_INTERNAL, "out of memory");
	}
	if (strcmp(type, "etcdv3") != 0 && strcmp(type, "kubernetes") != 0)
		return err_set(e, ERR_CONFIG, "%s: datastoreType must be \"etcdv3\" or "
			       "\"kubernetes\", not \"%.60s\"", c->file, type);
	return 0;
}

static int put(const struct config *c, struct settings *s, struct err *e)
{
	for (unsigned i = 0; i < N_FIELDS; i++)
		if (table[i].setting && c->value[i] &&
		    settings_set(s, table[i].setting, c->value[i], SETTINGS_CONFIG, e) < 0)
			return err_wrap(e, "%s", c->file);
	return 0;
}

int calicoctl_take(struct settings *s, const char *text, size_t len, const char *file,
		   struct err *e)
{
	struct yaml_source source = { .text = text, .len = len, .file = file,
				      .values_max = CALICOCTL_VALUES_MAX };
	struct config c __cleanup(config_done) = { .file = file };

	if (yaml_read(&source, visit, &c, e) < 0 || check_kind(&c, e) < 0)
		return -1;
	return settle_type(&c, e) < 0 ? -1 : put(&c, s, e);
}

bool calicoctl_is_config(const char *text)
{
	return text[strspn(text, " \t\r\n")] != '{' || strstr(text, KIND);
}
