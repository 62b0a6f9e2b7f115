/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/kubernetes/access/exec.h"

#include "base/b64.h"
#include "base/io.h"
#include "base/json.h"
#include "base/process/run.h"
#include "base/yaml/yaml_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GROUP "client.authentication.k8s.io/"
#define INFO "KUBERNETES_EXEC_INFO"
#define ANSWER_VALUES_MAX 1000
#define INFO_MAX (3 << 19)	/* bytes: a CA of the largest size, as base64 */
#define ASIDE_MAX 4096		/* bytes kept of its standard error */
#define ASIDE_TOLD 160

static void wipe(char *text)
{
	if (text)
		explicit_bzero(text, strlen(text));
	free(text);
}

void exec_answer_done(struct exec_answer *answer)
{
	wipe(answer->token);
	wipe(answer->certificate);
	wipe(answer->key);
	memset(answer, 0, sizeof(*answer));
}

static const char *value_of(const struct kubeconfig_entry *user, enum kubeconfig_field field)
{
	return user->value[field] ? user->value[field] : "";
}

static int check(const struct kubeconfig_entry *user, struct err *e)
{
	const char *version = value_of(user, KC_EXEC_VERSION);
	const char *mode = value_of(user, KC_EXEC_INTERACTIVE);
	bool first = strcmp(version, GROUP "v1") == 0;

	if (!*value_of(user, KC_EXEC_COMMAND))
		return err_set(e, ERR_CONFIG, "exec.command is missing");
	if (!first && strcmp(version, GROUP "v1beta1") != 0)
		return err_set(e, ERR_CONFIG, "exec.apiVersion must be " GROUP "v1 or v1beta1, not "
			       "\"%.60s\"", version);
	if (strcmp(mode, "Always") == 0)
		return err_set(e, ERR_CONFIG, "exec.interactiveMode is Always, and here is nobody "
			       "to be asked");
	if (strcmp(mode, "Never") != 0 && strcmp(mode, "IfAvailable") != 0 && (first || *mode))
		return err_set(e, ERR_CONFIG, "exec.interactiveMode must be Never or IfAvailable, "
			       "not \"%.20s\"", mode);
	for (size_t i = 0; i < user->n_env; i++)
		if (!user->env[i].name || strchr(user->env[i].name, '='))
			return err_set(e, ERR_CONFIG, "a variable of exec.env has no name, or one "
				       "with \"=\"");
	return 0;
}

static int put_ca(const struct access_pem *ca, struct buf *out, struct err *e)
{
	struct buf text __cleanup(buf_done) = BUF(ACCESS_PEM_MAX);

	if (!access_pem_given(ca))
		return 0;
	if (!ca->text && io_read_file(ca->file, &text, e) < 0)
		return -1;
	buf_puts(out, ",\"certificate-authority-data\":\"");
	b64_encode(out, ca->text ? ca->text : text.data, ca->text ? ca->len : text.len);
	buf_putc(out, '"');
	return 0;
}

static int put_info(const struct kubeconfig_entry *user, const struct access *cluster,
		    struct buf *out, struct err *e)
{
	buf_puts(out, INFO "={\"kind\":\"ExecCredential\",\"apiVersion\":");
	json_print_string(value_of(user, KC_EXEC_VERSION), out);
	buf_puts(out, ",\"spec\":{");
	if (user->value[KC_EXEC_CLUSTER]) {
		buf_puts(out, "\"cluster\":{\"server\":");
		json_print_string(cluster->server, out);
		if (cluster->server_name) {
			buf_puts(out, ",\"tls-server-name\":");
			json_print_string(cluster->server_name, out);
		}
		if (cluster->insecure)
			buf_puts(out, ",\"insecure-skip-tls-verify\":true");
		if (put_ca(&cluster->ca, out, e) < 0)
			return -1;
		buf_puts(out, "},");
	}
	buf_puts(out, "\"interactive\":false}}");
	return out->failed ? err_set(e, ERR_INTERNAL, "out of memory") : 0;
}

static bool is_variable(const char *variable, const char *name)
{
	size_t len = strlen(name);

	return strncmp(variable, name, len) == 0 && variable[len] == '=';
}

static bool is_replaced(const struct kubeconfig_entry *user, const char *variable)
{
	for (size_t i = 0; i < user->n_env; i++)
		if (is_variable(variable, user->env[i].name))
			return true;
	return is_variable(variable, INFO);
}

