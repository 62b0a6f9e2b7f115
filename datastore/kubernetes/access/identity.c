/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/kubernetes/access/identity.h"

#include "base/b64.h"
#include "base/io.h"
#include "datastore/kubernetes/access/exec.h"
#include "datastore/kubernetes/access/pem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PASSWORD_MAX 8192	/* bytes of username and password */

static const struct {
	enum setting which;
	const char *variable, *in_policy, *in_config;
} names[] = {
	{ SET_K8S_API_ENDPOINT, "K8S_API_ENDPOINT", "policy.k8s_api_root",
	  "kubernetes.k8s_api_root" },
	{ SET_K8S_CA_FILE, "K8S_CA_FILE", "policy.k8s_certificate_authority", "k8sCAFile" },
	{ SET_K8S_CERT_FILE, "K8S_CERT_FILE", "policy.k8s_client_certificate", "k8sCertFile" },
	{ SET_K8S_KEY_FILE, "K8S_KEY_FILE", "policy.k8s_client_key", "k8sKeyFile" },
	{ SET_K8S_API_TOKEN, "CALICO_K8SAPITOKEN", "policy.k8s_auth_token", "k8sAPIToken" },
};

const char *identity_setting(const struct settings *s, enum setting which)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (names[i].which != which)
			continue;
		if (s->source[which] == SETTINGS_POLICY)
			return names[i].in_policy;
		return s->source[which] == SETTINGS_CONFIG ? names[i].in_config :
							     names[i].variable;
	}
	return "";
}

static __printf_like(2, 3) void name_identity(struct access *a, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(a->identity, sizeof(a->identity), fmt, args);
	va_end(args);
}

static int set_authorization(struct access *a, const char *scheme, const char *text, size_t len,
			     struct err *e)
{
	char *value;

	if (asprintf(&value, "%s %.*s", scheme, (int)len, text) < 0)
		return err_set(e, ERR_INTERNAL, "out of memory");
	a->authorization = value;
	return 0;
}

/* What could end the header is in no token. */
static int set_bearer(struct access *a, const char *token, size_t len, const char *name,
		      struct err *e)
{
	for (size_t i = 0; i < len; i++)
		if (token[i] <= ' ' || token[i] > '~')
			return err_set(e, ERR_CONFIG, "%s has a character that no token has, such "
				       "as a blank or a line's end", name);
	return set_authorization(a, "Bearer", token, len, e);
}

static int set_basic(struct access *a, const struct kubeconfig_entry *user, struct err *e)
{
	struct buf both __cleanup(buf_done) = BUF(PASSWORD_MAX);
	struct buf text __cleanup(buf_done) = BUF(B64_LEN(PASSWORD_MAX));
	const char *name = user->value[KC_USERNAME], *password = user->value[KC_PASSWORD];
	int rc;

	buf_printf(&both, "%s:%s", name ? name : "", password ? password : "");
	b64_encode(&text, both.data, both.len);
	if (both.failed || text.failed)
		rc = err_set(e, ERR_LIMIT, "username and password are longer than %d bytes",
			     PASSWORD_MAX);
	else
		rc = set_authorization(a, "Basic", text.data, text.len, e);
	explicit_bzero(both.data, both.len);
	explicit_bzero(text.data, text.len);
	name_identity(a, "username \"%.60s\"", name ? name : "");
	return rc;
}

static int read_token(struct access *a, const char *path, struct err *e)
{
	struct buf text __cleanup(buf_done) = BUF(ACCESS_TOKEN_MAX);
	int rc = io_read_file(path, &text, e);
	size_t from = strspn(text.data, " \t\r\n"), len = text.len;

	while (len > from && strchr(" \t\r\n", text.data[len - 1]))
		len--;
	if (rc == 0 && len == from)
		rc = err_set(e, ERR_CONFIG, "token file %s is empty", path);
	if (rc == 0)
		rc = set_bearer(a, text.data + from, len - from, path, e);
	explicit_bzero(text.data, text.len);
	name_identity(a, "token file %s", path);
	return rc;
}

