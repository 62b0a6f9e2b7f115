/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a store is fit for the plugin, as the store itself finds: with which credentials it is
 * asked, whether they may do all that is needed, and whether it has what it must have.
 * For people, who are told what to do.
 */
#ifndef DATASTORE_FITNESS_H
#define DATASTORE_FITNESS_H

#include "datastore/datastore.h"

enum fitness { FITNESS_GOOD, FITNESS_DOUBTFUL, FITNESS_BAD };

/* Is told each finding; the texts live during the call. */
struct fitness_teller {
	/* mend: a command, NULL where nothing is to be done. */
	void (*tell)(enum fitness fitness, const char *what, const char *mend, const char *text,
		     void *arg);
	/* A certificate to look at, in a file, or as PEM where file is NULL. */
	void (*certificate)(const char *name, const char *file, const char *pem, void *arg);
	void *arg;
};

/*
 * Tells what is known without asking first.  -1: the store could not be asked for all, with
 * its own error.  A store that knows nothing of itself tells nothing.
 */
int datastore_tell_fitness(struct datastore *ds, const struct fitness_teller *teller,
			   struct err *e);

#endif