/* This process's, and over them those of the kubeconfig, whose text `own` holds. */
static char **make_environment(const struct kubeconfig_entry *user, char *info, struct buf *own)
{
	size_t n = 0, at = 0;
	char **list;

	for (size_t i = 0; i < user->n_env; i++)
		buf_printf(own, "%s=%s%c", user->env[i].name,
			   user->env[i].value ? user->env[i].value : "", '\0');
	while (environ && environ[n])
		n++;
	list = calloc(n + user->n_env + 2, sizeof(*list));
	if (!list || own->failed) {
		free(list);
		return NULL;
	}
	n = 0;
	for (char **p = environ; p && *p; p++)
		if (!is_replaced(user, *p))
			list[n++] = *p;
	for (; at < own->len; at += strlen(own->data + at) + 1)
		list[n++] = own->data + at;
	list[n] = info;
	return list;
}

static char **make_arguments(const struct kubeconfig_entry *user, char *command)
{
	char **list = calloc(user->n_args + 2, sizeof(*list));

	if (!list)
		return NULL;
	list[0] = command;
	for (size_t i = 0; i < user->n_args; i++)
		list[i + 1] = user->args[i];
	return list;
}

/* The last of it, on one line. */
static void tidy(struct buf *aside, char out[ASIDE_TOLD + 1])
{
	size_t n = 0, from;

	while (aside->len && (unsigned char)aside->data[aside->len - 1] <= ' ')
		aside->len--;
	from = aside->len > ASIDE_TOLD ? aside->len - ASIDE_TOLD : 0;
	for (size_t i = from; i < aside->len; i++) {
		unsigned char c = (unsigned char)aside->data[i];

		out[n++] = c < ' ' || c > '~' ? ' ' : (char)c;
	}
	out[n] = '\0';
}

static int refuse_end(const struct run *r, struct err *e)
{
	char said[ASIDE_TOLD + 1];

	tidy(r->aside, said);
	if (r->status > 128)
		return err_set(e, ERR_UNAVAILABLE, "ended by signal %d%s%s", r->status - 128,
			       *said ? ": " : "", said);
	return err_set(e, ERR_UNAVAILABLE, "exited with %d%s%s", r->status, *said ? ": " : "",
		       said);
}

static int explain_failure(const struct run *r, struct err *e)
{
	char said[ASIDE_TOLD + 1];

	if (e->kind == ERR_NOT_FOUND)
		return err_set(e, ERR_CONFIG, "it is not there; install it, or name it with its "
			       "whole path");
	tidy(r->aside, said);
	if (*said)
		return err_set(e, e->kind, "%s; it says: %s", e->text, said);
	return -1;
}

struct answering {
	const char *version;
	bool kind, same_version, status;
	struct exec_answer *answer;
};

static int take_status(const struct told *t, struct exec_answer *answer, struct err *e)
{
	static const char *const names[] = { "token", "clientCertificateData", "clientKeyData" };
	char **const places[] = { &answer->token, &answer->certificate, &answer->key };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (strcmp(t->path[1].name, names[i]) != 0 || !*t->text)
			continue;
		if (t->as != TOLD_TEXT && t->as != TOLD_OTHER)
			return err_set(e, ERR_DECODE, "status.%s is no text", names[i]);
		*places[i] = strdup(t->text);
		if (!*places[i])
			return err_set(e, ERR_INTERNAL, "out of memory");
	}
	return 0;
}

static int visit(const struct told *t, void *arg, struct err *e)
{
	struct answering *a = arg;
	const char *name = t->depth ? t->path[0].name : NULL;

	if (!name)
		return 0;
	if (t->depth == 1 && strcmp(name, "kind") == 0)
		a->kind = strcmp(t->text, "ExecCredential") == 0;
	if (t->depth == 1 && strcmp(name, "apiVersion") == 0)
		a->same_version = strcmp(t->text, a->version) == 0;
	if (t->depth == 1 && strcmp(name, "status") == 0)
		a->status = t->as == TOLD_MAP;
	if (t->depth == 2 && strcmp(name, "status") == 0 && t->path[1].name)
		return take_status(t, a->answer, e);
	return 0;
}

static int read_answer(const struct buf *out, const char *version, struct exec_answer *ret,
		       struct err *e)
{
	struct yaml_source source = { .text = out->data, .len = out->len, .file = "its answer",
				      .values_max = ANSWER_VALUES_MAX };
	struct exec_answer answer __cleanup(exec_answer_done) = { 0 };
	struct answering a = { .version = version, .answer = &answer };

