/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A JSON file read value by value, so that its size costs no memory: only what is one
 * value of the caller's choice is held at a time.
 *
 *	struct json_file f __cleanup(json_file_done) = {0};
 *
 *	if (json_file_open(&f, path, 1 << 20, e) < 0 || json_file_token(&f) != '[')
 *		…
 *	for (bool first = true; (rc = json_file_next(&f, ']', first, &c, e)) > 0; first = false)
 *		if (!(value = json_file_value(&f, c, e)))
 *			…
 *
 * Errors name the file and the byte: ERR_DECODE, or ERR_IO where it cannot be read.
 */
#ifndef BASE_JSON_FILE_H
#define BASE_JSON_FILE_H

#include "base/buf.h"
#include "base/json.h"

#include <stdio.h>

struct json_file {
	FILE *file;	/* owned */
	const char *path;	/* the caller's */
	uint64_t at;	/* bytes read */
	struct buf text;	/* of one value */
};

/* value_max: bytes of one value.  ERR_NOT_FOUND, ERR_IO. */
int json_file_open(struct json_file *f, const char *path, size_t value_max, struct err *e);
void json_file_done(struct json_file *f); /* also for __cleanup, and after a failed open */
/* Back to the first byte; of a pipe: ERR_IO. */
int json_file_rewind(struct json_file *f, struct err *e);

/* Fills e with `what` about this place, and returns -1. */
int json_file_bad(const struct json_file *f, const char *what, struct err *e);

/* The next byte that is no white space; EOF at the end. */
int json_file_token(struct json_file *f);
/*
 * Within an object or a list, behind its opening bracket or an element: 1 and the first
 * byte of the next element, or 0 when `close` has been read.
 */
int json_file_next(struct json_file *f, char close, bool first, int *ret_begin, struct err *e);
/* The value that begins with this byte, for json_free(); NULL with e. */
struct cJSON *json_file_value(struct json_file *f, int begin, struct err *e);
/* A name and its colon; a string for json_free(), NULL with e. */
struct cJSON *json_file_name(struct json_file *f, int begin, struct err *e);

#endif
