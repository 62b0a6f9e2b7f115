/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/settings.h"
#include "base/json.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum in_config {
	TAKEN,
	REFUSED,	/* the environment alone may say it */
	NONE,		/* whoever has such a name there means something else */
};

static const struct {
	const char *name;	/* in lower case */
	enum in_config in_config;
	bool bare, prefixed;	/* <NAME> and CALICO_<NAME> in the environment */
} table[N_SETTINGS] = {
	[SET_DATASTORE_TYPE] = { "datastore_type", TAKEN, true, true },
	[SET_ETCD_ENDPOINTS] = { "etcd_endpoints", TAKEN, true, true },
	[SET_ETCD_DISCOVERY_SRV] = { "etcd_discovery_srv", TAKEN, true, true },
	[SET_ETCD_KEY_FILE] = { "etcd_key_file", TAKEN, true, true },
	[SET_ETCD_CERT_FILE] = { "etcd_cert_file", TAKEN, true, true },
	[SET_ETCD_CA_CERT_FILE] = { "etcd_ca_cert_file", TAKEN, true, true },
	[SET_ETCD_USERNAME] = { "etcd_username", REFUSED, true, true },
	[SET_ETCD_PASSWORD] = { "etcd_password", REFUSED, true, true },
	[SET_ETCD_PROTOCOL] = { "etcd_protocol", TAKEN, true, true },
	[SET_TLS_MIN_VERSION] = { "tls_min_version", REFUSED, true, false },
	[SET_TLS_CIPHER_SUITES] = { "tls_cipher_suites", REFUSED, true, false },
	[SET_LOCAL_PATH] = { "local_path", TAKEN, false, true },
	[SET_RUN_PATH] = { "run_path", TAKEN, false, true },
	[SET_MIRROR] = { "mirror", TAKEN, false, true },
	[SET_TLS_SESSIONS] = { "tls_sessions", TAKEN, false, true },
	[SET_KUBECONFIG] = { "kubeconfig", NONE, true, true },
	[SET_KUBECONFIG_INLINE] = { "kubeconfig_inline", NONE, false, false },
	[SET_K8S_CURRENT_CONTEXT] = { "k8s_current_context", NONE, true, true },
	[SET_K8S_API_ENDPOINT] = { "k8s_api_endpoint", NONE, true, true },
	[SET_K8S_KEY_FILE] = { "k8s_key_file", NONE, true, true },
	[SET_K8S_CERT_FILE] = { "k8s_cert_file", NONE, true, true },
	[SET_K8S_CA_FILE] = { "k8s_ca_file", NONE, true, true },
	[SET_K8S_INSECURE] = { "k8s_insecure_skip_tls_verify", NONE, true, true },
	/* Calico exports K8S_API_TOKEN and never reads it. */
	[SET_K8S_API_TOKEN] = { "k8sapitoken", NONE, false, true },
	[SET_CALICO_API_GROUP] = { "calico_api_group", TAKEN, true, true },
};

static const struct {
	const char *object, *name;
	enum setting which;
	enum settings_source source;
} nested[] = {
	{ "kubernetes", "kubeconfig", SET_KUBECONFIG, SETTINGS_CONFIG },
	{ "kubernetes", "k8s_api_root", SET_K8S_API_ENDPOINT, SETTINGS_CONFIG },
	{ "policy", "k8s_api_root", SET_K8S_API_ENDPOINT, SETTINGS_POLICY },
	{ "policy", "k8s_auth_token", SET_K8S_API_TOKEN, SETTINGS_POLICY },
	{ "policy", "k8s_client_certificate", SET_K8S_CERT_FILE, SETTINGS_POLICY },
	{ "policy", "k8s_client_key", SET_K8S_KEY_FILE, SETTINGS_POLICY },
	{ "policy", "k8s_certificate_authority", SET_K8S_CA_FILE, SETTINGS_POLICY },
};

