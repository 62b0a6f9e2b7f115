/* What `doctor` looks at, part by part.  Each adds its findings. */
#ifndef CTL_DOCTOR_H
#define CTL_DOCTOR_H

#include "ctl/doctor_findings.h"

void doctor_conflists(struct doctor *d);	/* first: fills wanted and config */
void doctor_plugin(struct doctor *d);
void doctor_network(struct doctor *d);
void doctor_store(struct doctor *d);

#endif
