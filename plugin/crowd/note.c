/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/crowd/note.h"

#include "base/clock.h"
#include "base/fnv.h"
#include "base/io.h"
#include "base/json.h"
#include "base/list.h"
#include "base/log.h"
#include "plugin/crowd/message.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECOND_NS 1000000000LL
#define MS_NS 1000000LL
/* The name of a note begins with whose it is, in so many digits, and of which verb. */
#define WHOSE_LEN 16
#define KIND_LEN (WHOSE_LEN + 2)
#define OF_ADD 'a'
#define OF_DEL 'd'
#define NAME "%016" PRIx64 "-%c-%016" PRIx64 "-"
/* What is written behind the text of a note when it is looked at first. */
#define FIRST_LOOK "looked at %016" PRIx64 "\n"
#define FIRST_LOOK_LEN 27

static const struct ipam_owner *owner_of(const struct crowd_member *m)
{
	return m->verb == CROWD_ADD ? &m->add.owner : &m->del.owner;
}

/* Of network, container and interface: equal for those of one, and hardly for others. */
static uint64_t whose(const struct ipam_owner *o)
{
	char text[IPAM_HANDLE_MAX + 64];
	int len = snprintf(text, sizeof(text), "%s\n%s\n%s", o->network, o->container,
			   o->ifname ? o->ifname : "");

	len = len < (int)sizeof(text) ? len : (int)sizeof(text) - 1;
	return fnv1a(text, (size_t)len);
}

static uint64_t whose_name(const char *name)
{
	return strtoull(name, NULL, 16);
}

/* When its request was made, which stands behind its verb. */
static int64_t written_ns(const char *name)
{
	return strlen(name) > KIND_LEN ? strtoll(name + KIND_LEN + 1, NULL, 16) : 0;
}

static bool is_of(const char *name, const struct ipam_owner *o)
{
	return whose_name(name) == whose(o);
}

static bool remove_note(const struct crowd_folder *notes, const char *name)
{
	char path[PATH_MAX];

	return crowd_folder_path(notes, name, "", path) == 0 && unlink(path) == 0;
}

/* This process's own */

static int lay(const struct crowd_folder *notes, const struct crowd_member *m,
	       struct deadline until, struct note *ret, struct err *e)
{
	int64_t now_ns = m->verb == CROWD_ADD ? m->add.now_ns : m->del.now_ns;
	struct buf text __cleanup(buf_done) = BUF(MESSAGE_MAX);
	struct note note = NO_NOTE;

	message_print_note(m, now_ns + deadline_left_ms(until) * MS_NS, &text);
	if (text.failed)
		return err_set(e, ERR_LIMIT, "the request has bytes that are no text");
	snprintf(note.name, sizeof(note.name), NAME "%d", whose(owner_of(m)),
		 m->verb == CROWD_ADD ? OF_ADD : OF_DEL, (uint64_t)now_ns, getpid());
	if (crowd_folder_make(notes, e) < 0 ||
	    crowd_folder_lay(notes, note.name, &text, &note.fd, e) < 0)
		return -1;
	*ret = note;
	return 0;
}

void note_write(const struct crowd_folder *notes, const struct crowd_member *m,
		struct deadline until, struct note *ret)
{
	struct err e = {0};

	if (lay(notes, m, until, ret, &e) < 0)
		log_warning("Going on without a note of what this request may leave behind",
			    LOG_TEXT("error", e.text));
}

static void let_go(struct note *note)
{
	close_fd(&note->fd);
	note->fd = -1;
}

/* Before its lock goes.  Without its text it says nothing, as if it were removed. */
int note_take_back(const struct crowd_folder *notes, struct note *note, struct err *e)
{
	if (note->fd < 0)
		return 0;
	if (!remove_note(notes, note->name) && ftruncate(note->fd, 0) < 0)
		return err_set(e, ERR_IO, "cannot take back the note %s/%s: %s", notes->path,
			       note->name, strerror(errno));
	let_go(note);
	return 0;
}

/*
 * What earlier DELs have left of the same container, this one's note says too; behind the
 * verb a name says when.
 */
static bool is_said_by(const struct note *note, const char *name)
{
	return note->name[KIND_LEN - 1] == OF_DEL && strcmp(name, note->name) < 0 &&
	       strncmp(name, note->name, KIND_LEN) == 0;
}