static const char *const kubernetes_variables[] = { "KUBECONFIG", "CALICO_API_GROUP",
						    "USE_POD_CIDR" };

void settings_init(struct settings *s)
{
	memset(s, 0, sizeof(*s));
}

static void forget(struct settings *s, int i)
{
	bool secret = i == SET_ETCD_PASSWORD || i == SET_K8S_API_TOKEN ||
		i == SET_KUBECONFIG_INLINE;

	if (secret && s->value[i])
		explicit_bzero(s->value[i], strlen(s->value[i]));
	free(s->value[i]);
}

void settings_done(struct settings *s)
{
	for (int i = 0; i < N_SETTINGS; i++)
		forget(s, i);
	settings_init(s);
}

const char *settings_get(const struct settings *s, enum setting which)
{
	return s->value[which] ? s->value[which] : "";
}

static void note(char witness[64], const char *name)
{
	if (!*witness)
		snprintf(witness, 64, "%.63s", name);
}

static int find(const char *name)
{
	int first = tolower((unsigned char)*name);

	for (int i = 0; i < N_SETTINGS; i++)
		if (*table[i].name == first && strcasecmp(table[i].name, name) == 0)
			return i;
	return -1;
}

static int put(struct settings *s, int i, const char *value, enum settings_source source,
	       struct err *e)
{
	size_t max = i == SET_KUBECONFIG_INLINE ? SETTINGS_KUBECONFIG_MAX : SETTINGS_VALUE_MAX;
	char *copy;

	if (s->source[i] > source)
		return 0;
	if (strlen(value) > max)
		return err_set(e, ERR_LIMIT, "%s is longer than the limit of %zu bytes",
			       table[i].name, max);
	copy = strdup(value);
	if (!copy)
		return err_set(e, ERR_INTERNAL, "out of memory");
	forget(s, i);
	s->value[i] = copy;
	s->source[i] = source;
	return 0;
}

int settings_set(struct settings *s, const char *name, const char *value,
		 enum settings_source source, struct err *e)
{
	int i = find(name);

	if (i < 0)
		return err_set(e, ERR_CONFIG, "\"%s\" is not a setting of the datastore", name);
	if (strncasecmp(name, "etcd", 4) == 0)
		note(s->speaks_of_etcd, name);
	if (i >= SET_KUBECONFIG)
		note(s->speaks_of_kubernetes, name);
	return put(s, i, value, source, e);
}

static bool begins(const char *name, const char *with)
{
	return strncasecmp(name, with, strlen(with)) == 0;
}

static bool is_about_a_store(const char *name)
{
	return begins(name, "etcd") || begins(name, "datastore");
}

static bool is_about_kubernetes(const char *name)
{
	return !strcasecmp(name, "kubernetes") || !strcasecmp(name, "policy");
}

static int refuse_key(const char *name, struct err *e)
{
	int i = find(name);
	char variable[32];

	if (i < 0)
		return err_set(e, ERR_CONFIG, "configuration key \"%s\" is not known; remove it or "
			       "correct its spelling", name);
	snprintf(variable, sizeof(variable), "%s", table[i].name);
	for (char *p = variable; *p; p++)
		*p = (char)toupper((unsigned char)*p);
	return err_set(e, ERR_CONFIG, "\"%s\" cannot stand in the configuration; set the "
		       "environment variable %s instead", name, variable);
}

static int take_nested_key(struct settings *s, const char *object, const struct cJSON *item,
			   struct err *e)
{
	const char *name = json_name(item);
	enum json_type type = json_type(item);
	size_t i = 0;

	while (i < ARRAY_LEN(nested) && (strcasecmp(nested[i].object, object) != 0 ||
					 strcasecmp(nested[i].name, name) != 0))
		i++;
	if (i == ARRAY_LEN(nested) || type == JSON_NULL)
		return 0;
	if (type != JSON_STRING)
		return err_set(e, ERR_DECODE, "configuration key \"%s.%s\" must be a string, "
			       "not %s", nested[i].object, nested[i].name, json_type_name(type));
	return *json_string(item) ? put(s, nested[i].which, json_string(item), nested[i].source,
					e) : 0;
}

