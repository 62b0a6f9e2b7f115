/* SPDX-License-Identifier: Apache-2.0 */
#include "base/terminal/nearest.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#define PREFIX_MIN 2	/* bytes of a word that say which it is to be */

struct nearest nearest_to(const char *typed)
{
	size_t len = strnlen(typed, NEAREST_LEN_MAX + 1);
	struct nearest n = { .typed = typed };

	if (len && len <= NEAREST_LEN_MAX)
		n.distance = (unsigned)(len < 6 ? 1 : len / 3) + 1;
	return n;
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static bool is_same(const char *a, const char *b)
{
	return tolower((unsigned char)*a) == tolower((unsigned char)*b);
}

/* Rows of the table of distances between the beginnings of both words: the last three. */
struct rows {
	unsigned before[NEAREST_LEN_MAX + 1], last[NEAREST_LEN_MAX + 1], this[NEAREST_LEN_MAX + 1];
};

static unsigned one(const struct rows *r, const char *a, size_t i, const char *b, size_t j)
{
	unsigned d = least(r->last[j], r->this[j - 1]) + 1;

	d = least(d, r->last[j - 1] + !is_same(&a[i - 1], &b[j - 1]));
	if (i > 1 && j > 1 && is_same(&a[i - 1], &b[j - 2]) && is_same(&a[i - 2], &b[j - 1]))
		d = least(d, r->before[j - 2] + 1);
	return d;
}

static unsigned distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	struct rows r = { 0 };

	for (size_t j = 0; j <= b_len; j++)
		r.this[j] = (unsigned)j;
	for (size_t i = 1; i <= a_len; i++) {
		memcpy(r.before, r.last, sizeof(r.last));
		memcpy(r.last, r.this, sizeof(r.this));
		r.this[0] = (unsigned)i;
		for (size_t j = 1; j <= b_len; j++)
			r.this[j] = one(&r, a, i, b, j);
	}
	return r.this[b_len];
}

/* Of more bytes than this the one is longer, the distance is no smaller. */
static size_t difference(size_t a, size_t b)
{
	return a < b ? b - a : a - b;
}

void nearest_offer(struct nearest *n, const char *word)
{
	size_t typed = strnlen(n->typed, NEAREST_LEN_MAX + 1),
	       len = strnlen(word, NEAREST_LEN_MAX + 1);
	unsigned d = n->distance;

	if (!n->distance || !len || len > NEAREST_LEN_MAX)
		return;
	if (strcmp(n->typed, word) == 0) {
		*n = (struct nearest){ .typed = n->typed };
		return;
	}
	if (typed >= PREFIX_MIN && strncasecmp(n->typed, word, typed) == 0)
		d = len > typed;
	else if (difference(typed, len) < n->distance)
		d = distance(n->typed, typed, word, len);
	/* That every letter is another is no slip. */
	if (d >= n->distance || d >= typed)
		return;
	n->word = word;
	n->distance = d;
}
