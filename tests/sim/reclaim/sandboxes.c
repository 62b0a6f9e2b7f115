/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/reclaim/sandboxes.h"

#include "tests/sim/container.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define GENERATIONS 60 /* the ledger has room for */
#define FIRST_INODE 4026531840ULL /* 32 bits, as the kernel's are */

struct sandbox {
	bool there;
	const struct host *host;
	unsigned machine;
	struct netns netns;
	int64_t began_ns;
};

static struct sandbox sandboxes[CONTAINERS]; /* of a container: at its first interface */
static uint64_t cookies[HOSTS]; /* the last of this boot */
static unsigned boots[HOSTS];
static bool inodes_only[HOSTS];
static unsigned generation; /* of a container the last name */
static bool twins; /* the first host has one */

void sandboxes_forget(uint64_t seed)
{
	uint64_t random = seed | 1;

	memset(sandboxes, 0, sizeof(sandboxes));
	memset(cookies, 0, sizeof(cookies));
	generation = 0;
	memset(boots, 0, sizeof(boots));
	for (unsigned i = 0; i < HOSTS; i++)
		inodes_only[i] = draw_below(&random, 3) == 0;
	twins = draw_below(&random, 4) == 0;
}

static unsigned number_of(const struct host *host)
{
	return (unsigned)(host - world.hosts);
}

bool host_has_twin(const struct host *host)
{
	return twins && host == world.hosts;
}

bool host_has_cookies(const struct host *host)
{
	return !inodes_only[number_of(host)];
}

static struct machine machine_of(const struct host *host, unsigned machine)
{
	unsigned h = number_of(host);
	struct machine ret;

	snprintf(ret.boot, sizeof(ret.boot), "%016x", (boots[h] << 8) + (h << 4) + machine + 1);
	snprintf(ret.id, sizeof(ret.id), "%06x", (h << 4) + machine + 1);
	return ret;
}

static unsigned place_of(const struct actor *a)
{
	unsigned i = 0;

	while (strcmp(world.actors[i].container, a->container) != 0)
		i++;
	return i;
}

static bool has_inode(const struct host *host, unsigned machine, uint64_t inode)
{
	for (unsigned i = 0; i < CONTAINERS; i++)
		if (sandboxes[i].there && sandboxes[i].host == host &&
		    sandboxes[i].machine == machine && sandboxes[i].netns.inode == inode)
			return true;
	return false;
}

static void begin(struct sandbox *s, const struct host *host, unsigned machine)
{
	uint64_t inode = FIRST_INODE;

	while (has_inode(host, machine, inode))
		inode++;
	*s = (struct sandbox){ .there = true, .host = host, .machine = machine,
			       .began_ns = world.now_ns, .netns = { .inode = inode } };
	if (host_has_cookies(host))
		s->netns.cookie = ++cookies[number_of(host)];
}

void sandbox_begin(struct actor *a)
{
	struct sandbox *s = &sandboxes[place_of(a)];
	struct machine machine;

	if (!s->there)
		begin(s, a->host, host_has_twin(a->host) ? place_of(a) / 2 % MACHINES : 0);
	machine = machine_of(s->host, s->machine);
	memcpy(a->origin.boot, machine.boot, sizeof(a->origin.boot));
	origin_print_netns(&s->netns, machine.id, a->origin.netns);
	world_tell("     %s is in namespace %s of boot %s\n", a->name, a->origin.netns,
		   a->origin.boot);
}

/* What it does, if anything, needs its namespace no more. */
static bool is_at_rest(const struct actor *a)
{
	bool is_deleted = a->running && strncmp(a->verb, "DEL", 3) == 0;

	return !a->leader && (!a->running || is_deleted || a->orphaned);
}

static bool is_in(const struct actor *a, unsigned place)
{
	return strcmp(a->container, world.actors[place].container) == 0;
}

static bool is_left(unsigned place)
{
	for (unsigned i = 0; i < CONTAINERS; i++) {
		const struct actor *a = &world.actors[i];

		if (is_in(a, place) && (a->phase == LIVES || !is_at_rest(a)))
			return false;
	}
	return sandboxes[place].there;
}

static void end(unsigned place)
{
	sandboxes[place].there = false;
	world_tell("     the namespace of %s ends\n", world.actors[place].container);
}

/* Nobody is asked to delete what was in it. */
static void die(unsigned place)
{
	for (unsigned i = 0; i < CONTAINERS; i++) {
		struct actor *a = &world.actors[i];

		if (!is_in(a, place) || a->phase != LIVES || a->running || a->leader)
			continue;
		container_lets_go(a);
		a->haunted = a->unnoted = a->was_unnoted = true;
	}
}

static bool is_idle(unsigned place)
{
	for (unsigned i = 0; i < CONTAINERS; i++) {
		const struct actor *a = &world.actors[i];

		if (is_in(a, place) && (a->running || a->leader || a->ended_by || a->taken_by))
			return false;
	}
	return true;
}

