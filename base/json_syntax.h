/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The grammar of JSON, RFC 8259 to the letter.
 *
 * cJSON reads more than JSON: control characters as blanks, a byte order mark,
 * numbers such as 01 and 1.; and it cuts strings at \u0000.  json_parse() asks
 * here first, so that what is read is what Go would read, and what is written
 * back is JSON.
 *
 * Not checked: that strings are UTF-8, and that surrogates come in pairs.
 */
#ifndef BASE_JSON_SYNTAX_H
#define BASE_JSON_SYNTAX_H

#include "base/clock.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct cJSON;

struct json_limits {
	size_t values;
	struct deadline until;	/* asked now and then; at_ms 0: none */
};

/*
 * NULL if the text is one JSON text within the limits, else what is wrong, with the byte
 * where it is in *ret_at.  *ret_plain: all its numbers are, and the text and each value in
 * it is within the limits of json.h.
 */
const char *json_syntax_error(const char *text, size_t len, const struct json_limits *limits,
			      size_t *ret_at, bool *ret_plain);

/* A whole number that a double keeps and that is printed again as it was written. */
bool json_number_is_plain(const char *text, size_t len);

/* For a text that is JSON: */

/* Its tree, as json_parse() makes it once the text has been looked through. */
struct cJSON *json_build(const char *text, size_t len, bool plain, struct err *e);

/* The next number at or after p, strings passed over; NULL: there is none before the end. */
const char *json_next_number(const char *p, const char *end, size_t *ret_len);
/* All that the syntax allows and cJSON does not. */
bool json_has_half_surrogate_pair(const char *text, size_t len);

#endif
