/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/pool_uses.h"

#include <string.h>

int pool_uses_read(struct call *call, char text[POOL_USES_TEXT],
		   const char *ret_uses[POOL_USES_MAX], unsigned *ret_n, struct err *e)
{
	const char *given = call_option(call, "allowed-uses", 0);
	unsigned n = 0;
	char *rest;

	if (!given)
		return 0;
	if (!*given || strlen(given) >= POOL_USES_TEXT)
		return call_wrong_use(call, e, "--allowed-uses must be Workload, Tunnel or "
				      "LoadBalancer, separated by commas");
	strcpy(text, given);
	for (char *use = strtok_r(text, ",", &rest); use; use = strtok_r(NULL, ",", &rest)) {
		if (n == POOL_USES_MAX)
			return call_wrong_use(call, e, "--allowed-uses takes at most three uses");
		ret_uses[n++] = use;
	}
	*ret_n = n;
	return 0;
}
