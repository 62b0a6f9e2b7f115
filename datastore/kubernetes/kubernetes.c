/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/backend.h"
#include "datastore/kubernetes/access/access.h"
#include "datastore/kubernetes/ending.h"
#include "datastore/kubernetes/fitness.h"
#include "datastore/kubernetes/group.h"
#include "datastore/kubernetes/labelling.h"
#include "datastore/kubernetes/listing.h"
#include "datastore/kubernetes/metadata.h"
#include "datastore/kubernetes/writing.h"
#include "datastore/lost.h"

#include <stdlib.h>
#include <string.h>

struct kubernetes {
	struct api api;
	struct group_choice choice;
	struct knowns knowns;
	struct datastore_traits traits;
	bool looks;	/* nothing is written */
	unsigned held;	/* commits in a row that met what was marked and does not go */
	/*
	 * The view of which all was read in one go, after which nothing was asked: what it
	 * stands on need not be looked at once more.
	 */
	const struct view *fresh;
};

static int kubernetes_open(void **ret_state, const struct settings *settings,
			   enum datastore_purpose purpose, struct deadline deadline,
			   struct err *e)
{
	struct kubernetes *s = calloc(1, sizeof(*s));

	if (!s)
		return err_set(e, ERR_INTERNAL, "out of memory");
	if (api_init(&s->api, settings, deadline, e) < 0) {
		free(s);
		return -1;
	}
	s->looks = purpose == OPEN_TO_LOOK || purpose == OPEN_TO_PROBE;
	group_choice_init(&s->choice, settings, &s->api);
	s->traits = (struct datastore_traits){ .namespaces = true, .pods = true,
					       .own_words = true, .mirrored = true,
					       .place = s->api.place };
	*ret_state = s;
	return 0;
}

static void kubernetes_close(void *state)
{
	struct kubernetes *s = state;

	knowns_done(&s->knowns);
	api_done(&s->api);
	free(s);
}

static void kubernetes_set_deadline(void *state, struct deadline deadline)
{
	struct kubernetes *s = state;

	s->api.deadline = deadline;
}

static const struct datastore_traits *kubernetes_traits(const void *state)
{
	const struct kubernetes *s = state;

	return &s->traits;
}

static unsigned long kubernetes_requests(const void *state)
{
	const struct kubernetes *s = state;

	return s->api.requests;
}

/* Reading */

struct filling {
	struct kubernetes *s;
	struct view *view;
	const struct range *list;
	size_t n;
};

/* A filter may drop a value that another range is to hold: those come last. */
static void fill_record(const struct filling *f, const struct record *r)
{
	for (int filtered = 1; filtered >= 0; filtered--)
		for (size_t i = 0; i < f->n; i++)
			if (range_holds(&f->list[i], r->key) && !f->list[i].keep == !filtered)
				view_put_as(f->view, &f->list[i], r);
}

static int fill(struct object *o, void *arg, struct err *e __unused_arg)
{
	const struct filling *f = arg;
	const struct record r = { .key = o->key, .value = o->value.data, .value_len = o->value.len,
				  .revision = o->revision };

	knowns_put(&f->s->knowns, o);
	if (!o->deleted)
		fill_record(f, &r);
	return 0;
}

/* A remembered group may be another by now. */
static int run_listing(struct kubernetes *s, struct listing *l, const struct range *list, size_t n,
		       struct err *e)
{
	if (group_choose(&s->choice, e) < 0)
		return -1;
	if (listing_run(l, list, n, e) == 0)
		return 0;
	if (e->kind != ERR_REFUSED || !group_doubt(&s->choice))
		return -1;
	err_reset(e);
	if (group_choose(&s->choice, e) < 0)
		return -1;
	return listing_run(l, list, n, e);
}

/* What is written ahead goes out beside it. */
static int read_beside(struct kubernetes *s, struct view *view, const struct range *list, size_t n,
		       struct writing *w, struct err *e)
{
	struct filling f = { s, view, list, n };
	struct listing l = { .api = &s->api, .visit = fill, .arg = &f, .beside = w->ahead,
			     .n_beside = w->n_ahead };

