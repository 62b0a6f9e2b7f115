/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/kubernetes/fitness.h"

#include "base/json.h"
#include "base/terminal/shell_word.h"

#include <stdio.h>
#include <string.h>

#define TEXT_MAX 4096	/* bytes of a finding */
#define WHO_LEN 256
#define RIGHTS_MAX 64
#define MEND_MAX 1800	/* bytes of commands, beyond which they are told in words */
#define ALL "get list create update delete"

#define MEND_KINDS "kubectl get crd -o name | grep projectcalico.org  # then install those of " \
	"Calico's release, or mend calico_api_group"

enum need {
	NEED_OF_PLUGIN,
	NEED_OF_COMMAND,	/* of Calico's CNI role, and calico-ipamctl's alone */
	NEED_OF_MACHINES,	/* where there are KubeVirt's; of no older role of Calico's */
	N_NEEDS
};

struct right {
	enum kind kind;
	const char *verbs;	/* words */
	enum need need;
};

static const struct right rights[] = {
	{ KIND_BLOCK, ALL, NEED_OF_PLUGIN },
	{ KIND_AFFINITY, ALL, NEED_OF_PLUGIN },
	{ KIND_HANDLE, ALL, NEED_OF_PLUGIN },
	{ KIND_POOL, "get list", NEED_OF_PLUGIN },
	{ KIND_RESERVATION, "get list create", NEED_OF_PLUGIN },
	{ KIND_CONFIG, "get", NEED_OF_PLUGIN },
	{ KIND_NODE, "get", NEED_OF_PLUGIN },
	{ KIND_NAMESPACE, "get", NEED_OF_PLUGIN },
	{ KIND_POD, "get", NEED_OF_COMMAND },
	{ KIND_POOL, "create update delete", NEED_OF_COMMAND },
	{ KIND_RESERVATION, "update delete", NEED_OF_COMMAND },
	{ KIND_CONFIG, "list create update delete", NEED_OF_COMMAND },
	{ KIND_CLUSTER, ALL, NEED_OF_COMMAND },
	{ KIND_VM_INSTANCE, "get", NEED_OF_MACHINES },
	{ KIND_VM, "get", NEED_OF_MACHINES },
};

/* One verb of one kind, and the question whether it is allowed. */
struct asked {
	const struct right *right;
	char verb[8];
};

struct examination {
	struct api *api;
	const struct fitness_teller *teller;
	char who[WHO_LEN];	/* as the server knows it, or "" */
	bool machines;		/* there are KubeVirt's kinds */
	struct asked asked[RIGHTS_MAX];
	struct api_call calls[RIGHTS_MAX];
	size_t n;
};

static void tell(const struct examination *x, enum fitness fitness, const char *what,
		 const char *mend, const struct buf *text)
{
	x->teller->tell(fitness, what, mend, text->data, x->teller->arg);
}

static void tell_certificate(const struct examination *x, const char *name,
			     const struct access_pem *pem)
{
	if (pem->file || pem->text)
		x->teller->certificate(name, pem->file, pem->file ? NULL : pem->text,
				       x->teller->arg);
}

static void tell_access(const struct examination *x)
{
	const struct access *a = &x->api->access;
	struct buf text __cleanup(buf_done) = BUF(TEXT_MAX);

	buf_printf(&text, "%s, asked as %s says, %s", a->server, a->where,
		   *a->identity ? a->identity : "as nobody");
	tell(x, FITNESS_GOOD, "API server", NULL, &text);
	tell_certificate(x, "certificate-authority", &a->ca);
	tell_certificate(x, "client-certificate", &a->certificate);
	if (!a->insecure)
		return;
	buf_reset(&text);
	buf_puts(&text, "the server's certificate is not looked at");
	tell(x, FITNESS_DOUBTFUL, "API server",
	     "mend insecure-skip-tls-verify  # with certificate-authority instead", &text);
}

/* An older server does not say. */
static int ask_who(struct examination *x, struct err *e)
{
	struct cJSON *tree __cleanup(json_freep) = NULL;
	struct err ignored = {0};
	struct api_call call;
	int rc;

	api_call_init(&call, "POST");
	buf_puts(&call.path, "/apis/authentication.k8s.io/v1/selfsubjectreviews");
	buf_puts(&call.body, "{\"apiVersion\":\"authentication.k8s.io/v1\","
			     "\"kind\":\"SelfSubjectReview\"}");
	rc = api_round(x->api, &call, 1, e);
	if (rc == 0 && call.outcome == API_DONE)
		tree = json_parse(call.answer.data, call.answer.len, &ignored);
	api_call_done(&call);
	snprintf(x->who, sizeof(x->who), "%s",
		 json_field_text(json_field(json_field(tree, "status"), "userInfo"), "username"));
	return rc;
}

