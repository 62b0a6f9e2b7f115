/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Networks that get in each other's way, and which of them a runtime takes: kubelet's the first
 * file of the folder alone (containerd's max_conf_num is 1), who asks by name (nerdctl, podman,
 * cnitool, Multus) the first list of that name, and a single configuration only where no list has
 * it (libcni's LoadNetworkConf).
 */
#include "ctl/doctor/doctor.h"

#include "base/terminal/shell_word.h"

#include <stdio.h>
#include <string.h>

static const struct network *asked_for_by_name(const struct network *one,
					       const struct network *other)
{
	return other->is_list && !one->is_list ? other : one;
}

static void say_same_name(struct doctor *d, const struct network *one, const struct network *other)
{
	const struct network *taken = asked_for_by_name(one, other);
	char mend[DOCTOR_MEND];

	shell_command(mend, sizeof(mend), "mv %s %s.off", taken == one ? other->path : one->path,
		      taken == one ? other->path : one->path);
	if (taken == one)
		doctor_say(d, HEALTH_FAIL, "configuration", mend, "%s and %s are both of network "
			   "\"%s\": runtimes take the first", one->path, other->path, one->name);
	else
		doctor_say(d, HEALTH_FAIL, "configuration", mend, "%s and %s are both of network "
			   "\"%s\": kubelet's runtime takes the first, who asks for the name the "
			   "second, which is a list", one->path, other->path, one->name);
}

static void say_same_bridge(struct doctor *d, const struct network *one,
			    const struct network *other)
{
	char mend[DOCTOR_MEND];

	shell_command(mend, sizeof(mend), "${EDITOR:-vi} %s", other->path);
	doctor_say(d, HEALTH_WARN, "configuration", mend, "%s and %s both make the bridge %s: it "
		   "keeps the gateway of the network that made it, and the other's containers are "
		   "refused where theirs is another; give each its own", one->path, other->path,
		   one->bridge);
}

static void compare(struct doctor *d, const struct network *one, const struct network *other)
{
	if (strcmp(one->name, other->name) == 0)
		say_same_name(d, one, other);
	else if (*one->bridge && strcmp(one->bridge, other->bridge) == 0)
		say_same_bridge(d, one, other);
}

static const struct network *first_of_ours(const struct doctor *d)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->list[i].ours)
			return &d->list[i];
	return NULL;
}

static void tell_the_taken(struct doctor *d, const struct network *taken, const char *why)
{
	const struct network *ours = first_of_ours(d);
	char mend[DOCTOR_MEND];

	if (!ours || taken->ours) {
		doctor_say(d, HEALTH_OK, "configuration", NULL, "of %zu networks kubelet's runtime "
			   "takes %s: %s", d->n, why, taken->path);
		return;
	}
	if (*d->runtime.network)
		shell_command(mend, sizeof(mend), "${EDITOR:-vi} %s", d->runtime.network_by);
	else
		shell_command(mend, sizeof(mend), "mv %s %s.off", taken->path, taken->path);
	doctor_say(d, HEALTH_WARN, "configuration", mend, "of %zu networks kubelet's runtime "
		   "takes %s: %s, which does not use calico-ipam, and not %s", d->n, why,
		   taken->path, ours->path);
}

/* Who asks for a network that is not there has none at all. */
static void tell_the_named(struct doctor *d)
{
	const struct runtime *r = &d->runtime;
	char why[DOCTOR_TEXT], mend[DOCTOR_MEND];

	snprintf(why, sizeof(why), "\"%s\", as cni_default_network in %.500s says", r->network,
		 r->network_by);
	for (size_t i = 0; i < d->n; i++)
		if (strcmp(d->list[i].name, r->network) == 0) {
			tell_the_taken(d, &d->list[i], why);
			return;
		}
	shell_command(mend, sizeof(mend), "${EDITOR:-vi} %s", r->network_by);
	doctor_say(d, HEALTH_FAIL, "configuration", mend, "CRI-O takes network %s, and none is "
		   "called so: no pod begins", why);
}

void doctor_order(struct doctor *d)
{
	for (size_t other = 1; other < d->n; other++)
		for (size_t one = 0; one < other; one++)
			compare(d, &d->list[one], &d->list[other]);
	if (*d->runtime.network)
		tell_the_named(d);
	else if (d->n > 1)
		tell_the_taken(d, d->list, "the first alone");
}