/* Its runtime has lost it; the next has another name. */
static void forget(unsigned place)
{
	char name[sizeof(world.actors->container)];

	snprintf(name, sizeof(name), "c%u-%u", place, ++generation);
	world_tell("     %s is forgotten, the next is %s\n", world.actors[place].container, name);
	for (unsigned i = CONTAINERS; i-- > 0;) {
		struct actor *a = &world.actors[i];

		if (!is_in(a, place))
			continue;
		snprintf(a->container, sizeof(a->container), "%s", name);
		snprintf(a->name, sizeof(a->name), "%.12s/eth%u", name, a->number % 2);
		a->handle = LEDGER_HANDLES;
		a->phase = NOBODY;
		a->haunted = a->unnoted = a->was_unnoted = false;
	}
}

void sandboxes_pass(uint64_t seed)
{
	unsigned place = (unsigned)(seed >> 32) % CONTAINERS;

	if (!sandboxes[place].there)
		return;
	if ((seed >> 36) % 4 == 0)
		die(place);
	if ((seed >> 40) % 2 == 0 || !is_left(place))
		return;
	end(place);
	if ((seed >> 44) % 3 && generation < GENERATIONS && is_idle(place))
		forget(place);
}

void sandboxes_end(const struct host *host)
{
	for (unsigned i = 0; i < CONTAINERS; i++)
		if (sandboxes[i].host == host && is_left(i))
			end(i);
}

void sandboxes_are_booted(const struct host *host)
{
	for (unsigned i = 0; i < CONTAINERS; i++)
		if (sandboxes[i].host == host)
			sandboxes[i].there = false;
	cookies[number_of(host)] = 0;
	boots[number_of(host)]++;
}

/* What a machine shows. */

static void show_addresses(const struct actor *a, struct shown *ret)
{
	for (enum family f = FAMILY_4; f < N_FAMILIES; f++)
		if (a->phase == LIVES && a->has[f])
			ret->addresses[ret->n_addresses++] = a->addr[f];
}

static bool is_missed(const struct sandbox *s, uint64_t *random)
{
	return world.now_ns - s->began_ns < GRACE_S * SECOND_NS && draw_below(random, 2);
}

static void show_sandbox(unsigned place, struct shown *ret)
{
	ret->namespaces[ret->n_namespaces++] = sandboxes[place].netns;
	for (unsigned i = 0; i < CONTAINERS; i++)
		if (is_in(&world.actors[i], place))
			show_addresses(&world.actors[i], ret);
}

/* An entry comes when an ADD is acknowledged. */
static void show_cached(const struct actor *a, struct shown *ret)
{
	snprintf(ret->cache[ret->n_cache].container, sizeof(ret->cache->container), "%s",
		 a->container);
	snprintf(ret->cache[ret->n_cache++].ifname, sizeof(ret->cache->ifname), "%s",
		 a->kind == ACTOR_CALICO ? "" : a->ifname);
}

static unsigned machine_of_actor(const struct actor *a)
{
	return a->kind == ACTOR_CONTAINER ? sandboxes[place_of(a)].machine : 0;
}

void machine_show(const struct host *host, unsigned machine, uint64_t *random, struct shown *ret)
{
	*ret = (struct shown){ .machine = machine_of(host, machine) };
	for (unsigned i = 0; i < CONTAINERS; i++) {
		const struct sandbox *s = &sandboxes[i];

		if (s->there && s->host == host && s->machine == machine && !is_missed(s, random))
			show_sandbox(i, ret);
	}
	for (unsigned i = 0; i < CONTAINERS + CALICOS; i++) {
		const struct actor *a = &world.actors[i];

		if (a->host == host && a->phase == LIVES && machine_of_actor(a) == machine)
			show_cached(a, ret);
	}
}

static enum judge_cache ask_cache(const struct shown *shown, const struct attribute *attribute)
{
	const char *ifname = attribute_secondary(attribute, "ifname");
	size_t len = 0;
	const char *container = node_blocks_container(attribute, NULL, &len);

	for (unsigned i = 0; i < shown->n_cache; i++)
		if (container && strlen(shown->cache[i].container) == len &&
		    memcmp(shown->cache[i].container, container, len) == 0 &&
		    (!ifname || strcmp(shown->cache[i].ifname, ifname) == 0))
			return CACHE_NAMES_IT;
	return shown->n_cache ? CACHE_DOES_NOT : CACHE_UNKNOWN;
}

static bool is_there(const struct shown *shown, const struct netns *netns)
{
	for (unsigned i = 0; i < shown->n_namespaces; i++)
		if (netns->cookie ? shown->namespaces[i].cookie == netns->cookie
				  : netns->inode && shown->namespaces[i].inode == netns->inode)
			return true;
	return false;
}

static bool is_in_use(const struct shown *shown, struct addr addr)
{
	for (unsigned i = 0; i < shown->n_addresses; i++)
		if (addr_equal(shown->addresses[i], addr))
			return true;
	return false;
}

enum verdict shown_judge(const struct reclaim_case *c, void *arg)
{
	const struct shown *shown = arg;
	const struct judge judge = { .boot = shown->machine.boot, .machine = shown->machine.id,
				     .here = true };
	struct whereabouts w;
	struct sight sight;

	whereabouts_read(c->attribute, &w);
	sight = (struct sight){ .address_in_use = is_in_use(shown, c->addr),
				.namespace_there = is_there(shown, &w.netns),
				.cache = ask_cache(shown, c->attribute) };
	return judge_allocation(&judge, &w, &sight);
}