/* Kinds */

static bool lists(const struct cJSON *resources, const char *plural)
{
	for (const struct cJSON *i = json_first(resources); i; i = json_next(i))
		if (strcmp(json_field_text(i, "name"), plural) == 0)
			return true;
	return false;
}

static void tell_kinds(const struct examination *x, const struct cJSON *resources)
{
	enum group group = x->api->group;
	struct buf missing __cleanup(buf_done) = BUF(TEXT_MAX);
	struct buf text __cleanup(buf_done) = BUF(TEXT_MAX);

	for (enum kind kind = 0; kind < N_KINDS; kind++)
		if (!kind_is_core(kind) && !lists(resources, kind_plural(kind, group)))
			buf_printf(&missing, "%s%s", missing.len ? ", " : "",
				   kind_name(kind, group));
	buf_printf(&text, "%s: %s%s", kind_api_version(KIND_BLOCK, group),
		   missing.len ? "the server has no " : "all kinds are there",
		   missing.len ? missing.data : "");
	tell(x, missing.len ? FITNESS_BAD : FITNESS_GOOD, "Calico's CRDs",
	     missing.len ? MEND_KINDS : NULL, &text);
}

static int ask_for_kinds(struct examination *x, struct err *e)
{
	struct cJSON *tree __cleanup(json_freep) = NULL;
	struct err bad = {0};
	struct api_call calls[2];
	int rc;

	api_call_init(&calls[0], "GET");
	api_call_init(&calls[1], "GET");
	buf_printf(&calls[0].path, "/apis/%s", kind_api_version(KIND_BLOCK, x->api->group));
	buf_puts(&calls[1].path, "/apis/" KIND_VM_API_VERSION);
	rc = api_round(x->api, calls, 2, e);
	if (rc == 0 && calls[0].outcome == API_DONE)
		tree = json_parse(calls[0].answer.data, calls[0].answer.len, &bad);
	x->machines = rc == 0 && calls[1].outcome == API_DONE;
	api_call_done(&calls[0]);
	api_call_done(&calls[1]);
	if (rc == 0)
		tell_kinds(x, json_field(tree, "resources"));
	return rc;
}

/* Rights */

/* "crd.projectcalico.org", of which "" is Kubernetes' own. */
static int group_len(const char *version)
{
	const char *slash = strchr(version, '/');

	return slash ? (int)(slash - version) : 0;
}

static void ask_for(struct examination *x, const struct right *right, const char *verb, size_t len)
{
	const char *version = kind_api_version(right->kind, x->api->group);
	struct api_call *call = &x->calls[x->n];
	struct asked *asked = &x->asked[x->n++];

	asked->right = right;
	snprintf(asked->verb, sizeof(asked->verb), "%.*s", (int)len, verb);
	api_call_init(call, "POST");
	buf_puts(&call->path, "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews");
	buf_printf(&call->body, "{\"apiVersion\":\"authorization.k8s.io/v1\",\"kind\":"
		   "\"SelfSubjectAccessReview\",\"spec\":{\"resourceAttributes\":{\"verb\":\"%s\","
		   "\"group\":\"%.*s\",\"resource\":\"%s\"}}}", asked->verb, group_len(version),
		   version, kind_plural(right->kind, x->api->group));
}

static void ask_for_all(struct examination *x)
{
	for (size_t i = 0; i < ARRAY_LEN(rights); i++) {
		const char *verb = rights[i].verbs;

		if (rights[i].need == NEED_OF_MACHINES && !x->machines)
			continue;
		while (*verb && x->n < RIGHTS_MAX) {
			size_t len = strcspn(verb, " ");

			ask_for(x, &rights[i], verb, len);
			verb += len + strspn(verb + len, " ");
		}
	}
}

static bool is_allowed(const struct api_call *call)
{
	struct err ignored = {0};
	struct cJSON *tree __cleanup(json_freep) =
		call->outcome == API_DONE ?
		json_parse(call->answer.data, call->answer.len, &ignored) : NULL;

	return json_true(json_field(json_field(tree, "status"), "allowed"));
}

/* What a right lacks, "update,delete"; "": nothing. */
static void list_verbs(const struct examination *x, const struct right *right, struct buf *out)
{
	for (size_t i = 0; i < x->n; i++)
		if (x->asked[i].right == right && !is_allowed(&x->calls[i]))
			buf_printf(out, "%s%s", out->len ? "," : "", x->asked[i].verb);
}

static void add_in_words(const char *verbs, const char *plural, struct buf *out)
{
	buf_puts(out, out->len ? "; " : "");
	for (; *verbs; verbs++)
		buf_printf(out, "%c%s", *verbs, *verbs == ',' ? " " : "");
	buf_printf(out, " %s", plural);
}

