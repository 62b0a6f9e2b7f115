/* SPDX-License-Identifier: Apache-2.0 */
#include "openstack/serve/files.h"

#include "base/list.h"

#include <stdio.h>
#include <string.h>

static int compare_tap(const void *key, const void *element)
{
	const struct tap *tap = element;

	return strcmp(key, tap->name);
}

static size_t place_of(const struct taps *taps, const char *name)
{
	return list_place(taps->list, taps->n, name, compare_tap);
}

static bool is_at(const struct taps *taps, size_t at, const char *name)
{
	return at < taps->n && strcmp(taps->list[at].name, name) == 0;
}

const struct tap *taps_find(const struct taps *taps, const char *name)
{
	size_t at = place_of(taps, name);

	return is_at(taps, at, name) ? &taps->list[at] : NULL;
}

int taps_put(struct taps *taps, const struct tap *tap)
{
	size_t at = place_of(taps, tap->name);

	if (!is_at(taps, at, tap->name)) {
		if (list_room(&taps->list, taps->n, &taps->cap) < 0)
			return -1;
		memmove(taps->list + at + 1, taps->list + at,
			(taps->n++ - at) * sizeof(*taps->list));
	}
	taps->list[at] = *tap;
	return 0;
}

void taps_remove(struct taps *taps, const char *name)
{
	size_t at = place_of(taps, name);

	if (is_at(taps, at, name))
		memmove(taps->list + at, taps->list + at + 1,
			(--taps->n - at) * sizeof(*taps->list));
}

int taps_read(struct taps *ret, const char *text)
{
	_Static_assert(IFNAMSIZ == 16, "the format below has it");

	while (text && *text) {
		struct tap tap = { .mtu = 0 };

		if (sscanf(text, "%15[^ \n] %u", tap.name, &tap.index) == 2 &&
		    !taps_find(ret, tap.name) && taps_put(ret, &tap) < 0)
			return -1;
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return 0;
}

void print_taps(const struct network *n, const struct taps *had, struct buf *out)
{
	for (size_t i = 0; i < n->n_ports; i++) {
		const char *name = n->ports[i].endpoint->tap;
		const struct tap *old = taps_find(had, name);
		unsigned index = n->ports[i].index;

		if (!index && old)
			index = old->index;
		if (index)
			buf_printf(out, "%s %u\n", name, index);
	}
}
