/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/crowd/turn.h"

#include "base/fnv.h"
#include "base/io.h"
#include "base/log.h"
#include "ipam/ipam.h"
#include "plugin/crowd/queue.h"
#include "plugin/crowd/turn_note.h"

#include <fcntl.h>
#include <stdlib.h>

#define SETTLE_MS 2000 /* of what others have left behind, at most */
/* Who has no more time left than this takes nobody's request: it would only wait for him. */
#define TAKES_MS 3000
/*
 * As long as so much is left no time-out of the stores is shortened for want of time (as of
 * etcd's connections, a third of what is left): that one does not answer is true for all.
 */
#define TELLS_MS 10000

#define UNASKED "not asked for, since the store was silent over another request of this node; " \
	"try again"

struct host {
	const struct turn *turn;
	struct crowd_member *mine;
	struct queue queue; /* without a crowd: there is none */
	struct datastore *ds; /* owned; NULL: not opened yet */
	bool opened_to_create;
	bool to_create; /* there is an ADD to carry out */
	struct err unopened; /* why it cannot be opened, unless it is silent */
};

static void host_done(struct host *h)
{
	datastore_close(h->ds);
	queue_done(&h->queue);
}

int turn_open_store(const struct turn *turn, bool to_create, struct datastore **ret,
		    struct err *e)
{
	enum datastore_purpose purpose = to_create ? OPEN_TO_CREATE : OPEN_TO_CHANGE;

	if (datastore_open(ret, turn->settings, purpose, turn->deadline, e) < 0)
		return -1;
	datastore_use_mirror(*ret, turn->settings, turn->node);
	return 0;
}

/* The lock eases a competition, and is no condition: but whoever waited for it in vain is late. */
static int go_on_without_lock(const char *what, struct err *e)
{
	if (e->kind == ERR_DEADLINE)
		return err_wrap(e, "%s", what);
	log_warning("Going on without the host-wide IPAM lock", LOG_TEXT("error", e->text));
	err_reset(e);
	return 0;
}

/* With the file open that the host's lock is on. */
static int await_container(struct turn *turn, const char *handle, const char *ifname,
			   struct err *e)
{
	struct buf whose __cleanup(buf_done) = BUF(2 * IPAM_HANDLE_MAX);

	buf_printf(&whose, "%s %s", handle, ifname);
	turn->byte = (off_t)(fnv1a(whose.data, whose.len) >> 2);
	log_debug("About to acquire host-wide IPAM lock", LOG_TEXT("path", turn->lock_file));
	if (io_make_parent(turn->lock_file, 0777, e) == 0 &&
	    io_lock_byte(turn->lock_file, turn->byte, turn->deadline, &turn->lock, e) == 0)
		return 0;
	return go_on_without_lock("another request for this container is under way", e);
}

int turn_begin(struct turn *turn, const char *handle, const char *ifname, struct err *e)
{
	if (await_container(turn, handle, ifname, e) < 0)
		return -1;
	turn_find_notes(turn);
	return 0;
}

void turn_done(struct turn *turn)
{
	if (turn->notes.crowd)
		note_leave(&turn->notes, &turn->note);
	crowd_folder_done(&turn->notes);
	close_fd(&turn->lock);
}

int turn_await(const struct turn *turn, bool *ret_held, struct err *e)
{
	bool held = turn->lock >= 0 &&
		    io_wait_for_lock(turn->lock, turn->lock_file, turn->byte, turn->deadline,
					 e) == 0;

	if (!held && turn->lock >= 0 && go_on_without_lock("host-wide IPAM lock", e) < 0)
		return -1;
	*ret_held = held;
	return 0;
}

static bool is_silence(enum err_kind kind)
{
	return kind == ERR_UNAVAILABLE || kind == ERR_DEADLINE || kind == ERR_UNKNOWN_OUTCOME;
}

