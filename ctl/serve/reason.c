/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/serve/reason.h"

#include "ctl/cli/aside.h"

#include <string.h>

void reason_tell(struct reason *r, const char *what, const struct err *why)
{
	if (strcmp(r->text, why->text) == 0)
		return;
	if (why->kind)
		aside("calico-ipamctl: %s: %s\n", what, why->text);
	else
		aside("calico-ipamctl: %s: the store can be read again\n", what);
	memcpy(r->text, why->text, sizeof(r->text));
}
