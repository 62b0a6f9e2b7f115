/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IPReservation (docs/DATA-MODEL.md 5.2): addresses that automatic allocation leaves alone.
 */
#ifndef IPAM_RECORD_RESERVATION_H
#define IPAM_RECORD_RESERVATION_H

#include "base/address/addr.h"
#include "base/buf.h"
#include "base/err.h"
#include "datastore/view.h"
#include "ipam/record/selector.h"

/* What a reservation is made from or becomes. */
struct reservation_spec {
	const char *name;
	const struct cidr *cidrs;
	size_t n_cidrs;
	const struct labels *labels, *annotations;	/* NULL: none, or as they are */
};

/* Appends a new record that reserves the CIDRs, as calicoctl stores it. */
int reservation_new(const struct reservation_spec *spec, const char *uid, int64_t now_ns,
		    struct buf *out, struct err *e);

/* One record.  Its texts live as long as it. */
struct reservation {
	const char *name, *created;	/* in its metadata; "" where it does not say */
	const char **entries;	/* owned list: as stored; NULL: one that is no text */
	size_t n;
	void *kept;	/* owned, never changed: the record, whole */
};

/*
 * ERR_CORRUPT names key and field.  Without a spec or a list it reserves nothing, as in Go;
 * an entry of another type than text is the caller's to judge.
 */
int reservation_read(const struct record *record, struct reservation *ret, struct err *e);
void reservation_done(struct reservation *r); /* also for __cleanup */
/*
 * Appends the record with these CIDRs, in their order; entries that mean the same already
 * keep their spelling, and what this project does not know stays.  *ret_changed: it differs.
 */
int reservation_update(const struct reservation *r, const struct reservation_spec *spec,
		       struct buf *out, bool *ret_changed, struct err *e);
#define RESERVATION_ENTRY_TEXT 80	/* bytes of an entry that is told, NUL included */

/*
 * How many entries are no CIDR and no address, and so reserve nothing: whoever reads must
 * say so.  `first`: the first of them, as JSON and maybe cut; "" if there is none.
 */
unsigned reservation_unreadable(const struct reservation *r, char first[RESERVATION_ENTRY_TEXT]);
/* The same in words that name the field, for people; false: there is none. */
bool reservation_tell_unreadable(const struct reservation *r, struct err *ret);
/* What an entry means, masked; -1: it is no CIDR and no address.  Blanks around it do not count. */
int reservation_parse_entry(const char *text, struct cidr *ret);

/*
 * All reserved CIDRs of the view (reservations, section 5.2), masked; malformed
 * ones are skipped and counted.  Ascending by family and base, and none lies in another, so
 * that each look-up is a binary search: a store may hold a million.
 */
struct reserved {
	struct cidr *list;
	size_t n, cap;
	unsigned n_unreadable;	/* records that were skipped, or entries of which were */
	struct err unreadable;	/* what is wrong with the first of them, its key named */
};

int reserved_read(const struct view *view, struct reserved *ret, struct err *e);
void reserved_done(struct reserved *r); /* also for __cleanup */
bool reserved_holds(const struct reserved *r, struct addr a);
/* Where the entry stands that holds it, or else the next one; n: there is none. */
size_t reserved_from(const struct reserved *r, struct addr a);
/* The entry that holds it, NULL: none. */
const struct cidr *reserved_holding(const struct reserved *r, struct addr a);
/* True if every address of the CIDR is covered, by one entry or by several together. */
bool reserved_covers(const struct reserved *r, struct cidr c);

/* Making one: of many, put all and settle once; nothing is asked in between. */
int reserved_put(struct reserved *r, struct cidr c, struct err *e);
void reserved_settle(struct reserved *r);
/* Of few: one more in its place, which moves all that is behind it. */
int reserved_add(struct reserved *r, struct cidr c, struct err *e);

#endif
