/* What `doctor` looks at, part by part.  Each adds its findings. */
#ifndef CTL_DOCTOR_H
#define CTL_DOCTOR_H

#include "ctl/doctor_findings.h"

#define PLUGIN_NAME "calico-ipam"

void doctor_conflists(struct doctor *d);	/* first: fills wanted, configs and bridges */
void doctor_plugin(struct doctor *d);
void doctor_network(struct doctor *d);
void doctor_store(struct doctor *d);

/* Whether the folder of the plugins has an executable of that name. */
bool doctor_has(const struct doctor *d, const char *type);

enum verdict {
	VERDICT_NONE,	/* not asked: the plugin is not there, or this is another system */
	VERDICT_GOOD,	/* an ADD would be served now */
	VERDICT_REFUSED,	/* its configuration is no good */
	VERDICT_NOT_READY,
};

/*
 * What the plugin itself says of a network, whose entry in the conflist is `plugin`: its
 * answer to STATUS, with addresses left asked for.  Nothing is changed by it.
 * ret_text: why, unless it is good.
 */
enum verdict doctor_verdict(const struct doctor *d, const struct cJSON *plugin,
			    const char *network, const char *version, char ret_text[DOCTOR_TEXT]);

#endif
