/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file of export and import: every record under /calico/, as JSON.
 *
 *	{"version":2,"records":[
 *	{"key":"/calico/…","value":"…"},
 *	…
 *	],"count":2,"sum":"sha256:…"}
 *
 * Records stand in the order of their keys, bytewise.  A key or value whose text
 * would not read back as the same bytes is written as "key64" or "value64", in
 * base64.  White space between tokens is free, so the file may be reformatted.
 *
 * The sum (archive_sum.h) finds files that were cut or edited; it is no signature.
 * Files of version 1, with the sum of then, are read too.
 *
 * Nothing is kept of a record once the next is read or written.
 */
#ifndef CTL_TRANSFER_ARCHIVE_H
#define CTL_TRANSFER_ARCHIVE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/json_file.h"
#include "ctl/transfer/archive_sum.h"
#include "datastore/view.h"

#include <stdint.h>
#include <stdio.h>

struct archive_writer {
	FILE *file;	/* the caller's */
	const char *path;	/* for errors */
	struct archive_sum sum;
	uint64_t n;
};

void archive_write_begin(struct archive_writer *w, FILE *file, const char *path);
int archive_write(struct archive_writer *w, const struct record *record, struct err *e);
/* Ends the file and flushes it.  ERR_IO. */
int archive_write_end(struct archive_writer *w, struct err *e);
void archive_writer_done(struct archive_writer *w); /* also for __cleanup */

struct archive_reader {
	struct json_file file;
	struct buf key, value;
	struct archive_sum sum;
	uint64_t n;	/* records read */
	char sum_said[ARCHIVE_SUM_TEXT];	/* at the file's end */
	enum archive_sum_kind sum_kind;	/* of sum_said */
	bool begun, ended;
	struct record record;	/* the last one read; its bytes live until the next */
};

/* ERR_IO, ERR_NOT_FOUND. */
int archive_read_open(struct archive_reader *r, const char *path, struct err *e);
void archive_reader_done(struct archive_reader *r); /* also for __cleanup */
/* Back to the first record. */
int archive_rewind(struct archive_reader *r, struct err *e);
/*
 * 1: the next record stands in r->record; 0: the file is at its end, and whole: its
 * sum is right.  ERR_DECODE says what is wrong, at which record: no such file, keys
 * out of order or outside /calico/, another version, a sum that is missing or wrong.
 */
int archive_read(struct archive_reader *r, struct err *e);

#endif
