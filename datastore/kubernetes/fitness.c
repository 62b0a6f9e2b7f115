/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/kubernetes/fitness.h"

#include "base/json.h"

#include <stdio.h>
#include <string.h>

#define TEXT_MAX 4096	/* bytes of a finding */
#define WHO_LEN 256
#define RIGHTS_MAX 64
#define ALL "get list create update delete"

#define MEND_KINDS "kubectl get crd -o name | grep projectcalico.org  # then install those of " \
	"Calico's release, or mend calico_api_group"

struct right {
	enum kind kind;
	const char *verbs;	/* words */
	bool needed;		/* by the plugin; else of Calico's CNI role alone */
};

static const struct right rights[] = {
	{ KIND_BLOCK, ALL, true },
	{ KIND_AFFINITY, ALL, true },
	{ KIND_HANDLE, ALL, true },
	{ KIND_POOL, "get list", true },
	{ KIND_RESERVATION, "get list create", true },
	{ KIND_CONFIG, "get", true },
	{ KIND_NODE, "get", true },
	{ KIND_NAMESPACE, "get", true },
	{ KIND_POD, "get", false },
	{ KIND_POOL, "create update delete", false },
	{ KIND_RESERVATION, "update delete", false },
	{ KIND_CONFIG, "list create update delete", false },
	{ KIND_CLUSTER, ALL, false },
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

static const char *plural_of(enum kind kind, enum group group, struct buf *room)
{
	buf_reset(room);
	kind_path(kind, group, room);
	return strrchr(room->data, '/') + 1;
}

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
	struct buf room __cleanup(buf_done) = BUF(TEXT_MAX);
	struct buf text __cleanup(buf_done) = BUF(TEXT_MAX);

	for (enum kind kind = 0; kind < N_KINDS; kind++)
		if (!kind_is_core(kind) && !lists(resources, plural_of(kind, group, &room)))
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
	struct api_call call;
	int rc;

	api_call_init(&call, "GET");
	buf_printf(&call.path, "/apis/%s", kind_api_version(KIND_BLOCK, x->api->group));
	rc = api_round(x->api, &call, 1, e);
	if (rc == 0 && call.outcome == API_DONE)
		tree = json_parse(call.answer.data, call.answer.len, &bad);
	api_call_done(&call);
	if (rc == 0)
		tell_kinds(x, json_field(tree, "resources"));
	return rc;
}

/* Rights */

static void ask_for(struct examination *x, const struct right *right, const char *verb, size_t len)
{
	struct buf room __cleanup(buf_done) = BUF(TEXT_MAX);
	const char *version = kind_api_version(right->kind, x->api->group),
		   *slash = strchr(version, '/');
	struct api_call *call = &x->calls[x->n];
	struct asked *asked = &x->asked[x->n++];

	asked->right = right;
	snprintf(asked->verb, sizeof(asked->verb), "%.*s", (int)len, verb);
	api_call_init(call, "POST");
	buf_puts(&call->path, "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews");
	buf_printf(&call->body, "{\"apiVersion\":\"authorization.k8s.io/v1\",\"kind\":"
		   "\"SelfSubjectAccessReview\",\"spec\":{\"resourceAttributes\":{\"verb\":\"%s\","
		   "\"group\":\"%.*s\",\"resource\":\"%s\"}}}", asked->verb,
		   slash ? (int)(slash - version) : 0, version,
		   plural_of(right->kind, x->api->group, &room));
}

static void ask_for_all(struct examination *x)
{
	for (size_t i = 0; i < ARRAY_LEN(rights); i++) {
		const char *verb = rights[i].verbs;

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

/* "update, delete ipamhandles; get nodes", of those that are needed, or of the others. */
static void list_missing(const struct examination *x, bool needed, struct buf *out)
{
	struct buf room __cleanup(buf_done) = BUF(TEXT_MAX);
	const struct right *last = NULL;

	for (size_t i = 0; i < x->n; i++) {
		const struct right *right = x->asked[i].right;

		if (right->needed != needed || is_allowed(&x->calls[i]))
			continue;
		if (last && last != right)
			buf_printf(out, " %s; ", plural_of(last->kind, x->api->group, &room));
		buf_printf(out, "%s%s", last == right ? ", " : "", x->asked[i].verb);
		last = right;
	}
	if (last)
		buf_printf(out, " %s", plural_of(last->kind, x->api->group, &room));
}

static void tell_missing(const struct examination *x, bool needed, const char *missing)
{
	struct buf text __cleanup(buf_done) = BUF(TEXT_MAX);
	struct buf mend __cleanup(buf_done) = BUF(TEXT_MAX);

	buf_printf(&text, "%s may not %s%s", *x->who ? x->who : "who asks", missing,
		   needed ? "" : ": not the plugin's need, but calico-ipamctl's");
	buf_printf(&mend, "kubectl edit clusterrole calico-cni-plugin  # or what other role %s "
		   "has: %s", *x->who ? x->who : "it", missing);
	tell(x, needed ? FITNESS_BAD : FITNESS_DOUBTFUL, "rights", mend.data, &text);
}

static void tell_rights(const struct examination *x)
{
	struct buf needed __cleanup(buf_done) = BUF(TEXT_MAX);
	struct buf other __cleanup(buf_done) = BUF(TEXT_MAX);
	struct buf text __cleanup(buf_done) = BUF(TEXT_MAX);

	list_missing(x, true, &needed);
	list_missing(x, false, &other);
	if (needed.len)
		tell_missing(x, true, needed.data);
	if (other.len)
		tell_missing(x, false, other.data);
	if (needed.len || other.len)
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
