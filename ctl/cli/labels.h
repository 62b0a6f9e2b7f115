/* SPDX-License-Identifier: Apache-2.0 */
/* Labels of a node, as words of a call. */
#ifndef CTL_CLI_LABELS_H
#define CTL_CLI_LABELS_H

#include "base/json.h"
#include "ctl/cli/command.h"

/* "NAME=VALUE" into the object; `where` stands before the word in the complaint. */
int label_set(struct call *call, struct cJSON *labels, const char *where, const char *text,
	      struct err *e);

/* The same, or "NAME-": null in the object, for a label that is to be removed. */
int label_change(struct call *call, struct cJSON *labels, const char *text, struct err *e);

#endif
