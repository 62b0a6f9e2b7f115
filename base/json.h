/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON: strict typed access over cJSON, with exact numbers and Go's spelling.
 *
 * What callers must not need to know: cJSON keeps numbers as doubles, looks names
 * up without case and ignores trailing text.  Here every number keeps the text it
 * was read with (block sequence numbers need all 64 bits), trailing text is an
 * error, and there are two ways of looking a name up:
 *
 *   json_field()  a struct field as Go's encoding/json reads it: ASCII case is
 *                 ignored, the last duplicate wins
 *   json_entry()  a map key: compared exactly, the last duplicate wins
 *
 * A tree is owned by whoever parsed or built it, and freed by json_free(); what
 * is put into a tree belongs to the tree.  Unknown fields stay in the tree and
 * are printed again, in their place.
 *
 * Printing (docs/DATA-MODEL.md 2): no spaces; in strings <, >, &, U+2028
 * and U+2029 become \u00XX escapes, and what is no UTF-8 becomes \ufffd.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define JSON_DEPTH_MAX 500	/* lists and objects within each other */
#define JSON_NUMBER_MAX 63	/* characters of one number */
/*
 * Values of one text, lists, objects and names included: more than a value of etcd's
 * 1.5 MiB has.  Each takes 80 bytes of memory, and a string 30 more beside its own.
 */
#define JSON_VALUES_MAX 800000

struct cJSON;

/*
 * Parses exactly one JSON text.  NULL with ERR_DECODE ("invalid JSON at byte N: …"), also
 * where one of the limits is passed.
 */
struct cJSON *json_parse(const char *text, size_t len, struct err *e);
void json_free(struct cJSON *tree);
void json_freep(struct cJSON **tree); /* for __cleanup */
struct cJSON *json_copy(const struct cJSON *item);

/*
 * Appends the text of the tree to out: compact as Go writes it; or for people, compact or
 * indented by 4, where what printable.h keeps from terminals is escaped too (U+009B as
 * \u009b).
 */
void json_print(const struct cJSON *item, struct buf *out);
void json_print_shown(const struct cJSON *item, struct buf *out);
void json_print_indented(const struct cJSON *item, struct buf *out);
/* A number alone, by the text it was read with. */
void json_print_number(const struct cJSON *item, struct buf *out);

/* A text as a JSON string, quotes included. */
void json_print_string(const char *text, struct buf *out);
/* So many bytes at its beginning stand in a JSON string as they are. */
size_t json_plain_len(const char *text);

/* Same type and value; objects regardless of order; numbers by their text. */
bool json_equal(const struct cJSON *a, const struct cJSON *b);
bool json_numbers_equal(const struct cJSON *a, const struct cJSON *b);

enum json_type { JSON_ABSENT, JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY,
		 JSON_OBJECT };

/* The type of an item; JSON_ABSENT for NULL. */
enum json_type json_type(const struct cJSON *item);
const char *json_type_name(enum json_type type);

/* Look-ups: NULL when absent or when the parent is not an object (or is NULL). */
struct cJSON *json_field(const struct cJSON *object, const char *name);
struct cJSON *json_entry(const struct cJSON *object, const char *key);
/* Lists and maps, in order: for (i = json_first(a); i; i = json_next(i)). */
struct cJSON *json_first(const struct cJSON *parent);
struct cJSON *json_next(const struct cJSON *item);
const char *json_name(const struct cJSON *item);
size_t json_count(const struct cJSON *parent);

/*
 * All fields of an object as json_field() finds them: each name once, its last duplicate, in
 * the order of the text.  Where every name of an object from outside is looked at, this is
 * n log n, and json_field() for each of them n * n.  -1: out of memory.
 */
struct json_names {
	struct json_place {
		struct cJSON *item;
		size_t at;
	} *list;	/* owned; the items are the object's */
	size_t n;
};
int json_fields_of(const struct cJSON *object, struct json_names *ret);
/* The entries of a map as json_entry() finds them, in bytewise order of their keys. */
int json_entries_of(const struct cJSON *map, struct json_names *ret);
/* The one of this key among them, by a binary search; NULL: there is none. */
struct cJSON *json_names_entry(const struct json_names *entries, const char *key);
void json_names_done(struct json_names *names); /* also for __cleanup */

/* Values of one item. */
const char *json_string(const struct cJSON *item);	/* NULL unless a string */
/* The string of a field; "" when there is none. */
const char *json_field_text(const struct cJSON *object, const char *name);
bool json_true(const struct cJSON *item);		/* false unless true */
int json_u64(const struct cJSON *item, uint64_t *ret);	/* -1 unless an integer in range */
int json_i64(const struct cJSON *item, int64_t *ret);

/*
 * Typed fields of an object, as Go decodes them: absent or null leaves *ret as it
 * is; another type is ERR_DECODE and names the field.  A string lives as long as
 * the tree.  Of duplicates the last that is not null counts.
 */
int json_get_string(const struct cJSON *object, const char *name, const char **ret, struct err *e);
/* The same of what is a pointer in Go, to which a null is a value: the last duplicate counts. */
int json_get_nullable(const struct cJSON *object, const char *name, const char **ret,
		      struct err *e);
int json_get_bool(const struct cJSON *object, const char *name, bool *ret, struct err *e);
int json_get_i64(const struct cJSON *object, const char *name, int64_t *ret, struct err *e);
int json_get_u64(const struct cJSON *object, const char *name, uint64_t *ret, struct err *e);
/* *ret is the object or array, or NULL when absent or null; the last duplicate counts. */
int json_get_object(const struct cJSON *object, const char *name, struct cJSON **ret,
		    struct err *e);
int json_get_array(const struct cJSON *object, const char *name, struct cJSON **ret, struct err *e);

/*
 * Building.  Out of memory yields NULL, which the setters and appenders pass
 * over; json_print of an incomplete tree is prevented by a sticky flag that
 * json_lost() tells and clears.
 */
struct cJSON *json_new_object(void);
struct cJSON *json_new_array(void);
struct cJSON *json_new_string(const char *text);
struct cJSON *json_new_u64(uint64_t n);
/* A whole number of any size, exact, from its decimal digits. */
struct cJSON *json_new_digits(const char *digits);
struct cJSON *json_new_i64(int64_t n);
struct cJSON *json_new_bool(bool b);
struct cJSON *json_new_null(void);

/* Sets a struct field: replaces the value in its place, or appends. */
void json_set(struct cJSON *object, const char *name, struct cJSON *value);
/* Sets a map entry: replaces, or inserts in bytewise order of the keys. */
void json_set_entry(struct cJSON *map, const char *key, struct cJSON *value);
/* Appends an entry whose key comes behind those of all that are there. */
void json_add_entry(struct cJSON *map, const char *key, struct cJSON *value);
void json_remove(struct cJSON *object, const char *name);
void json_remove_entry(struct cJSON *map, const char *key);
void json_append(struct cJSON *array, struct cJSON *value);
/* Takes an item out of its parent; the caller owns it. */
struct cJSON *json_detach(struct cJSON *parent, struct cJSON *item);

bool json_lost(void);
void json_lose(void);

#endif
