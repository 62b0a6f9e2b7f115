/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The IPAM configuration of the cluster (ipam/record/config.h).
 *
 * Every verb may fail with the store's own errors (datastore.h).
 */
#ifndef IPAM_CLUSTER_CONFIG_H
#define IPAM_CLUSTER_CONFIG_H

#include "datastore/datastore.h"
#include "ipam/record/config.h"
#include "ipam/request/plan.h"

/*
 * What is in force: Calico's defaults where nothing is stored, and the revision of the record
 * then 0.  ret_revision may be NULL.  ERR_CORRUPT.
 */
int ipam_get_config(struct datastore *ds, struct ipam_config *ret, uint64_t *ret_revision,
		    struct err *e);

#define CONFIG_FIELD_MAX 64	/* bytes of a field's name */

struct config_setting {
	char field[CONFIG_FIELD_MAX + 1];
	const char *value;	/* as a person writes it */
};

struct config_set_request {
	const struct config_setting *settings;	/* set in this order */
	unsigned n;
	bool unless_in_force;	/* nothing is written where that changes no meaning */
	uint64_t revision;	/* the record must be of this one; 0: of any */
	bool dry_run;	/* only tell what would be done */
};

struct config_set_answer {
	struct ipam_config before, after;	/* what was in force, and what is to be */
	bool changed;	/* the record */
};

/*
 * ERR_CONFIG names a field or a value that there is not (ipam_config_set), or fields
 * that do not go together (ipam_config_check); ERR_CORRUPT a record that cannot be
 * read; ERR_CONFLICT where it is of another revision than was asked for, or after too many
 * lost races.
 */
int ipam_set_config(struct datastore *ds, const struct config_set_request *request,
		    struct config_set_answer *ret_answer, struct err *e);

/* Its planner (plan.h). */
int plan_config_set(struct plan *p, const struct config_set_request *request,
		    struct config_set_answer *ret, struct err *e);

#endif
