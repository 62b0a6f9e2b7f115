/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ClusterInformation (docs/DATA-MODEL.md 5.3).
 */
#ifndef IPAM_RECORD_CLUSTER_H
#define IPAM_RECORD_CLUSTER_H

#include "base/buf.h"
#include "base/err.h"
#include "datastore/view.h"

/* Empty where the cluster has no ClusterInformation. */
struct cluster_information {
	bool there;
	bool locked;	/* datastoreReady is false */
	char guid[64], type[128];
	char revision[32];	/* of the record, in decimal digits */
};

/* What is of another type is not said.  ERR_DECODE or ERR_CORRUPT: no JSON object. */
int cluster_information_read(const struct record *record, struct cluster_information *ret,
			     struct err *e);

/* Appends the record with datastoreReady changed.  Errors as above. */
int cluster_information_rewrite(const struct record *record, bool ready, struct buf *out,
				struct err *e);

#endif
