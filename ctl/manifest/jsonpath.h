/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of a JSON tree by kubectl's JSONPath, as much of it as people use:
 *
 *	.a.b  ['a']  .a\.b      a name; the dots of one are escaped, or it stands in quotes
 *	[0]  [-1]  [*]  .*      an element, the last one, all of a list or map
 *	[?(@.x=="y")]           those whose x is y; != too, numbers and truth values too;
 *	                        without an operator those that have x
 *
 * and a template of text with {paths}, {"text\n"} and {range PATH}…{end}.  A leading $ or @
 * may stand before a path.  What is not there is nothing.
 */
#ifndef CTL_MANIFEST_JSONPATH_H
#define CTL_MANIFEST_JSONPATH_H

#include "base/buf.h"
#include "base/err.h"

struct cJSON;

#define JSONPATH_NODES_MAX 1000000	/* values that a path finds */

/*
 * Appends what the path finds, with `between` between values: texts bare, with what terminals
 * act on escaped, all else as JSON.  ERR_CONFIG says what is not understood.
 */
int jsonpath_print(const char *path, const struct cJSON *tree, const char *between,
		   struct buf *out, struct err *e);
/* The template; one without braces is a path.  ERR_CONFIG as above. */
int jsonpath_print_template(const char *text, const struct cJSON *tree, struct buf *out,
			    struct err *e);

#endif