static int take_token(struct access *a, const char *token, const char *name, const char *path,
		      struct err *e)
{
	if (path && read_token(a, path, e) == 0)
		return 0;
	if (!token)
		return path ? -1 : 0;
	err_reset(e);
	name_identity(a, "%s", name);
	return set_bearer(a, token, strlen(token), name, e);
}

static int take_user_token(struct access *a, const struct kubeconfig_entry *user,
			   const struct settings *over, struct err *e)
{
	const char *token = user ? user->value[KC_TOKEN] : NULL;
	char *path __cleanup(free_text) = NULL;
	bool replaced = *settings_get(over, SET_K8S_API_TOKEN);
	char name[100];

	snprintf(name, sizeof(name), "token of user \"%.60s\"", user ? user->name : "");
	if (user && user->value[KC_TOKEN_FILE]) {
		path = kubeconfig_path(user, user->value[KC_TOKEN_FILE]);
		if (!path)
			return err_set(e, ERR_INTERNAL, "out of memory");
	}
	if (replaced)
		token = settings_get(over, SET_K8S_API_TOKEN);
	return take_token(a, token, replaced ? identity_setting(over, SET_K8S_API_TOKEN) : name,
			  path, e);
}

int identity_take_account(struct access *a, const char *token_file, const struct settings *over,
			  struct err *e)
{
	const char *token = settings_get(over, SET_K8S_API_TOKEN);

	return take_token(a, *token ? token : NULL, identity_setting(over, SET_K8S_API_TOKEN),
			  *token ? NULL : token_file, e);
}

static int take_certificate(struct access *a, const struct kubeconfig_entry *user,
			    const struct settings *over, struct err *e)
{
	const char *certificate = settings_get(over, SET_K8S_CERT_FILE);
	const char *key = settings_get(over, SET_K8S_KEY_FILE);

	if (pem_take(&a->certificate, user, KC_CERT, KC_CERT_DATA, e) < 0 ||
	    pem_take(&a->key, user, KC_KEY, KC_KEY_DATA, e) < 0)
		return -1;
	if (*certificate && pem_take_file(&a->certificate, certificate,
					  identity_setting(over, SET_K8S_CERT_FILE), e) < 0)
		return -1;
	if (*key && pem_take_file(&a->key, key, identity_setting(over, SET_K8S_KEY_FILE), e) < 0)
		return -1;
	if (access_pem_given(&a->certificate) && !access_pem_given(&a->key))
		return err_set(e, ERR_CONFIG, "%s has no key; give client-key or client-key-data",
			       a->certificate.name);
	if (!access_pem_given(&a->certificate))
		pem_done(&a->key);
	else
		name_identity(a, "%s", a->certificate.name);
	return 0;
}

static int ask_plugin(struct access *a, const struct kubeconfig_entry *user,
		      struct deadline deadline, struct err *e)
{
	struct exec_answer answer __cleanup(exec_answer_done) = { 0 };

	if (exec_ask(user, a, deadline, &answer, e) < 0)
		return -1;
	if (a->ahead)
		exec_keep(user, a, &answer);
	if (answer.certificate) {
		pem_take_text(&a->certificate, answer.certificate, "certificate of exec plugin");
		pem_take_text(&a->key, answer.key, "key of exec plugin");
		answer.certificate = answer.key = NULL;
	}
	name_identity(a, "exec plugin %s", user->value[KC_EXEC_COMMAND]);
	return answer.token ? set_bearer(a, answer.token, strlen(answer.token),
					 "the token of the exec plugin", e) : 0;
}

int identity_take(struct access *a, const struct kubeconfig_entry *user,
		  const struct settings *over, struct deadline deadline, struct err *e)
{
	bool basic = user && (user->value[KC_USERNAME] || user->value[KC_PASSWORD]);

	name_identity(a, "nobody");
	if (take_certificate(a, user, over, e) < 0 || take_user_token(a, user, over, e) < 0)
		return -1;
	if (basic && a->authorization)
		return err_set(e, ERR_CONFIG, "there are both %s and a username or password; "
			       "remove one", a->identity);
	if (basic)
		return set_basic(a, user, e);
	if (user && user->exec && !a->authorization && !access_pem_given(&a->certificate))
		return ask_plugin(a, user, deadline, e);
	return 0;
}
