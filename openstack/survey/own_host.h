/* SPDX-License-Identifier: Apache-2.0 */
/* What the agent of this host goes by: its configuration, and the records there. */
#ifndef OPENSTACK_SURVEY_OWN_HOST_H
#define OPENSTACK_SURVEY_OWN_HOST_H

#include "openstack/survey/survey.h"

#define OWN_HOST_MS 20000	/* for etcd's answers */

struct own_host {
	char name[NAME_TEXT];	/* as the configuration has it, else the machine's */
	struct survey survey;	/* owned: of the agent's region, all hosts' */
	/* Of the last write that the agent has seen, as its metrics_file says; 0: not known. */
	uint64_t revision;
};

/*
 * `file`: the configuration, or NULL: those that the agent finds without being told.
 * *ret_configured: whether that could be read; false with ERR_CONFIG, else the store's errors.
 */
int own_host_read(const char *file, struct own_host *ret, bool *ret_configured, struct err *e);
void own_host_done(struct own_host *h);	/* also for __cleanup */

#endif