static int take_nested(struct settings *s, const struct cJSON *item, struct err *e)
{
	struct json_names fields __cleanup(json_names_done) = { 0 };
	const char *name = json_name(item);

	if (json_type(item) != JSON_OBJECT)
		return err_set(e, ERR_DECODE, "configuration key \"%s\" must be an object, not %s",
			       name, json_type_name(json_type(item)));
	if (json_fields_of(item, &fields) < 0)
		return err_set(e, ERR_INTERNAL, "out of memory");
	for (size_t i = 0; i < fields.n; i++)
		if (take_nested_key(s, name, fields.list[i].item, e) < 0)
			return -1;
	return 0;
}

static int take_config_key(struct settings *s, const struct cJSON *item, struct err *e)
{
	enum json_type type = json_type(item);
	const char *name = json_name(item);
	int i = find(name);

	if (type == JSON_NULL)
		return 0;
	if (i == SET_CALICO_API_GROUP || is_about_kubernetes(name))
		note(s->speaks_of_kubernetes, name);
	if (is_about_kubernetes(name))
		return take_nested(s, item, e);
	if (begins(name, "etcd"))
		note(s->speaks_of_etcd, name);
	if (!strcasecmp(name, "etcd_authority") || !strcasecmp(name, "etcd_scheme"))
		return 0;
	if (i < 0 || table[i].in_config != TAKEN)
		return is_about_a_store(name) || (i >= 0 && table[i].in_config == REFUSED) ?
			refuse_key(name, e) : 0;
	if (type != JSON_STRING)
		return err_set(e, ERR_DECODE, "configuration key \"%s\" must be a string, not %s",
			       name, json_type_name(type));
	return *json_string(item) ? put(s, i, json_string(item), SETTINGS_CONFIG, e) : 0;
}

/* Other IPAM plugins have them there; passed over, they would lead to another store. */
static int refuse_misplaced(const struct cJSON *item, struct err *e)
{
	const char *name = json_name(item);

	if (json_type(item) == JSON_NULL ||
	    (!is_about_a_store(name) && strcasecmp(name, "kubernetes") != 0 &&
	     strcasecmp(name, "local_path") != 0))
		return 0;
	return err_set(e, ERR_CONFIG, "\"%s\" stands within \"ipam\"; move it beside", name);
}

static int take_config(struct settings *s, const struct json_names *beside,
		       const struct json_names *within, struct err *e)
{
	for (size_t i = 0; i < beside->n; i++)
		if (take_config_key(s, beside->list[i].item, e) < 0)
			return -1;
	for (size_t i = 0; i < within->n; i++)
		if (refuse_misplaced(within->list[i].item, e) < 0)
			return -1;
	return 0;
}

int settings_from_config(struct settings *s, const struct cJSON *conf, struct err *e)
{
	struct json_names beside __cleanup(json_names_done) = { 0 };
	struct json_names within __cleanup(json_names_done) = { 0 };
	const struct cJSON *ipam = json_field(conf, "ipam");

	if (json_type(conf) != JSON_OBJECT)
		return err_set(e, ERR_DECODE, "the configuration must be a JSON object, not %s",
			       json_type_name(json_type(conf)));
	if (json_fields_of(conf, &beside) < 0 ||
	    (json_type(ipam) == JSON_OBJECT && json_fields_of(ipam, &within) < 0))
		return err_set(e, ERR_INTERNAL, "out of memory");
	return take_config(s, &beside, &within, e);
}

static bool is_kubernetes_variable(const char *name)
{
	if (strncmp(name, "K8S_", 4) == 0 || strncmp(name, "K8SAPITOKEN", 11) == 0)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(kubernetes_variables); i++)
		if (strcmp(kubernetes_variables[i], name) == 0)
			return true;
	return false;
}

