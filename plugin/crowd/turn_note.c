/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/crowd/turn_note.h"

#include "base/log.h"
#include "ipam/request/loop.h"

void turn_find_notes(struct turn *turn)
{
	if (turn->notes.crowd)
		return;
	turn->note = (struct note)NO_NOTE;
	if (crowd_folder_init(&turn->notes, "notes", turn->settings, turn->node,
			      turn->lock_file) < 0)
		crowd_folder_done(&turn->notes);
}

void turn_note(struct turn *turn, const struct crowd_member *m)
{
	turn_find_notes(turn);
	if (turn->notes.crowd)
		note_write(&turn->notes, m, turn->deadline, &turn->note);
}

/* A note knows nothing of what a machine keeps. */
static int tell_who_settles(const struct turn *turn, const struct crowd_member *mine,
			    struct err *e)
{
	bool of_vm = mine->verb == CROWD_ADD && mine->add.owner.vm;
	bool noted = turn->note.fd >= 0 && !of_vm;

	if (!e->may_stand)
		return -1;
	return err_add(e, "; %s", noted ? "the next request of this node settles it"
					: LOOK_AND_REPEAT);
}

int turn_note_outcome(struct turn *turn, const struct crowd_member *mine, int rc, struct err *e)
{
	bool adds = mine->verb == CROWD_ADD;
	struct err why = {0};

	if (rc < 0 && (!adds || e->may_stand))
		return tell_who_settles(turn, mine, e);
	if (note_take_back(&turn->notes, &turn->note, &why) == 0)
		return rc;
	if (rc < 0 || !adds) {
		log_warning("A note that says nothing any more stays until it is settled",
			    LOG_TEXT("error", why.text));
		return rc;
	}
	*e = why;
	e->may_stand = true;
	return tell_who_settles(turn, mine, e);
}
