/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/queue/leavings.h"

#include "plugin/crowd/turn.h"
#include "tests/sim/container.h"
#include "tests/sim/queue/host_files.h"
#include "tests/sim/queue/process.h"
#include "tests/sim/reclaim/sandboxes.h"

#include <string.h>

#define STATUS_NS (900 * 1000000LL) /* as the plugin has */
#define LONG_NS (90 * SECOND_NS)

static void settle_until(struct actor *a, int64_t ns)
{
	struct turn turn __cleanup(turn_done) = { .lock = -1 };

	a->ends_ns = world.now_ns + ns;
	turn = process_turn(a);
	turn_settle(&turn);
}

void settle_notes(struct actor *a)
{
	settle_until(a, LONG_NS);
}

static void status(struct actor *a)
{
	settle_until(a, STATUS_NS);
}

void status_begin(struct actor *a, struct host *host, uint64_t seed)
{
	a->host = host;
	actor_begin(a, seed, status, "STATUS");
}

void host_is_booted(struct host *host)
{
	sightings.booted++;
	host_files_are_gone(host);
	sandboxes_are_booted(host);
	for (unsigned i = 0; i < MIRRORS_KEPT; i++)
		buf_reset(&host->mirrors[i]);
	for (unsigned i = 0; i < ACTORS; i++) {
		struct actor *a = &world.actors[i];

		if (a->host != host)
			continue;
		if (a->kind == ACTOR_CONTAINER && a->phase == LIVES) {
			container_lets_go(a);
			a->haunted = true;
		} else if (a->kind == ACTOR_CALICO && a->phase == LIVES) {
			a->phase = BROKEN;
		}
		a->unnoted = a->was_unnoted = true;
	}
}

bool notes_are_there(const struct host *host)
{
	return host_files_count(host, "/notes-");
}

/* It lives, or no note can know of it. */
static bool may_be_held(const struct slot *s)
{
	bool is_ours = false, is_excused = false;

	for (unsigned i = 0; i < CONTAINERS; i++) {
		const struct actor *a = &world.actors[i];

		if ((int)a->handle != s->handle)
			continue;
		if (strcmp(a->ifname, s->ifname) == 0)
			return a->phase == LIVES || a->unnoted;
		is_ours = true;
		is_excused |= a->was_unnoted;
	}
	return !is_ours || is_excused;
}

void check_nothing_is_left_behind(void)
{
	for (unsigned i = 0; i < world.ledger.n_blocks; i++) {
		const struct ledger_block *b = &world.ledger.blocks[i];

		for (unsigned k = 0; b->there && k < b->size; k++) {
			const struct slot *s = &b->slots[k];
			char text[ADDR_TEXT];

			if (s->state != SLOT_HELD || s->handle < 0 || may_be_held(s))
				continue;
			addr_print(cidr_nth(b->cidr, k), text);
			world_lose("what nobody was told of is given back",
				   "%s of %s %s is held when its notes are settled", text,
				   world.ledger.handles[s->handle].id, s->ifname);
		}
	}
}