static int take_variable(struct settings *s, const char *full_name, const char *value,
			 struct err *e)
{
	bool prefixed = strncmp(full_name, "CALICO_", 7) == 0 && find(full_name) < 0;
	const char *name = full_name + (prefixed ? 7 : 0);
	int i;

	if (is_kubernetes_variable(full_name) || is_kubernetes_variable(name))
		note(s->speaks_of_kubernetes, full_name);
	if (strncmp(name, "ETCD_", 5) == 0)
		note(s->speaks_of_etcd, full_name);
	for (const char *p = name; *p; p++)
		if (islower((unsigned char)*p))
			return 0;
	i = find(name);
	if (i < 0 || !(prefixed ? table[i].prefixed : table[i].bare))
		return 0;
	return put(s, i, value, prefixed ? SETTINGS_CALICO_ENVIRONMENT : SETTINGS_ENVIRONMENT, e);
}

int settings_from_environment(struct settings *s, struct err *e)
{
	char name[64];

	for (char **p = environ; p && *p; p++) {
		size_t len = strcspn(*p, "=");

		if (!(*p)[len] || len >= sizeof(name))
			continue;
		memcpy(name, *p, len);
		name[len] = '\0';
		if (take_variable(s, name, *p + len + 1, e) < 0)
			return -1;
	}
	return 0;
}

bool settings_name_a_store(const struct settings *s)
{
	static const enum setting names[] = { SET_DATASTORE_TYPE, SET_ETCD_ENDPOINTS,
					      SET_ETCD_DISCOVERY_SRV, SET_LOCAL_PATH };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (*settings_get(s, names[i]))
			return true;
	return *s->speaks_of_etcd != '\0';
}

const char *settings_run_path(const struct settings *s)
{
	const char *said = settings_get(s, SET_RUN_PATH);

	return *said ? said : SETTINGS_RUN_PATH;
}

bool settings_want_mirror(const struct settings *s)
{
	return strcmp(settings_get(s, SET_MIRROR), "off") != 0;
}

const char *settings_session_path(const struct settings *s)
{
	return strcmp(settings_get(s, SET_TLS_SESSIONS), "off") ? settings_run_path(s) : NULL;
}

static int check_switch(const struct settings *s, enum setting which, struct err *e)
{
	const char *value = settings_get(s, which);

	if (*value && strcmp(value, "on") != 0 && strcmp(value, "off") != 0)
		return err_set(e, ERR_CONFIG, "%s must be \"on\" or \"off\", not \"%.60s\"",
			       table[which].name, value);
	return 0;
}

/* Set but empty it hides what the configuration says. */
static bool is_hidden(const struct settings *s, enum setting which)
{
	return s->source[which] == SETTINGS_CALICO_ENVIRONMENT && !*settings_get(s, which);
}

static int refuse_nowhere(const struct settings *s, const char *type, struct err *e)
{
	bool endpoints = is_hidden(s, SET_ETCD_ENDPOINTS);

	if (endpoints || is_hidden(s, SET_ETCD_DISCOVERY_SRV))
		return err_set(e, ERR_CONFIG,
			       "the environment variable %s is set but empty, which hides any "
			       "%s of the configuration; unset it or give it a value",
			       endpoints ? "CALICO_ETCD_ENDPOINTS" : "CALICO_ETCD_DISCOVERY_SRV",
			       endpoints ? "etcd_endpoints" : "etcd_discovery_srv");
	if (*type)
		return err_set(e, ERR_CONFIG,
			       "datastore_type is \"etcdv3\" but no endpoint is given; set "
			       "etcd_endpoints or etcd_discovery_srv");
	return err_set(e, ERR_CONFIG,
		       "%s speaks of etcd but no endpoint is given; set etcd_endpoints or "
		       "etcd_discovery_srv, or datastore_type to \"local\"", s->speaks_of_etcd);
}