/* How many there are. */
static unsigned drop_what_is_said_by(const struct crowd_folder *notes, const struct note *note)
{
	DIR *folder __cleanup(close_folder) = crowd_folder_open(notes);
	const struct dirent *entry;
	unsigned n = 0;

	while (folder && (entry = readdir(folder))) {
		if (is_said_by(note, entry->d_name))
			remove_note(notes, entry->d_name);
		else
			n += entry->d_name[0] != '.';
	}
	return n;
}

void note_leave(const struct crowd_folder *notes, struct note *note)
{
	struct err ignored = {0};

	if (note->fd < 0)
		return;
	if (drop_what_is_said_by(notes, note) > NOTES_MAX) {
		log_warning("Too many notes are left already: what this request may leave behind "
			    "is not noted", LOG_TEXT("folder", notes->path));
		note_take_back(notes, note, &ignored);
	} else {
		log_warning("Left a note, for the next request of this node to settle",
			    LOG_TEXT("folder", notes->path), LOG_TEXT("note", note->name));
	}
	if (note->fd >= 0)
		let_go(note);
}

/* Those that were left */

bool notes_are_left(const struct crowd_folder *notes, const struct note *own)
{
	DIR *folder __cleanup(close_folder) = opendir(notes->path);
	const struct dirent *entry;

	if (!folder)
		return errno != ENOENT;
	errno = 0;
	while ((entry = readdir(folder)))
		if (entry->d_name[0] != '.' &&
		    (!own || own->fd < 0 || strcmp(entry->d_name, own->name) != 0))
			return true;
	return errno != 0;
}

static void left_note_done(struct left_note *note)
{
	close_fd(&note->fd);
	json_freep(&note->tree);
}

void left_notes_done(struct left_notes *left)
{
	for (size_t i = 0; i < left->n; i++)
		left_note_done(&left->list[i]);
	free(left->list);
	*left = (struct left_notes){0};
}

/* When it was last looked at, which its file says, unless that is no time; 0: not yet. */
static int64_t looked_at_ns(const struct stat *st, int64_t since_ns)
{
	int64_t changed_ns;

	if (st->st_mtim.tv_sec < 0 || st->st_mtim.tv_sec > INT64_MAX / 2 / SECOND_NS)
		return 0;
	changed_ns = st->st_mtim.tv_sec * SECOND_NS + st->st_mtim.tv_nsec;
	return changed_ns - SECOND_NS < since_ns ? 0 : changed_ns;
}

/* 0: not yet. */
static int64_t first_look_ns(const struct buf *text)
{
	uint64_t ns = 0;

	if (text->len > FIRST_LOOK_LEN)
		sscanf(text->data + text->len - FIRST_LOOK_LEN, "looked at %16" SCNx64 "\n", &ns);
	return (int64_t)ns;
}

static void set_first_look(const struct left_note *note)
{
	char text[FIRST_LOOK_LEN + 1];
	struct err e = {0};

	snprintf(text, sizeof(text), FIRST_LOOK, (uint64_t)note->release.now_ns);
	if (io_write_fd(note->fd, text, FIRST_LOOK_LEN, note->name, &e) < 0)
		log_warning("Cannot write that a note was looked at",
			    LOG_TEXT("error", e.text));
}

static void set_looked_at(const struct left_note *note)
{
	int64_t ns = clock_now_ns(), least = note->written_ns + SECOND_NS;
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT } };

	if (!note->first_look_ns)
		set_first_look(note);
	ns = ns > least ? ns : least;
	times[1] = (struct timespec){ ns / SECOND_NS, ns % SECOND_NS };
	futimens(note->fd, times);
}

static bool is_late(const struct left_note *note)
{
	int64_t late_ns = note->release.now_ns - NOTE_LATE_S * SECOND_NS;

	return note->first_look_ns && note->first_look_ns < late_ns && note->ends_ns < late_ns;
}

/* What is still there when nothing can arrive any more has failed each time. */
static bool is_due(const struct left_note *note)
{
	int64_t again_s = is_late(note) ? NOTE_LATE_S : NOTE_AGAIN_S;
	struct stat st = {0};
	int64_t looked_at = fstat(note->fd, &st) < 0 ? 0 : looked_at_ns(&st, note->written_ns);
	int64_t ago = note->release.now_ns - looked_at;

	/* More than a moment ahead: the clock was set back. */
	return !looked_at || ago < -2 * SECOND_NS || ago >= again_s * SECOND_NS;
}

