/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/kubernetes/listing.h"

#include "base/json.h"
#include "base/json_walk.h"
#include "base/list.h"
#include "datastore/kubernetes/many.h"
#include "datastore/kubernetes/selector.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOKEN_MAX 4096	/* bytes of the word for the next page */
#define EXPIRED_MAX 16	/* times that a list goes on where its moment is forgotten */

/* One object or list that is asked for. */
struct ask {
	enum kind kind;
	struct buf path;	/* with what a list selects, but for pages */
	const char *key;	/* of a single object; NULL: a list */
	struct wanted *wanted;	/* owned: of a list, all that is meant, by name; NULL: all is */
	size_t n_wanted;
	bool dear;	/* there are more pages than it is worth */
	struct buf token;	/* "": the first page */
	unsigned limit;	/* of a list: objects of a page */
	bool done;
	unsigned expired;
};

struct asks {
	struct listing *l;
	struct ask *list;
	size_t n, cap;
	char moment[24];	/* the revision of the first list, for the others */
};

static void asks_done(struct asks *a)
{
	for (size_t i = 0; i < a->n; i++) {
		many_free(a->list[i].wanted, a->list[i].n_wanted);
		buf_done(&a->list[i].path);
		buf_done(&a->list[i].token);
	}
	free(a->list);
}

/* What to ask for */

static struct ask *add_ask(struct asks *a, enum kind kind)
{
	struct ask *ask;

	if (list_room(&a->list, a->n, &a->cap) < 0)
		return NULL;
	ask = &a->list[a->n++];
	*ask = (struct ask){ .kind = kind };
	buf_init(&ask->path, API_PATH_MAX);
	buf_init(&ask->token, TOKEN_MAX);
	kind_path(kind, a->l->api->group, &ask->path);
	return ask;
}

static void drop_if_twice(struct asks *a)
{
	struct ask *last = &a->list[a->n - 1];

	for (size_t i = 0; i + 1 < a->n; i++) {
		if (strcmp(a->list[i].path.data, last->path.data) != 0)
			continue;
		buf_done(&last->path);
		buf_done(&last->token);
		a->n--;
		return;
	}
}

static int ask_for_list(struct asks *a, enum kind kind, const char *selector, struct err *e)
{
	struct ask *ask = add_ask(a, kind);

	if (!ask)
		return err_set(e, ERR_INTERNAL, "out of memory");
	ask->limit = LISTING_PAGE;
	buf_puts(&ask->path, selector);
	drop_if_twice(a);
	return 0;
}

static int ask_for_affinities(struct asks *a, const char *prefix, struct err *e)
{
	struct buf selector __cleanup(buf_done) = BUF(SELECTOR_MAX);
	struct affinity_key k = {0};

	if (kind_affinity_key(prefix, &k) < 0 || !k.whole)
		return ask_for_list(a, KIND_AFFINITY, "", e);
	if (selector_of_affinities(&k, &selector, e) < 0 ||
	    ask_for_list(a, KIND_AFFINITY, selector.data, e) < 0)
		return -1;
	return ask_for_list(a, KIND_AFFINITY, SELECTOR_UNLABELLED, e);
}

static int ask_for_object(struct asks *a, const char *key, struct err *e)
{
	struct object_id id;
	struct ask *ask;

	if (kind_of_key(key, &id) < 0)
		return 0;
	ask = add_ask(a, id.kind);
	if (!ask)
		return err_set(e, ERR_INTERNAL, "out of memory");
	ask->key = key;
	buf_printf(&ask->path, "/%s", id.name);
	drop_if_twice(a);
	return 0;
}

/* A list instead of many objects. */
static int ask_for_many(struct asks *a, enum kind kind, const struct range *ranges, size_t n,
			struct err *e)
{
	size_t before = a->n;
	struct ask *ask;

