/* SPDX-License-Identifier: Apache-2.0 */
/* The note of the request that has a turn (note.h), and what the request is told of it. */
#ifndef PLUGIN_CROWD_TURN_NOTE_H
#define PLUGIN_CROWD_TURN_NOTE_H

#include "plugin/crowd/turn.h"

/* Where notes of this turn's store, node and lock file lie, unless there is no crowd. */
void turn_find_notes(struct turn *turn);
/*
 * Writes down what the request may leave behind (note.h), before anything is asked for: of an
 * ADD in its turn, of a DEL before it, since one that waits in vain has failed too.
 */
void turn_note(struct turn *turn, const struct crowd_member *m);
/*
 * It was carried out (0), or failed with this error (-1).  The note is taken back if it is known
 * what came of it: of an ADD that failed whether it stands, of a DEL whether there was anything.
 * So before anybody is told that it succeeded.  Returns what it was given; but an ADD whose note
 * cannot be taken back has failed, since the next request of this node releases what it was
 * given.  Of what may stand the error says that the next request settles it, where a note is
 * left for that, else that one has to look.
 */
int turn_note_outcome(struct turn *turn, const struct crowd_member *mine, int rc, struct err *e);

#endif
