/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/release/judge.h"

#include "base/machine/origin.h"

#include <string.h>

const char *const verdict_texts[N_VERDICTS] = {
	[VERDICT_ADDRESS_IN_USE] = "the address is in use",
	[VERDICT_NAMESPACE_LIVES] = "its network namespace is there",
	[VERDICT_CACHE_NAMES_IT] = "the CNI cache names it",
	[VERDICT_NO_EVIDENCE] = "nothing tells whether it lives",
	[VERDICT_ELSEWHERE] = "its network namespace cannot be missed from here",
	[VERDICT_STRANGE] = "it was written by a later version",
	[VERDICT_OTHER_MACHINE] = "another machine made it",
	[VERDICT_EARLIER_BOOT] = "made under an earlier boot",
	[VERDICT_MACHINE_GONE] = "its machine is gone",
	[VERDICT_NODE_GONE] = "its node is gone",
	[VERDICT_NAMESPACE_GONE] = "its network namespace is gone",
	[VERDICT_NOT_IN_CACHE] = "the CNI cache knows no such container",
};

bool verdict_is_dead(enum verdict v)
{
	return v >= VERDICT_EARLIER_BOOT;
}

bool verdict_is_final(enum verdict v)
{
	return v == VERDICT_EARLIER_BOOT || v == VERDICT_MACHINE_GONE;
}

static bool is_boot(const char *text)
{
	return strlen(text) == MACHINE_BOOT_LEN &&
	       strspn(text, "0123456789abcdef") == MACHINE_BOOT_LEN;
}

void whereabouts_read(const struct attribute *attribute, struct whereabouts *ret)
{
	const char *netns = attribute_secondary(attribute, "netns");

	*ret = (struct whereabouts){ .boot = attribute_secondary(attribute, "boot") };
	ret->strange = (ret->boot && !is_boot(ret->boot)) ||
		       (netns && origin_parse_netns(netns, &ret->netns, ret->machine) < 0);
}

static enum verdict by_cache(const struct sight *s)
{
	if (s->cache == CACHE_UNKNOWN)
		return VERDICT_NO_EVIDENCE;
	return s->cache == CACHE_NAMES_IT ? VERDICT_CACHE_NAMES_IT : VERDICT_NOT_IN_CACHE;
}

static enum verdict by_namespace(const struct whereabouts *w, const struct sight *s)
{
	enum verdict cache = by_cache(s);

	if (s->namespace_there)
		return VERDICT_NAMESPACE_LIVES;
	/* The inode may have been another's since. */
	if (!w->netns.cookie && !verdict_is_dead(cache))
		return cache;
	return VERDICT_NAMESPACE_GONE;
}

enum verdict judge_allocation(const struct judge *j, const struct whereabouts *w,
			      const struct sight *s)
{
	bool boot_known = w->boot && *j->boot;
	bool same_boot = boot_known && strcmp(w->boot, j->boot) == 0;
	bool same_machine = *w->machine && strcmp(w->machine, j->machine) == 0;

	if (w->strange)
		return VERDICT_STRANGE;
	if (s->address_in_use)
		return VERDICT_ADDRESS_IN_USE;
	/* Of one kernel, whatever is called a machine on it. */
	if (same_boot && w->netns.cookie && s->namespace_there)
		return VERDICT_NAMESPACE_LIVES;
	if (*w->machine && !same_machine)
		return j->gone_machine && strcmp(w->machine, j->gone_machine) == 0
			       ? VERDICT_MACHINE_GONE
			       : VERDICT_OTHER_MACHINE;
	if (boot_known && !same_boot && same_machine)
		return VERDICT_EARLIER_BOOT;
	if (!j->here)
		return VERDICT_ELSEWHERE;
	return same_boot && (w->netns.cookie || w->netns.inode) ? by_namespace(w, s) : by_cache(s);
}
