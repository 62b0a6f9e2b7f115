/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes to stdout (docs/DATA-MODEL.md 8): a result in the shape of the request's
 * version, a version object, or an error.  Each is built whole in a buffer; main
 * writes it once, last.
 */
#ifndef PLUGIN_REPLY_H
#define PLUGIN_REPLY_H

#include "base/buf.h"
#include "ipam/ipam.h"
#include "plugin/version.h"

struct cJSON;

#define REPLY_MAX (1 << 20)	/* bytes; a result that a configuration may demand fits */

/*
 * The result of ADD: IPv4 first, indented by 4, no final newline.
 *
 * Under `calico` each address is its own route.  Else `routes` (checked, at most
 * ROUTES_MAX; NULL: none; stays the caller's) is copied by route_copy(), and under
 * 0.1.0 and 0.2.0 dealt out by family.
 * ERR_CONFIG: those two versions have no result without an address.
 */
int reply_result(enum cni_version version, const struct ipam_assign_answer *answer, bool calico,
		 const struct cJSON *routes, struct buf *out, struct err *e);

/* The answer to VERSION, one line.  cni_version NULL or "": the newest. */
void reply_version(const char *cni_version, struct buf *out);

/*
 * {"cniVersion","code","msg","details"}, indented by 4.  details NULL: the table's
 * advice for the kind; left out when there is none.  Without memory for it:
 * reply_out_of_memory().
 */
void reply_error(enum cni_version version, const struct err *e, const char *details,
		 struct buf *out);

/*
 * The error that there is no memory, from memory set aside: where nothing else can be
 * said.  `out` has it then, whatever it held.
 */
void reply_out_of_memory(enum cni_version version, struct buf *out);

/* The one table: the CNI error code of a kind. */
int reply_code(enum err_kind kind);

#endif