/*
 * Where nothing was ever assigned, what only releases leaves no store behind.  What is amiss
 * with a file that was read for it may be mended in a moment: nothing is begun then.
 */
static int want_store(struct host *h, struct err *e)
{
	if (h->unopened.kind) {
		*e = h->unopened;
		return -1;
	}
	if (h->ds && (h->opened_to_create || !h->to_create ||
		      !datastore_traits(h->ds)->one_node))
		return 0;
	datastore_close(h->ds);
	h->ds = NULL;
	h->opened_to_create = h->to_create;
	if (turn_open_store(h->turn, h->to_create, &h->ds, e) == 0)
		return 0;
	if (!is_silence(e->kind))
		h->unopened = *e;
	return -1;
}

_Static_assert(QUEUE_TAKEN_MAX + 1 <= NOTES_ASKERS_MAX, "the notes of all are read at once");

struct others {
	struct taken_list taken;
	struct crowd_member members[QUEUE_TAKEN_MAX + 1]; /* and this process's own */
};

static void free_others(struct others **others)
{
	if (*others)
		queue_done_taken(&(*others)->taken);
	free(*others);
}

static void free_members(struct crowd_member **list)
{
	free(*list);
}

static bool is_any_an_add(const struct crowd_member *list, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (list[i].verb == CROWD_ADD)
			return true;
	return false;
}

static void fail_all(struct crowd_member *list, unsigned n, const struct err *e)
{
	for (unsigned i = 0; i < n; i++) {
		list[i].failed = true;
		list[i].error = *e;
	}
}

/*
 * For what became of others.  Nothing was sent for these: what may stand of the others is not
 * said of them.
 */
static void fail_unasked(const struct host *h, struct crowd_member *list, unsigned n,
			 const struct err *of_others)
{
	const char *place = h->ds ? datastore_traits(h->ds)->place : "the store";
	struct err e = *of_others;

	if (e.may_stand || e.kind == ERR_UNKNOWN_OUTCOME)
		err_set(&e, ERR_UNAVAILABLE, "%.200s: " UNASKED, place);
	else
		err_wrap(&e, UNASKED);
	fail_all(list, n, &e);
}

static void carry_out_all(struct host *h, struct crowd_member *list, unsigned n)
{
	struct err e = {0};

	if (n > 1)
		log_info("Carrying out requests that wait together", LOG_NUMBER("requests", n));
	if (want_store(h, &e) < 0) {
		fail_all(list, n, &e);
		return;
	}
	for (unsigned i = 0; i < n; i++) {
		list[i].add.make_pools = datastore_traits(h->ds)->one_node;
		/* What is released cools down from now on, however long its DEL has waited. */
		list[i].del.now_ns = clock_now_ns();
	}
	ipam_crowd(h->ds, list, n);
}

static void warn_unsettled(const struct err *e)
{
	log_warning("Cannot settle what earlier requests may have left behind",
		    LOG_TEXT("error", e->text));
}

static void settle_notes(struct host *h, struct left_notes *left, size_t from, size_t to,
			 struct deadline until)
{
	struct crowd_member *list __cleanup(free_members) = calloc(to - from + 1, sizeof(*list));
	unsigned n = (unsigned)(to - from);
	struct err e = {0};

	if (!n || !list)
		return;
	for (unsigned i = 0; i < n; i++)
		list[i] = (struct crowd_member){ .verb = CROWD_DEL,
						 .del = left->list[from + i].release };
	if (want_store(h, &e) < 0) {
		if (h->unopened.kind) {
			warn_unsettled(&e);
			return;
		}
		fail_all(list, n, &e);
	} else {
		for (unsigned i = 0; i < n; i++)
			list[i].del.now_ns = clock_now_ns(); /* as above */
		datastore_set_deadline(h->ds, until);
		ipam_crowd(h->ds, list, n);
		datastore_set_deadline(h->ds, h->turn->deadline);
	}
	for (unsigned i = 0; i < n; i++)
		note_was_settled(&h->turn->notes, &left->list[from + i], &list[i],
				 h->ds && datastore_traits(h->ds)->transactions);
}

