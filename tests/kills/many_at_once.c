/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Containers at once on so many nodes, most of which meet their end at a place that is drawn by
 * lot, the same each time:
 *
 *	many_at_once PLUGIN CTL FOLDER STORE ROUNDS NODES [calls|SHORT_PLUGIN]
 *
 * Two hundred are killed at a system call; with one more argument, of fifty a call fails, or,
 * of a plugin that is built to fail (short_of_memory.c), an allocation.
 *
 * STORE is "local", etcd's URL, "URL FOLDER" with the certificates there, or a folder of two
 * kubeconfigs of a cluster that has nodes and pools: calico-kubeconfig, admin.kubeconfig.
 * On many nodes they compete for the store; on one, whoever has the host's turn carries out
 * all who wait, and of a quarter the place is counted from the last request of another
 * that they have taken: so they end in their commit, between the answers, and behind them.  The
 * turn is given to nobody until some wait, and more rounds are played until enough have met
 * their end there, so that this does not hang on how fast the machine is.  In a round these are
 * ADDs, ADDs beside DELs, and the DELs of as many more; the last are left out of a single round
 * behind an API server, where each call costs ten times as much.
 */
#include "tests/kills/point.h"
#include "tests/kills/scene.h"

#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONTAINERS_MAX 200
#define NEVER (UINT_MAX - 1)	/* no call has this index */
#define TO_FAIL 50		/* containers, where they are not killed */
#define CALLS 300		/* more than an ADD mostly has, also one that waits, */
#define CALLS_KUBERNETES 1600	/* with an API server, of who leads */
#define CALLS_SINCE 120		/* more than one mostly has once it has taken the last */
#define LEAST_HAVING_TAKEN 5	/* of two hundred on one node, in a round, a quarter of the usual */
#define LEAST_IN_A_SHORT_ONE 2
#define ROUNDS_MORE 8		/* at most, until so many were */
#define WAITING_OF 40		/* of so many one waits before the turn is given, */
#define WAITING_MS 10000	/* or as long as this */
#define ALLOCATIONS 3000
#define ALLOCATIONS_SINCE 2000

enum fate { SUCCEEDED, DIED, FAILED, WENT_WRONG };

struct lot {
	struct point point;
	char wish[64];		/* of which allocation fails; "": of none */
};

/* Of one process. */
struct end {
	enum fate fate;
	bool was_hit;		/* by its lot */
	bool has_taken;		/* another's request */
	struct told told;
};

static unsigned nodes, containers = CONTAINERS_MAX, successes, late_commits;
static unsigned hits, hits_having_taken;	/* by their lots */
static bool calls_fail;
static const char *short_plugin;	/* whose allocations fail */
static struct end *ends;		/* shared with all processes */

static bool are_killed(void)
{
	return !calls_fail && !short_plugin;
}

/* Mostly small, so that also where there are few they are met. */
static unsigned below(unsigned n)
{
	return (unsigned)rand() % (1 + (unsigned)rand() % n);
}

static void draw_allocation(struct lot *lot, bool since_taken)
{
	snprintf(lot->wish, sizeof(lot->wish), "SHORT_OF_MEMORY=%u%s%s",
		 1 + below(since_taken ? ALLOCATIONS_SINCE : ALLOCATIONS), rand() % 2 ? "+" : "",
		 since_taken ? " taken" : "");
}

static void draw_call(const struct scene *s, struct point *p, bool since_taken)
{
	unsigned calls = s->kubeconfig && rand() % 2 ? CALLS_KUBERNETES : CALLS;

	p->row = since_taken ? CALLS_SINCE_TAKEN : ALL_CALLS;
	p->index = since_taken ? below(CALLS_SINCE) : (unsigned)rand() % calls;
	p->way = (unsigned)rand() % POINT_FAILS;
	if (calls_fail)
		p->way = POINT_FAILS + (unsigned)rand() % (POINT_WAYS - POINT_FAILS);
}

