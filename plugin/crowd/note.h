/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notes: what a request may leave behind that nobody will ever ask for again.
 *
 * A runtime whose ADD had no answer gives up on the sandbox, and the next one has a new
 * container id (containerd 2.3: its own DEL of such a sandbox has 60 s, and then no other
 * comes).  So each ADD and DEL writes down, before it asks for anything, whose it is, and
 * takes that back once it is known what came of it.  A note that is there although its process
 * is not, which is told by a lock, is of one that was killed, or ended without knowing, of an
 * ADD whose answer nobody was there to read, or of a DEL that failed.  Whoever next carries
 * out anything on this node settles it, under the host lock:
 *
 *   an ADD's	releases what holds its nonce, which nobody was told of;
 *   a DEL's	releases what was assigned to its container before that DEL.
 *
 * A commit that its process did not see the end of may still arrive when a note is looked
 * at.  So one that finds nothing is looked at again, every NOTE_AGAIN_S, until both the
 * deadline of its request and the first look are NOTE_LATE_S ago: by then etcd has given up a
 * proposal (seconds), the API server has ended the request (60 s), and the kernel has dropped
 * what a dead process had sent.  The first look, since another may have taken the request and
 * sent it after that deadline, but under the host lock, so before anybody looked.  While its
 * own ADD is carried out a note is not looked at.
 * One that cannot be settled is tried again every NOTE_LATE_S from then on.
 *
 * A later ADD of the same container and interface settles its notes before itself, in a commit of
 * their own, and with its success they are moot: all that is held then is its own.  So is a DEL's
 * note with the success of another DEL; but an ADD's, which may still arrive, is not.  No time
 * decides it: a clock that was set back would let the note of a DEL take what a later ADD was
 * told of.
 *
 * The notes of another store, node or lock file lie in another folder (folder.h), and are
 * left.  run_path ends with the boot; what is left of an earlier one, `calico-ipamctl reclaim`
 * finds.
 */
#ifndef PLUGIN_CROWD_NOTE_H
#define PLUGIN_CROWD_NOTE_H

#include "ipam/crowd/crowd.h"
#include "plugin/crowd/folder.h"

#define NOTE_NAME_MAX 64 /* bytes of a note's name */
#define NOTES_MAX 4096 /* that are left; beyond, a request leaves none, and says so */
#define NOTES_OF_OTHERS_MAX 32 /* that one request settles beside those of its own container */
#define NOTES_ASKERS_MAX 256 /* requests whose notes are read at once */
#define NOTE_AGAIN_S 15
#define NOTE_LATE_S 120

struct cJSON;

/* This process's own. */
struct note {
	int fd; /* owned; -1: none */
	char name[NOTE_NAME_MAX];
};

#define NO_NOTE { .fd = -1 }

/*
 * Before anything is asked for; until: the request's deadline, behind which it sends no more.
 * A note that cannot be written is logged, and done without.
 */
void note_write(const struct crowd_folder *notes, const struct crowd_member *m,
		struct deadline until, struct note *ret);
/*
 * It is known what came of the request.  ERR_IO: the note stays, and can be left; of an ADD that
 * succeeded it would take from a container what it has.
 */
int note_take_back(const struct crowd_folder *notes, struct note *note, struct err *e);
/* It is not known. */
void note_leave(const struct crowd_folder *notes, struct note *note);

/* One that was left, and is due to be looked at. */
struct left_note {
	char name[NOTE_NAME_MAX];
	int fd; /* owned: with its lock */
	int64_t written_ns, ends_ns; /* of its request: when it was made, and its deadline */
	int64_t first_look_ns; /* 0: this is the first */
	struct cJSON *tree; /* owned: of the texts of */
	struct ipam_release_request release; /* which settles it */
	struct err error; /* why that failed */
};

struct left_notes {
	struct left_note *list; /* owned */
	size_t n, cap;
	size_t n_own; /* the first so many are of the requests that were given */
	/* Whose could not be read just then, by the digits of their names, and why. */
	uint64_t unread[NOTES_ASKERS_MAX];
	unsigned n_unread;
	struct err why_unread;
};

/* False: there is none but this one; NULL: none at all. */
bool notes_are_left(const struct crowd_folder *notes, const struct note *own);
/*
 * Those that are due, under the host lock: all of the containers and interfaces of these
 * requests, then at most NOTES_OF_OTHERS_MAX others, first those that nobody has looked at yet.
 */
void notes_read(const struct crowd_folder *notes, const struct crowd_member *list, unsigned n,
		struct left_notes *ret);
/*
 * Why this request may not be carried out, or NULL: its container has a note that could not be
 * read, or settled for want of the store.  An ADD would be told of what is held, and a commit that
 * settles the note and comes late would take it away.
 */
const struct err *notes_forbid(const struct left_notes *left, const struct crowd_member *m);
/*
 * It was carried out.  It goes if it is certain to find nothing more; else it is looked at
 * again later.  `transactions`: of the store, where all that an ADD wrote was found at once.
 */
void note_was_settled(const struct crowd_folder *notes, struct left_note *note,
		      const struct crowd_member *outcome, bool transactions);
/*
 * This request has succeeded: the notes of its container and interface that it settles go.
 * ERR_IO: one stays, and would take from a container what an ADD was told of.
 */
int notes_are_moot(const struct crowd_folder *notes, const struct left_notes *left,
		   const struct crowd_member *m, struct err *e);
void left_notes_done(struct left_notes *left); /* also for __cleanup */

#endif
