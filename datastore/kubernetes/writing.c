/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/kubernetes/writing.h"

#include "base/json.h"
#include "datastore/kubernetes/ending.h"

#include <stdlib.h>
#include <string.h>

#define WRITING_END_MS 10000	/* that the end of a deletion is waited for */

enum step { STEP_NOTHING, STEP_CREATE, STEP_UPDATE, STEP_MARK, STEP_DELETE };

/* A change under way. */
struct write {
	struct change *change;
	struct object_id id;
	enum step step;
	bool marked;	/* ours is the mark; the object goes next */
};

struct wave {
	struct writing *w;
	struct write *list;
	size_t n;
};

typedef bool write_filter(const struct wave *wave, const struct write *write);
typedef int write_printer(const struct wave *wave, const struct write *write,
			  struct api_call *call, struct err *e);
typedef int write_taker(struct wave *wave, struct write *write, const struct api_call *call,
			struct err *e);

static const struct known *known_of(const struct wave *wave, const struct write *write)
{
	return knowns_find(wave->w->knowns, write->change->key);
}

/* As the view has it, or an earlier change of this commit left it. */
static bool is_there(const struct writing *w, size_t i)
{
	const char *key = w->changes->list[i].key;

	while (i-- > 0)
		if (strcmp(w->changes->list[i].key, key) == 0)
			return w->changes->list[i].value;
	return view_peek(w->view, key);
}

static enum step step_of(const struct writing *w, size_t i, enum kind kind)
{
	bool there = is_there(w, i);

	if (w->changes->list[i].value)
		return there ? STEP_UPDATE : STEP_CREATE;
	if (!there)
		return STEP_NOTHING;
	return kind_is_marked_deleted(kind) ? STEP_MARK : STEP_DELETE;
}

/* Requests */

static void print_path(const struct wave *wave, const struct write *write, bool of_object,
		       struct buf *path)
{
	const struct known *known = known_of(wave, write);

	kind_path(write->id.kind, wave->w->api->group, path);
	if (of_object)
		buf_printf(path, "/%s", known ? known->name : write->id.name);
	/* As Calico does: its roles let nobody write more of a node. */
	if (write->id.kind == KIND_NODE_BY_NAME)
		buf_puts(path, "/status");
}

/* What the object says now; NULL: it is not known. */
static const char *value_now(const struct writing *w, const struct change *c, size_t *ret_len)
{
	const struct record *r = view_peek(w->view, c->key);

	for (size_t i = (size_t)(c - w->changes->list); i-- > 0;) {
		const struct change *before = &w->changes->list[i];

		if (strcmp(before->key, c->key) != 0)
			continue;
		*ret_len = before->value_len;
		return before->value;
	}
	if (!r || !r->value)
		r = view_peek(w->now, c->key);
	*ret_len = r ? r->value_len : 0;
	return r ? r->value : NULL;
}

/* An object keeps what it says until it is gone. */
static int print_mark(const struct wave *wave, const struct change *c, const char *frame,
		      struct api_call *call, struct err *e)
{
	size_t len = 0;
	const char *value = value_now(wave->w, c, &len);

	if (!value)
		return err_set(e, ERR_INTERNAL, "%.200s is to be deleted, and its value is not "
			       "known", c->key);
	return object_print_deleted(&call->body, wave->w->api->group, c->key, value, len, frame, e);
}

static int print_change(const struct wave *wave, const struct write *write, struct api_call *call,
			struct err *e)
{
	const struct known *known = known_of(wave, write);
	const struct change *c = write->change;
	enum group group = wave->w->api->group;

