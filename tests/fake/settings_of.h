/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings as a test wants them, in one expression:
 *
 *	struct settings s __cleanup(settings_done) = SETTINGS("etcd_endpoints", url);
 *
 * Names and values in turn, as in the table of datastore/settings.h.  A name that is not
 * there aborts the test.
 */
#ifndef TESTS_FAKE_SETTINGS_OF_H
#define TESTS_FAKE_SETTINGS_OF_H

#include "datastore/settings.h"

#define SETTINGS(...) settings_of((const char *const[]){ __VA_ARGS__, NULL })

struct settings settings_of(const char *const *names_and_values);

/* Sets one more, or another value. */
void settings_also(struct settings *s, const char *name, const char *value);

#endif
