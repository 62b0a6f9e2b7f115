/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the readers of this room begin and fail: a record is one JSON object, and an error
 * names its key.  Trees stay within the room.
 */
#ifndef IPAM_RECORD_PARSE_H
#define IPAM_RECORD_PARSE_H

#include "base/json.h"
#include "datastore/view.h"

/* The record's object, owned by the caller; NULL: ERR_DECODE or ERR_CORRUPT says why not. */
struct cJSON *record_parse(const struct record *record, struct err *e);
/* A comma, unless an object has only just begun; also into a buffer that has failed. */
void record_print_comma(struct buf *out);
/* -1, with what e says wrapped in the key; ERR_CORRUPT, unless memory ended. */
int record_corrupt(const struct record *record, struct err *e);
/* The same for resources, which an administrator manages by name. */
int resource_corrupt(const struct record *record, struct err *e);

#endif
