/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/world.h"

#include "base/log.h"
#include "ipam/record/keys.h"
#include "tests/fake/settings_of.h"
#include "tests/sim/actors.h"
#include "tests/sim/queue/process.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMMIT_KEYS 128 /* that etcd takes */

struct world world;
struct sightings sightings;

uint64_t draw_from(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state >> 11;
}

unsigned draw_below(uint64_t *state, size_t below)
{
	return (unsigned)(draw_from(state) % below);
}

unsigned draw(struct actor *a, unsigned below)
{
	return draw_below(&a->random, below);
}

int64_t host_now(const struct host *h)
{
	return world.now_ns + h->ahead_ns;
}

void world_uid(char out[37])
{
	snprintf(out, 37, "00000000-0000-4000-8000-%012u", world.n_uids++);
}

bool world_is_exact(void)
{
	return world.rules.transactions && !world.rules.calico && !world.strangers_came;
}

void world_tell(const char *fmt, ...)
{
	va_list ap;

	if (!world.told)
		return;
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
}

void world_lose(const char *rule, const char *fmt, ...)
{
	va_list ap;

	if (world.rule)
		return;
	world.rule = rule;
	va_start(ap, fmt);
	vsnprintf(world.why, sizeof(world.why), fmt, ap);
	va_end(ap);
	world_tell("     *** %s: %s\n", rule, world.why);
}

bool world_may_fail(const struct actor *a, const struct err *e)
{
	bool may = e->kind == ERR_EXHAUSTED || e->kind == ERR_EXISTS || e->kind == ERR_POOL ||
		   e->kind == ERR_CONFLICT || e->kind == ERR_NOT_FOUND || e->kind == ERR_CONFIG ||
		   e->kind == ERR_UNSUPPORTED || (a->unanswered && e->kind == ERR_UNAVAILABLE);

	may |= a->over && (e->kind == ERR_DEADLINE || e->kind == ERR_UNAVAILABLE);
	may |= a->misread && e->kind == ERR_DECODE;
	if (world.strangers_came)
		may |= e->kind == ERR_CORRUPT || e->kind == ERR_DECODE || e->kind == ERR_LIMIT;
	if (!may || !*e->text)
		world_lose("who fails has a reason and tells it", "%s %s: kind %d, \"%s\"",
			   a->name, a->verb, (int)e->kind, e->text);
	return may;
}

bool actor_stop(enum stop stop)
{
	struct actor *a = world.current;

	if (a->dead)
		return false;
	a->stop = stop;
	a->fate = FAKE_GOES_ON;
	fiber_yield();
	return !a->dead;
}

static void keep_author(const struct actor *a, size_t i)
{
	struct late_author *author = &world.late[i];

	*author = (struct late_author){ .actor = a->number, .automatic = a->automatic,
					.spares_used = a->spares_used, .sent_ns = world.now_ns };
	for (unsigned k = 0; k < CONTAINERS; k++)
		author->crowd[k] = world.actors[k].leader == a ||
				   process_serves(a, &world.actors[k]);
	for (unsigned k = 0; k < CONTAINERS; k++)
		world.actors[k].awaits |= world.actors[k].taken_by == a;
}

static enum fake_fate stop_at_step(struct fake_store *store, enum fake_step step, size_t change,
				   void *arg __unused_arg)
{
	static const enum stop stops[] = { [FAKE_READS] = STOP_READ, [FAKE_COMMITS] = STOP_COMMIT,
					   [FAKE_WRITES] = STOP_WRITE,
					   [FAKE_ANSWERS] = STOP_ANSWER };
	struct actor *a = world.current;
	enum fake_fate fate;
	bool alive;

	if (!a)
		return FAKE_GOES_ON;
	if (step == FAKE_READS && change && !world.rules.scattered && !a->dead)
		return FAKE_GOES_ON;
	a->change = change;
	alive = actor_stop(stops[step]);
	fate = process_asks(a, a->fate);
	a->fate = FAKE_IS_REFUSED; /* as all that a dead one asks for */
	if (fate != FAKE_IS_LATE)
		return alive ? fate : FAKE_IS_REFUSED;
	if (stops[step] != (world.rules.transactions ? STOP_COMMIT : STOP_WRITE) ||
	    fake_late(store) == LATE_MAX)
		return FAKE_IS_LOST;
	keep_author(a, fake_late(store));
	return FAKE_IS_LATE;
}

static void note_change(struct fake_store *store __unused_arg, const char *key, const char *value,
			void *arg __unused_arg)
{
	struct ledger_change c = ledger_locate(&world.ledger, key);

	if (world.n_changes == CHANGES_MAX) {
		fprintf(stderr, "one step writes more than %d records\n", CHANGES_MAX);
		abort();
	}
	if (c.kind == LEDGER_BLOCK || c.kind == LEDGER_AFFINITY)
		world.before[world.n_changes] = world.ledger.blocks[c.at];
	ledger_read(&world.ledger, c, key, value);
	world.changes[world.n_changes++] = c;
	stranger_spreads();
}