	if (ask_for_list(a, kind, "", e) < 0)
		return -1;
	/* All of them are asked for already. */
	if (a->n == before)
		return 0;
	ask = &a->list[a->n - 1];
	ask->wanted = many_of_kind(kind, ranges, n, &ask->n_wanted);
	return ask->wanted ? 0 : err_set(e, ERR_INTERNAL, "out of memory");
}

/* What a list showed not, where it is worth no more of its pages. */
static int ask_for_the_rest(struct asks *a, struct err *e)
{
	for (size_t i = 0; i < a->n; i++) {
		if (!a->list[i].dear)
			continue;
		a->list[i].dear = false;
		for (size_t j = 0; j < a->list[i].n_wanted; j++)
			if (!a->list[i].wanted[j].seen &&
			    ask_for_object(a, a->list[i].wanted[j].key, e) < 0)
				return -1;
	}
	return 0;
}

/* Namespaces are looked at one by one, pods where they are meant: no copy of the store has them. */
static bool is_listed(enum kind kind, const char *prefix)
{
	if (kind == KIND_NAMESPACE || kind == KIND_NODE_BY_NAME || kind_is_by_name(kind))
		return false;
	return kind == KIND_POD ? kind_is_alone_under(kind, prefix) : kind_is_under(kind, prefix);
}

static int ask_for_range(struct asks *a, const struct range *r, struct err *e)
{
	struct buf pods __cleanup(buf_done) = BUF(SELECTOR_MAX);

	if (r->kind == RANGE_KEY)
		return ask_for_object(a, r->key, e);
	if (selector_of_pods(a->l->node, &pods, e) < 0)
		return -1;
	for (enum kind kind = 0; kind < N_KINDS; kind++) {
		int rc = 0;

		if (!is_listed(kind, r->key))
			continue;
		if (kind == KIND_AFFINITY)
			rc = ask_for_affinities(a, r->key, e);
		else
			rc = ask_for_list(a, kind, kind == KIND_POD ? pods.data : "", e);
		if (rc < 0)
			return -1;
	}
	return 0;
}

/* Answers */

static int not_kubernetes(struct asks *a, const char *what, struct err *e)
{
	return err_set(e, ERR_UNAVAILABLE, "%s: the answer does not look like Kubernetes': %s",
		       a->l->api->place, what);
}

/* The key of the object that is meant; NULL: any, of a list. */
static bool is_meant(struct ask *ask, const struct cJSON *tree, const char **ret_key)
{
	const char *name = json_field_text(json_field(tree, "metadata"), "name");
	struct wanted *wanted;

	*ret_key = ask->key;
	if (!ask->wanted)
		return true;
	wanted = many_find(ask->wanted, ask->n_wanted, name);
	if (!wanted)
		return false;
	wanted->seen = true;
	*ret_key = wanted->key;
	return true;
}

static int show(struct asks *a, struct ask *ask, struct cJSON *tree, struct err *e)
{
	struct object o __cleanup(object_done) = { .value = BUF(0), .frame = BUF(0) };
	const char *key;

	if (!is_meant(ask, tree, &key))
		return 0;
	if (object_read(&o, ask->kind, a->l->api->group, tree, e) < 0) {
		/* As in etcd: passed over in a list, an error of its own alone. */
		if (e->kind != ERR_DECODE || key)
			return err_wrap(e, "%s", a->l->api->place);
		err_reset(e);
		return 0;
	}
	if (key && strcmp(o.key, key) != 0)
		return err_set(e, ERR_CONFLICT, "%s: %s %s is that of %.200s, and not of %.200s",
			       a->l->api->place, kind_name(o.kind, GROUP_V1), o.name, o.key, key);
	return a->l->visit(&o, a->l->arg, e);
}

static int take_object(struct asks *a, struct ask *ask, const struct buf *answer, struct err *e)
{
	struct err bad = {0};
	struct cJSON *tree __cleanup(json_freep) = json_parse(answer->data, answer->len, &bad);

	ask->done = true;
	return tree ? show(a, ask, tree, e) : not_kubernetes(a, bad.text, e);
}

