/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The world that a game is played in: a store, hosts with their clocks and mirrors, and
 * actors, each a fiber that calls the verbs of ipam/ and stops before each request, before
 * each write of a store without transactions, and before each answer.
 *
 * All chance comes from seeds: that of the world, and one with each event (script.h).
 */
#ifndef TESTS_SIM_WORLD_H
#define TESTS_SIM_WORLD_H

#include "base/machine/origin.h"
#include "datastore/settings.h"
#include "ipam/ipam.h"
#include "tests/fake/fake_store.h"
#include "tests/sim/fiber.h"
#include "tests/sim/ledger.h"

#define SECOND_NS 1000000000LL
#define WORLD_NOW (1787392800LL * SECOND_NS) /* 2026-08-22T10:00:00Z */
#define HOSTS 3
#define CONTAINERS 8 /* actors; two are interfaces of one */
#define CALICOS 2
#define RUNTIMES 2 /* that go on where another was killed */
#define RECLAIMERS 2
#define MIRRORS_KEPT 4 /* of a host: the newest first */
#define LATE_MAX 16
#define CHANGES_MAX 96 /* records that one step may write */

/* What may happen in this game. */
struct rules {
	bool transactions;
	bool calico;	/* a writer that goes step by step, and dies between them */
	bool strangers;	/* records of any shape come by */
	bool restores;
	bool flits; /* forth and back so often that both have the same revisions */
	bool faults;	/* deaths, lost answers and late commits */
	bool administers;
	bool gateways;
	bool links;	/* a pool is one link, with one gateway */
	bool skewed;	/* clocks differ */
	bool crowds;	/* containers of a host wait together, and one leads all of them */
	bool queues;	/* they wait for their host's turn, as processes of the executable do */
	bool reclaims; /* containers are in namespaces (reclaim/sandboxes.h) */
	bool scattered; /* what one read asks for is read at different moments */
	unsigned max_blocks; /* of a host; 0: the default */
	unsigned cooldown_s, block_len_4, block_len_6;
};

struct host {
	char name[16];
	int64_t ahead_ns; /* of true time */
	struct buf mirrors[MIRRORS_KEPT]; /* owned: files */
	char mirror_path[128];
};

enum actor_kind { ACTOR_CONTAINER, ACTOR_GC, ACTOR_ADMIN, ACTOR_MENDER, ACTOR_CALICO,
		  ACTOR_RUNTIME, ACTOR_RECLAIM, N_ACTOR_KINDS };

enum phase {
	NOBODY, /* no container, or one that was deleted */
	LIVES,	/* its ADD was acknowledged: it has its addresses */
	BROKEN,	/* something failed: it is to be deleted, or forgotten and collected */
};

/* What a container does in a crowd. */
enum member {
	MEMBER_ADD,
	MEMBER_ADD_AGAIN,
	MEMBER_DEL,
	MEMBER_ADD_AND_DEL, /* its runtime has not waited for the first */
};

/* What an actor is held up before. */
enum stop { STOP_NONE, STOP_READ, STOP_COMMIT, STOP_WRITE, STOP_ANSWER, STOP_PAUSE,
	    STOP_LOCK,	/* another holds it */
	    STOP_OPEN,	/* the store */
	    STOP_LAY,	/* its own request or note, which has no lock yet */
	    STOP_TAKE,	/* a request that waits */
	    STOP_TELL,	/* one whose request was taken */
	    STOP_LEAVE,	/* with the lock in its hands */
};

