/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The documents of a YAML or JSON text as JSON trees (base/json.h), for what is read whole;
 * names of a map in bytewise order.
 *
 * What stands bare is a truth value (true, yes, on and their opposites), a number as JSON
 * writes numbers, null, or a text.  A number of YAML 1.1 alone (0x1f, 1_000, 017, .inf) is
 * refused, since readers differ about it.  Else refused is what yaml_read.h refuses.
 */
#ifndef BASE_YAML_YAML_TREE_H
#define BASE_YAML_YAML_TREE_H

#include "base/err.h"
#include "base/yaml/yaml_read.h"

struct cJSON;

/* Is given each document that is not empty, to own, and its first line.  0, or -1 with e. */
typedef int yaml_document_visitor(struct cJSON *tree, size_t line, void *arg, struct err *e);

/*
 * One document, or as many as source->documents_max allows, in their order; each is shown as
 * soon as it is whole, so an error in a later one comes after it.  The errors of yaml_read(),
 * and the visitor's.
 */
int yaml_read_trees(const struct yaml_source *source, yaml_document_visitor *visit, void *arg,
		    struct err *e);

#endif
