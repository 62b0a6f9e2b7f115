/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/manifest/kinds.h"

#include "base/terminal/nearest.h"
#include "ctl/cli/meant.h"

#include <string.h>
#include <strings.h>

const struct kind *const kinds[] = { &pool_kind, &reservation_kind, &config_kind, &node_kind,
				     NULL };

static bool has_spelling(const struct kind *kind, const char *word, size_t len)
{
	for (const char *const *s = kind->spellings; *s; s++)
		if (strlen(*s) == len && strncasecmp(*s, word, len) == 0)
			return true;
	return false;
}

const struct kind *kind_of(const char *word, size_t len)
{
	for (const struct kind *const *k = kinds; *k; k++)
		if (has_spelling(*k, word, len))
			return *k;
	return NULL;
}

int kind_unknown(const char *word, struct err *e)
{
	struct nearest nearest = nearest_to(word);

	for (const struct kind *const *k = kinds; *k; k++)
		for (const char *const *s = (*k)->spellings; *s; s++)
			nearest_offer(&nearest, *s);
	err_set(e, ERR_CONFIG, "\"%.60s\" is no kind that is kept here; there are ippool, "
		"ipreservation, ipamconfiguration and node", word);
	return meant_add(&nearest, "", e);
}
