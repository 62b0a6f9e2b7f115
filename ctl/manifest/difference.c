/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/manifest/difference.h"

#include "base/terminal/printable.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define AROUND 3	/* lines that are the same, shown around others */

struct lines {
	const char **list;	/* owned list; each ends at '\n' */
	size_t n;
};

/* One line of the whole, as it is shown: ' ', '-' or '+'. */
struct shown {
	char mark;
	const char *line;
};

static size_t len_of(const char *line)
{
	return strcspn(line, "\n");
}

static bool split(const char *text, struct lines *ret)
{
	size_t n = 1;

	for (const char *p = text; *p; p++)
		n += *p == '\n';
	ret->list = calloc(n, sizeof(*ret->list));
	ret->n = 0;
	for (const char *p = text; ret->list && *p; p += len_of(p), p += *p == '\n')
		ret->list[ret->n++] = p;
	return ret->list != NULL;
}

static bool same(const char *a, const char *b)
{
	return len_of(a) == len_of(b) && memcmp(a, b, len_of(a)) == 0;
}

/* The longest common lines of a[i…] and b[k…], for all i and k. */
static uint16_t *common_of(const struct lines *a, const struct lines *b)
{
	size_t width = b->n + 1;
	uint16_t *t = calloc((a->n + 1) * width, sizeof(*t));

	for (size_t i = a->n; t && i-- > 0;)
		for (size_t k = b->n; k-- > 0;) {
			uint16_t down = t[(i + 1) * width + k], right = t[i * width + k + 1];

			if (same(a->list[i], b->list[k]))
				t[i * width + k] = (uint16_t)(t[(i + 1) * width + k + 1] + 1);
			else
				t[i * width + k] = down > right ? down : right;
		}
	return t;
}

static size_t align(const struct lines *a, const struct lines *b, const uint16_t *t,
		    struct shown *out)
{
	size_t width = b->n + 1, i = 0, k = 0, n = 0;

	while (i < a->n || k < b->n) {
		if (i < a->n && k < b->n && same(a->list[i], b->list[k])) {
			out[n++] = (struct shown){ ' ', a->list[i++] };
			k++;
		} else if (i < a->n && (k == b->n || !t ||
					t[(i + 1) * width + k] >= t[i * width + k + 1])) {
			out[n++] = (struct shown){ '-', a->list[i++] };
		} else {
			out[n++] = (struct shown){ '+', b->list[k++] };
		}
	}
	return n;
}

static bool is_near_change(const struct shown *all, size_t n, size_t at)
{
	size_t from = at > AROUND ? at - AROUND : 0;

	for (size_t i = from; i < n && i <= at + AROUND; i++)
		if (all[i].mark != ' ')
			return true;
	return false;
}

static void print(const char *name, const struct shown *all, size_t n, struct buf *out)
{
	bool shown = false;

	printable_printf(out, "--- %s, as it is stored\n", name);
	printable_printf(out, "+++ %s, as the manifest says\n", name);
	for (size_t i = 0; i < n; i++) {
		bool near = is_near_change(all, n, i);

		if (near && !shown)
			buf_puts(out, "@@\n");
		shown = near;
		if (!near)
			continue;
		buf_putc(out, all[i].mark);
		buf_add(out, all[i].line, len_of(all[i].line));
		buf_putc(out, '\n');
	}
}

bool difference_print(const char *name, const char *before, const char *after, struct buf *out)
{
	struct lines a = { 0 }, b = { 0 };
	struct shown *all = NULL;
	uint16_t *t = NULL;
	bool whole, done = false;

	if (strcmp(before, after) == 0)
		return true;
	if (split(before, &a) && split(after, &b)) {
		whole = a.n <= DIFFERENCE_LINES_MAX && b.n <= DIFFERENCE_LINES_MAX;
		all = calloc(a.n + b.n + 1, sizeof(*all));
		t = whole ? common_of(&a, &b) : NULL;
		done = all && (t || !whole);
	}
	if (done)
		print(name, all, align(&a, &b, t, all), out);
	free(all);
	free(t);
	free(a.list);
	free(b.list);
	return done;
}