struct actor {
	enum actor_kind kind;
	unsigned number; /* among all */
	char name[24];
	struct host *host; /* it is on now; the administrator is on none of them: the first */
	struct datastore *ds;
	struct fiber *fiber;
	void (*run)(struct actor *a);
	uint64_t random;
	/* Of the verb that is under way. */
	const char *verb;
	bool running, dead;
	bool disturbed;	/* something of it was lost, on the way there or back */
	bool unanswered; /* and it was told that nobody answers */
	bool misread; /* it was refused for what it alone has */
	bool automatic; /* it takes any address */
	bool spares_used; /* it deletes a pool only if nobody uses it */
	bool met_stranger; /* who has written something between what it reads */
	enum stop stop;
	size_t change; /* that a STOP_WRITE is before */
	enum fake_fate fate;
	/* A container. */
	char container[72], ifname[16];
	unsigned handle; /* its place in the ledger */
	unsigned generation;
	enum phase phase;
	bool has[N_FAMILIES];
	struct addr addr[N_FAMILIES], gateway[N_FAMILIES];
	bool awaits; /* some of it was on its way when this DEL began */
	struct origin origin; /* of its ADD */
	bool haunted; /* what it began may stand, or come yet, though nobody was told of it */
	struct actor *leader; /* who carries out what it waits for; NULL: it does not wait */
	enum member member; /* what it does in a crowd */
	/* A request as a process of its own (queue/process.h). */
	unsigned n_requests;
	int64_t ends_ns; /* its deadline in true time; 0: it is none */
	bool over; /* its time was */
	bool was_taken, told; /* its request was, it was */
	bool asked; /* it has asked the store */
	bool unnoted; /* what it holds no note need know of */
	bool was_unnoted; /* or what it held under another name */
	bool orphaned; /* whoever began it does not know of it any more */
	struct actor *taken_by; /* who carries it out; NULL: nobody does */
	struct actor *ended_by; /* of a container: whose DEL waits behind its ADD; NULL: nobody's */
	struct actor *of; /* of that one: the container; NULL else */
	enum stop died_at;
};

#define ACTORS_DRAWN (CONTAINERS + CALICOS + 3)
/* The last are not drawn: they begin in some games only. */
#define ACTORS (ACTORS_DRAWN + RUNTIMES + RECLAIMERS)

/* A commit that is on its way: whose, and under which rules it was planned. */
struct late_author {
	unsigned actor;
	bool crowd[CONTAINERS]; /* who was served with it */
	bool automatic, spares_used;
	int64_t sent_ns;
};

struct world {
	struct rules rules;
	struct fake_store *store;
	struct fake_store *snapshot; /* owned; NULL: none was taken */
	struct settings settings;
	int64_t now_ns; /* true time */
	struct host hosts[HOSTS];
	struct actor actors[ACTORS];
	struct actor *current; /* whose fiber runs; NULL: the game's own */
	struct late_author late[LATE_MAX];
	struct ledger ledger;
	/* What the last step has written. */
	struct ledger_change changes[CHANGES_MAX];
	struct ledger_block before[CHANGES_MAX]; /* of a block: as it was */
	unsigned n_changes;
	const struct actor *author; /* of it; NULL: nobody of ours */
	bool author_is_automatic, author_spares_used;
	bool strangers_came, calico_came, was_restored;
	bool at_rest; /* nobody is disturbed any more */
	unsigned n_uids;
	unsigned steps;
	/* Why the game is lost; NULL: it is not. */
	const char *rule;
	char why[640];
	struct addr last_released; /* IPv4: somebody will ask for it */
	bool told; /* each step is told in words */
};

/* The one that there is. */
extern struct world world;

/* What was seen in all games so far, so that a test can tell that it saw something. */
struct sightings {
	unsigned long steps, acknowledged, refused, deleted, died, landed, restored, strangers,
		crowds, answered, given_back, withdrawn, behind, booted, reclaimed, changed_since,
		other_machines;
};

extern struct sightings sightings;

void world_init(uint64_t seed, bool transactions);
void world_done(void);

/* From the current actor's seed. */
uint64_t draw_from(uint64_t *state);
unsigned draw_below(uint64_t *state, size_t below);
unsigned draw(struct actor *a, unsigned below);
int64_t host_now(const struct host *h);
/* A fresh UUID. */
void world_uid(char out[37]);

/* Begins what the actor does next, or goes on with it, to its next stop. */
void actor_begin(struct actor *a, uint64_t seed, void (*run)(struct actor *a), const char *verb);
void actor_go_on(struct actor *a, enum fake_fate fate);
/*
 * The process is killed: nothing of what it does from now on reaches anybody, but what is
 * late by then.
 */
void actor_die(struct actor *a, enum fake_fate fate);
/* From within: others come in.  False: it has died, and touches nothing more. */
bool actor_stop(enum stop stop);

/* Notes that the rule is broken, once; the game then ends. */
void world_lose(const char *rule, const char *fmt, ...) __printf_like(2, 3);
/* An error must be told; false, and noted, where it is none that may come. */
bool world_may_fail(const struct actor *a, const struct err *e);
void world_tell(const char *fmt, ...) __printf_like(1, 2);

/* Whether every record agrees with every other at each moment, not only in the end. */
bool world_is_exact(void);

#endif
