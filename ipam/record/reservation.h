/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IPReservation (docs/DATA-MODEL.md 5.2): addresses that automatic allocation leaves alone.
 */
#ifndef IPAM_RECORD_RESERVATION_H
#define IPAM_RECORD_RESERVATION_H

#include "base/buf.h"
#include "base/err.h"
#include "datastore/view.h"
#include "ipam/record/addr.h"

/* Appends a new record that reserves the CIDRs, as calicoctl stores it. */
int reservation_new(const char *name, const struct cidr *cidrs, unsigned n, const char *uid,
		    int64_t now_ns, struct buf *out, struct err *e);

/* One record.  Its texts live as long as it. */
struct reservation {
	struct cJSON *resource;	/* owned: the whole record, unknown fields included */
	const char **entries;	/* owned list: as stored; NULL: one that is no text */
	size_t n;
};

/*
 * ERR_CORRUPT names key and field.  Without a spec or a list it reserves nothing, as in Go;
 * an entry of another type than text is the caller's to judge.
 */
int reservation_read(const struct record *record, struct reservation *ret, struct err *e);
void reservation_done(struct reservation *r); /* also for __cleanup */
/* What an entry means, masked; -1: it is no CIDR and no address.  Blanks around it do not count. */
int reservation_parse_entry(const char *text, struct cidr *ret);

/*
 * All reserved CIDRs of the view (reservations, section 5.2), masked; malformed
 * ones are skipped.  Sorted by family and base, so that look-ups can stop early.
 */
struct reserved {
	struct cidr *list;
	size_t n, cap;
};

int reserved_read(const struct view *view, struct reserved *ret, struct err *e);
void reserved_done(struct reserved *r); /* also for __cleanup */
bool reserved_holds(const struct reserved *r, struct addr a);
/* True if every address of the CIDR is covered, by one entry or by several together. */
bool reserved_covers(const struct reserved *r, struct cidr c);
int reserved_add(struct reserved *r, struct cidr c);

#endif
