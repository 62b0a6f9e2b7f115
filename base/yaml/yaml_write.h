/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML 1.1 (and 1.2 alike) from a JSON tree, by libyaml: block style, two blanks a level,
 * lists as deep as their name, one line a value.  yaml_write.c is the only file that knows
 * libyaml's emitter.
 *
 * A string or name stands bare only if no reader of either version can take it for
 * something else: letters, digits, '_', '.', '/' and '-', begun by a letter, and no
 * word such as "yes" or "null".  Any other is quoted.  Numbers keep their text.  Where any
 * text of the tree has what printable.h keeps from terminals, all that is not ASCII is
 * escaped.
 */
#ifndef BASE_YAML_YAML_WRITE_H
#define BASE_YAML_YAML_WRITE_H

#include "base/buf.h"

struct cJSON;

/* Appends the document, ended by a newline.  A string that is no UTF-8 fails the buffer. */
void yaml_print(const struct cJSON *tree, struct buf *out);

#endif
