/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The attributes of an allocation: whose it is (docs/DATA-MODEL.md 3).  Those of one
 * owner in a block share one; ordinals point at it.
 *
 * One that was read is never changed, and printed as it was stored, with all that this
 * project does not know.
 */
#ifndef IPAM_RECORD_ATTRIBUTE_H
#define IPAM_RECORD_ATTRIBUTE_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>

struct json_names;

#define SECONDARY_MAX 12	/* texts that a new allocation carries */
#define ATTRIBUTE_TEXT_MAX 1024	/* bytes of one: more than any name, handle or time has */

/* The `secondary` of a new allocation, keys in bytewise order.  The texts are borrowed. */
struct secondary {
	struct secondary_text {
		const char *key, *value;
	} list[SECONDARY_MAX];
	unsigned n;
};

/*
 * Who an allocation is for: `secondary`, and `alternateOwnerAttrs` while a virtual machine
 * moves to another pod (docs/DATA-MODEL.md 14).
 */
enum attribute_owner { ATTRIBUTE_ACTIVE, ATTRIBUTE_ALTERNATE, ATTRIBUTE_OWNERS };

struct attribute {
	const char *handle;	/* as stored; NULL: none */
	const char *released_at;	/* RFC 3339 as stored; NULL: not released */
	void *kept;	/* owned, never changed: as read; NULL: one as attribute_new() makes it */
	struct attribute_texts {
		const void *map;	/* of `kept`; NULL: it has none */
		struct json_names *many;	/* owned: the map's entries; NULL: they are few */
	} of[ATTRIBUTE_OWNERS];
	const struct secondary_text *secondary;	/* of such a one, in `room` */
	unsigned n_secondary;
	void *room;	/* owned: what its texts are in */
	char *text;	/* owned: as it was printed or read; NULL: not kept */
	size_t text_len;	/* bytes */
	int new_index;	/* while a block drops those that nothing points at */
};

/* A new one with copies of all texts; each may be NULL. */
int attribute_new(const char *handle, const char *released_at, const struct secondary *secondary,
		  struct attribute *ret, struct err *e);
int attribute_copy(const struct attribute *attribute, struct attribute *ret, struct err *e);
void attribute_done(struct attribute *attribute); /* also for __cleanup */
void attribute_print(const struct attribute *attribute, struct buf *out);
/*
 * The same of what may be printed again and again: the block of a crowd is, for each member.
 * The text is kept for the next time, since no attribute ever changes.
 */
void attribute_print_again(struct attribute *attribute, struct buf *out);

/* The same attribute with these texts as that owner; NULL: it has none. */
int attribute_with_owner(const struct attribute *attribute, enum attribute_owner which,
			 const struct secondary *texts, struct attribute *ret, struct err *e);
/* The same attribute with these texts in `secondary` among its others; NULL values: without. */
int attribute_with_texts(const struct attribute *attribute, const struct secondary *texts,
			 struct attribute *ret, struct err *e);
bool attribute_has_owner(const struct attribute *attribute, enum attribute_owner which);
/* True if that owner is this pod. */
bool attribute_owner_is_pod(const struct attribute *attribute, enum attribute_owner which,
			    const char *namespace_name, const char *pod);

/* All of these: false and NULL for no attribute. */

/* True if the attribute's handle, cut at the first '\r', is the id. */
bool attribute_has_handle(const struct attribute *attribute, const char *handle);
const char *attribute_handle(const struct attribute *attribute); /* as stored; NULL: none */
/* A text of that owner, and one of `secondary`; NULL: absent. */
const char *attribute_owner_text(const struct attribute *attribute, enum attribute_owner which,
				 const char *key);
const char *attribute_secondary(const struct attribute *attribute, const char *key);
bool attribute_is_released(const struct attribute *attribute);
const char *attribute_released_at(const struct attribute *attribute);
/* True if anything says whose the allocation is. */
bool attribute_names_owner(const struct attribute *attribute);
/* True if this is what attribute_new() makes of them, or it was stored so. */
bool attribute_is_of(const struct attribute *attribute, const char *handle,
		     const struct secondary *secondary);
bool attribute_equal(const struct attribute *a, const struct attribute *b);

#endif
