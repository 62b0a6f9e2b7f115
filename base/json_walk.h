/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goes through the text of a large JSON value without a tree of it, which would take many
 * times the memory of the text:
 *
 *	if (json_walk_begin(&w, text, len, until, e) == 0 && json_walk_enter(&w, JSON_OBJECT))
 *		while (json_walk_next(&w))
 *			if (json_walk_is(&w, "list") && json_walk_enter(&w, JSON_ARRAY))
 *				while (json_walk_next(&w))
 *					… json_walk_parse(&w, e) …
 *
 * A value that is neither entered nor parsed is passed over by the next step.  A list or
 * object that was entered is gone through to its end before the one around it goes on, or
 * the walk is given up.  The text is the caller's.
 */
#ifndef BASE_JSON_WALK_H
#define BASE_JSON_WALK_H

#include "base/clock.h"
#include "base/json.h"

struct json_walk {
	const char *text;
	size_t len, at;
	bool at_value;		/* of which nothing has been taken */
	bool plain;		/* all of it, so that parts need not be looked through again */
	const char *name;	/* of the member at hand, as it is written */
	size_t name_len;
};

/*
 * ERR_DECODE as json_parse(), except that not the number of values is limited but the time
 * that their syntax takes.
 */
int json_walk_begin(struct json_walk *w, const char *text, size_t len, struct deadline until,
		    struct err *e);

/* Of the value at hand.  A number's, whatever is not plain: JSON_NUMBER. */
enum json_type json_walk_type(const struct json_walk *w);
bool json_walk_is(const struct json_walk *w, const char *name);	/* ASCII case is ignored */
/* A number within a list or object, as json_u64() and json_i64() take it. */
int json_walk_u64(const struct json_walk *w, uint64_t *ret);
int json_walk_i64(const struct json_walk *w, int64_t *ret);

/* Into the object or list at hand; false if it is of another type. */
bool json_walk_enter(struct json_walk *w, enum json_type type);
/* To the next member or element; false: behind the end of what was entered. */
bool json_walk_next(struct json_walk *w);

/* A tree of the value at hand, within the limits of json_parse(); the caller frees it. */
struct cJSON *json_walk_parse(struct json_walk *w, struct err *e);
/* A walk of its own through the value at hand. */
struct json_walk json_walk_fork(struct json_walk *w);
/*
 * A tree of the object at hand without the members of these names, and in `ret` a walk of its
 * own through each of them: the last of duplicates; text NULL: there is none.  ERR_DECODE also
 * if it is no object.
 */
struct cJSON *json_walk_parse_without(struct json_walk *w, const char *const *names, size_t n,
				      struct json_walk *ret, struct err *e);

#endif
