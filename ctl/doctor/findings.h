/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `doctor` has found so far, and what its parts say it with.  Each finding is one
 * line: how it is, what is wrong, and the command that mends it.
 */
#ifndef CTL_DOCTOR_FINDINGS_H
#define CTL_DOCTOR_FINDINGS_H

#include "ctl/cli/command.h"
#include "ctl/cli/rows.h"
#include "ipam/ipam.h"

#define DOCTOR_PATH 1024	/* bytes of a path, NUL included */
#define DOCTOR_TEXT 1024	/* of what a finding says */
#define DOCTOR_MEND (4 * DOCTOR_PATH)	/* of a command */
#define DOCTOR_LIST_MAX (1 << 20)	/* of all paths or names remembered */

enum health { HEALTH_OK, HEALTH_WARN, HEALTH_FAIL };

/* A network of a configuration, whoever its IPAM plugin is. */
struct network {
	char path[DOCTOR_PATH];	/* of its file, without the root */
	char name[256];
	bool is_list;		/* *.conflist, else a single configuration */
	bool ours;		/* uses calico-ipam */
	bool local;		/* its store is of this machine alone */
	/* Of its main plugin. */
	char bridge[32];	/* the device that it makes; "": none */
	bool routed;		/* bridge or ptp: this host passes its packets on */
	bool leads_out;		/* its containers have a default route */
	bool masquerades;	/* ipMasq */
	int64_t mtu;		/* 0: the plugin's default */
	bool wanted[N_FAMILIES];
	/* Of the plugins behind it. */
	bool maps_ports, filters;	/* portmap; firewall */
};

/* What the configuration of kubelet's runtime says of CNI. */
struct runtime {
	bool is_crio;	/* else containerd, or none is configured */
	char folders[DOCTOR_PATH];	/* of plugins, as CNI_PATH has them; "": not told */
	char folders_by[DOCTOR_PATH];	/* "plugin_dirs in FILE" */
	char network[256];	/* CRI-O's cni_default_network; "": the first one */
	char network_by[DOCTOR_PATH];	/* the file */
};

struct doctor {
	struct call *call;
	const char *root;	/* in front of /proc and of every folder looked at; "": none */
	const char *conf_dir;
	struct runtime runtime;
	char cni_path[DOCTOR_PATH];	/* folders of plugins, as CNI_PATH has them */
	struct rows rows;	/* one a finding */
	struct buf said;	/* owned: the same findings, to say none twice */
	unsigned problems;	/* HEALTH_FAIL */
	/* What the networks found want; without any of ours both families. */
	bool wanted[N_FAMILIES];
	struct network *list;	/* owned: all networks, in a runtime's order */
	size_t n, cap;
	unsigned networks;	/* that use calico-ipam */
	struct buf configs;	/* owned: the paths of those that do, a line each */
	struct buf bridges;	/* owned: the devices that networks make, a line each */
	struct buf stores;	/* owned: the settings of the stores looked at */
	struct buf settings, undo;	/* owned: sysctls that are wrong, and as they are now */
};

/*
 * One finding; one that is there already is not said again.  mend NULL: nothing is to be
 * done.
 */
void doctor_say(struct doctor *d, enum health health, const char *what, const char *mend,
		const char *fmt, ...) __printf_like(5, 6);

/* "<root><path>"; cut if longer than DOCTOR_PATH. */
void doctor_path(const struct doctor *d, const char *path, char out[DOCTOR_PATH]);

/* The command, or where others than root ask, whom things are denied, to ask as root. */
const char *doctor_as_root(const char *mend);

/* A folder that must exist or be one that can be made, and be writable. */
void doctor_folder(struct doctor *d, const char *what, const char *path);

#endif