static void read_notes(const struct host *h, const struct crowd_member *list, unsigned n,
		       struct left_notes *ret)
{
	const struct turn *turn = h->turn;

	if (turn->notes.crowd && notes_are_left(&turn->notes, &turn->note))
		notes_read(&turn->notes, list, n, ret);
}

static void drop_moot(const struct host *h, const struct left_notes *left,
		      struct crowd_member *list, unsigned n)
{
	for (unsigned i = 0; left->n_own && i < n; i++) {
		struct err e = {0};

		if (list[i].failed || notes_are_moot(&h->turn->notes, left, &list[i], &e) == 0)
			continue;
		log_warning("A note that says nothing any more stays until it is settled",
			    LOG_TEXT("error", e.text));
		if (list[i].verb != CROWD_ADD)
			continue;
		e.may_stand = true;
		fail_all(&list[i], 1, &e);
	}
}

/* Why the store is not asked any more; NULL: it answers. */
static const struct err *silence_of(const struct crowd_member *list, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (list[i].failed && is_silence(list[i].error.kind))
			return &list[i].error;
	return NULL;
}

static const struct err *silence_of_own(const struct left_notes *left)
{
	for (size_t i = 0; i < left->n_own; i++)
		if (is_silence(left->list[i].error.kind))
			return &left->list[i].error;
	return NULL;
}

static void carry_out_whom_none_forbids(struct host *h, const struct left_notes *left,
					struct crowd_member *list, unsigned n)
{
	for (unsigned i = 0, from = 0; i <= n; i++) {
		const struct err *why = i < n ? notes_forbid(left, &list[i]) : NULL, *silence;

		if (i < n && !why)
			continue;
		if (i > from)
			carry_out_all(h, list + from, i - from);
		silence = silence_of(list + from, i - from);
		if (silence) {
			fail_unasked(h, list + i, n - i, silence);
			return;
		}
		if (why)
			fail_all(&list[i], 1, why);
		from = i + 1;
	}
}

static struct deadline while_others_wait(const struct host *h)
{
	return deadline_within_ms(h->turn->deadline, SETTLE_MS);
}

static bool has_left(const struct host *h, int64_t ms)
{
	return deadline_left_ms(h->turn->deadline) > ms;
}

/*
 * Notes of the same containers come first, in a commit of their own; those of others last.  A
 * store that does not answer is not asked once more: each time costs the time of all who wait.
 */
static void carry_out_beside_notes(struct host *h, struct crowd_member *list, unsigned n,
				   const struct taken_list *taken)
{
	struct left_notes left __cleanup(left_notes_done) = {0};
	const struct err *silence;

	h->to_create = is_any_an_add(list, n);
	read_notes(h, list, n, &left);
	settle_notes(h, &left, 0, left.n_own, h->turn->deadline);
	silence = silence_of_own(&left);
	if (silence)
		fail_unasked(h, list, n, silence);
	else
		carry_out_whom_none_forbids(h, &left, list, n);
	drop_moot(h, &left, list, n);
	if (h->unopened.kind) {
		queue_give_back(&h->queue, taken);
		return;
	}
	queue_answer(&h->queue, taken, has_left(h, TELLS_MS));
	if (!silence_of(list, n))
		settle_notes(h, &left, left.n_own, left.n, while_others_wait(h));
}

static int result(const struct crowd_member *m, struct err *e)
{
	if (!m->failed)
		return 0;
	*e = m->error;
	return -1;
}

