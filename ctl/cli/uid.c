/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/uid.h"

#include <uuid/uuid.h>

void uid_new(char ret[UUID_TEXT])
{
	uuid_t uuid;

	uuid_generate_random(uuid);
	uuid_unparse_lower(uuid, ret);
}
