/* SPDX-License-Identifier: Apache-2.0 */
/* What a command has written as JSON, as YAML (base/yaml/yaml_write.h). */
#ifndef CTL_CLI_YAML_H
#define CTL_CLI_YAML_H

#include "base/buf.h"
#include "base/err.h"

/* Replaces the JSON text in the buffer; an empty buffer stays empty. */
int yaml_from_json(struct buf *text, struct err *e);

#endif