	call->method = write->step == STEP_CREATE ? "POST"
		       : write->step == STEP_DELETE ? "DELETE" : "PUT";
	print_path(wave, write, write->step != STEP_CREATE, &call->path);
	if (write->step == STEP_CREATE)
		return object_print(&call->body, group, c->key, c->value, c->value_len, NULL, e);
	if (!known || !known->frame)
		return err_set(e, ERR_INTERNAL, "%.200s is to be written, and is not known",
			       c->key);
	if (write->step == STEP_DELETE) {
		ending_print_options(known, true, &call->body);
		return 0;
	}
	if (write->step == STEP_MARK)
		return print_mark(wave, c, known->frame, call, e);
	return object_print(&call->body, group, c->key, c->value, c->value_len, known->frame, e);
}

static int print_end(const struct wave *wave, const struct write *write, struct api_call *call,
		     struct err *e __unused_arg)
{
	ending_print(wave->w->api, write->id.kind, known_of(wave, write), call);
	return 0;
}

static int print_look(const struct wave *wave, const struct write *write, struct api_call *call,
		      struct err *e __unused_arg)
{
	call->method = "GET";
	print_path(wave, write, true, &call->path);
	return 0;
}

/* Answers */

static int take_object(struct wave *wave, struct write *write, const struct api_call *call,
		       struct object *ret, struct err *e)
{
	const struct buf *answer = &call->answer;
	struct cJSON *tree __cleanup(json_freep) = json_parse(answer->data, answer->len, e);

	if (!tree || object_read(ret, write->id.kind, wave->w->api->group, tree, e) < 0)
		return err_wrap(e, "%s: the answer", wave->w->api->place);
	knowns_put(wave->w->knowns, ret);
	return 0;
}

/* The value is the server's from now on: it may have left out or added something. */
static int stand(struct wave *wave, struct write *write, const struct api_call *call,
		 struct err *e)
{
	struct object o __cleanup(object_done) = { .value = BUF(0), .frame = BUF(0) };
	struct change *c = write->change;
	char *value;

	if (take_object(wave, write, call, &o, e) < 0) {
		/* It was written, whatever the answer looks like. */
		e->kind = ERR_UNKNOWN_OUTCOME;
		return -1;
	}
	c->stands = true;
	c->revision = o.revision;
	value = o.value.failed ? NULL : strdup(o.value.data);
	if (!value)
		return err_set(e, ERR_INTERNAL, "out of memory");
	free(c->value);
	c->value = value;
	c->value_len = o.value.len;
	return 0;
}

static int take_change(struct wave *wave, struct write *write, const struct api_call *call,
		       struct err *e)
{
	struct object o __cleanup(object_done) = { .value = BUF(0), .frame = BUF(0) };

	if (call->outcome != API_DONE) {
		wave->w->lost |= write->step != STEP_DELETE || call->outcome != API_ABSENT;
		write->change->stands = write->step == STEP_DELETE && call->outcome == API_ABSENT;
		return 0;
	}
	if (write->step == STEP_CREATE || write->step == STEP_UPDATE)
		return stand(wave, write, call, e);
	write->change->stands = true;
	if (write->step == STEP_DELETE) {
		knowns_remove(wave->w->knowns, write->change->key);
		return 0;
	}
	write->marked = true;
	return take_object(wave, write, call, &o, e);
}

/* Absent, or another one by now: the one that was marked is gone. */
static int take_end(struct wave *wave, struct write *write,
		    const struct api_call *call __unused_arg, struct err *e __unused_arg)
{
	knowns_remove(wave->w->knowns, write->change->key);
	write->marked = false;
	return 0;
}

/* Whose it is that is there already. */
static int take_look(struct wave *wave, struct write *write, const struct api_call *call,
		     struct err *e)
{
	struct object o __cleanup(object_done) = { .value = BUF(0), .frame = BUF(0) };

	if (call->outcome != API_DONE) {
		knowns_remove(wave->w->knowns, write->change->key);
		return 0;
	}
	return take_object(wave, write, call, &o, e);
}

/* Waves */

