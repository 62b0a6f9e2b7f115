/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/request/owner.h"

#include <stdio.h>
#include <string.h>

bool owner_is_tunnel(const struct ipam_owner *owner)
{
	return !owner->network;
}

int owner_handle(const struct ipam_owner *owner, char out[IPAM_HANDLE_MAX + 1], struct err *e)
{
	int n;

	if (owner->vm)
		n = snprintf(out, IPAM_HANDLE_MAX + 1, "%s", owner->vm->handle);
	else if (owner_is_tunnel(owner))
		n = snprintf(out, IPAM_HANDLE_MAX + 1, "ipip-tunnel-addr-%s", owner->node);
	else
		n = snprintf(out, IPAM_HANDLE_MAX + 1, "%s.%s", owner->network, owner->container);
	if (n < 0 || n > IPAM_HANDLE_MAX)
		return err_set(e, ERR_LIMIT,
			       "network name and container id are longer than %d bytes together",
			       IPAM_HANDLE_MAX);
	return 0;
}

static void add(struct secondary *s, const char *key, const char *value)
{
	if (value)
		s->list[s->n++] = (struct secondary_text){ key, value };
}

void owner_secondary(const struct ipam_owner *owner, int64_t now_ns, char now[CLOCK_GO_LEN],
		     struct secondary *ret)
{
	clock_go_string(now_ns, now);
	ret->n = 0;
	if (owner_is_tunnel(owner)) {
		add(ret, "node", owner->node);
		add(ret, "type", "ipipTunnelAddress");
		return;
	}
	add(ret, "boot", owner->vm ? NULL : owner->boot);
	add(ret, "ifname", owner->ifname);
	add(ret, "namespace", owner->namespace_name);
	add(ret, "netns", owner->vm ? NULL : owner->netns);
	add(ret, "network", owner->network);
	add(ret, "node", owner->node);
	add(ret, "pod", owner->pod);
	add(ret, "timestamp", now);
	if (!owner->vm)
		return;
	add(ret, "vm-uid", *owner->vm->uid ? owner->vm->uid : NULL);
	add(ret, "vmi-name", owner->vm->name);
	add(ret, "vmi-uid", owner->vm->instance_uid);
	add(ret, "vmim-uid", *owner->vm->migration_uid ? owner->vm->migration_uid : NULL);
}

static bool fits(const struct attribute *attribute, const char *key, const char *wanted)
{
	const char *stored = attribute_secondary(attribute, key);

	return !stored || !wanted || strcmp(stored, wanted) == 0;
}

bool owner_assigned_at(const struct attribute *attribute, int64_t now_ns)
{
	const char *nonce = attribute_secondary(attribute, "timestamp");
	char now[CLOCK_GO_LEN];

	clock_go_string(now_ns, now);
	return nonce && strcmp(nonce, now) == 0;
}

static bool is_same(const char *stored, const char *wanted)
{
	return stored && wanted ? strcmp(stored, wanted) == 0 : stored == wanted;
}

bool owner_is_where(const struct ipam_owner *owner, const struct attribute *attribute)
{
	return !(owner->netns && *owner->netns == 'i') &&
	       is_same(attribute_secondary(attribute, "boot"), owner->boot) &&
	       is_same(attribute_secondary(attribute, "netns"), owner->netns);
}

bool owner_assigned_before(const struct attribute *attribute, int64_t ns)
{
	const char *timestamp = attribute_secondary(attribute, "timestamp");
	int64_t assigned_ns;

	return timestamp && clock_parse_go_string(timestamp, &assigned_ns) == 0 &&
	       assigned_ns < ns;
}

bool owner_holds(const struct ipam_owner *owner, const char *handle,
		 const struct attribute *attribute)
{
	return attribute && !attribute_is_released(attribute) &&
	       attribute_has_handle(attribute, handle) &&
	       fits(attribute, "network", owner->network) &&
	       fits(attribute, "ifname", owner->ifname);
}