/* One in four lives, so that those whom it works for do. */
static struct lot draw(const struct scene *s)
{
	struct lot lot = { .point.index = NEVER };
	unsigned dice = (unsigned)rand() % 4;

	if (dice == 0)
		return lot;
	if (short_plugin)
		draw_allocation(&lot, dice == 1);
	else
		draw_call(s, &lot.point, dice == 1);
	return lot;
}

/* What short_of_memory.c wrote. */
static void read_allocations(const char *path, struct end *ret)
{
	unsigned long failed = 0, taken = 0;
	FILE *f = fopen(path, "re");

	if (f && fscanf(f, "%*u %lu %lu", &failed, &taken) != 2)
		stop_test("%s cannot be read", path);
	if (f)
		fclose(f);
	ret->was_hit = failed;
	ret->has_taken = taken;
}

static enum fate fate_of(const struct outcome *o, const struct point *p)
{
	if (o->killed)
		return DIED;
	if (o->late || o->signal)
		return WENT_WRONG;
	if (!o->status)
		return SUCCEEDED;
	return outcome_is_an_error(o) || point_writes_to(p, 1) ? FAILED : WENT_WRONG;
}

static void run(struct scene s, const char *verb, unsigned i, struct lot *lot, struct end *ret)
{
	struct outcome o __cleanup(outcome_done) = {0};
	char container[16], node[16], path[PATH_MAX], file[PATH_MAX + 16];
	struct point none = {0}, *point = lot ? &lot->point : &none;

	snprintf(container, sizeof(container), "c%u", i);
	snprintf(node, sizeof(node), "node-%u", i % nodes);
	snprintf(path, sizeof(path), "%s/allocations-%u", s.folder, i);
	snprintf(file, sizeof(file), "ALLOCATIONS=%s", path);
	s.node = node;
	if (lot && *lot->wish) {
		s.plugin = short_plugin;
		s.also[0] = lot->wish;
		s.also[1] = file;
		unlink(path);
	}
	scene_plugin(&s, verb, container, NULL, lot && !*lot->wish ? point_watch : NULL, point, &o);
	*ret = (struct end){ fate_of(&o, point), point->met, point->has_taken, {0} };
	if (s.also[1])
		read_allocations(path, ret);
	if (ret->fate == SUCCEEDED && strcmp(verb, "ADD") == 0)
		outcome_addresses(&o, &ret->told);
	if (ret->fate == WENT_WRONG || (ret->fate == FAILED && (!lot || are_killed())))
		fprintf(stderr, "%s %s: status %d, signal %d%s, %s%s\n", verb, container, o.status,
			o.signal, o.late ? ", too late" : "", o.out.data, o.said.data);
}

static void count(const struct end *end, const char *verb, unsigned i, bool by_lot)
{
	if (end->fate == WENT_WRONG || (end->fate == FAILED && (!by_lot || are_killed())))
		stop_test("%s of c%u failed", verb, i);
	hits += end->was_hit;
	hits_having_taken += end->was_hit && end->has_taken;
	successes += by_lot && end->fate == SUCCEEDED;
}

/* Of the one node there is; -1: of many. */
static int hold_turn(const struct scene *s)
{
	char path[PATH_MAX];
	int fd;

	if (nodes > 1)
		return -1;
	snprintf(path, sizeof(path), "%s/lock.node-0", s->folder);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || flock(fd, LOCK_EX) < 0)
		stop_test("%s cannot be locked", path);
	return fd;
}

static size_t waiting(const struct scene *s)
{
	glob_t entries = {0};
	char path[PATH_MAX];
	size_t n;

	snprintf(path, sizeof(path), "%s/run/queue-*/*", s->folder);
	n = glob(path, GLOB_NOSORT, NULL, &entries) == 0 ? entries.gl_pathc : 0;
	globfree(&entries);
	return n;
}

/* Once so many wait, beside what those before have left there. */
static void give_turn(const struct scene *s, int fd, size_t left)
{
	unsigned ms = 0;

	if (fd < 0)
		return;
	for (; ms < WAITING_MS && waiting(s) < left + containers / WAITING_OF; ms += 10)
		usleep(10000);
	if (ms >= WAITING_MS)
		printf("# few of %u wait\n", containers);
	flock(fd, LOCK_UN);
	close(fd);
}