static int run_round(struct wave *wave, write_filter *filter, write_printer *print,
		     write_taker *take, struct err *e)
{
	struct api_call *calls = calloc(wave->n, sizeof(*calls));
	struct write **of = calloc(wave->n, sizeof(struct write *));
	int rc = calls && of ? 0 : err_set(e, ERR_INTERNAL, "out of memory");
	size_t n = 0;

	for (size_t i = 0; i < wave->n && rc == 0; i++) {
		if (!filter(wave, &wave->list[i]))
			continue;
		api_call_init(&calls[n], "");
		of[n] = &wave->list[i];
		rc = print(wave, of[n], &calls[n], e);
		n++;
	}
	if (rc == 0)
		rc = api_round(wave->w->api, calls, n, e);
	/* What came before a failure stands. */
	for (size_t i = 0; i < n; i++) {
		struct err own = {0};

		if (calls[i].outcome != API_FAILED && take(wave, of[i], &calls[i], &own) < 0 &&
		    rc == 0) {
			*e = own;
			rc = -1;
		}
		api_call_done(&calls[i]);
	}
	free(calls);
	free(of);
	return rc;
}

static bool is_to_change(const struct wave *wave __unused_arg, const struct write *write)
{
	return write->step != STEP_NOTHING && !write->change->stands;
}

static bool is_to_create(const struct wave *wave __unused_arg, const struct write *write)
{
	return write->step == STEP_CREATE && !write->change->stands;
}

static bool is_to_end(const struct wave *wave __unused_arg, const struct write *write)
{
	return write->marked;
}

/* Somebody marked it, and did not come to its end. */
static bool is_left_marked(const struct wave *wave, const struct write *write)
{
	const struct known *known = known_of(wave, write);

	return is_to_create(wave, write) && known && known->deleted;
}

static bool any(const struct wave *wave, write_filter *filter)
{
	for (size_t i = 0; i < wave->n; i++)
		if (filter(wave, &wave->list[i]))
			return true;
	return false;
}

/* What is marked is absent to all: an end that does not come is not waited for with the lock. */
static int end_marked(struct wave *wave, write_filter *filter, struct err *e)
{
	struct api *api = wave->w->api;
	struct deadline whole = api->deadline;
	int rc;

	if (!any(wave, filter))
		return 0;
	api->deadline = deadline_within_ms(whole, WRITING_END_MS);
	rc = run_round(wave, filter, print_end, take_end, e);
	api->deadline = whole;
	return rc;
}

#define HELD "object is being deleted"	/* the server's words, where a finalizer holds it, say */

static int take_anew(struct wave *wave, struct write *write, const struct api_call *call,
		     struct err *e)
{
	char words[API_WORDS_LEN];

	if (call->outcome == API_CONFLICT && api_read_status(&call->answer, words) &&
	    strstr(words, HELD))
		err_set(&wave->w->held, ERR_CONFLICT, "%s: %.200s was deleted, and something "
			"holds its object yet (metadata.finalizers): %s", wave->w->api->place,
			write->change->key, words);
	return take_change(wave, write, call, e);
}

/* What could not be created may be one that is marked: then its name is free soon. */
static int create_anew(struct wave *wave, struct err *e)
{
	if (!any(wave, is_to_create))
		return 0;
	if (run_round(wave, is_to_create, print_look, take_look, e) < 0)
		return -1;
	if (!any(wave, is_left_marked))
		return 0;
	if (end_marked(wave, is_left_marked, e) < 0)
		return -1;
	if (run_round(wave, is_to_create, print_change, take_anew, e) < 0)
		return -1;
	/* What was too late beside it still is. */
	wave->w->lost = any(wave, is_to_change);
	return 0;
}

static int run_wave(struct wave *wave, struct err *e)
{
	if (end_marked(wave, is_left_marked, e) < 0 ||
	    run_round(wave, is_to_change, print_change, take_change, e) < 0)
		return -1;
	if (wave->w->lost && create_anew(wave, e) < 0)
		return -1;
	return end_marked(wave, is_to_end, e);
}