static int take_items(struct asks *a, struct ask *ask, struct json_walk *w, struct err *e)
{
	if (!json_walk_enter(w, JSON_ARRAY))
		return json_walk_type(w) == JSON_NULL
			? 0 : not_kubernetes(a, "\"items\" is no list", e);
	while (json_walk_next(w)) {
		struct err bad = {0};
		struct cJSON *tree __cleanup(json_freep) = json_walk_parse(w, &bad);

		if (!tree)
			return not_kubernetes(a, bad.text, e);
		if (show(a, ask, tree, e) < 0)
			return -1;
	}
	return 0;
}

/* Where it is not told how many objects are to come, they may be any number. */
static bool is_worth_it(const struct ask *ask, const struct cJSON *metadata)
{
	uint64_t n = 0;

	return json_u64(json_field(metadata, "remainingItemCount"), &n) == 0 &&
	       n / LISTING_PAGE < ask->n_wanted / MANY_KEYS_A_PAGE;
}

static void take_metadata(struct asks *a, struct ask *ask, const struct cJSON *metadata)
{
	if (!*a->moment)
		snprintf(a->moment, sizeof(a->moment), "%s",
			 json_field_text(metadata, "resourceVersion"));
	api_add_escaped(&ask->token, json_field_text(metadata, "continue"));
	ask->dear = ask->wanted && ask->token.len &&
		    !is_worth_it(ask, metadata);
	if (ask->dear)
		buf_reset(&ask->token);
}

static int take_list(struct asks *a, struct ask *ask, const struct buf *answer, struct err *e)
{
	struct json_walk w = {0};
	struct err bad = {0};
	bool has_items = false;

	buf_reset(&ask->token);
	if (json_walk_begin(&w, answer->data, answer->len, a->l->api->deadline, &bad) < 0)
		return not_kubernetes(a, bad.text, e);
	if (!json_walk_enter(&w, JSON_OBJECT))
		return not_kubernetes(a, "it is no object", e);
	while (json_walk_next(&w)) {
		if (json_walk_is(&w, "items")) {
			has_items = true;
			if (take_items(a, ask, &w, e) < 0)
				return -1;
		} else if (json_walk_is(&w, "metadata")) {
			struct cJSON *metadata __cleanup(json_freep) = json_walk_parse(&w, &bad);

			take_metadata(a, ask, metadata);
		}
	}
	ask->done = !ask->token.len;
	return has_items ? 0 : not_kubernetes(a, "it has no \"items\"", e);
}

/* The server has forgotten the list's moment, and may say how to go on without it. */
static int take_expired(struct asks *a, struct ask *ask, const struct buf *answer, struct err *e)
{
	struct cJSON *tree __cleanup(json_freep) = NULL;
	struct err ignored = {0};

	a->l->lost = true;
	if (a->l->moment == LISTING_ONE)
		return 0;
	tree = json_parse(answer->data, answer->len, &ignored);
	buf_reset(&ask->token);
	api_add_escaped(&ask->token, json_field_text(json_field(tree, "metadata"), "continue"));
	if (!ask->token.len || ++ask->expired > EXPIRED_MAX)
		return err_set(e, ERR_UNAVAILABLE, "%s: a list expired while it was read; "
			       "try again", a->l->api->place);
	return 0;
}

static int take(struct asks *a, struct ask *ask, const struct api_call *c, struct err *e)
{
	if (c->outcome == API_DONE)
		return ask->key ? take_object(a, ask, &c->answer, e)
				: take_list(a, ask, &c->answer, e);
	if (c->outcome == API_TOO_LARGE) {
		ask->limit /= 2;
		return 0;
	}
	if (c->outcome == API_EXPIRED)
		return take_expired(a, ask, &c->answer, e);
	if (c->outcome == API_ABSENT && ask->key) {
		ask->done = true;
		return 0;
	}
	return err_set(e, ERR_REFUSED, "%s does not know %s %s: are Calico's CRDs installed? "
		       "calico_api_group says which group is asked for", a->l->api->place,
		       kind_api_version(ask->kind, a->l->api->group),
		       kind_name(ask->kind, a->l->api->group));
}

