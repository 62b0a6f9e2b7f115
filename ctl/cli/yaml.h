/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML 1.2 (and 1.1 alike) from a JSON tree: block style, two blanks a level.
 *
 * A string or key stands bare only if no reader of either version can take it for
 * something else: letters, digits, '_', '.', '/' and '-', begun by a letter, and no
 * word such as "yes" or "null".  Any other is quoted, with escapes for what is not
 * plainly visible.  Numbers keep their text.
 */
#ifndef CTL_CLI_YAML_H
#define CTL_CLI_YAML_H

#include "base/buf.h"
#include "base/err.h"

struct cJSON;

/* Appends the document, ended by a newline.  Strings of the tree are UTF-8. */
void yaml_print(const struct cJSON *tree, struct buf *out);

/* Replaces the JSON text in the buffer by YAML; an empty buffer stays empty. */
int yaml_from_json(struct buf *text, struct err *e);

#endif
