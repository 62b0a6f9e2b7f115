/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/assign/block_head.h"

#include <string.h>

static bool skip(const char **at, const char *text)
{
	size_t len = strlen(text);

	if (strncmp(*at, text, len) != 0)
		return false;
	*at += len;
	return true;
}

static bool skip_span(const char **at, const char *accepted)
{
	size_t len = strspn(*at, accepted);

	*at += len;
	return len > 0;
}

static bool skip_claim_time(const char **at)
{
	return !skip(at, "\"affinity_claim_time\":\"") ||
	       (skip_span(at, "0123456789-+:.TZ") && skip(at, "\","));
}

bool block_head_is_full(const struct record *record, struct cidr cidr, const char *owner,
			size_t *ret_len)
{
	const char *at = record->value;
	char text[CIDR_TEXT];

	cidr_print(cidr, text);
	if (!at || !skip(&at, "{\"cidr\":\"") || !skip(&at, text) ||
	    !skip(&at, "\",\"affinity\":\"") || !skip(&at, owner) || !skip(&at, "\",") ||
	    !skip_claim_time(&at) || !skip(&at, "\"allocations\":[") ||
	    !skip_span(&at, "0123456789,") || !skip(&at, "],\"unallocated\":[],"))
		return false;
	*ret_len = (size_t)(at - record->value);
	return true;
}
