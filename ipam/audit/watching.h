/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether what was read of a store still holds: a watch of all that utilization_read()
 * looks at, and audit_read() besides.
 *
 *	ipam_watch(ds, true, &watch, e);
 *	for (;;) {
 *		datastore_set_deadline(ds, …);
 *		ipam_watch_changed(watch, &changed, e);
 *		if (changed)
 *			audit_read(ds, …);
 *		poll(… watch_fd(watch) …);
 *	}
 *	watch_close(watch);
 *
 * What others than the store know, containers and pods among it, is not watched.
 */
#ifndef IPAM_AUDIT_WATCHING_H
#define IPAM_AUDIT_WATCHING_H

#include "datastore/watch.h"

/*
 * audited: handles and affinities count too.  The first question that is answered says that
 * something has changed, as all is new to it.  Errors are those of datastore_watch().
 */
int ipam_watch(struct datastore *ds, bool audited, struct watch **ret_watch, struct err *e);

/* Sets *changed where anything has changed since the last call, and else leaves it alone. */
int ipam_watch_changed(struct watch *w, bool *changed, struct err *e);

#endif
