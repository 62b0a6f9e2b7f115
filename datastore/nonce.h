/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mirror's nonce: why a commit from the mirror need not send what it does not write.
 *
 * A revision tells what a record is only within one history.  A store that was restored has
 * another: it has the old one up to the backup, and gives the revisions after it once more,
 * to other writes.  So a commit from the mirror would compare values, which all go through
 * the store's log.
 *
 * Each commit of a mirror therefore also puts a fresh random value, its nonce, under one key
 * of this mirror, and compares the one that it put last, by value and by revision.  No value
 * is put twice, and none is copied into another store (datastore_keeps()), so that
 *
 *   (1)  where the key has nonce n with revision R, the commit C that put n is part of the
 *        store's history, which up to R is the history that ended with C.
 *
 * A record (key, value v, revision m) is *proven* by the nonce if
 *
 *   (2)  in each store that has C in its history, and in which the key's revision is m now,
 *        its value is v.
 *
 * So with (1) a commit that compares the nonce, and of a proven record the revision, stands on
 * the value.  What is proven, and remains so:
 *
 *   - What C wrote: its revision is R, and R was C alone.
 *   - What was read in one moment with the nonce, this being n with revision R, and has m <= R:
 *     the write m is then part of the history that ended with C.
 *   - What C compared by value, with m <= R: where C is in the history and m is the key's
 *     revision now, it was not written since m, so not since C, when it was v.  (If m came from
 *     another history that proves nothing wrong: a compare fails, and all is read again.)
 *   - What the nonce before proved, if C compared that one: who has C in the history has both.
 *
 * A prefix is *proven* if C found the view's keys there and no other.  Where C is in the
 * history, each of them has its proven revision, and nothing there is newer than the newest of
 * these, which is no later than R, there is no other key now: it would not have been written
 * since R, so it would have been there for C to find.  Which remains so after a commit that
 * compared the nonce, unless that wrote there without having looked; and until something there
 * is read, which may be newer than R.  A reading alone proves no prefix: what was deleted
 * between C and the reading may be back in a store that was restored to a moment between them.
 * No other absence is proven; the compare of one is short.
 *
 * What is newer than R, what was read without the key, and what another nonce proved goes by
 * value.  A view has the key's record only as long as it is the mirror's own nonce, and none of
 * its records is proven when it has not: so whatever fills the view asks for the key in the
 * same request, and where it finds another value the nonce is forgotten.  (Else: a commit in one
 * history, a read in another, and back to the first.)  The same holds of the mirror's file.
 *
 * A commit whose outcome is unknown leaves the nonce as it was: what is read next shows which
 * one stands, and if it is the old one, either the lost commit or the next goes through, since
 * both compare it.  Each commit has a nonce of its own, whether it goes through or not.
 *
 * The key is NONCES, the node's name, and a hash of whose mirror it is: two configurations or
 * run folders of a node would otherwise fail each other's commits.  It stands where Calico's
 * readers never look, below what every role may write that lets a plugin assign addresses.
 * A user who may not touch it is refused once; the mirror remembers, and values are compared.
 *
 * Where the key is absent it is made only beside the node's own record: a DEL that comes behind
 * the deletion of its node, which has removed the key, leaves none.
 */
#ifndef DATASTORE_NONCE_H
#define DATASTORE_NONCE_H

#include "base/b64.h"
#include "datastore/changes.h"
#include "datastore/datastore.h"
#include "datastore/guards.h"
#include "datastore/wants.h"

#define NONCES "/calico/ipam/v2/mirror/"
#define NONCE_BYTES 12
#define NONCE_TEXT (B64_LEN(NONCE_BYTES) + 1)	/* bytes, NUL included */

struct nonce {
	char key[VIEW_KEY_MAX + 1];	/* "": there can be none */
	char node[VIEW_KEY_MAX + 1];	/* the key of its node's record */
	char value[NONCE_TEXT];	/* that was put last; "": none that is known to stand */
	uint64_t revision;	/* of the commit that put it */
	bool refused;	/* who asks may not touch the key */
};

/* whose: the mirror's identity.  Without effect where the names make no key. */
void nonce_init(struct nonce *n, const char *node, const char *whose);
/* Begins the keys of all mirrors of a node.  -1: such a name makes none. */
int nonce_prefix(const char *node, char ret_prefix[VIEW_KEY_MAX + 1]);
/* True for keys that are some mirror's. */
bool nonce_is_key(const char *key);

/* True for a store whose revisions can prove something, and that may have a mirror. */
bool nonce_is_used_in(const struct datastore_traits *traits);
/* True unless there can be none or it was refused.  n may be NULL. */
bool nonce_is_used(const struct nonce *n);

/* True if a commit of this view may put it: the view has its key, or its node. */
bool nonce_may_be_put(const struct nonce *n, const struct view *view);

/*
 * Before a view is read or committed: what it has of another nonce than this one is forgotten.
 */
void nonce_expect(const struct nonce *n, struct view *view);
/* True if the view has this nonce, so that what it holds may be proven. */
bool nonce_stands(const struct nonce *n, const struct view *view);
/* The view is to have neither the key nor anything proven. */
void nonce_leave(const struct nonce *n, struct view *view);

/* True if what is to be read has room for the key in a request that is sent anyway. */
bool nonce_goes_along(const struct wants *wants);

/* After all n_list ranges, the key's among them or not, were read into the view. */
void nonce_note_reading(struct nonce *n, struct view *view, const struct range *list,
			size_t n_list);

/* Draws a fresh one into the changes, as the last of them.  -1: no random bytes were to be had. */
int nonce_put(const struct nonce *n, struct changes *changes);
/*
 * The commit of these guards is done, with that put: before the view is brought up to date with
 * the changes, and after it.
 */
void nonce_note_compared(struct view *view, const struct guards *guards,
			 const struct changes *changes);
void nonce_note_written(struct nonce *n, struct view *view, const struct changes *changes);

#endif
