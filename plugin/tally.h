/* SPDX-License-Identifier: Apache-2.0 */
/*
 * This process's one request, as it is counted (base/counters/counters.h): once the runtime has
 * its answer, which so comes no later.
 */
#ifndef PLUGIN_TALLY_H
#define PLUGIN_TALLY_H

#include "datastore/settings.h"
#include "plugin/environment.h"

/* It begins. */
void tally_begin(void);
/*
 * It is done, its stores closed.  settings: which say where it is counted; copied.  What is not
 * noted, as what could not be read so far, and VERSION, is not counted.
 */
void tally_note(enum command command, const struct settings *settings, enum err_kind outcome);
/* Counts it. */
void tally_end(void);

#endif
