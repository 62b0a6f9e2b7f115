/*
 * What `doctor` has found so far, and what its parts say it with.  Each finding is one
 * line: how it is, what is wrong, and the command that mends it.
 */
#ifndef CTL_DOCTOR_FINDINGS_H
#define CTL_DOCTOR_FINDINGS_H

#include "ctl/command.h"
#include "ctl/table.h"
#include "ipam/ipam.h"

#define DOCTOR_PATH 1024	/* bytes of a path, NUL included */

enum health { HEALTH_OK, HEALTH_WARN, HEALTH_FAIL };

struct doctor {
	struct call *call;
	const char *root;	/* in front of /proc and of every folder looked at; "": none */
	const char *conf_dir, *cni_path;
	struct table table;
	struct cJSON *list;	/* owned: the same findings */
	unsigned problems;	/* HEALTH_FAIL */
	/* What the networks found want; without any of ours both families. */
	bool wanted[N_FAMILIES];
	unsigned networks;	/* that use calico-ipam */
	char config[DOCTOR_PATH];	/* the first conflist that does, "" if none */
};

/* One finding.  mend NULL: nothing is to be done. */
void doctor_say(struct doctor *d, enum health health, const char *what, const char *mend,
		const char *fmt, ...) __printf_like(5, 6);

/* "<root><path>"; cut if longer than DOCTOR_PATH. */
void doctor_path(const struct doctor *d, const char *path, char out[DOCTOR_PATH]);

/* A folder that must exist or be one that can be made, and be writable. */
void doctor_folder(struct doctor *d, const char *what, const char *path);

#endif