/* Rounds */

static void print_path(const struct asks *a, const struct ask *ask, struct buf *path)
{
	int selected = (int)strcspn(ask->path.data, "&");

	if (ask->key)
		buf_puts(path, ask->path.data);
	else
		buf_printf(path, "%.*s?limit=%u%s", selected, ask->path.data, ask->limit,
			   ask->path.data + selected);
	if (ask->token.len)
		buf_printf(path, "&continue=%s", ask->token.data);
	else if (!ask->key && a->l->moment == LISTING_ONE && *a->moment)
		buf_printf(path, "&resourceVersion=%s&resourceVersionMatch=Exact", a->moment);
}

static size_t choose(struct asks *a, struct api_call *calls, size_t *of)
{
	size_t most = a->l->moment == LISTING_ONE ? 1 : a->n, n = 0;

	for (size_t i = 0; i < a->n && n < most; i++) {
		if (a->list[i].done)
			continue;
		api_call_init(&calls[n], "GET");
		calls[n].in_parts = a->list[i].limit > 1;
		print_path(a, &a->list[i], &calls[n].path);
		of[n++] = i;
	}
	return n;
}

/* With those that go out beside the first round. */
static int ask_all(struct listing *l, struct api_call *calls, size_t n, struct err *e)
{
	size_t n_beside = l->n_beside;
	int rc;

	for (size_t i = 0; i < n_beside; i++)
		calls[n + i] = l->beside[i];
	rc = api_round(l->api, calls, n + n_beside, e);
	for (size_t i = 0; i < n_beside; i++)
		l->beside[i] = calls[n + i];
	l->n_beside = 0;
	return rc;
}

static int run_calls(struct asks *a, struct api_call *calls, size_t *of, bool *ret_more,
		     struct err *e)
{
	size_t n = choose(a, calls, of);
	int rc = ask_all(a->l, calls, n, e);

	for (size_t i = 0; i < n && rc == 0; i++)
		rc = take(a, &a->list[of[i]], &calls[i], e);
	for (size_t i = 0; i < n; i++)
		api_call_done(&calls[i]);
	*ret_more = n && !(a->l->lost && a->l->moment == LISTING_ONE);
	return rc;
}

static int run_round(struct asks *a, bool *ret_more, struct err *e)
{
	struct api_call *calls = calloc(a->n + a->l->n_beside + 1, sizeof(*calls));
	size_t *of = calloc(a->n + 1, sizeof(*of));
	int rc = calls && of ? 0 : err_set(e, ERR_INTERNAL, "out of memory");

	if (rc == 0)
		rc = run_calls(a, calls, of, ret_more, e);
	free(calls);
	free(of);
	return rc < 0 ? -1 : ask_for_the_rest(a, e);
}

static int run(struct asks *a, struct err *e)
{
	bool more = true;
	int rc = 0;

	while (rc == 0 && more)
		rc = run_round(a, &more, e);
	return rc;
}

int listing_run(struct listing *l, const struct range *ranges, size_t n, struct err *e)
{
	struct asks a __cleanup(asks_done) = { .l = l };
	bool many[N_KINDS];

	many_kinds(ranges, l->moment == LISTING_ANY ? n : 0, many);
	for (size_t i = 0; i < n; i++)
		if (!many_has(many, &ranges[i]) && ask_for_range(&a, &ranges[i], e) < 0)
			return -1;
	for (enum kind kind = 0; kind < N_KINDS; kind++)
		if (many[kind] && ask_for_many(&a, kind, ranges, n, e) < 0)
			return -1;
	return a.n ? run(&a, e) : 0;
}
