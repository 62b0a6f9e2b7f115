/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/actors.h"
#include "tests/sim/queue/leavings.h"

/* Those that live, or may come to live: the runtime knows what it has begun. */
static bool is_valid(const struct actor *a, const struct host *host)
{
	return (a->kind == ACTOR_CONTAINER || a->kind == ACTOR_CALICO) && a->host == host &&
	       (a->phase == LIVES || a->running || a->leader || a->ended_by);
}

static void collect(struct actor *gc)
{
	struct ipam_attachment valid[ACTORS];
	struct ipam_gc_request r = { .network = "net", .node = gc->host->name, .valid = valid,
				     .now_ns = host_now(gc->host) };
	struct ipam_gc_answer answer = {0};
	struct err e = {0};

	for (unsigned i = 0; i < ACTORS; i++) {
		const struct actor *a = &world.actors[i];

		if (is_valid(a, gc->host))
			valid[r.n_valid++] = (struct ipam_attachment){ a->container, a->ifname };
	}
	if (ipam_gc(gc->ds, &r, &answer, &e) < 0)
		world_may_fail(gc, &e);
	else
		world_tell("     GC of %s released %u\n", gc->host->name, answer.released);
	if (world.rules.queues && e.kind == ERR_NONE)
		settle_notes(gc);
}

void gc_begin(struct actor *a, const struct host *host, uint64_t seed)
{
	a->host = &world.hosts[host - world.hosts];
	actor_begin(a, seed, collect, "GC");
}
