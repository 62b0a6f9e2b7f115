/* SPDX-License-Identifier: Apache-2.0 */
/* Where the plugins are: --cni-path, or what the runtime's configuration says, or CNI's own. */
#include "ctl/doctor/doctor.h"

#include "base/terminal/shell_word.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define STANDARD_FOLDER "/opt/cni/bin"
#define DISTRIBUTIONS_FOLDER "/usr/lib/cni"	/* of Debian's containernetworking-plugins */
#define INSTALL "apt-get install containernetworking-plugins"

void doctor_cni_path(struct doctor *d, const char *wanted)
{
	const struct runtime *r = &d->runtime;
	bool told = !wanted && *r->folders;
	bool of_ctr = strcmp(r->folders, STANDARD_FOLDER) == 0;

	snprintf(d->cni_path, sizeof(d->cni_path), "%s",
		 wanted ? wanted : told ? r->folders : STANDARD_FOLDER);
	if (told)
		doctor_say(d, HEALTH_OK, "plugins' folder", NULL, "%s, by %s%s", r->folders,
			   r->folders_by, r->is_crio || of_ctr ? "" :
			   "; but ctr --cni looks in " STANDARD_FOLDER " alone");
}

static bool is_in(const struct doctor *d, const char *folder, size_t len, const char *type,
		  char ret_path[DOCTOR_PATH])
{
	char path[DOCTOR_PATH], full[DOCTOR_PATH];

	snprintf(path, sizeof(path), "%.*s/%.200s", (int)len, folder, type);
	doctor_path(d, path, full);
	if (access(full, X_OK) < 0)
		return false;
	snprintf(ret_path, DOCTOR_PATH, "%s", path);
	return true;
}

bool doctor_find(const struct doctor *d, const char *type, char ret_path[DOCTOR_PATH])
{
	for (const char *at = d->cni_path; *at; at += strspn(at, ":")) {
		size_t len = strcspn(at, ":");

		if (is_in(d, at, len, type, ret_path))
			return true;
		at += len;
	}
	return false;
}

static void first_folder(const struct doctor *d, char out[DOCTOR_PATH])
{
	snprintf(out, DOCTOR_PATH, "%.*s", (int)strcspn(d->cni_path, ":"), d->cni_path);
}

void doctor_bring(const struct doctor *d, const char *type, const char *otherwise,
		  char out[DOCTOR_MEND])
{
	char path[DOCTOR_PATH], folder[DOCTOR_PATH], into[DOCTOR_MEND / 2];

	first_folder(d, folder);
	if (is_in(d, STANDARD_FOLDER, strlen(STANDARD_FOLDER), type, path) ||
	    is_in(d, DISTRIBUTIONS_FOLDER, strlen(DISTRIBUTIONS_FOLDER), type, path))
		shell_command(out, DOCTOR_MEND, "mkdir -p %s && ln -s %s %s/", folder, path,
			      folder);
	else
		snprintf(out, DOCTOR_MEND, "%s %s", otherwise,
			 shell_command(into, sizeof(into), "%s/", folder));
}

/* Of Debian 12's containernetworking-plugins. */
static const char *const packaged[] = {
	"bandwidth", "bridge", "dhcp", "firewall", "host-device", "host-local", "ipvlan",
	"loopback",
	"macvlan", "portmap", "ptp", "sbr", "static", "tuning", "vlan", "vrf",
};

/* What others bring, by the words of those who run it. */
static const struct {
	const char *type, *mend;
} brought[] = {
	{ "calico", "kubectl get pods -A -l k8s-app=calico-node -o wide  # restart this node's: "
		"its container install-cni puts calico into" },
	{ "flannel", "kubectl get pods -A -l app=flannel -o wide  # restart this node's: its "
		"container install-cni-plugin puts flannel into" },
	{ "multus", "kubectl get pods -A -l app=multus -o wide  # restart this node's, which puts "
		"multus into" },
	{ "cilium-cni", "kubectl get pods -A -l k8s-app=cilium -o wide  # restart this node's, "
		"which puts cilium-cni into" },
};

static bool is_packaged(const char *type)
{
	for (size_t i = 0; i < ARRAY_LEN(packaged); i++)
		if (strcmp(packaged[i], type) == 0)
			return true;
	return false;
}

static const char *who_brings(const char *type)
{
	for (size_t i = 0; i < ARRAY_LEN(brought); i++)
		if (strcmp(brought[i].type, type) == 0)
			return brought[i].mend;
	return NULL;
}

static void bring_packaged(const struct doctor *d, const char *type, char out[DOCTOR_MEND])
{
	char otherwise[DOCTOR_MEND / 2], folder[DOCTOR_PATH];

	first_folder(d, folder);
	if (strcmp(folder, DISTRIBUTIONS_FOLDER) == 0) {
		snprintf(out, DOCTOR_MEND, INSTALL);
		return;
	}
	shell_command(otherwise, sizeof(otherwise),
		      INSTALL " && mkdir -p %s && ln -s " DISTRIBUTIONS_FOLDER "/%s", folder, type);
	doctor_bring(d, type, otherwise, out);
}

void doctor_bring_named(const struct doctor *d, const char *type, const char *path,
			char out[DOCTOR_MEND])
{
	char otherwise[DOCTOR_MEND / 2];
	const char *others = who_brings(type);

	if (is_packaged(type)) {
		bring_packaged(d, type, out);
		return;
	}
	if (!others)
		shell_command(otherwise, sizeof(otherwise), "${EDITOR:-vi} %s  # or bring the "
			      "plugin, which is none of containernetworking-plugins, into", path);
	doctor_bring(d, type, others ? others : otherwise, out);
}
