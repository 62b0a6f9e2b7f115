/* SPDX-License-Identifier: Apache-2.0 */
/* Resources in the form that --output asks for. */
#ifndef CTL_MANIFEST_PRINT_H
#define CTL_MANIFEST_PRINT_H

#include "ctl/cli/command.h"
#include "ctl/manifest/kind.h"

/*
 * items: an array of resources.  kind: what all of them are, or NULL: of several kinds.
 * single: the only one stands for itself, not in a list.  ERR_CONFIG, wrong use, for a path
 * or a column that is not understood.
 */
int print_resources(struct call *call, const struct kind *kind, const struct cJSON *items,
		    bool single, struct err *e);

#endif