static int decide_type(const struct settings *s, enum datastore_type *ret, struct err *e)
{
	const char *type = settings_get(s, SET_DATASTORE_TYPE);
	bool placed = *settings_get(s, SET_ETCD_ENDPOINTS) ||
		*settings_get(s, SET_ETCD_DISCOVERY_SRV);
	bool kubernetes = *type ? strcmp(type, "kubernetes") == 0 :
				  !placed && *s->speaks_of_kubernetes;
	bool etcd = *type ? strcmp(type, "etcdv3") == 0 :
			    placed || (!kubernetes && *s->speaks_of_etcd);

	if (*type && !kubernetes && !etcd && strcmp(type, "local") != 0)
		return err_set(e, ERR_CONFIG, "datastore_type: unknown datastore type: %s; use "
			       "\"etcdv3\", \"kubernetes\" or \"local\"", type);
	if (etcd && !placed)
		return refuse_nowhere(s, type, e);
	*ret = kubernetes ? DATASTORE_KUBERNETES : etcd ? DATASTORE_ETCD : DATASTORE_LOCAL;
	return 0;
}

/* A runtime starts its plugins anywhere. */
static int refuse_relative(const struct settings *s, enum setting which, struct err *e)
{
	const char *path = settings_get(s, which), *end;

	for (; *path; path = *end ? end + 1 : end) {
		end = which == SET_KUBECONFIG ? strchrnul(path, ':') : path + strlen(path);
		if (end > path && *path != '/')
			return err_set(e, ERR_CONFIG,
				       "%s must be an absolute path, not \"%.100s\"",
				       table[which].name, path);
	}
	return 0;
}

static int refuse_relative_paths(const struct settings *s, enum datastore_type type,
				 struct err *e)
{
	static const struct {
		bool always;
		enum datastore_type of;
		enum setting which;
	} paths[] = {
		{ true, 0, SET_LOCAL_PATH }, { true, 0, SET_RUN_PATH },
		{ false, DATASTORE_ETCD, SET_ETCD_CA_CERT_FILE },
		{ false, DATASTORE_ETCD, SET_ETCD_CERT_FILE },
		{ false, DATASTORE_ETCD, SET_ETCD_KEY_FILE },
		{ false, DATASTORE_KUBERNETES, SET_KUBECONFIG },
		{ false, DATASTORE_KUBERNETES, SET_K8S_CA_FILE },
		{ false, DATASTORE_KUBERNETES, SET_K8S_CERT_FILE },
		{ false, DATASTORE_KUBERNETES, SET_K8S_KEY_FILE },
	};

	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		if ((paths[i].always || paths[i].of == type) &&
		    refuse_relative(s, paths[i].which, e) < 0)
			return -1;
	return 0;
}

static int check_protocol(const struct settings *s, struct err *e)
{
	const char *said = settings_get(s, SET_ETCD_PROTOCOL);

	if (!*said || strcmp(said, SETTINGS_PROTOCOL_GRPC) == 0 ||
	    strcmp(said, SETTINGS_PROTOCOL_JSON) == 0)
		return 0;
	return err_set(e, ERR_CONFIG, "etcd_protocol must be \"" SETTINGS_PROTOCOL_GRPC "\" or \""
		       SETTINGS_PROTOCOL_JSON "\", not \"%.60s\"", said);
}

int settings_decide(const struct settings *s, enum datastore_type *ret_type, struct err *e)
{
	enum datastore_type type = DATASTORE_LOCAL;

	if (check_switch(s, SET_MIRROR, e) < 0 || check_switch(s, SET_TLS_SESSIONS, e) < 0 ||
	    check_protocol(s, e) < 0 || decide_type(s, &type, e) < 0 ||
	    refuse_relative_paths(s, type, e) < 0)
		return -1;
	*ret_type = type;
	return 0;
}
