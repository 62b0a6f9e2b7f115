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

static int add_tap(struct taps *taps, const struct tap *tap)
{
	size_t at = list_place(taps->list, taps->n, tap->name, compare_tap);

	if (at < taps->n && strcmp(taps->list[at].name, tap->name) == 0)
		return 0;
	if (list_room(&taps->list, taps->n, &taps->cap) < 0)
		return -1;
	memmove(taps->list + at + 1, taps->list + at, (taps->n++ - at) * sizeof(*taps->list));
	taps->list[at] = *tap;
	return 0;
}

int taps_read(struct taps *ret, const char *text)
{
	_Static_assert(IFNAMSIZ == 16, "the format below has it");

	while (text && *text) {
		struct tap tap = { .mtu = 0 };

		if (sscanf(text, "%15[^ \n] %u", tap.name, &tap.index) == 2 &&
		    add_tap(ret, &tap) < 0)
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
