/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In which API group Calico's kinds are: as the settings say, else as the server's list of
 * groups does (docs/DATA-MODEL.md 13).  What the server said is remembered in the run
 * folder, for the next process; where the group then turns out to be unknown it is asked
 * again, and after GROUP_REMEMBERED_S too: whoever goes back to the other group leaves this
 * one's kinds where they are, and what a node wrote there nobody else would see.
 */
#ifndef DATASTORE_KUBERNETES_GROUP_H
#define DATASTORE_KUBERNETES_GROUP_H

#include "datastore/kubernetes/api.h"

#include <limits.h>

#define GROUP_REMEMBERED_S 600

struct group_choice {
	struct api *api;	/* whose group it chooses */
	bool chosen;
	bool remembered;	/* by an earlier process: it may be wrong */
	char file[PATH_MAX];	/* "": none */
};

void group_choice_init(struct group_choice *g, const struct settings *settings, struct api *api);

/* Asks the server if need be.  One that says nothing of groups: v1, as Calico. */
int group_choose(struct group_choice *g, struct err *e);

/* The group is not known to the server.  True: the choice was an earlier one, and is open again. */
bool group_doubt(struct group_choice *g);

#endif