static int lead(struct host *h, struct err *e)
{
	static const struct taken_list none;
	struct others *o __cleanup(free_others) = NULL;

	if (h->queue.folder.crowd && has_left(h, TAKES_MS) && queue_is_waited_in(&h->queue))
		o = calloc(1, sizeof(*o));
	if (!o) {
		carry_out_beside_notes(h, h->mine, 1, &none);
		return result(h->mine, e);
	}
	queue_take(&h->queue, o->members, &o->taken);
	o->members[o->taken.n] = *h->mine;
	carry_out_beside_notes(h, o->members, o->taken.n + 1, &o->taken);
	*h->mine = o->members[o->taken.n];
	return result(h->mine, e);
}

void turn_settle(struct turn *turn)
{
	struct host h __cleanup(host_done) = { .turn = turn };
	struct left_notes left __cleanup(left_notes_done) = {0};
	struct err e = {0};

	if (io_open(turn->lock_file, O_RDWR, 0, &turn->lock))
		return;
	turn_find_notes(turn);
	if (!turn->notes.crowd || !notes_are_left(&turn->notes, NULL))
		return;
	if (datastore_prepare(turn->settings, turn->deadline, &e) < 0) {
		warn_unsettled(&e);
		return;
	}
	if (!io_try_lock(turn->lock, turn->lock_file))
		return;
	read_notes(&h, NULL, 0, &left);
	settle_notes(&h, &left, 0, left.n, while_others_wait(&h));
}

/* Waiting */

static void join_queue(struct host *h, struct waiting *ret)
{
	struct err e = {0};

	if (h->queue.folder.crowd && queue_join(&h->queue, h->mine, ret, &e) < 0)
		log_warning("Waiting for the host-wide IPAM lock without the queue",
			    LOG_TEXT("error", e.text));
}

static int tell_deadline(bool was_taken, struct err *e)
{
	if (was_taken)
		err_set(e, ERR_DEADLINE,
			"another process had taken this request to carry it out and did not "
			"answer before the deadline, so it may have gone through");
	e->may_stand |= was_taken;
	return -1;
}

/*
 * Whoever had taken it, if anybody, has died, run out of time or does not tell, or is at work
 * on it where there is no lock; what he sent may come yet.
 */
static int lead_at_last(struct host *h, bool was_taken, struct err *e)
{
	if (lead(h, e) == 0)
		return 0;
	if (was_taken)
		queue_tell_taken_before(e);
	return -1;
}

static int wait_in_queue(struct host *h, struct err *e)
{
	struct waiting w = NOBODY_WAITS;
	bool in_time, held = false, answered, was_taken;

	join_queue(h, &w);
	in_time = turn_await(h->turn, &held, e) == 0;
	answered = queue_find_answer(&w, h->mine);
	was_taken = !queue_leave(&h->queue, &w);
	if (answered)
		return result(h->mine, e);
	if (!in_time)
		return tell_deadline(was_taken, e);
	/* Another may be at work on what lies there. */
	if (!held)
		queue_done(&h->queue);
	return lead_at_last(h, was_taken, e);
}

int turn_carry_out_in(const struct turn *turn, struct datastore **ds, struct crowd_member *mine,
		      struct err *e)
{
	struct host h __cleanup(host_done) = { .turn = turn, .mine = mine, .ds = *ds,
					       .opened_to_create = mine->verb == CROWD_ADD };

	*ds = NULL;
	if (turn->lock < 0)
		return lead(&h, e);
	if (queue_init(&h.queue, turn->settings, turn->node, turn->lock_file) < 0)
		queue_done(&h.queue);
	if (!h.ds && datastore_prepare(turn->settings, turn->deadline, e) < 0)
		return -1;
	if (io_try_lock(turn->lock, turn->lock_file)) {
		log_debug("Acquired host-wide IPAM lock", LOG_TEXT("path", turn->lock_file));
		return lead(&h, e);
	}
	return wait_in_queue(&h, e);
}

int turn_carry_out(const struct turn *turn, struct crowd_member *mine, struct err *e)
{
	struct datastore *none = NULL;

	return turn_carry_out_in(turn, &none, mine, e);
}