/*
 * Everyone at once; a lot for each, or none.  The verb of those with odd numbers may be another.
 */
static void run_all(const struct scene *s, const char *even, const char *odd, struct lot *lots)
{
	int turn = hold_turn(s), status = 0;
	size_t left = waiting(s);
	pid_t pids[CONTAINERS_MAX];

	fflush(NULL);
	for (unsigned i = 0; i < containers; i++) {
		pids[i] = fork();
		if (pids[i])
			continue;
		run(*s, i % 2 ? odd : even, i, lots ? &lots[i] : NULL, &ends[i]);
		_exit(0);
	}
	give_turn(s, turn, left);
	for (unsigned i = 0; i < containers; i++) {
		if (pids[i] < 0 || waitpid(pids[i], &status, 0) < 0 || !WIFEXITED(status) ||
		    WEXITSTATUS(status))
			stop_test("c%u could not be run", i);
		count(&ends[i], i % 2 ? odd : even, i, lots);
	}
}

/* Where each record is a write of its own, whoever dies between two leaves what can be mended. */
static void look(const struct scene *s, struct held *ret)
{
	struct buf why __cleanup(buf_done) = BUF(65536);

	if (s->kubeconfig)
		scene_ctl_must(s, CTL("check", "--mend", "--yes"));
	if (!scene_held(s, ret, &why) || !scene_is_clean(s, &why))
		stop_test("%s", why.data);
	if (held_twice(ret))
		stop_test("%s is held twice", held_twice(ret));
}

static bool is_remote(const struct scene *s)
{
	return s->endpoint || s->kubeconfig;
}

static void expect_one(const struct scene *s, const struct held *h, unsigned i, bool added)
{
	const struct end *end = &ends[i];
	char container[16];
	unsigned n;

	snprintf(container, sizeof(container), "c%u", i);
	n = held_by(h, container);
	if (n > 2 || (n == 1 && !s->kubeconfig))
		stop_test("%s holds %u addresses", container, n);
	if (end->fate != SUCCEEDED)
		return;
	if (n != (added ? 2 : 0) || end->told.n != n)
		stop_test("%s holds %u addresses, and was told that all is done", container, n);
	for (unsigned k = 0; k < end->told.n; k++)
		if (!held_is(h, container, end->told.address[k]))
			stop_test("%s was told %s, and does not hold it", container,
				  end->told.address[k]);
}

/*
 * Each of whose ADD was told holds what it was told, and whose DEL was, nothing; who died or
 * failed, both or none, or one where each is a write.
 */
static void expect(const struct scene *s, const char *even, const char *odd)
{
	struct held h;

	look(s, &h);
	for (unsigned i = 0; i < containers; i++)
		expect_one(s, &h, i, strcmp(i % 2 ? odd : even, "ADD") == 0);
}

/* What was on its way to etcd when its sender was killed, GC finds. */
static void collect(struct scene s)
{
	char node[16];

	scene_age(&s);
	s.node = node;
	for (unsigned i = 0; i < nodes; i++) {
		snprintf(node, sizeof(node), "node-%u", i);
		scene_must(&s, "GC", "", "\"cni.dev/valid-attachments\":[],");
	}
}

static void expect_nothing(const struct scene *s)
{
	struct held h;

	look(s, &h);
	if (!h.n)
		return;
	if (!is_remote(s))
		stop_test("%s still holds %s", h.list[0].container, h.list[0].address);
	late_commits += h.n / 2;
	collect(*s);
	look(s, &h);
	if (h.n)
		stop_test("%s still holds %s", h.list[0].container, h.list[0].address);
}

static void run_with_lots(const struct scene *s, const char *even, const char *odd)
{
	struct lot lots[CONTAINERS_MAX];

	for (unsigned i = 0; i < containers; i++)
		lots[i] = draw(s);
	run_all(s, even, odd, lots);
	expect(s, even, odd);
}

