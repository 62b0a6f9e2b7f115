/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A record's line in the file of export, and the sum over such lines.  archive_sum.c is
 * the only file that knows OpenSSL's digests.
 *
 * SUM_SHA256, of files of version 2: the SHA-256 (FIPS 180-4) of the lines between the
 * first and the last, as export writes them, so that `sed '1d;$d' FILE | sha256sum` prints
 * it too.
 *
 * SUM_UUID5, of files of version 1: a chain of name-based UUIDs (RFC 4122, version 5,
 * over SHA-1): the first is all zeros, each next has the one before as its name space and
 * the bytes "<key> NUL <value>" of a record as its name.
 *
 * Both are sums over records: of a file that was reformatted they are what they were.
 */
#ifndef CTL_TRANSFER_ARCHIVE_SUM_H
#define CTL_TRANSFER_ARCHIVE_SUM_H

#include "base/buf.h"
#include "base/err.h"
#include "datastore/view.h"

#define ARCHIVE_RECORD_MAX (16 << 20)	/* bytes of one record's JSON */
#define ARCHIVE_SUM_TEXT 72	/* "sha256:" and 64 digits, NUL included */

enum archive_sum_kind {
	SUM_UUID5,
	SUM_SHA256,
};

struct evp_md_ctx_st;

struct archive_sum {
	struct evp_md_ctx_st *sha256;	/* owned */
	unsigned char uuid[16];
	struct buf line;	/* of the last record: {"key":"…","value":"…"} */
	struct buf name;	/* "<key> NUL <value>" */
	bool any;	/* a record has been added */
};

void archive_sum_init(struct archive_sum *s);
/* As if nothing had been added. */
void archive_sum_reset(struct archive_sum *s);
void archive_sum_done(struct archive_sum *s);
/* The record's line stands in s->line, without a comma and line end.  ERR_LIMIT, ERR_INTERNAL. */
int archive_sum_add(struct archive_sum *s, const struct record *record, struct err *e);
/* The sum of what was added so far, with its kind: "sha256:…", "uuid5:…".  ERR_INTERNAL. */
int archive_sum_print(const struct archive_sum *s, enum archive_sum_kind kind,
		      char out[ARCHIVE_SUM_TEXT], struct err *e);

#endif