/* Who is to have it: "--serviceaccount=kube-system:calico-cni-plugin". */
static void add_subject(const struct examination *x, struct buf *out)
{
	static const char account[] = "system:serviceaccount:";
	bool is_account = strncmp(x->who, account, strlen(account)) == 0;
	char room[WHO_LEN + SHELL_WORD_SHORT];

	buf_printf(out, "--%s=%s", is_account ? "serviceaccount" : "user",
		   !*x->who ? "NAME" : shell_word(x->who + (is_account ? strlen(account) : 0),
						  room, sizeof(room)));
}

/* A role of its own, and who has it: Calico's operator undoes what is changed in its own. */
static void add_commands(const struct examination *x, const struct right *right, const char *verbs,
			 struct buf *out)
{
	const char *version = kind_api_version(right->kind, x->api->group),
		   *plural = kind_plural(right->kind, x->api->group),
		   *of = right->need == NEED_OF_COMMAND ? "calico-ipamctl" : "calico-ipam";

	buf_printf(out, "%skubectl create clusterrole %s-%s --verb=%s --resource=%s%s%.*s",
		   out->len ? " && " : "", of, plural, verbs, plural, group_len(version) ? "." : "",
		   group_len(version), version);
	buf_printf(out, " && kubectl create clusterrolebinding %s-%s --clusterrole=%s-%s ", of,
		   plural, of, plural);
	add_subject(x, out);
}

/* "update, delete ipamhandles; get nodes", and the commands that give them. */
static void list_missing(const struct examination *x, enum need need, struct buf *words,
			 struct buf *commands)
{
	for (size_t i = 0; i < ARRAY_LEN(rights); i++) {
		struct buf verbs __cleanup(buf_done) = BUF(TEXT_MAX);

		if (rights[i].need != need)
			continue;
		list_verbs(x, &rights[i], &verbs);
		if (!verbs.len)
			continue;
		add_in_words(verbs.data, kind_plural(rights[i].kind, x->api->group), words);
		add_commands(x, &rights[i], verbs.data, commands);
	}
}

/* True if it has all of them. */
static bool tell_of_need(const struct examination *x, enum need need)
{
	static const char *const what_for[N_NEEDS] = {
		[NEED_OF_PLUGIN] = "",
		[NEED_OF_COMMAND] = ": not the plugin's need, but calico-ipamctl's",
		[NEED_OF_MACHINES] = ": new virtual machines do not keep their addresses, and "
				     "those that did not start; of no matter where "
				     "kubeVirtVMAddressPersistence is Disabled",
	};
	const char *who = *x->who ? x->who : "who asks";
	struct buf words __cleanup(buf_done) = BUF(TEXT_MAX);
	struct buf commands __cleanup(buf_done) = BUF(2 * TEXT_MAX);
	struct buf text __cleanup(buf_done) = BUF(TEXT_MAX);

	list_missing(x, need, &words, &commands);
	if (!words.len)
		return true;
	if (commands.failed || commands.len > MEND_MAX) {
		buf_reset(&commands);
		buf_printf(&commands, "kubectl auth whoami  # is it the account of Calico's CNI "
			   "plugin? Then bind a ClusterRole to it with: %s", words.data);
	}
	buf_printf(&text, "%s may not %s%s", who, words.data, what_for[need]);
	tell(x, need == NEED_OF_PLUGIN ? FITNESS_BAD : FITNESS_DOUBTFUL, "rights", commands.data,
	     &text);
	return false;
}

static void tell_rights(const struct examination *x)
{
	struct buf text __cleanup(buf_done) = BUF(TEXT_MAX);
	bool all = true;

	for (enum need need = 0; need < N_NEEDS; need++)
		all &= tell_of_need(x, need);
	if (!all)
		return;
	buf_printf(&text, "%s may do all that Calico's CNI role may",
		   *x->who ? x->who : "who asks");
	tell(x, FITNESS_GOOD, "rights", NULL, &text);
}

static int ask_for_rights(struct examination *x, struct err *e)
{
	int rc;

	ask_for_all(x);
	rc = api_round(x->api, x->calls, x->n, e);
	if (rc == 0)
		tell_rights(x);
	for (size_t i = 0; i < x->n; i++)
		api_call_done(&x->calls[i]);
	return rc;
}

int kubernetes_tell_fitness_of(struct api *api, struct group_choice *choice,
			       const struct fitness_teller *teller, struct err *e)
{
	struct examination x = { .api = api, .teller = teller };

	tell_access(&x);
	if (ask_who(&x, e) < 0 || group_choose(choice, e) < 0 || ask_for_kinds(&x, e) < 0)
		return -1;
	return ask_for_rights(&x, e);
}
