/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The map over HTTP, kept live (ctl/serve/server.h): `map --serve`.
 *
 *	/		the page, with the drawing in it
 *	/state		{"made": of the drawing, "ageMs": since it was read, "why": "" or why the
 *			store cannot be read}; the page asks for it each second
 *	/drawing	the drawing alone (drawing.h), which the page asks for when it is another
 *
 * A watch says when the store has changed; it is read anew for whoever asks next, at most
 * once in LIVE_PAUSE_MS, and all that ask are shown the same.  A store that has no watch is
 * read anew each LIVE_POLL_MS while somebody asks; and each LIVE_CHECK_MS for what no watch
 * tells, such as containers that are gone.  One that cannot be read leaves the last drawing,
 * its age and why.
 */
#ifndef CTL_MAP_LIVE_H
#define CTL_MAP_LIVE_H

#include "ctl/inspect/containers.h"
#include "ctl/serve/listen_address.h"
#include "datastore/datastore.h"

#define LIVE_PAUSE_MS 1000	/* from a reading's end to the next; or twice what it took */
#define LIVE_POLL_MS 5000
#define LIVE_CHECK_MS 60000
#define LIVE_AGAIN_MS 5000	/* after a reading that failed */
#define LIVE_PATIENCE_MS 10000	/* with a reading; or four times what the last one took */

/*
 * Until SIGTERM or SIGINT.  here: NULL, or what check finds is drawn too.  A store that cannot be
 * read at the beginning is an error, and so is a local one with nothing in it: ERR_NOT_FOUND.
 */
int live_run(struct listen_address at, struct datastore *ds, const struct containers_place *here,
	     struct err *e);

#endif
