/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/request/plan.h"

#include "base/json.h"
#include "ipam/record/block.h"

#include <stdio.h>
#include <string.h>

int owner_handle(const struct ipam_owner *owner, char out[IPAM_HANDLE_MAX + 1], struct err *e)
{
	int n = snprintf(out, IPAM_HANDLE_MAX + 1, "%s.%s", owner->network, owner->container);

	if (n < 0 || n > IPAM_HANDLE_MAX)
		return err_set(e, ERR_LIMIT,
			       "network name and container id are longer than %d bytes together",
			       IPAM_HANDLE_MAX);
	return 0;
}

struct cJSON *owner_secondary(const struct ipam_owner *owner, int64_t now_ns)
{
	struct cJSON *map = json_new_object();
	char now[CLOCK_GO_LEN];

	clock_go_string(now_ns, now);
	if (owner->ifname)
		json_set_entry(map, "ifname", json_new_string(owner->ifname));
	json_set_entry(map, "namespace", json_new_string(owner->namespace_name));
	json_set_entry(map, "network", json_new_string(owner->network));
	json_set_entry(map, "node", json_new_string(owner->node));
	if (owner->pod)
		json_set_entry(map, "pod", json_new_string(owner->pod));
	json_set_entry(map, "timestamp", json_new_string(now));
	return map;
}

static bool fits(const struct cJSON *attribute, const char *key, const char *wanted)
{
	const char *stored = attribute_secondary(attribute, key);

	return !stored || !wanted || strcmp(stored, wanted) == 0;
}

bool owner_holds(const struct ipam_owner *owner, const char *handle, const struct cJSON *attribute)
{
	return attribute && !attribute_is_released(attribute) &&
	       attribute_has_handle(attribute, handle) &&
	       fits(attribute, "network", owner->network) &&
	       fits(attribute, "ifname", owner->ifname);
}
