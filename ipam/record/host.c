/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/record/host.h"

#include <stdio.h>
#include <string.h>

#define PREFIX_LEN (sizeof(HOST_PREFIX) - 1)

int host_print(const char *node, char out[HOST_TEXT], struct err *e)
{
	if (strlen(node) + PREFIX_LEN >= HOST_TEXT)
		return err_set(e, ERR_LIMIT, "node name is longer than %d bytes",
			       HOST_TEXT - (int)PREFIX_LEN - 1);
	stpcpy(stpcpy(out, HOST_PREFIX), node);
	return 0;
}

const char *host_node(const char *owner)
{
	return owner && strncmp(owner, HOST_PREFIX, PREFIX_LEN) == 0 ? owner + PREFIX_LEN : NULL;
}