static void run_actor(void *arg)
{
	struct actor *a = arg;

	a->run(a);
	a->running = false;
	a->stop = STOP_NONE;
}

static void enter(struct actor *a, void (*go)(struct actor *a))
{
	struct actor *outer = world.current;

	world.current = a;
	world.author = a;
	world.author_is_automatic = a->automatic;
	world.author_spares_used = a->spares_used;
	go(a);
	world.author_spares_used |= a->spares_used;
	world.current = outer;
	if (fiber_has_ended(a->fiber))
		a->running = false;
}

static void start_fiber(struct actor *a)
{
	fiber_start(a->fiber, run_actor, a);
}

static void resume_fiber(struct actor *a)
{
	fiber_resume(a->fiber);
}

void actor_begin(struct actor *a, uint64_t seed, void (*run)(struct actor *a), const char *verb)
{
	a->random = seed * 0x9e3779b97f4a7c15ULL + 1;
	a->run = run;
	a->verb = verb;
	a->running = true;
	a->dead = a->disturbed = a->unanswered = a->misread = a->spares_used = false;
	a->met_stranger = false;
	a->ends_ns = 0;
	world_tell("%4u %s on %s begins %s\n", ++world.steps, a->name, a->host->name, verb);
	enter(a, start_fiber);
}

void actor_go_on(struct actor *a, enum fake_fate fate)
{
	a->fate = fate;
	a->disturbed |= fate != FAKE_GOES_ON;
	/* A lost answer is asked for again; whom nobody answers has to say so. */
	a->unanswered |= fate == FAKE_IS_REFUSED ||
			 (fate != FAKE_GOES_ON && (a->stop == STOP_READ || a->stop == STOP_OPEN ||
			  (a->stop == STOP_COMMIT && !world.rules.transactions)));
	enter(a, resume_fiber);
}

void actor_die(struct actor *a, enum fake_fate fate)
{
	a->dead = a->unanswered = true;
	a->died_at = a->stop;
	actor_go_on(a, fate == FAKE_IS_LATE ? FAKE_IS_LATE : FAKE_IS_REFUSED);
}

static void init_actor(struct actor *a, enum actor_kind kind, unsigned number)
{
	a->kind = kind;
	a->number = number;
	a->host = &world.hosts[number / 2 % HOSTS];
	a->ds = fake_open(world.store);
	a->fiber = fiber_new();
	a->handle = LEDGER_HANDLES; /* none yet */
}

static void init_actors(unsigned sharing)
{
	unsigned n = 0;

	for (; n < CONTAINERS; n++) {
		struct actor *a = &world.actors[n];

		init_actor(a, ACTOR_CONTAINER, n);
		if (world.rules.crowds || world.rules.queues)
			a->host = &world.hosts[n * 2 / CONTAINERS];
		snprintf(a->container, sizeof(a->container), "c%u", n / sharing);
		snprintf(a->ifname, sizeof(a->ifname), "eth%u", n % 2);
		snprintf(a->name, sizeof(a->name), "c%u/eth%u", n / sharing, n % 2);
		datastore_use_mirror(a->ds, &world.settings, a->host->name);
	}
	for (; n < CONTAINERS + CALICOS; n++) {
		init_actor(&world.actors[n], ACTOR_CALICO, n);
		snprintf(world.actors[n].name, sizeof(world.actors[n].name), "calico-%u", n);
		snprintf(world.actors[n].container, sizeof(world.actors[n].container), "%064u", n);
	}
	init_actor(&world.actors[n], ACTOR_GC, n);
	strcpy(world.actors[n++].name, "the runtime's gc");
	init_actor(&world.actors[n], ACTOR_ADMIN, n);
	strcpy(world.actors[n++].name, "the administrator");
	init_actor(&world.actors[n], ACTOR_MENDER, n);
	strcpy(world.actors[n++].name, "check --mend");
	for (; n < ACTORS - RECLAIMERS; n++)
		init_actor(&world.actors[n], ACTOR_RUNTIME, n);
	for (; n < ACTORS; n++) {
		init_actor(&world.actors[n], ACTOR_RECLAIM, n);
		snprintf(world.actors[n].name, sizeof(world.actors[n].name), "reclaim-%u", n);
	}
}

static void draw_rules(uint64_t *random, bool transactions)
{
	struct rules *r = &world.rules;

	r->transactions = transactions;
	r->calico = draw_below(random, 4) == 0;
	r->strangers = draw_below(random, 10) == 0;
	r->restores = transactions && draw_below(random, 5) == 0;
	r->faults = draw_below(random, 4) != 0;
	r->administers = draw_below(random, 3) != 0;
	r->gateways = draw_below(random, 5) == 0;
	r->skewed = draw_below(random, 4) == 0;
	r->scattered = !transactions && draw_below(random, 3) == 0;
	r->max_blocks = draw_below(random, 5) == 0 ? 1 + draw_below(random, 2) : 0;
	r->cooldown_s = draw_below(random, 3) == 0 ? 1 + draw_below(random, 30) : 0;
	r->block_len_4 = 29 + draw_below(random, r->gateways ? 2 : 4);
	r->block_len_6 = 125 + draw_below(random, r->gateways ? 2 : 4);
	r->links = draw_below(random, 2);
}