/* Its name came last: one without a text was emptied when it was taken back, or is none of ours. */
static void drop_if_old(const struct crowd_folder *notes, const struct left_note *note)
{
	struct stat st;

	if (fstat(note->fd, &st) == 0 &&
	    clock_now_ns() / SECOND_NS - st.st_mtim.tv_sec > NOTE_LATE_S)
		remove_note(notes, note->name);
}

/* ERR_NOT_FOUND, ERR_DECODE, ERR_LIMIT: its process lives, or it is none. */
static int read_note(const struct crowd_folder *notes, const char *name, struct left_note *ret,
		     struct err *e)
{
	struct buf text __cleanup(buf_done) = BUF(MESSAGE_MAX);
	struct left_note note = { .fd = -1 };
	bool held;

	snprintf(note.name, sizeof(note.name), "%s", name);
	if (crowd_folder_read(notes, name, &text, &note.fd, &held, e) < 0)
		return -1;
	if (held)
		err_set(e, ERR_NOT_FOUND, "the process of %s lives", name);
	if (held || message_read_note(text.data, text.len, &note.tree, &note.release,
				      &note.ends_ns, e) < 0) {
		if (e->kind == ERR_DECODE)
			drop_if_old(notes, &note);
		left_note_done(&note);
		return -1;
	}
	note.written_ns = note.release.assigned_ns + note.release.before_ns;
	note.first_look_ns = first_look_ns(&text);
	note.release.now_ns = clock_now_ns();
	*ret = note;
	return 0;
}

/* Whose the requests are that notes are read for: many, and so are the notes of a burst. */
struct askers {
	const struct crowd_member *list;
	uint64_t whose[NOTES_ASKERS_MAX];
	unsigned n;
};

static bool is_of_any(const char *name, const struct askers *askers)
{
	uint64_t of = whose_name(name);

	for (unsigned i = 0; i < askers->n; i++)
		if (askers->whose[i] == of)
			return true;
	return false;
}

/*
 * Behind whose it is the name says of which request.  Its process has ended since that was taken:
 * what is carried out now is for its note.
 */
static bool is_being_added(const char *name, const struct askers *askers)
{
	for (unsigned i = 0; i < askers->n; i++) {
		const struct crowd_member *m = &askers->list[i];
		char begin[NOTE_NAME_MAX];

		if (askers->whose[i] != whose_name(name) || m->verb != CROWD_ADD)
			continue;
		snprintf(begin, sizeof(begin), NAME, askers->whose[i], OF_ADD,
			 (uint64_t)m->add.now_ns);
		if (strncmp(name, begin, strlen(begin)) == 0)
			return true;
	}
	return false;
}

static void tell_unread(struct left_notes *left, uint64_t of, const struct err *e)
{
	unsigned i = 0;

	while (i < left->n_unread && left->unread[i] != of)
		i++;
	if (i == left->n_unread)
		left->unread[left->n_unread++] = of;
	left->why_unread = *e;
	err_wrap(&left->why_unread, "what an earlier request for this container has left behind "
				    "cannot be told; try again");
}

static void tell_all_unread(struct left_notes *left, const struct crowd_folder *notes,
			    const struct askers *askers)
{
	struct err e = {0};

	err_set(&e, ERR_IO, "cannot read %s: %s", notes->path, strerror(errno));
	for (unsigned i = 0; i < askers->n; i++)
		tell_unread(left, askers->whose[i], &e);
}

static int keep(struct left_notes *left, struct left_note *note, struct err *e)
{
	if (list_room(&left->list, left->n, &left->cap) == 0) {
		left->list[left->n++] = *note;
		return 0;
	}
	left_note_done(note);
	return err_set(e, ERR_INTERNAL, "out of memory");
}

static int read_if_due(const struct crowd_folder *notes, const char *name, bool own,
		       const struct askers *askers, struct left_notes *left, struct err *e)
{
	struct left_note note;

	if (read_note(notes, name, &note, e) < 0)
		return -1;
	if (own ? !is_being_added(name, askers) : is_due(&note))
		return keep(left, &note, e);
	left_note_done(&note);
	return 0;
}

static bool is_none(enum err_kind kind)
{
	return kind == ERR_NOT_FOUND || kind == ERR_DECODE || kind == ERR_LIMIT;
}

enum which { OF_ASKERS, NEVER_LOOKED_AT, LOOKED_AT };

/* As its name and its file say, which need not be opened for that. */
static bool was_looked_at(const struct crowd_folder *notes, const char *name)
{
	struct stat st = {0};
	char path[PATH_MAX];

	return crowd_folder_path(notes, name, "", path) == 0 && lstat(path, &st) == 0 &&
	       looked_at_ns(&st, written_ns(name)) != 0;
}