static void play(const struct scene *s, bool whole)
{
	run_with_lots(s, "ADD", "ADD");
	run_with_lots(s, "ADD", "DEL");
	run_all(s, "DEL", "DEL", NULL);
	expect_nothing(s);
	if (!whole)
		return;
	run_all(s, "ADD", "ADD", NULL);
	expect(s, "ADD", "ADD");
	run_with_lots(s, "DEL", "DEL");
	run_all(s, "DEL", "DEL", NULL);
	expect_nothing(s);
}

static void begin(const struct scene *s)
{
	char node[16];

	scene_empty(s);
	if (!s->endpoint)
		return;
	scene_ctl_must(s, CTL("pool", "create", "four", "--cidr", "10.9.0.0/24"));
	scene_ctl_must(s, CTL("pool", "create", "six", "--cidr", "fd09::/120"));
	for (unsigned i = 0; i < nodes; i++) {
		snprintf(node, sizeof(node), "node-%u", i);
		scene_ctl_must(s, CTL("node", "create", node));
	}
}

static void set_store(struct scene *s, char *store)
{
	static char plugin[PATH_MAX], admin[PATH_MAX];
	char *folder = strchr(store, ' ');

	if (strcmp(store, "local") == 0)
		return;
	if (*store != '/') {
		if (folder)
			*folder++ = '\0';
		s->endpoint = store;
		s->tls = folder;
		return;
	}
	snprintf(plugin, sizeof(plugin), "%s/calico-kubeconfig", store);
	snprintf(admin, sizeof(admin), "%s/admin.kubeconfig", store);
	s->kubeconfig = plugin;
	s->admin_kubeconfig = admin;
}

static void set_what_fails(const char *what)
{
	containers = TO_FAIL;
	calls_fail = strcmp(what, "calls") == 0;
	short_plugin = calls_fail ? NULL : what;
}

static bool are_enough_hit(int rounds, bool whole)
{
	unsigned least = whole ? LEAST_HAVING_TAKEN : LEAST_IN_A_SHORT_ONE;
	unsigned lots = (unsigned)rounds * containers;

	return hits >= lots / 5 &&
	       (nodes > 1 || hits_having_taken * CONTAINERS_MAX >= least * lots);
}

static void tell(int rounds)
{
	const char *what = are_killed() ? "were killed" :
			   calls_fail ? "calls failed" : "were short of memory";

	printf("# %d rounds: %u %s, %u of them where others' requests had been taken; %u were told "
	       "that all is done, %u commits came after their sender's death and DEL\n", rounds,
	       hits, what, hits_having_taken, successes, late_commits);
	if (!are_killed() && successes < (unsigned)rounds * containers / 10)
		stop_test("too few were told that all is done");
}

int main(int argc, char **argv)
{
	struct scene s = { .mirror = true, .patience_s = 60 };
	int rounds = argc == 7 || argc == 8 ? atoi(argv[5]) : 0, played = 0;
	bool whole;

	nodes = rounds ? (unsigned)atoi(argv[6]) : 0;
	if (rounds < 1 || !nodes)
		stop_test("many_at_once PLUGIN CTL FOLDER STORE ROUNDS NODES [calls|SHORT_PLUGIN]");
	if (argc == 8)
		set_what_fails(argv[7]);
	s.plugin = argv[1];
	s.ctl = argv[2];
	s.folder = argv[3];
	set_store(&s, argv[4]);
	whole = !s.kubeconfig || rounds > 1;
	ends = mmap(NULL, CONTAINERS_MAX * sizeof(*ends), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (ends == MAP_FAILED)
		stop_test("no memory to share");
	srand(1);
	begin(&s);
	while (played < rounds ||
	       (played < rounds + ROUNDS_MORE && !are_enough_hit(rounds, whole))) {
		play(&s, whole);
		played++;
	}
	tell(played);
	if (!are_enough_hit(rounds, whole))
		stop_test("too few were hit, or too few of them with another's request");
	return 0;
}
