/* SPDX-License-Identifier: Apache-2.0 */
#include "base/attr.h"

#include <stdlib.h>
#include <unistd.h>

void free_text(char **p)
{
	free(*p);
}

void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