static bool is_meant(const struct crowd_folder *notes, const char *name,
		     const struct askers *askers, enum which which)
{
	bool own = is_of_any(name, askers);

	if (*name == '.' || strlen(name) >= NOTE_NAME_MAX || own != (which == OF_ASKERS))
		return false;
	return own || was_looked_at(notes, name) == (which == LOOKED_AT);
}

static void read_those(const struct crowd_folder *notes, const struct askers *askers,
		       enum which which, struct left_notes *left)
{
	bool own = which == OF_ASKERS;
	DIR *folder __cleanup(close_folder) = crowd_folder_open(notes);
	const struct dirent *entry = NULL;
	struct err e = {0};

	while (folder && (own || left->n - left->n_own < NOTES_OF_OTHERS_MAX)) {
		errno = 0;
		entry = readdir(folder);
		if (!entry)
			break;
		if (entry->d_name[0] == '.' && which != LOOKED_AT)
			crowd_folder_drop_begun(notes, entry->d_name);
		if (!is_meant(notes, entry->d_name, askers, which))
			continue;
		if (read_if_due(notes, entry->d_name, own, askers, left, &e) < 0 && own &&
		    !is_none(e.kind) && !is_being_added(entry->d_name, askers))
			tell_unread(left, whose_name(entry->d_name), &e);
	}
	if (own && !entry && errno && crowd_folder_is_ours(notes))
		tell_all_unread(left, notes, askers);
}

void notes_read(const struct crowd_folder *notes, const struct crowd_member *list, unsigned n,
		struct left_notes *ret)
{
	struct askers askers = { .list = list, .n = n };

	for (unsigned i = 0; i < n; i++)
		askers.whose[i] = whose(owner_of(&list[i]));
	*ret = (struct left_notes){0};
	read_those(notes, &askers, OF_ASKERS, ret);
	ret->n_own = ret->n;
	read_those(notes, &askers, NEVER_LOOKED_AT, ret);
	read_those(notes, &askers, LOOKED_AT, ret);
}

static bool is_the_stores(enum err_kind kind)
{
	return kind == ERR_UNAVAILABLE || kind == ERR_DEADLINE || kind == ERR_UNKNOWN_OUTCOME ||
	       kind == ERR_CONFLICT || kind == ERR_NO_SPACE || kind == ERR_REFUSED;
}

const struct err *notes_forbid(const struct left_notes *left, const struct crowd_member *m)
{
	for (unsigned i = 0; m->verb == CROWD_ADD && i < left->n_unread; i++)
		if (left->unread[i] == whose(&m->add.owner))
			return &left->why_unread;
	for (size_t i = 0; m->verb == CROWD_ADD && i < left->n_own; i++)
		if ((is_the_stores(left->list[i].error.kind) || left->list[i].error.may_stand) &&
		    is_of(left->list[i].name, &m->add.owner))
			return &left->list[i].error;
	return NULL;
}

void note_was_settled(const struct crowd_folder *notes, struct left_note *note,
		      const struct crowd_member *outcome, bool transactions)
{
	bool found = outcome->released.released && note->release.assigned_ns && transactions;

	if (outcome->failed) {
		note->error = outcome->error;
		log_warning("Cannot settle what an earlier request may have left behind",
			    LOG_TEXT("ContainerID", note->release.owner.container),
			    LOG_TEXT("error", outcome->error.text));
	} else if (outcome->released.released) {
		log_info("Released what an earlier request had left behind",
			 LOG_TEXT("ContainerID", note->release.owner.container),
			 LOG_NUMBER("Addresses", outcome->released.released));
	}
	if (!outcome->failed && (is_late(note) || found))
		remove_note(notes, note->name);
	else
		set_looked_at(note);
}

int notes_are_moot(const struct crowd_folder *notes, const struct left_notes *left,
		   const struct crowd_member *m, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < left->n_own; i++) {
		const struct left_note *note = &left->list[i];

		if (!is_of(note->name, owner_of(m)) ||
		    (m->verb != CROWD_ADD && !note->release.before_ns))
			continue;
		if (!remove_note(notes, note->name) && errno != ENOENT &&
		    ftruncate(note->fd, 0) < 0)
			rc = err_set(e, ERR_IO, "cannot remove the note %s/%s: %s", notes->path,
				     note->name, strerror(errno));
	}
	return rc;
}