	if (yaml_read(&source, visit, &a, e) < 0)
		return -1;
	if (!a.kind || !a.same_version)
		return err_set(e, ERR_DECODE, "its answer is no ExecCredential of %s", version);
	if (!a.status || (!answer.token && !answer.certificate && !answer.key))
		return err_set(e, ERR_DECODE, "its answer has neither a token nor a certificate");
	if (!answer.certificate != !answer.key)
		return err_set(e, ERR_DECODE, "its answer has a certificate or a key, not both");
	*ret = answer;
	answer = (struct exec_answer){ 0 };
	return 0;
}

/* Without a slash it is looked for in PATH. */
static char *find_command(const struct kubeconfig_entry *user)
{
	const char *command = value_of(user, KC_EXEC_COMMAND);

	return strchr(command, '/') ? kubeconfig_path(user, command) : strdup(command);
}

static int call(const struct kubeconfig_entry *user, char *info, struct deadline until,
		struct exec_answer *ret, struct err *e)
{
	struct buf out __cleanup(buf_done) = BUF(EXEC_ANSWER_MAX);
	struct buf aside __cleanup(buf_done) = BUF(ASIDE_MAX);
	struct buf own __cleanup(buf_done) = BUF(INFO_MAX);
	char *command __cleanup(free_text) = find_command(user);
	char **argv = make_arguments(user, command), **envp = make_environment(user, info, &own);
	struct run r = { .argv = argv, .envp = envp, .out = &out, .aside = &aside };
	int rc = -1;

	if (!command || !argv || !envp)
		err_set(e, ERR_INTERNAL, "out of memory");
	else if (run_to_end(&r, until, e) < 0)
		explain_failure(&r, e);
	else
		rc = r.status ? refuse_end(&r, e) :
				read_answer(&out, value_of(user, KC_EXEC_VERSION), ret, e);
	explicit_bzero(out.data, out.len);
	explicit_bzero(own.data, own.len);
	free(argv);
	free(envp);
	return rc;
}

/* Of one user and server. */
static struct {
	char *whose; /* owned; NULL: nothing is kept */
	struct exec_answer answer;
} kept;

static void forget_kept(void)
{
	exec_answer_done(&kept.answer);
	free(kept.whose);
	kept.whose = NULL;
}

/* At the process's end, like all secrets. */
static __attribute__((destructor)) void wipe_kept(void)
{
	forget_kept();
}

static char *name_whose(const struct kubeconfig_entry *user, const struct access *cluster)
{
	char *whose;

	return asprintf(&whose, "%s\n%s\n%s", user->file, user->name, cluster->server) < 0 ? NULL
											  : whose;
}

/* False: out of memory. */
static bool copy_answer(const struct exec_answer *from, struct exec_answer *ret)
{
	struct exec_answer copy __cleanup(exec_answer_done) = { 0 };

	if ((from->token && !(copy.token = strdup(from->token))) ||
	    (from->certificate && !(copy.certificate = strdup(from->certificate))) ||
	    (from->key && !(copy.key = strdup(from->key))))
		return false;
	*ret = copy;
	memset(&copy, 0, sizeof(copy));
	return true;
}

void exec_keep(const struct kubeconfig_entry *user, const struct access *cluster,
	       const struct exec_answer *answer)
{
	forget_kept();
	kept.whose = name_whose(user, cluster);
	if (!kept.whose || !copy_answer(answer, &kept.answer))
		forget_kept();
}

static bool find_kept(const struct kubeconfig_entry *user, const struct access *cluster,
		      struct exec_answer *ret)
{
	char *whose __cleanup(free_text) = kept.whose ? name_whose(user, cluster) : NULL;

	return whose && strcmp(whose, kept.whose) == 0 && copy_answer(&kept.answer, ret);
}

int exec_ask(const struct kubeconfig_entry *user, const struct access *cluster,
	     struct deadline deadline, struct exec_answer *ret, struct err *e)
{
	struct buf info __cleanup(buf_done) = BUF(INFO_MAX);

	if (find_kept(user, cluster, ret))
		return 0;
	if (check(user, e) < 0)
		return err_wrap(e, "user \"%.60s\"", user->name);
	if (put_info(user, cluster, &info, e) < 0 ||
	    call(user, info.data, deadline_within_ms(deadline, EXEC_TIME_MS), ret, e) < 0)
		return err_wrap(e, "exec plugin %.100s", user->value[KC_EXEC_COMMAND]);
	return 0;
}