	for (size_t i = 0; i < n; i++)
		view_forget(view, &list[i]);
	if (run_listing(s, &l, list, n, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		view_cover(view, &list[i], 1);
	return s->knowns.failed ? err_set(e, ERR_INTERNAL, "out of memory") : 0;
}

static int read_ranges(struct kubernetes *s, struct view *view, const struct range *list, size_t n,
		       struct err *e)
{
	struct writing nothing = {0};

	if (read_beside(s, view, list, n, &nothing, e) < 0)
		return -1;
	if (!s->looks)
		ending_run(&s->api, &s->knowns, list, n);
	return 0;
}

static int kubernetes_read(void *state, struct view *view, const struct wants *wants,
			   struct err *e)
{
	struct kubernetes *s = state;
	bool whole = !view->n_ranges;

	/* What a view had that is begun anew makes room for what it will have. */
	if (whole && s->knowns.n == KNOWN_MAX)
		knowns_done(&s->knowns);
	s->fresh = NULL;
	if (read_ranges(s, view, wants->list, wants->n, e) < 0)
		return -1;
	s->fresh = whole ? view : NULL;
	return 0;
}

static int refresh(struct kubernetes *s, struct view *view, struct err *e)
{
	s->fresh = NULL;
	if (read_ranges(s, view, view->ranges, view->n_ranges, e) < 0)
		return -1;
	view->from_mirror = false;
	s->fresh = view;
	return 0;
}

/* Scanning */

/* Records of a list come in the order of their objects' names, and are shown in theirs. */
struct scanned {
	struct view all;
	const char *prefix;
};

static int gather(struct object *o, void *arg, struct err *e)
{
	struct scanned *s = arg;

	if (!o->deleted && key_is_under(o->key, s->prefix))
		view_put(&s->all, o->key, o->value.data, o->value.len, o->revision);
	return s->all.failed ? err_set(e, ERR_INTERNAL, "out of memory") : 0;
}

static int show_all(const struct view *all, record_visitor *visit, void *arg, struct err *e)
{
	for (size_t i = 0; i < all->n_records; i++) {
		int rc = visit(&all->records[i], arg, e);

		if (rc)
			return rc < 0 ? -1 : 0;
	}
	return 0;
}

/* node: NULL, or whose pods are meant. */
static int scan(struct kubernetes *s, const char *prefix, const char *node, record_visitor *visit,
		void *arg, enum scan_outcome *ret_outcome, struct err *e)
{
	struct range range = { .key = prefix, .kind = RANGE_PREFIX };
	struct scanned scanned = { .prefix = prefix };
	struct listing l = { .api = &s->api, .visit = gather, .arg = &scanned, .node = node,
			     .moment = ret_outcome ? LISTING_ONE : LISTING_ANY };
	int rc;

	s->fresh = NULL;
	rc = run_listing(s, &l, &range, 1, e);
	if (rc == 0 && !(ret_outcome && l.lost))
		rc = show_all(&scanned.all, visit, arg, e);
	if (rc == 0 && ret_outcome)
		*ret_outcome = l.lost ? SCAN_LOST : SCAN_DONE;
	view_done(&scanned.all);
	return rc;
}

static int kubernetes_scan(void *state, const char *prefix, record_visitor *visit, void *arg,
			   enum scan_outcome *ret_outcome, struct err *e)
{
	return scan(state, prefix, NULL, visit, arg, ret_outcome, e);
}

static int kubernetes_scan_of_node(void *state, const char *prefix, const char *node,
				   record_visitor *visit, void *arg, struct err *e)
{
	return scan(state, prefix, node, visit, arg, NULL, e);
}

/* Committing */

static bool is_affinities(const struct guard *g)
{
	return guard_is_of_prefix(g) && kind_is_under(KIND_AFFINITY, g->key);
}

static bool writes_affinity(const struct changes *c)
{
	struct object_id id;

	for (size_t i = 0; i < c->n; i++)
		if (kind_of_key(c->list[i].key, &id) == 0 && id.kind == KIND_AFFINITY)
			return true;
	return false;
}

/*
 * Whether a guard must be looked at before the first write.  A record that is to be created
 * is looked at by its creation, and one that was read by its swap.  Whose a block is says
 * the block itself, so that the affinities a mirror remembers are not asked for where only
 * blocks are written.
 */
static bool is_to_look_at(const struct kubernetes *s, const struct view *view,
			  const struct changes *changes, const struct guard *g)
{
	const struct known *known;

	if (guard_is_of_prefix(g) || !changes_last(changes, g->key))
		return view->from_mirror ? !is_affinities(g) || writes_affinity(changes)
					 : s->fresh != view;
	if (g->kind == GUARD_ABSENT)
		return false;
	known = knowns_find(&s->knowns, g->key);
	return view->from_mirror || !known || !known->frame || g->kind != GUARD_REVISION ||
	       !g->records[0].value || known->revision != g->records[0].revision;
}

/*
 * Of more than is kept, what is to be written may not be known.  Then all that is to be
 * written is looked at, and there is room for it.
 */
static void forget_if_incomplete(struct kubernetes *s, const struct view *view,
				 const struct changes *changes)
{
	for (size_t i = 0; i < changes->n; i++) {
		const struct known *known = knowns_find(&s->knowns, changes->list[i].key);

		if (view_peek(view, changes->list[i].key) && !(known && known->frame)) {
			knowns_done(&s->knowns);
			return;
		}
	}
}

static bool admits(const struct guard *g, const struct view *now)
{
	size_t first = view_first(now, g->key), n = 0;
	const struct record *r;

	if (!guard_is_of_prefix(g)) {
		r = view_peek(now, g->key);
		return (!r || guard_admits(g, 0, r)) && guard_admits_end(g, r != NULL);
	}
	for (; (r = view_at(now, first + n, g->key)); n++)
		if (!guard_admits(g, n, r))
			return false;
	return guard_admits_end(g, n);
}

static int check_guards(struct kubernetes *s, struct writing *w, const struct guards *guards,
			struct view *now, bool *ret_hold, struct err *e)
{
	const struct view *view = w->view;
	const struct changes *changes = w->changes;
	struct wants wants __cleanup(wants_done) = {0};
	bool hold = true;

	for (size_t i = 0; i < guards->n; i++)
		if (is_to_look_at(s, view, changes, &guards->list[i]))
			wants_add(&wants, guards->list[i].key, guard_is_of_prefix(&guards->list[i])
				  ? RANGE_PREFIX : RANGE_KEY);
	if (wants.failed)
		return err_set(e, ERR_LIMIT, "%s: too many guards", s->api.place);
	if (read_beside(s, now, wants.list, wants.n, w, e) < 0)
		return -1;
	for (size_t i = 0; i < guards->n && hold; i++)
		if (is_to_look_at(s, view, changes, &guards->list[i]) ||
		    view_knows(now, guards->list[i].key))
			hold = admits(&guards->list[i], now);
	*ret_hold = hold && !now->failed;
	return now->failed ? err_set(e, ERR_INTERNAL, "out of memory") : 0;
}

/* Of both that failed it counts more that what was written ahead may stand. */
static int begin(struct kubernetes *s, struct writing *w, const struct guards *guards,
		 struct view *now, bool *ret_hold, struct err *e)
{
	struct err own = {0};
	int rc;

	if (changes_count_ahead(w->changes, w->view) && group_choose(&s->choice, e) < 0)
		return -1;
	if (writing_print_ahead(w, e) < 0)
		return -1;
	rc = check_guards(s, w, guards, now, ret_hold, e);
	if (writing_take_ahead(w, &own) == 0)
		return rc;
	*e = own;
	return -1;
}

/* Nodes are kubelet's, whatever somebody else would write, but for Calico's notes on them. */
static int refuse_others(const struct changes *c, struct err *e)
{
	struct object_id id;

	for (size_t i = 0; i < c->n; i++)
		if (kind_of_key(c->list[i].key, &id) == 0 && kind_is_core(id.kind) &&
		    !(id.kind == KIND_NODE_BY_NAME && c->list[i].value))
			return err_set(e, ERR_UNSUPPORTED, "%s %.100s is Kubernetes' own: kubelet "
				       "registers a node, and kubectl changes or deletes it",
				       kind_name(id.kind, GROUP_V1), id.name);
	return 0;
}

/* A race is lost to somebody who is done; whoever holds an object may take longer. */
static int wait_for_held(struct kubernetes *s, const struct err *held, struct err *e)
{
	int64_t ms;

	s->held = held->kind ? s->held + 1 : 0;
	ms = lost_pause_ms(s->held);
	if (ms && ms >= deadline_left_ms(s->api.deadline)) {
		*e = *held;
		e->kind = ERR_DEADLINE;
		return -1;
	}
	deadline_sleep_ms(s->api.deadline, ms);
	return 0;
}

static int kubernetes_commit(void *state, struct view *view, struct changes *changes,
			     const struct guards *guards, enum commit_outcome *ret_outcome,
			     struct err *e)
{
	struct kubernetes *s = state;
	struct view now __cleanup(view_done) = {0};
	struct writing w __cleanup(writing_done) = { .api = &s->api, .knowns = &s->knowns,
						     .view = view, .now = &now,
						     .changes = changes };
	bool hold;

	if (refuse_others(changes, e) < 0)
		return -1;
	forget_if_incomplete(s, view, changes);
	if (begin(s, &w, guards, &now, &hold, e) < 0)
		return -1;
	s->fresh = NULL;
	if ((hold ? writing_run(&w, e) : writing_undo_ahead(&w, e)) < 0)
		return -1;
	if (hold && !w.lost) {
		s->held = 0;
		labelling_run(&s->api, &s->knowns, view);
		*ret_outcome = COMMIT_DONE;
		return 0;
	}
	if (wait_for_held(s, &w.held, e) < 0 || refresh(s, view, e) < 0)
		return -1;
	*ret_outcome = changes_any_stand(changes) ? COMMIT_PARTLY : COMMIT_STALE;
	return 0;
}

static int64_t kubernetes_server_time_s(void *state)
{
	const struct kubernetes *s = state;

	return http_server_time_s(s->api.http);
}

static enum datastore_keeping kubernetes_keeps(const char *key)
{
	struct object_id id;

	if (kind_is_alone_under(KIND_POD, key))
		return DATASTORE_KEEPS_ITS_OWN;
	if (kind_of_key(key, &id) < 0)
		return DATASTORE_KEEPS_NOT;
	return kind_is_core(id.kind) ? DATASTORE_KEEPS_ITS_OWN : DATASTORE_KEEPS;
}

static void kubernetes_uid(const void *state, const char *key, char out[DATASTORE_UID])
{
	const struct kubernetes *s = state;
	const struct known *known = knowns_find(&s->knowns, key);

	if (known)
		metadata_uid(s->api.group, known->uid, out);
}

static int kubernetes_tell_fitness(void *state, const struct fitness_teller *teller,
				   struct err *e)
{
	struct kubernetes *s = state;

	return kubernetes_tell_fitness_of(&s->api, &s->choice, teller, e);
}

const struct backend kubernetes_backend = {
	.open = kubernetes_open,
	.prepare = access_prepare,
	.close = kubernetes_close,
	.set_deadline = kubernetes_set_deadline,
	.traits = kubernetes_traits,
	.read = kubernetes_read,
	.commit = kubernetes_commit,
	.scan = kubernetes_scan,
	.scan_of_node = kubernetes_scan_of_node,
	.requests = kubernetes_requests,
	.server_time_s = kubernetes_server_time_s,
	.keeps = kubernetes_keeps,
	.uid = kubernetes_uid,
	.tell_fitness = kubernetes_tell_fitness,
};