static void put_pool(const char *name, const char *cidr, unsigned block_len, bool for_some)
{
	char key[KEY_TEXT], value[400];

	snprintf(key, sizeof(key), KEY_POOLS "%s", name);
	snprintf(value, sizeof(value),
		 "{\"kind\":\"IPPool\",\"apiVersion\":\"projectcalico.org/v3\","
		 "\"metadata\":{\"name\":\"%s\"},"
		 "\"spec\":{\"cidr\":\"%s\",\"blockSize\":%u%s}}",
		 name, cidr, block_len,
		 for_some ? ",\"nodeSelector\":\"zone == 'even'\"" : "");
	fake_put(world.store, key, value);
}

static void fill_store(uint64_t *random)
{
	char key[KEY_TEXT], value[400];

	put_pool("p4", "10.0.0.0/27", world.rules.block_len_4,
		 world.rules.administers && draw_below(random, 3) == 0);
	put_pool("p6", draw_below(random, 4) ? "fd00::/64" : "fd00::/125",
		 world.rules.block_len_6, false);
	snprintf(value, sizeof(value), "{\"strict_affinity\":%s,\"auto_allocate_blocks\":true,"
		 "\"maxBlocksPerHost\":%u,\"ipCooldownSeconds\":%u}",
		 draw_below(random, 4) && !world.rules.max_blocks ? "false" : "true",
		 world.rules.max_blocks, world.rules.cooldown_s);
	if (world.rules.cooldown_s || world.rules.max_blocks || draw_below(random, 2))
		fake_put(world.store, KEY_CONFIG, value);
	for (unsigned i = 0; i < HOSTS; i++) {
		snprintf(key, sizeof(key), KEY_NODES "%s", world.hosts[i].name);
		snprintf(value, sizeof(value), "{\"kind\":\"Node\",\"apiVersion\":"
			 "\"projectcalico.org/v3\",\"metadata\":{\"name\":\"%s\",\"labels\":%s},"
			 "\"spec\":{},\"status\":{}}", world.hosts[i].name,
			 i % 2 ? "{}" : "{\"zone\":\"even\"}");
		fake_put(world.store, key, value);
	}
}

static void init_hosts(uint64_t *random)
{
	world.ledger.n_hosts = HOSTS;
	for (unsigned i = 0; i < HOSTS; i++) {
		struct host *h = &world.hosts[i];

		snprintf(h->name, sizeof(h->name), "n%u", i);
		world.ledger.hosts[i] = h->name;
		for (unsigned k = 0; k < MIRRORS_KEPT; k++)
			h->mirrors[k] = (struct buf)BUF(1 << 20);
		if (world.rules.skewed)
			h->ahead_ns = ((int64_t)(draw_below(random, 240)) - 120) * SECOND_NS;
	}
}

void world_init(uint64_t seed, bool transactions)
{
	uint64_t random = seed * 0x9e3779b97f4a7c15ULL + 1;
	bool told = world.told;

	memset(&world, 0, offsetof(struct world, changes));
	memset(&world.n_changes, 0, sizeof(world) - offsetof(struct world, n_changes));
	log_open(&(struct log_config){ .level = "error" });
	world.told = told;
	world.now_ns = WORLD_NOW;
	world.ledger.auto_allocate = true;
	draw_rules(&random, transactions);
	world.rules.crowds = seed % 3 == 1;
	world.rules.queues = seed % 6 == 2;
	world.rules.reclaims = seed % 7 == 1;
	world.rules.flits = world.rules.restores && seed % 2;
	init_hosts(&random);
	world.store = fake_new();
	fake_set_traits(world.store, false, transactions);
	if (transactions && draw_below(&random, 4) == 0)
		fake_set_order(world.store, false);
	fake_limit_commits(world.store, COMMIT_KEYS);
	fake_at_each_step(world.store, stop_at_step, NULL);
	fake_after_change(world.store, note_change, NULL);
	world.settings = SETTINGS("etcd_endpoints", "http://192.0.2.1:2379");
	init_actors((world.rules.queues ? seed / 6 % 2 : world.rules.crowds && seed % 2) ? 1 : 2);
	fill_store(&random);
	world.n_changes = 0;
}

void world_done(void)
{
	for (unsigned i = 0; i < ACTORS; i++) {
		struct actor *a = &world.actors[i];

		while (a->running)
			actor_die(a, FAKE_IS_REFUSED);
		datastore_close(a->ds);
		fiber_free(a->fiber);
	}
	for (unsigned i = 0; i < HOSTS; i++)
		for (unsigned k = 0; k < MIRRORS_KEPT; k++)
			buf_done(&world.hosts[i].mirrors[k]);
	settings_done(&world.settings);
	if (world.snapshot)
		fake_free(world.snapshot);
	fake_free(world.store);
	world.store = world.snapshot = NULL;
}