static int begin_wave(struct wave *wave, size_t first, struct err *e)
{
	struct changes *c = wave->w->changes;

	for (size_t i = 0; i < wave->n; i++) {
		struct write *write = &wave->list[i];

		write->change = &c->list[first + i];
		if (kind_of_key(write->change->key, &write->id) < 0)
			return err_set(e, ERR_UNSUPPORTED,
				       "%.200s: Kubernetes has no object for it",
				       write->change->key);
		write->step = step_of(wave->w, first + i, write->id.kind);
		write->change->stands |= write->step == STEP_NOTHING;
	}
	return 0;
}

/* How many changes go out at once. */
static size_t wave_len(const struct changes *c, size_t first)
{
	size_t n = 1;

	while (first + n < c->n && c->list[first + n].beside)
		n++;
	return n;
}

/* Ahead of the guards */

void writing_done(struct writing *w)
{
	for (size_t i = 0; i < w->n_ahead; i++)
		api_call_done(&w->ahead[i]);
	free(w->ahead);
}

int writing_print_ahead(struct writing *w, struct err *e)
{
	struct wave wave = { .w = w };
	size_t n = changes_count_ahead(w->changes, w->view);

	w->ahead = calloc(n + 1, sizeof(*w->ahead));
	if (!w->ahead)
		return err_set(e, ERR_INTERNAL, "out of memory");
	for (size_t i = 0; i < n; i++) {
		struct write write = { .change = &w->changes->list[i], .step = STEP_CREATE };

		if (kind_of_key(write.change->key, &write.id) < 0)
			break;
		api_call_init(&w->ahead[w->n_ahead++], "");
		if (print_change(&wave, &write, &w->ahead[i], e) < 0)
			return -1;
	}
	return 0;
}

int writing_take_ahead(struct writing *w, struct err *e)
{
	struct wave wave = { .w = w };
	int rc = 0;

	for (size_t i = 0; i < w->n_ahead; i++) {
		struct write write = { .change = &w->changes->list[i] };

		if (w->ahead[i].outcome != API_DONE ||
		    kind_of_key(write.change->key, &write.id) < 0)
			continue;
		rc |= stand(&wave, &write, &w->ahead[i], e);
	}
	return rc;
}

static bool is_to_undo(const struct wave *wave __unused_arg, const struct write *write)
{
	return write->change->stands;
}

static int take_undone(struct wave *wave, struct write *write, const struct api_call *call,
		       struct err *e __unused_arg)
{
	if (call->outcome != API_DONE && call->outcome != API_ABSENT)
		return 0;
	knowns_remove(wave->w->knowns, write->change->key);
	write->change->stands = false;
	return 0;
}

int writing_undo_ahead(struct writing *w, struct err *e)
{
	struct wave wave = { .w = w, .n = w->n_ahead };
	int rc;

	wave.list = calloc(wave.n + 1, sizeof(*wave.list));
	if (!wave.list)
		return err_set(e, ERR_INTERNAL, "out of memory");
	for (size_t i = 0; i < wave.n; i++) {
		wave.list[i] = (struct write){ .change = &w->changes->list[i],
					       .step = STEP_DELETE };
		kind_of_key(wave.list[i].change->key, &wave.list[i].id);
	}
	rc = run_round(&wave, is_to_undo, print_change, take_undone, e);
	free(wave.list);
	return rc;
}

int writing_run(struct writing *w, struct err *e)
{
	size_t first = 0;
	int rc = 0;

	while (first < w->changes->n && rc == 0 && !w->lost) {
		struct wave wave = { .w = w, .n = wave_len(w->changes, first) };

		wave.list = calloc(wave.n, sizeof(*wave.list));
		if (!wave.list)
			return err_set(e, ERR_INTERNAL, "out of memory");
		rc = begin_wave(&wave, first, e);
		if (rc == 0)
			rc = run_wave(&wave, e);
		free(wave.list);
		first += wave.n;
	}
	return rc;
}
