/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one error type.
 *
 * An error is owned by the caller, who starts with `struct err e = {0}` and hands
 * a pointer down.  A function that fails fills it once and returns -1; outputs
 * named ret_… stay untouched.  On the way up callers put what they were doing in
 * front with err_wrap(), so that the text reads from the outside in and names
 * what and where: "assign net1.4f2a: etcd https://10.0.0.1:2379: …".
 *
 * The kind names what the reader can do about it.  Code branches on kinds, never
 * on text.  plugin/reply.c holds the one table from kind to CNI error code.
 *
 * Texts never hold secrets.  One longer than the room is cut at its end, not within a character
 * or a command that is suggested.  Arguments may be parts of the error's own text.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/attr.h"

#include <stdbool.h>

enum err_kind {
	ERR_NONE = 0,
	ERR_VERSION,	/* speak another CNI version (spec code 1) */
	ERR_UNSUPPORTED,/* this field or verb is not supported (2) */
	ERR_ENVIRONMENT,/* mend the environment variable named (4) */
	ERR_IO,		/* mend the file named (5) */
	ERR_DECODE,	/* the input is not JSON, or a field has the wrong type (6) */
	ERR_CONFIG,	/* mend the configuration key named (7) */
	ERR_OWN_NETNS,	/* CNI_NETNS is the plugin's own namespace (8) */
	ERR_UNAVAILABLE,/* the store did not answer; try again later (11) */
	ERR_NO_SPACE,	/* the store is full: make room in it (11) */
	ERR_REFUSED,	/* the store is there and refuses the request, in its words (11) */
	ERR_DEADLINE,	/* time ran out, nothing was changed (11) */
	ERR_UNKNOWN_OUTCOME, /* a commit may or may not have happened: read again */
	ERR_DENIED,	/* the store refused the credentials or certificates */
	ERR_CORRUPT,	/* a stored record does not parse; names its key */
	ERR_EXHAUSTED,	/* no address is free under the rules given */
	ERR_POOL,	/* no pool qualifies: create or mend a pool */
	ERR_EXISTS,	/* it is already there, or already assigned */
	ERR_NOT_FOUND,	/* it is not there */
	ERR_CONFLICT,	/* held by somebody else, or lost too many races */
	ERR_LIMIT,	/* longer or larger than the named limit */
	ERR_NOT_READY,	/* STATUS: ADD could not be served (50) */
	ERR_INTERNAL,	/* a defect of ours, or out of memory */
};

#define ERR_KINDS (ERR_INTERNAL + 1)

struct err {
	enum err_kind kind;
	bool may_stand;	/* what failed may have been done all the same, or a part of it */
	bool forbidden;	/* of ERR_DENIED: who asks is known, and has no right to this */
	char text[512];
};

/* Fills e and returns -1, so that a function can `return err_set(…)`. */
int err_set(struct err *e, enum err_kind kind, const char *fmt, ...) __printf_like(3, 4);

/* Puts "<fmt>: " before the text, which stays whole: that is cut.  Keeps the kind, returns -1. */
int err_wrap(struct err *e, const char *fmt, ...) __printf_like(2, 3);

/* Puts more behind the text, all of it or nothing, keeps the kind, returns -1. */
int err_add(struct err *e, const char *fmt, ...) __printf_like(2, 3);

/*
 * All return -1, which whoever compiles or analyses their callers cannot see in a
 * function with such arguments: it is said here.
 */
static inline int err_minus_one(int returned __unused_arg)
{
	return -1;
}
#define err_set(...) err_minus_one(err_set(__VA_ARGS__))
#define err_wrap(...) err_minus_one(err_wrap(__VA_ARGS__))
#define err_add(...) err_minus_one(err_add(__VA_ARGS__))

/* Empties e, for a caller that has dealt with the error. */
void err_reset(struct err *e);

#endif
